// Requests name a topic once with its partitions beneath; we hold flat lists.

export interface TopicGroup<R> {
  readonly topic: string
  readonly items: readonly R[]
}

/** Gathers items by topic, both in order of first appearance. */
export function groupByTopic<T extends { readonly topic: string }, R>(
  items: readonly T[],
  convert: (item: T) => R,
): readonly TopicGroup<R>[]
export function groupByTopic<T, R>(
  items: readonly T[],
  convert: (item: T) => R,
  topicOf: (item: T) => string,
): readonly TopicGroup<R>[]
export function groupByTopic<T, R>(
  items: readonly T[],
  convert: (item: T) => R,
  topicOf: (item: T) => string = (item) => (item as { topic: string }).topic, // the first overload's items have one
): readonly TopicGroup<R>[] {
  const groups = new Map<string, R[]>()
  for (const item of items) {
    const topic = topicOf(item)
    const group = groups.get(topic)
    if (group === undefined) groups.set(topic, [convert(item)])
    else group.push(convert(item))
  }
  return [...groups].map(([topic, each]) => ({ topic, items: each }))
}
