// The function given to `to`: it names the topic of each record by text, which is written with the serdes that the stream has there,
// or gives a topic, which brings its own. Serdes in the options of `to` come before both.
import { TidemillError } from '../base/index.ts'
import { type Encoder, type TopicSink, innerKeySerde } from '../serde/index.ts'
import type { ChosenTopic, TopicChooserFunction } from '../topology/index.ts'

export interface FixedEncoders {
  readonly key: Encoder<any> | undefined
  readonly value: Encoder<any> | undefined
}

type Choose = (value: unknown, key: unknown, record: never) => string | TopicSink<any, any>

export function topicChooser(choose: Choose, fixed: FixedEncoders): TopicChooserFunction {
  const known = new WeakMap<object, ChosenTopic>()
  return (value, key, record) => {
    const topic = choose(value, key, record as never)
    if (typeof topic !== 'object' || topic === null) return topic
    let chosen = known.get(topic)
    if (chosen === undefined) known.set(topic, (chosen = chosenTopic(topic, fixed)))
    return chosen
  }
}

function chosenTopic(topic: TopicSink<any, any>, fixed: FixedEncoders): ChosenTopic {
  const key = fixed.key ?? topic.key
  return { name: topic.name, key, value: fixed.value ?? topic.value, innerKey: innerKeySerde(key) }
}

/** Stands for a serde that is not known, and not needed where the function gives topics. */
export function missingEncoder(part: 'key' | 'value', lostBy: string | undefined): Encoder<any> {
  return {
    encode(_, { topic }) {
      const after = lostBy === undefined ? '' : ` after ${lostBy}`
      throw new TidemillError(
        'serialization-failed',
        `no serde for the ${part}${after}, which is to be written to '${topic}': let the function that chooses it give a topic, ` +
          `which has serdes, instead of a name, or give the sink a serde for its ${part}s`,
      )
    },
  }
}
