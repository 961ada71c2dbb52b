// The client: one set of connections and one view of the cluster, from which producers, fetchers, group members and administration are made.
import { ClassicGroupMember } from './classic-group-member.ts'
import { ClusterAdmin } from './cluster-admin.ts'
import { Cluster } from './cluster.ts'
import { Connections } from './connections.ts'
import type { ClientContext } from './context.ts'
import type {
  Admin,
  Client,
  ClientOptions,
  Fetcher,
  FetcherOptions,
  GroupMember,
  GroupMemberOptions,
  ProducerOptions,
  StreamsGroupMemberOptions,
} from './contract.ts'
import { BatchingProducer } from './batching-producer.ts'
import { Authenticator } from './sasl/authenticator.ts'
import { LongPollFetcher } from './long-poll-fetcher.ts'
import { StreamsGroupMember } from './streams-group-member.ts'

const REQUEST_TIMEOUT_MS = 30_000
const METADATA_AGE_MS_MAX = 300_000

/** A client as its own folder sees it. */
export interface OwnClient extends Client {
  readonly context: ClientContext
  producer(options: ProducerOptions): BatchingProducer
}

/** Makes a client. Nothing is connected before the first request. */
export function createClient(options: ClientOptions): OwnClient {
  const { transport, clock, prng, clientId, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const { sasl } = options
  const authenticator =
    sasl === undefined ? undefined : new Authenticator({ sasl, clock, prng, timeoutMs: requestTimeoutMs })
  const connections = new Connections({ transport, clock, prng, clientId, requestTimeoutMs, authenticator })
  const metadataAgeMsMax = options.metadataAgeMsMax ?? METADATA_AGE_MS_MAX
  const cluster = new Cluster({ connections, clock, prng, requestTimeoutMs, metadataAgeMsMax })
  connections.onReconnect(() => cluster.renew())
  let lanes = 0
  const newLane = (purpose: string): string => `${purpose}-${lanes++}`
  const context: ClientContext = { clock, prng, clientId, connections, cluster, requestTimeoutMs, newLane }
  const admin = new ClusterAdmin(context)
  return {
    context,
    cluster,
    admin: (): Admin => admin,
    fetcher: (each: FetcherOptions): Fetcher => new LongPollFetcher(context, each),
    groupMember: (each: GroupMemberOptions): GroupMember => new ClassicGroupMember(context, each),
    streamsGroupMember: (each: StreamsGroupMemberOptions): GroupMember => new StreamsGroupMember(context, each),
    producer: (each: ProducerOptions) => new BatchingProducer(context, each),
    close: async () => {
      cluster.close()
      connections.close()
      await transport.close()
    },
  }
}
