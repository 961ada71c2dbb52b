// Our own form of a recorded case: a row instead of an object with names, for the copy that the project carries. A record is
// [topic, key, value, timestamp, headers?], a step that moves the clock is a number of ms.
import type { CaseAnswer, CaseBytes, CaseHeaders, CaseRecord, CaseStep, Scenario } from './cases.ts'

type RecordRow = readonly [topic: string, key: CaseBytes, value: CaseBytes, ts: number | null, headers?: CaseHeaders]
type AnswerRow = readonly RecordRow[] | { readonly error: string; readonly cause?: string }

export type ScenarioRow = readonly [
  name: string,
  feature: string,
  config: Scenario['config'],
  topology: Scenario['topology'],
  steps: readonly (RecordRow | number)[],
  /** Steps are rows; everything else is as in the recorded case. */
  expected: Omit<Scenario['expected'], 'steps'> & { readonly steps?: readonly AnswerRow[] },
  rest?: { readonly javaDefect?: string; readonly corrected?: readonly AnswerRow[] },
]

export function toRow({
  name,
  feature,
  config,
  topology,
  steps,
  expected,
  javaDefect,
  corrected,
}: Scenario): ScenarioRow {
  const { steps: answers, ...others } = expected
  const row = [name, feature, config, topology, steps.map(stepRow)] as const
  const expectedRow = answers === undefined ? others : { ...others, steps: answers.map(answerRow) }
  if (javaDefect === undefined) return [...row, expectedRow]
  const rest = corrected === undefined ? { javaDefect } : { javaDefect, corrected: corrected.steps.map(answerRow) }
  return [...row, expectedRow, rest]
}

export function fromRow([name, feature, config, topology, steps, expected, rest = {}]: ScenarioRow): Scenario {
  const { steps: answers, ...others } = expected
  return {
    name,
    feature,
    config,
    topology,
    steps: steps.map(stepOf),
    expected: answers === undefined ? others : { ...others, steps: answers.map(answerOf) },
    ...(rest.javaDefect === undefined ? {} : { javaDefect: rest.javaDefect }),
    ...(rest.corrected === undefined ? {} : { corrected: { steps: rest.corrected.map(answerOf) } }),
  }
}

function recordRow({ topic, key, value, ts, headers }: CaseRecord): RecordRow {
  return headers === undefined ? [topic, key, value, ts] : [topic, key, value, ts, headers]
}

function recordOf([topic, key, value, ts, headers]: RecordRow): CaseRecord {
  return headers === undefined ? { topic, key, value, ts } : { topic, key, value, ts, headers }
}

function stepRow(step: CaseStep): RecordRow | number {
  return step.type === 'wallClock' ? step.advanceMs : recordRow(step)
}

function stepOf(row: RecordRow | number): CaseStep {
  if (typeof row === 'number') return { type: 'wallClock', advanceMs: row }
  const { ts, ...record } = recordOf(row)
  // Only answers lack a timestamp.
  return { type: 'record', ...record, ts: ts as number }
}

function answerRow(answer: CaseAnswer): AnswerRow {
  return 'error' in answer ? answer : answer.map(recordRow)
}

function answerOf(row: AnswerRow): CaseAnswer {
  return 'error' in row ? row : row.map(recordOf)
}
