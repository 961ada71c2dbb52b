// Which topics must have equal numbers of partitions, because records of one key must meet in one task.
import type { TopicRef } from './node.ts'

export interface CopartitionGroup {
  readonly topics: readonly TopicRef[]
  readonly place: string | undefined
}

export class CopartitionGroups {
  readonly #groups: { readonly sources: ReadonlySet<string>; readonly place: string | undefined }[] = []

  add(sourceNames: Iterable<string>, place: string | undefined): void {
    this.#groups.push({ sources: new Set(sourceNames), place })
  }

  /** Groups as topics; those that share a topic are one. Groups of one topic ask for nothing and are left out. */
  resolve(topicsOf: (sourceName: string) => readonly TopicRef[]): readonly CopartitionGroup[] {
    const merged: { readonly topics: Map<string, TopicRef>; readonly place: string | undefined }[] = []
    for (const { sources, place } of this.#groups) {
      const topics = new Map<string, TopicRef>()
      for (const source of sources) for (const topic of topicsOf(source)) topics.set(topic.name, topic)
      const sharing = merged.filter((group) => [...topics.keys()].some((name) => group.topics.has(name)))
      for (const group of sharing) {
        for (const [name, topic] of group.topics) topics.set(name, topic)
        merged.splice(merged.indexOf(group), 1)
      }
      merged.push({ topics, place: sharing[0]?.place ?? place })
    }
    return merged
      .filter((group) => group.topics.size > 1)
      .map(({ topics, place }) => ({ topics: [...topics.values()], place }))
  }
}
