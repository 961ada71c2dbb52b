// What must hold of the outputs, recounted from what the input topics hold.
import { type Topic } from 'tidemill'
import { type Kafka } from 'tidemill/client'
import { GROUPS, counts, groups, left, pairs, right } from '../../tests/kafka/chaos-topology.ts'

export interface Verdict {
  readonly what: string
  /** Values that should be there and are not. */
  readonly missing: number
  /** Values that are there more often than once, or out of order. */
  readonly wrong: number
  readonly total: number
  readonly example: string | undefined
}

type Log = ReadonlyMap<string, readonly string[]>

/** Values of every key in the order of the log. */
async function readByKey(kafka: Kafka, topic: Topic<string, string>): Promise<Log> {
  const log = new Map<string, string[]>()
  for await (const { key, value } of kafka.read(topic, { until: 'end' })) {
    const values = log.get(key)
    if (values === undefined) log.set(key, [value])
    else values.push(value)
  }
  return log
}

/** 1, 2, ... n for every key. */
function countsOf(keys: Iterable<string>): Log {
  const log = new Map<string, string[]>()
  for (const key of keys) {
    const values = log.get(key) ?? []
    values.push(String(values.length + 1))
    log.set(key, values)
  }
  return log
}

function compare(what: string, expected: Log, actual: Log): Verdict {
  let missing = 0
  let wrong = 0
  let total = 0
  let example: string | undefined
  let isOfMissing = false
  const show = (values: readonly string[]): string =>
    values.length > 12 ? `${values.slice(0, 6).join(' ')} ... ${values.slice(-6).join(' ')}` : values.join(' ')
  for (const [key, values] of expected) {
    total += values.length
    const found = actual.get(key) ?? []
    const seen = new Set(found)
    const absent = values.filter((value) => !seen.has(value))
    missing += absent.length
    const isSame = found.length === values.length && found.every((value, i) => value === values[i])
    if (isSame) continue
    if (absent.length === 0) wrong += Math.max(1, found.length - values.length)
    const at = found.findIndex((value, i) => value !== values[i])
    // What is missing says more than what is there twice.
    if (example !== undefined && (isOfMissing || absent.length === 0)) continue
    isOfMissing = absent.length > 0
    example = `${key}: ${found.length} values for ${values.length}, first differs at ${at < 0 ? found.length : at} (${show(found.slice(Math.max(0, at - 2), at + 8))}); missing ${show(absent)}`
  }
  for (const [key, values] of actual) {
    if (expected.has(key)) continue
    wrong += values.length
    example ??= `${key} is there and should not be`
  }
  return { what, missing, wrong, total, example }
}

/**
 * At least once a count may skip values: the changelog took one, the result was lost with the process, and the record was counted once
 * more. So every value that is not there must be made good by one at the end, and no record be left out.
 */
function compareCounts(what: string, expected: Log, actual: Log): Verdict {
  let missing = 0
  let wrong = 0
  let total = 0
  let example: string | undefined
  for (const [key, { length }] of expected) {
    total += length
    const seen = new Set((actual.get(key) ?? []).map(Number))
    const last = Math.max(0, ...seen)
    const skipped = last - seen.size
    const lost = Math.max(0, length + skipped - last)
    missing += lost
    wrong += Math.max(0, last - length)
    if (lost > 0)
      example ??= `${key}: ${length} records, counted up to ${last}, of which ${skipped} values are not there`
  }
  for (const [key, values] of actual) {
    if (expected.has(key)) continue
    wrong += values.length
    example ??= `${key} is there and should not be`
  }
  return { what, missing, wrong, total, example }
}

/** Compares everything; `sent` are the numbers that were acknowledged. */
export async function judge(kafka: Kafka, sent: ReadonlySet<string>, isExact: boolean): Promise<readonly Verdict[]> {
  const ofCounts = isExact ? compare : compareCounts
  const lefts = await readByKey(kafka, left)
  const rights = await readByKey(kafka, right)
  const idsByUser = [...lefts].flatMap(([user, ids]) => ids.map((id) => ({ user, id })))
  const paired = idsByUser.filter(({ id }) => rights.has(id))
  const once = (ids: Iterable<string>): Log => new Map([...ids].map((id) => [id, [id]]))
  const pairOf = (ids: Iterable<string>): Log => new Map([...ids].map((id) => [id, [`${id}+${id}`]]))
  const byId = new Map<string, string[]>()
  for (const { id } of idsByUser) byId.set(id, [...(byId.get(id) ?? []), id])
  return [
    compare('left input: what was acknowledged, once', once(sent), byId),
    compare('right input: what was acknowledged, once', once(sent), rights),
    ofCounts('counts', countsOf(idsByUser.map(({ user }) => user)), await readByKey(kafka, counts)),
    compare('pairs', pairOf(paired.map(({ id }) => id)), await readByKey(kafka, pairs)),
    ofCounts('groups', countsOf(paired.map(({ id }) => `g${Number(id) % GROUPS}`)), await readByKey(kafka, groups)),
  ]
}
