// Starting a broker: options parsed once, then the broker itself.
import { type Clock, type Disk, NodeDisk, type Prng, TidemillError, systemClock, systemPrng } from '../base/index.ts'
import { loadCompression } from '../protocol/index.ts'
import { Broker, type ListenOptions } from './broker.ts'
import type { Durability } from './log/partition-log.ts'

/** Options of {@link startBroker}. */
export interface BrokerOptions {
  /** The directory that holds everything; made where it is missing. Give this or `disk`. */
  readonly dir?: string
  /** A disk in place of a directory: a MemoryDisk for tests. */
  readonly disk?: Disk
  /** Where to listen, loopback on a free port if not said; false: only connections inside the process. */
  readonly listen?: ListenOptions | false
  /**
   * What an acknowledgement (acks=all) promises. 'always': synced to the disk, survives power loss. 'interval': written, synced
   * every `log.flush.interval.ms` (1 s). 'never': written; survives the death of the process, as Apache Kafka on one node.
   * @defaultValue 'always'
   */
  readonly durability?: Durability
  /** Make topics that clients name. Kafka: auto.create.topics.enable. @defaultValue true */
  readonly autoCreateTopics?: boolean
  /** Partitions of topics that are made without a number. Kafka: num.partitions. @defaultValue 1 */
  readonly partitions?: number
  /** Any other config of the broker by Kafka's name, such as 'group.initial.rebalance.delay.ms'. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>
  /** Newest batches kept in memory for readers that keep up. @defaultValue 64 MiB */
  readonly tailCacheBytesMax?: number
  /** For tests and simulation. @defaultValue the system's */
  readonly clock?: Clock
  /** For tests and simulation. @defaultValue the system's */
  readonly prng?: Prng
  /** Told what people should know: recovered logs, refused writes, odd clients. The newest are in status() too. */
  readonly onWarning?: (message: string) => void
}

const TAIL_CACHE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Starts an embedded, Kafka-compatible broker: recovers what is in its directory, then listens.
 *
 * @throws TidemillError `port-in-use`, `address-not-available`, `invalid-config`, `corrupt-log`, `disk-full`, `disk-failed`
 * @example
 * const broker = await startBroker({ dir: './data' })
 * console.log(broker.address)
 * await broker.close()
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  await loadCompression()
  const broker = new Broker({
    disk: diskOf(options),
    clock: options.clock ?? systemClock,
    prng: options.prng ?? systemPrng(),
    durability: options.durability ?? 'always',
    configs: configsOf(options),
    tailCacheBytesMax: options.tailCacheBytesMax ?? TAIL_CACHE_BYTES_MAX,
    onWarning: options.onWarning ?? (() => {}),
  })
  try {
    if (options.listen !== false) await broker.listen(options.listen)
  } catch (error) {
    await broker.close()
    throw error
  }
  return broker
}

function diskOf(options: BrokerOptions): Disk {
  if (options.disk !== undefined && options.dir === undefined) return options.disk
  if (options.dir !== undefined && options.disk === undefined) return new NodeDisk(options.dir)
  throw new TidemillError(
    'invalid-config',
    'startBroker needs either `dir` or `disk`: where is the broker to keep its data?',
  )
}

function configsOf(options: BrokerOptions): Readonly<Record<string, string | number | boolean>> {
  const { autoCreateTopics, partitions, configs } = options
  return {
    ...(autoCreateTopics === undefined ? {} : { 'auto.create.topics.enable': autoCreateTopics }),
    ...(partitions === undefined ? {} : { 'num.partitions': partitions }),
    ...configs,
  }
}
