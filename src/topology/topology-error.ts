// What is wrong with a topology, all of it at once.
import { TidemillError } from '../base/index.ts'

/** One mistake in a topology. */
export interface TopologyProblem {
  /** What is wrong and what to do about it. */
  readonly message: string
  /** Where in the user's program (`file:line`), where that is known. */
  readonly place: string | undefined
}

/**
 * Thrown by `build()` with every mistake that the topology has, each with its place. Java: TopologyException, which names the
 * first one only.
 *
 * @example
 * try {
 *   builder.build()
 * } catch (error) {
 *   if (error instanceof TopologyError) for (const { message, place } of error.problems) console.error(place, message)
 * }
 */
export class TopologyError extends TidemillError {
  override readonly name = 'TopologyError'
  readonly problems: readonly TopologyProblem[]

  constructor(problems: readonly TopologyProblem[]) {
    super('invalid-topology', describeProblems(problems))
    this.problems = Object.freeze([...problems])
  }
}

function describeProblems(problems: readonly TopologyProblem[]): string {
  const [first] = problems
  if (problems.length === 1 && first !== undefined) return `the topology is wrong: ${describeProblem(first)}`
  const lines = problems.map((problem, index) => `  ${index + 1}. ${describeProblem(problem)}`)
  return `the topology has ${problems.length} problems:\n${lines.join('\n')}`
}

function describeProblem({ message, place }: TopologyProblem): string {
  return place === undefined ? message : `${message} (${place})`
}
