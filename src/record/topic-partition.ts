// A topic and partition number, interned: the same pair is the same object, so that a Map finds it by identity.

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

const interned = new Map<string, TopicPartition[]>()

export function topicPartition(topic: string, partition: number): TopicPartition {
  let partitions = interned.get(topic)
  if (partitions === undefined) interned.set(topic, (partitions = []))
  return (partitions[partition] ??= Object.freeze({ topic, partition }))
}

export function formatTopicPartition(tp: TopicPartition): string {
  return `${tp.topic}-${tp.partition}`
}
