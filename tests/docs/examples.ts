// The `@example`s of the source. Each is a few lines that use names a reader would have (a stream of orders, a builder): here
// those names are given values, so that each example compiles and runs. A name is a stream, a table or a topic by how it is used.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ENTRIES, declaration, exportsOf } from './public-api.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

export interface Example {
  /** `dsl/api/k-stream.ts:66` */
  readonly place: string
  readonly code: string
  /** With all that it needs: a module. */
  readonly program: string
}

/** All examples of the product's source. */
export function readExamples(): readonly Example[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/\.(test|contract)\.ts$|harness/.test(file))
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      return [...text.matchAll(/@example\n((?:\s*\*(?! @)(?!\/).*\n)+)/g)].map((block) => {
        const place = `${file}:${text.slice(0, block.index).split('\n').length}`
        const code = (block[1] ?? '')
          .replace(/^\s*\* ?/gm, '')
          .replace(/^(?:```.*|import .*)\n?/gm, '')
          .trim()
        return { place, code, program: programOf(file, code) }
      })
    })
}

/** Streams and tables: the type of their values, and what a name is unless an example says otherwise. */
const DATA: Readonly<Record<string, { readonly type: string; readonly kind: 'stream' | 'table' }>> = {
  accounts: { type: '{ readonly isActive: boolean; readonly isClosed: boolean }', kind: 'table' },
  actual: { type: 'number', kind: 'table' },
  alerts: { type: 'string', kind: 'stream' },
  amounts: { type: 'number', kind: 'stream' },
  clicks: { type: 'string', kind: 'stream' },
  customers: { type: '{ readonly name: string; readonly country: string }', kind: 'table' },
  emails: { type: '{ readonly address: string }', kind: 'stream' },
  items: { type: 'Item', kind: 'stream' },
  lines: { type: 'string', kind: 'stream' },
  logins: { type: 'string', kind: 'stream' },
  mobile: { type: 'string', kind: 'stream' },
  notes: { type: 'string', kind: 'table' },
  orders: { type: 'Order', kind: 'stream' },
  pages: { type: 'string', kind: 'stream' },
  payments: { type: 'Payment', kind: 'stream' },
  planned: { type: 'number', kind: 'table' },
  prices: { type: 'number', kind: 'stream' },
  profiles: { type: '{ readonly name: string }', kind: 'table' },
  queries: { type: 'string', kind: 'stream' },
  readings: { type: 'number', kind: 'stream' },
  received: { type: 'number', kind: 'stream' },
  scores: { type: 'number', kind: 'table' },
  sent: { type: 'number', kind: 'stream' },
  stock: { type: 'number', kind: 'table' },
  trades: { type: 'number', kind: 'stream' },
  users: { type: '{ readonly name: string }', kind: 'stream' },
  views: { type: '{ readonly page: string }', kind: 'stream' },
  visits: { type: 'string', kind: 'stream' },
  web: { type: 'string', kind: 'stream' },
  words: { type: 'string', kind: 'stream' },
}

/** Names that are only ever topics. */
const TOPICS: Readonly<Record<string, string>> = {
  checked: 'Order',
  copies: 'Order',
  customerTopic: '{ readonly name: string }',
  limitTopic: 'number',
  numberedPayments: 'string',
  orderTopic: 'Order',
  people: '{ readonly age: number }',
  productTopic: '{ readonly title: string }',
  rateTopic: 'number',
  wordCounts: 'number',
}

/** All other names, as the code that declares them. */
const CODE: Readonly<Record<string, string>> = {
  addItem: 'const addItem = (cart: Cart, item: Item): Cart => ({ ...cart, items: [...cart.items, item] })',
  app: `await using app = new Streams(topology, { applicationId: 'example', bootstrapServers: 'embedded:./data' })
await app.start()`,
  arriving: 'const arriving = new Date(0)',
  bill: 'const bill = async (order: Order): Promise<void> => (order.amount > 0 ? stopping.abort() : undefined)',
  builder: 'const builder = new StreamsBuilder({ key: serdes.json(), value: serdes.json() })',
  broker: `const broker = await startBroker({ dir: './data' })`,
  cartStore: `const cartStore = stores.keyValue('carts', { key: serdes.string, value: serdes.json<Cart>() })`,
  carts: 'const carts = items.groupByKey().cogroup(() => emptyCart, addItem)',
  counts: `const counts = words.groupByKey().count()`,
  countStore: `const countStore = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })`,
  countWords: `const countWords: Processor<string, string, string, number> = { init: () => ({ process: () => undefined }) }`,
  detectFraud: `const detectFraud: Processor<string, Payment, string, string> = {
  init: (context) => ({ process: (record) => context.forward({ ...record, value: 'fraud', headers: record.headers.with('severity', 'high') }) }),
}`,
  driver: `using driver = new TopologyTestDriver(topology)
driver.inputTopic(topic('lines', { key: serdes.nullable(serdes.string), value: serdes.string })).pipe({ value: 'a' })`,
  emptyCart: 'const emptyCart: Cart = { items: [], isPaid: false }',
  errors: `const errors = builder.addProcessor('errors', detectFraud, builder.addSource('more-payments', topic('more-payments', { key: serdes.string, value: serdes.json<Payment>() })))`,
  fraud: `const fraud = builder.addProcessor('detect-fraud', detectFraud, builder.addSource('payments', payments))`,
  idOf: 'const idOf = async (user: unknown): Promise<number> => (user === null ? 0 : 1)',
  isDeliverable: `const isDeliverable = async (address: string): Promise<boolean> => address !== ''`,
  joinCarts:
    'const joinCarts = (first: Cart, second: Cart): Cart => ({ ...second, items: [...first.items, ...second.items] })',
  kafka: `await using kafka = await connect('embedded:./data')
await kafka.createTopics([orders, copies])
await kafka.producer().send(orders, { key: 'o1', value: order })`,
  list: 'const list = [order]',
  limits: `const limits = stores.keyValue('limits', { key: serdes.string, value: serdes.float64 })`,
  midnight: 'const midnight = (ts: number): number => ts - (ts % 86_400_000)',
  moreLines: `const moreLines = builder.addSource('more-lines', topic('more-lines', { key: serdes.string, value: serdes.string }))`,
  numbered: `const numbered: FixedKeyProcessor<string, Payment, string> = { init: (context) => ({ process: ({ value }) => context.forward({ value: value.iban }) }) }`,
  order: `const order: Order = { id: 'o1', sku: 'tea', country: 'at', amount: 20, isPaid: true, customerId: 'c1', items: [] }`,
  parse: `const parse = (text: string): number => (text === '' ? fail() : Number(text))
function fail(): never {
  throw new RangeError('it is empty')
}`,
  pay: 'const pay = (cart: Cart): Cart => ({ ...cart, isPaid: true })',
  perMinute: `const perMinute = clicks.groupByKey().windowedBy(tumbling({ size: '1m' })).count()`,
  products: `const products = builder.globalTable(topic('products', { key: serdes.string, value: serdes.json<{ readonly title: string }>() }))`,
  rank: `const rank = (store: KeyValueStore<string, number>, key: string, score: number | null): number | null => (store.put(key, score), score)`,
  ranks: `const ranks = stores.keyValue('ranks', { key: serdes.string, value: serdes.float64 })`,
  rates: `const rates = stores.keyValue('rates', { key: serdes.string, value: serdes.float64 })`,
  readFileSync: `writeFileSync('ca.pem', '')`,
  revenue: `const revenue = builder.table(orderTopic).groupBy((order) => [order.country, order.amount], { key: serdes.string, value: serdes.float64 })`,
  score:
    'const score = async (payment: Payment, signal: AbortSignal): Promise<number> => (signal.aborted ? 0 : payment.amount)',
  search: 'const search = async (query: string): Promise<string[]> => [query]',
  servers: `const servers = 'embedded:./data'`,
  signal: 'const { signal } = stopping',
  stopping: 'const stopping = new AbortController()',
  store: `const store = async (order: Order, signal: AbortSignal): Promise<void> => (signal.aborted || order.amount < 0 ? Promise.reject(signal.reason) : undefined)`,
  topology: 'const topology = wordCount()',
  watching: `void (async () => {
  for await (const { key } of kafka.read(copies)) if (key === 'o1') return stopping.abort()
})()`,
  wordCount: `function wordCount() {
  const made = new StreamsBuilder()
  made
    .stream(topic('lines', { key: serdes.nullable(serdes.string), value: serdes.string }))
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .groupBy((word) => word, { key: serdes.string })
    .count({ store: stores.keyValue('counts', { key: serdes.string, value: serdes.int64 }) })
    .toStream()
    .to(topic('word-counts', { key: serdes.string, value: serdes.int64 }))
  return made.build()
}`,
}

/** In the files of some parts names mean other things. */
const OTHERWISE: readonly (readonly [file: RegExp, names: Readonly<Record<string, string>>])[] = [
  [
    /^query\//,
    {
      signal: 'const signal = AbortSignal.abort()',
      topology: `const topology = wordCount()
await using admin = await connect('embedded:./data')
await admin.createTopics([topic('lines'), topic('word-counts')])`,
      wordCounts: `const wordCounts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })`,
    },
  ],
  [
    /topology-builder/,
    {
      builder: 'const builder = new TopologyBuilder()',
      lines: `const lines = builder.addSource('lines', topic('lines', { key: serdes.string, value: serdes.string }))`,
    },
  ],
  [/streams-builder/, { counts: `const counts = topic('counts', { key: serdes.string, value: serdes.int64 })` }],
  [
    /k-table/,
    {
      items: `const items = builder.stream(topic('items', { key: serdes.string, value: serdes.json<Item>() }))`,
      products: `const products = topic('products', { key: serdes.string, value: serdes.json<{ readonly title: string }>() })`,
    },
  ],
  [/k-stream/, { counts: `const counts = words.groupByKey().count()` }],
  [
    /^client\//,
    {
      signal: `const { signal } = stopping
