// `tidemill/client`: the client that the engine uses, typed, with the same serdes.
import { type Kafka, type SecurityOptions, createKafka } from '../client/index.ts'
import { loadCompression } from '../protocol/index.ts'
import { openClient } from './open-client.ts'

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** How the cluster's logs call this client. @defaultValue tidemill */
  readonly clientId?: string
  /** TLS and SASL to the brokers; the embedded broker uses none. @defaultValue neither */
  readonly security?: SecurityOptions
}

/**
 * Connects to a Kafka-compatible broker.
 *
 * @param servers `host:port`, several of them, or `embedded:DIRECTORY`: the embedded broker on that directory, started in this
 *   process or, where another serves it already, reached over loopback
 * @throws TidemillError `invalid-config`, `port-in-use`, `disk-failed`, `corrupt-log`; from what is asked then `broker-not-reachable`,
 *   `authentication-failed`, `tls-failed`
 * @example
 * await using kafka = await connect('embedded:./data')
 * await kafka.createTopics([lines])
 */
export async function connect(servers: string | readonly string[], options: ConnectOptions = {}): Promise<Kafka> {
  await loadCompression()
  return createKafka(await openClient({ bootstrapServers: servers, ...options }))
}

export type {
  Acknowledgement,
  ClientRecord,
  CreateTopicsOptions,
  GroupSummary,
  Kafka,
  NewRecord,
  OAuthOptions,
  OAuthToken,
  OAuthTokenProvider,
  PasswordOptions,
  Pem,
  Producer,
  ProducerSettings as ProducerOptions,
  ReadFrom,
  ReadOptions,
  SaslOptions,
  SecurityOptions,
  SubscribeOptions,
  Subscription,
  TlsOptions,
  TopicOffset,
  TransactionScope,
  TransactionalProducer,
} from '../client/index.ts'
export { RetriableError, TidemillError } from '../base/index.ts'
