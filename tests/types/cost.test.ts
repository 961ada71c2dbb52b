// A topology of many operators must not be slow to check: what an operator costs the checker is a number of instantiations.
import { describe, expect, test } from 'vitest'
import { COMPILERS, type Compiler, compile } from './compiler.ts'

const INSTANTIATIONS_AN_OPERATOR_MAX = 80

/** Chains of the operators that are used most. */
function program(operators: number): string {
  const steps = [
    '.filter((v) => v.n > 1)',
    '.mapValues((v) => ({ ...v, n: v.n + 1 }))',
    '.selectKey((v) => String(v.n), { key: serdes.string })',
    '.flatMapValues((v) => [v, v])',
    '.leftJoin(table, (v, t) => ({ ...v, n: v.n + (t?.n ?? 0) }))',
    '.peek((v, k) => console.log(k, v.n))',
    '.groupByKey().aggregate(() => ({ n: 0 }), (a, v) => ({ n: a.n + v.n }), { value: serdes.json() }).toStream().filter((v) => v !== null)',
    '.join(other, (a, b) => ({ n: a.n + b.n }), { within: "1m" })',
  ]
  const chains = Array.from(
    { length: Math.ceil(operators / steps.length) },
    (_, i) => `export const s${i} = other${steps.slice(0, operators - i * steps.length).join('')}`,
  )
  return `
import { type KStream, type KTable, serdes } from 'tidemill'
interface Value { readonly n: number }
declare const other: KStream<string, Value>
declare const table: KTable<string, Value>
${chains.join('\n')}
`
}

describe.each(Object.keys(COMPILERS) as Compiler[])('%s', (compiler) => {
  test('an operator costs few instantiations', () => {
    const small = compile(compiler, program(2))
    const large = compile(compiler, program(200))
    expect(large.errors).toEqual([])
    const each = (large.instantiations - small.instantiations) / 198
    expect(each).toBeGreaterThan(1)
    expect(each).toBeLessThan(INSTANTIATIONS_AN_OPERATOR_MAX)
  }, 60_000)
})