void (async () => {
  for await (const { key } of kafka.read(copies, { signal })) if (key === 'o1') stopping.abort()
})()`,
    },
  ],
  [
    /^testing\//,
    {
      counts: 'const counts = wordCounts',
      lines: `const lines = topic('lines', { key: serdes.nullable(serdes.string), value: serdes.string })`,
      wordCounts: `const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })`,
    },
  ],
  [
    /^(?:app|metrics|query|runtime)\//,
    {
      counts: 'const counts = wordCounts',
      lines: `const lines = topic('lines', { key: serdes.nullable(serdes.string), value: serdes.string })`,
      other: 'const other = app',
      signal: 'const signal = AbortSignal.abort()',
      topology: `const topology = wordCount()
await using admin = await connect('embedded:./data')
await admin.createTopics([lines, topic('word-counts')])`,
      wordCounts: `const wordCounts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })`,
    },
  ],
]

const TYPES = `interface Item { readonly sku: string; readonly quantity: number; readonly title: string }
interface Order { readonly id: string; readonly sku: string; readonly country: string; readonly amount: number; readonly isPaid: boolean
  readonly customerId: string; readonly items: readonly Item[] }
interface Payment { readonly iban: string; readonly amount: number }
interface Cart { readonly items: readonly Item[]; readonly isPaid: boolean }
interface Click { readonly page: string }
`

/** Public names by their modules; one that is exported twice is taken from the first. */
const PUBLIC: ReadonlyMap<string, string> = new Map(
  Object.entries(ENTRIES)
    .toReversed()
    .flatMap(([module, file]) => [...exportsOf(file).keys()].map((name) => [name, module] as const)),
)

/** Imports of the public names that a program uses. */
function importsOf(program: string): readonly string[] {
  const used = new Set(program.match(/\b[A-Za-z]\w*\b/g))
  // Examples have orders to sell; the order of entries is not shown by any.
  used.delete('Order')
  const names = [...PUBLIC].filter(([name]) => used.has(name))
  return names.map(([name, module]) => `import { ${isType(name) ? 'type ' : ''}${name} } from '${module}'`)
}

function isType(name: string): boolean {
  return ['interface', 'type'].includes(declaration(name).kind)
}

const OTHER_IMPORTS = `import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import * as z from 'zod'
`

function programOf(file: string, code: string): string {
  const otherwise: Readonly<Record<string, string>> = OTHERWISE.find(([pattern]) => pattern.test(file))?.[1] ?? {}
  const declared = new Map<string, string>()
  const own = new Set([...code.matchAll(/^(?:const|using|await using|function) (\w+)/gm)].map(([, name]) => name))
  const declare = (text: string, isExample: boolean): void => {
    // Names after a dot are members, names before a colon are fields.
    for (const [name] of text.matchAll(/(?<![.\w'-])[a-z]\w*(?![\w'-])(?!\??:)/gi)) {
      if (declared.has(name) || (isExample && own.has(name))) continue
      const line = otherwise[name] ?? CODE[name] ?? dataOf(name, text, isExample ? file : '')
      if (line === undefined) continue
      // First of all, so that one that needs itself ends.
      declared.set(name, '')
      declare(line, false)
      declared.delete(name)
      declared.set(name, line)
    }
  }
  declare(code, true)
  const usesBuilder = declared.has('builder')
  return [
    ...importsOf([code, ...declared.values()].join('\n')),
    OTHER_IMPORTS,
    TYPES,
    ...declared.values(),
    // Where a line ends, the compiler does not see before a brace.
    ';{',
    code,
    '}',
    // What was built must be a topology.
    ...(usesBuilder ? ['builder.build()'] : []),
  ].join('\n')
}

/** Where a name stands as an argument of these, it is a topic. */
const TAKES_TOPIC =
  "(?:\\.(?:stream|table|globalTable|to|inputTopic|outputTopic|read|subscribe|send)\\(|createTopics\\(\\[|add(?:Source|Sink)\\('[^']*', |topic: )"

function dataOf(name: string, text: string, file: string): string | undefined {
  const isTopic = TOPICS[name] !== undefined || new RegExp(`${TAKES_TOPIC}${name}\\b`).test(text)
  const data = DATA[name]
  const type = TOPICS[name] ?? data?.type
  if (type === undefined) return undefined
  const made = `topic('${name}', { key: serdes.string, value: serdes.json<${type}>() })`
  if (isTopic || data === undefined || /^(?:client|testing|app)\//.test(file)) return `const ${name} = ${made}`
  const kind = file.endsWith('k-table.ts') ? 'table' : data.kind
  return `const ${name} = builder.${kind}(${made})`
}
