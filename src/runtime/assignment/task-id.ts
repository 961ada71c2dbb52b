// A task's name: `<sub-topology>_<partition>`, as Kafka Streams writes it.

export interface TaskId {
  readonly subTopology: number
  readonly partition: number
}

const interned = new Map<number, TaskId[]>()

/** The same numbers give the same object, so that a Map finds a task by identity. */
export function taskId(subTopology: number, partition: number): TaskId {
  let ids = interned.get(subTopology)
  if (ids === undefined) interned.set(subTopology, (ids = []))
  return (ids[partition] ??= Object.freeze({ subTopology, partition }))
}

export function formatTaskId(id: TaskId): string {
  return `${id.subTopology}_${id.partition}`
}

/** undefined where the text is no task id. */
export function parseTaskId(text: string): TaskId | undefined {
  const match = /^(\d+)_(\d+)$/.exec(text)
  return match === null ? undefined : taskId(Number(match[1]), Number(match[2]))
}

export function compareTaskIds(a: TaskId, b: TaskId): number {
  return a.subTopology - b.subTopology || a.partition - b.partition
}
