import type { TopicChooserFunction } from '../topology/index.ts'

/** A function of the record that names its topic, by text or as a topic. */
export function topicChooser(
  choose: (value: unknown, key: unknown, record: never) => string | { readonly name: string },
): TopicChooserFunction {
  return (value, key, record) => {
    const topic = choose(value, key, record as never)
    return typeof topic === 'string' ? topic : topic.name
  }
}
