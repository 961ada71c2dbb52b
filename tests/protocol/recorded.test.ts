// The recorded bytes of Java's, both ways. The whole set where it lies beside the checkout, else our own smaller one.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { loadCompression } from '../../src/protocol/index.ts'
import { run as runBatches } from '../conformance/batches.ts'
import { run as runWire } from '../conformance/wire.ts'

const own = (file: string): string => fileURLToPath(new URL(`../conformance/data/${file}`, import.meta.url))
const whole = (file: string): string => fileURLToPath(new URL(`../../../shared/conformance/${file}`, import.meta.url))

beforeAll(loadCompression)

test.each([own, whole].map((path) => path('wire.json.gz')).filter(existsSync))(
  'every recorded request, response and header of %s reads to its values and writes to its bytes',
  (file) => {
    const { passed, failed } = runWire(file)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(350)
  },
)

test.each([own, whole].map((path) => path('batches.json.gz')).filter(existsSync))(
  'every recorded batch of %s reads to its records and builds to its bytes',
  (file) => {
    const { passed, failed } = runBatches(file)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(30)
  },
)
