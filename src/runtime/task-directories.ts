// Where the tasks of a process keep their stores, as a thread sees it: who has which task open, what is there of tasks that
// nobody has open, what is to be put aside. A port: app/ has it on a disk.
//
// Invariant: a task's stores are open in at most one thread of the process. A thread opens them after `tryOpen` was true, and
// calls `close` when they are closed.

export interface TaskDirectories {
  /** Takes a task for this thread; false while another thread of the process has it. */
  tryOpen(taskId: string): boolean
  /** Its stores are closed: another thread may open them. */
  close(taskId: string): void
  /** Puts the files of a store that is closed out of the way; returns where they are, undefined where there are none. */
  setAside(taskId: string, store: string): string | undefined
  /** Tasks that no thread of the process has open, each with the sum of the offsets that its stores have reached. */
  dormant(): ReadonlyMap<string, number>
}

/** For stores that leave nothing behind. */
export const NO_TASK_DIRECTORIES: TaskDirectories = {
  tryOpen: () => true,
  close: () => undefined,
  setAside: () => undefined,
  dormant: () => new Map(),
}
