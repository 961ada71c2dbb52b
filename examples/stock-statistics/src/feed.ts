// Asks and bids around real prices: the S&P 500's daily closes move five symbols, one day each 200 ms of event time.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Trade } from './stock-statistics.ts'

export interface TimedTrade {
  readonly symbol: string
  readonly trade: Trade
  /** Ms after the start of the replay. */
  readonly atMs: number
}

export const MS_PER_DAY_ROW = 200
const TRADES_PER_SYMBOL_AND_ROW = 2

/** The build puts the two files beside the compiled example; in the checkout they are read from the package that ships them. */
function readData(name: string): string {
  const beside = new URL(`../data/${name}`, import.meta.url)
  if (existsSync(beside)) return readFileSync(beside, 'utf8')
  const shipped = pathToFileURL(createRequire(import.meta.url).resolve('vega-datasets'))
  return readFileSync(new URL(`../data/${name}`, shipped), 'utf8')
}

const rows = (csv: string): readonly (readonly string[])[] =>
  csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))

const closes = rows(readData('sp500-2000.csv')).map((row) => Number(row[4]))
const firstPrices = new Map<string, number>()
for (const [symbol, , price] of rows(readData('stocks.csv'))) {
  if (!firstPrices.has(symbol as string)) firstPrices.set(symbol as string, Number(price))
}
const symbols = [...firstPrices.keys()]

export const tradesPerRow: number = symbols.length * TRADES_PER_SYMBOL_AND_ROW

/** Trade number `index` of the endless replay; the same for the same index in every run. */
export function tradeAt(index: number): TimedTrade {
  const row = Math.floor(index / tradesPerRow)
  const place = index % tradesPerRow
  const symbol = symbols[Math.floor(place / TRADES_PER_SYMBOL_AND_ROW)] as string
  const day = closes[row % closes.length] as number
  const middle = ((firstPrices.get(symbol) as number) * day) / (closes[0] as number)
  const type = place % 2 === 0 ? 'ASK' : 'BID'
  const spread = middle * 0.001 * (1 + fraction(index, 1))
  const price = Math.round((type === 'ASK' ? middle + spread : middle - spread) * 100) / 100
  const atMs = row * MS_PER_DAY_ROW + Math.floor((place * MS_PER_DAY_ROW) / tradesPerRow)
  return { symbol, trade: { type, price, size: 100 * (1 + Math.floor(fraction(index, 2) * 20)) }, atMs }
}

/** A number in [0, 1) that depends on the index alone: a seeded generator that can start anywhere. */
function fraction(index: number, stream: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 0x1_0000_0000
}
