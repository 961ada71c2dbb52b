// A real Apache Kafka for as long as something runs on it (see kafka-cluster.ts).
import { type ClusterOptions, KafkaCluster } from './kafka-cluster.ts'
import { Failure } from './kafka-node.ts'

/** Starts a Kafka, calls with its HOST:PORT, stops it. Returns what the call gave, or the exit code of the start that failed. */
export async function withKafka(
  run: (servers: string) => number | Promise<number>,
  options: ClusterOptions = {},
): Promise<number> {
  let cluster: KafkaCluster
  try {
    cluster = await KafkaCluster.start(options)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    return error.exitCode
  }
  try {
    return await run(cluster.servers)
  } finally {
    await cluster.stop()
  }
}
