// The examples in the documentation of the DSL compile, against names that a reader would have.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compile } from './compiler.ts'

const folder = fileURLToPath(new URL('../../src/dsl', import.meta.url))

/** What examples may use without saying so. */
const PRELUDE = `
import {
  type BuilderOptions, type Duration, type FixedKeyProcessor, type KGroupedStream, type KStream, type KTable,
  type KeyValueHandle, type Processor, type CogroupedKStream, StreamsBuilder, TopologyBuilder, TopologyError,
  hopping, serdes, session, sliding, stores, topic, topicPattern, tumbling, unlimited, windows,
} from 'tidemill'
interface Item { readonly sku: string; readonly quantity: number; readonly title: string }
interface Order { readonly sku: string; readonly country: string; readonly amount: number; readonly isPaid: boolean
  readonly customerId: string; readonly items: readonly Item[] }
interface Payment { readonly iban: string; readonly amount: number }
interface Cart { readonly items: readonly Item[]; readonly isPaid: boolean }
type Text = KStream<string, string>
declare const builder: StreamsBuilder
declare const orders: KStream<string, Order> & KTable<string, Order>
declare const revenue: import('tidemill').KGroupedTable<string, number>
declare const lines: Text & import('tidemill').Topic<string, string>
declare const words: Text & import('tidemill').Topic<string, string>
declare const clicks: Text
declare const pages: Text
declare const web: Text
declare const mobile: Text
declare const amounts: KStream<string, number>
declare const prices: KStream<string, number> & KTable<string, number> & KeyValueHandle<string, number>
declare const stock: KTable<string, number>
declare const planned: KTable<string, number>
declare const actual: KTable<string, number>
declare const scores: KTable<string, number>
declare const ranks: KeyValueHandle<string, number>
declare const rank: (store: import('tidemill').KeyValueStore<string, number>, key: string, score: number | null) => number
declare const notes: KTable<string, string>
declare const customers: KTable<string, { readonly name: string; readonly country: string }>
declare const accounts: KTable<string, { readonly isActive: boolean; readonly isClosed: boolean }>
declare const people: import('tidemill').Topic<string, { readonly age: number }>
declare const items: KStream<string, Item>
declare const products: import('tidemill').GlobalKTable<string, { readonly title: string }> & import('tidemill').Topic<string, { readonly title: string }>
declare const views: KStream<string, { readonly page: string }>
declare const profiles: KTable<string, { readonly name: string }>
declare const sent: KStream<string, number>
declare const received: KStream<string, number>
declare const readings: KStream<string, number>
declare const alerts: KStream<string, string> & import('tidemill').Topic<string, string>
declare const checked: import('tidemill').Topic<string, Order>
declare const users: KStream<string, { readonly name: string }>
declare const idOf: (user: unknown) => Promise<number>
declare const score: (payment: Payment, signal: AbortSignal) => Promise<number>
declare const search: (query: string) => Promise<string[]>
declare const queries: Text
declare const emails: KStream<string, { readonly address: string }>
declare const isDeliverable: (address: string) => Promise<boolean>
declare const store: (order: Order, signal: AbortSignal) => Promise<void>
declare const payments: KStream<string, Payment> & import('tidemill').Topic<string, Payment>
declare const detectFraud: Processor<string, Payment, string, string>
declare const numbered: FixedKeyProcessor<string, Payment, string>
declare const numberedPayments: import('tidemill').Topic<string, string>
declare const counts: KTable<string, number> & import('tidemill').Topic<string, number>
declare const wordCounts: import('tidemill').Topic<string, number>
declare const perMinute: KTable<import('tidemill').Windowed<string>, number>
declare const cogrouped: CogroupedKStream<string, Cart>
declare const emptyCart: Cart
declare const addItem: (cart: Cart, item: Item) => Cart
declare const pay: (cart: Cart) => Cart
declare const joinCarts: (first: Cart, second: Cart) => Cart
declare const carts: CogroupedKStream<string, Cart> & KeyValueHandle<string, Cart>
declare const rates: KeyValueHandle<string, number>
declare const rateTopic: import('tidemill').Topic<string, number>
declare const limits: KeyValueHandle<string, number>
declare const limitTopic: import('tidemill').Topic<string, number>
declare const customerTopic: import('tidemill').Topic<string, { readonly name: string }>
declare const productTopic: import('tidemill').Topic<string, { readonly title: string }>
declare const orderTopic: import('tidemill').Topic<string, Order>
declare const countWords: Processor<string, string, string, number>
declare const moreLines: import('tidemill').TopologyNode<string, string>
declare const lineNode: import('tidemill').TopologyNode<string, string>
declare const fraud: import('tidemill').TopologyNode<string, string>
declare const errors: import('tidemill').TopologyNode<string, string>
`

/** In examples of TopologyBuilder some of the names mean other things. */
const BY_HAND = '{ const builder = new TopologyBuilder(), orders = orderTopic, lines = lineNode'

function examples(): readonly { readonly place: string; readonly code: string }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const blocks = [...text.matchAll(/@example\n((?:\s*\*(?! @)(?!\/).*\n)+)/g)]
      return blocks.map((block) => ({
        place: `${file}:${text.slice(0, block.index).split('\n').length}`,
        code: (block[1] ?? '').replace(/^\s*\* ?/gm, '').trimEnd(),
      }))
    })
}

test('every example compiles', () => {
  const found = examples()
  expect(found.length).toBeGreaterThan(60)
  const lines: string[] = PRELUDE.split('\n')
  const starts = found.map(({ place, code }) => {
    const start = lines.length
    lines.push(
      place.startsWith('topology-builder.ts') && !code.includes('new TopologyBuilder') ? BY_HAND : '{',
      ...code.split('\n'),
      '}',
    )
    return start
  })
  const errors = compile('TypeScript 6', lines.join('\n')).errors.map(({ line, message }) => {
    const index = starts.findLastIndex((start) => start < line)
    return `${found[index]?.place}: ${message}\n${found[index]?.code}`
  })
  expect(errors).toEqual([])
}, 60_000)
