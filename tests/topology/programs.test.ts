// Whole programs as users write them, run on the test driver.
import { describe, expect, test } from 'vitest'
import {
  type KStream,
  type Processor,
  RecordHeaders,
  StreamsBuilder,
  TopologyBuilder,
  hopping,
  serdes,
  session,
  stores,
  topic,
  tumbling,
} from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import * as z from 'zod'

describe('word count', () => {
  const lines = topic('lines', { value: serdes.string })
  const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })

  function wordCount() {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
    builder
      .stream(lines)
      .flatMapValues((line) => line.toLowerCase().split(/\W+/))
      .filter((word) => word !== '' && word !== 'the')
      .groupBy((word) => word)
      .count({ store: 'counts' })
      .toStream()
      .to(wordCounts)
    return builder.build()
  }

  test('counts words, but not "the"', () => {
    using driver = new TopologyTestDriver(wordCount())
    const input = driver.inputTopic(lines)
    input.pipe({ value: 'The quick stream, the slow stream', timestamp: 0 })
    input.pipe({ value: 'a quick word' })
    expect(driver.outputTopic(wordCounts).readMap()).toEqual(
      new Map([
        ['quick', 2],
        ['stream', 2],
        ['slow', 1],
        ['a', 1],
        ['word', 1],
      ]),
    )
    expect(driver.store('counts').get('quick')).toBe(2)
  })

  test('takes its repartition topic and store from the operators, in two sub-topologies', () => {
    const [before, after] = wordCount().subTopologies
    expect(before?.sinkTopics.map(({ name }) => name)).toEqual(['counts-repartition'])
    expect(after?.repartitionTopics.map(({ name }) => name)).toEqual(['counts-repartition'])
    expect(after?.changelogTopics.map(({ name }) => name)).toEqual(['counts-changelog'])
  })
})

test('stock statistics: windows in the keys of a topic, an aggregate with a serde of its own', () => {
  interface Trade {
    readonly price: number
  }
  const windows = hopping({ size: '5s', advance: '1s', grace: '2s' })
  const trades = topic('trades', { key: serdes.string, value: serdes.json<Trade>() })
  const stats = topic('stats', {
    key: serdes.windowed(serdes.string, windows),
    value: serdes.json<{ count: number; average: number }>(),
  })
  const builder = new StreamsBuilder()
  builder
    .stream(trades)
    .groupByKey()
    .windowedBy(windows)
    .aggregate(
      () => ({ count: 0, sum: 0 }),
      (s, trade) => ({ count: s.count + 1, sum: s.sum + trade.price }),
      { store: 'trade-statistics', value: serdes.json() },
    )
    .mapValues((s) => ({ count: s.count, average: s.sum / s.count }))
    .toStream()
    .to(stats)
  using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic(trades).pipe({ key: 'ABC', value: { price: 10 }, timestamp: 4_000 })
  driver.inputTopic(trades).pipe({ key: 'ABC', value: { price: 20 }, timestamp: 4_500 })
  const results = driver.outputTopic(stats).readMap()
  expect([...results].map(([key]) => key.window.start)).toEqual([0, 1000, 2000, 3000, 4000])
  expect([...results.values()].at(-1)).toEqual({ count: 2, average: 15 })
})

test('click enrichment: a table, then another stream, with schemas that check', () => {
  const PageView = z.object({ page: z.string() })
  const views = topic('views', { key: serdes.int32, value: serdes.json(PageView) })
  const searches = topic('searches', { key: serdes.int32, value: serdes.json(z.object({ terms: z.string() })) })
  const profiles = topic('profiles', { key: serdes.int32, value: serdes.json(z.object({ name: z.string() })) })
  interface Activity {
    readonly user: string | null
    readonly page: string
    readonly searched: string | null
  }
  const activities = topic('activities', { key: serdes.int32, value: serdes.json<Activity>() })
  const builder = new StreamsBuilder()
  const profile = builder.table(profiles)
  builder
    .stream(views)
    .leftJoin(profile, (view, p) => ({ user: p?.name ?? null, page: view.page }))
    .leftJoin(builder.stream(searches), (view, search) => ({ ...view, searched: search?.terms ?? null }), {
      before: 0,
      after: '1s',
      grace: '500ms',
      value: serdes.json(),
    })
    .to(activities)
  using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic(profiles).pipe({ key: 1, value: { name: 'Ada' }, timestamp: 0 })
  driver.inputTopic(views).pipe({ key: 1, value: { page: '/a' }, timestamp: 100 })
  driver.inputTopic(searches).pipe({ key: 1, value: { terms: 'kafka' }, timestamp: 200 })
  driver.inputTopic(views).pipe({ key: 2, value: { page: '/b' }, timestamp: 300 })
  driver.inputTopic(searches).pipe({ key: 9, value: { terms: 'later' }, timestamp: 10_000 })
  expect(
    driver
      .outputTopic(activities)
      .readAll()
      .map(({ key, value }) => [key, value]),
  ).toEqual([
    [1, { user: 'Ada', page: '/a', searched: 'kafka' }],
    [2, { user: null, page: '/b', searched: null }],
  ])
})

describe('orders', () => {
  interface Order {
    readonly customerId: string
    readonly amount: number
    readonly sku: string
  }
  interface Customer {
    readonly country: string
  }
  const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
  const customers = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
  const revenue = topic('revenue', { key: serdes.string, value: serdes.float64 })
  const perMinute = topic('per-minute', { key: serdes.string, value: serdes.int64 })

  test('a foreign-key join, then sums that follow the table', () => {
    const builder = new StreamsBuilder({ optimize: 'all' })
    builder
      .table(orders, { store: 'orders' })
      .join(builder.table(customers), (order, customer) => ({ ...order, country: customer.country }), {
        foreignKey: (order) => order.customerId,
        name: 'order-customer',
        value: serdes.json(),
        store: 'enriched',
      })
      .groupBy((order) => [order.country, order.amount], { key: serdes.string, value: serdes.float64 })
      .aggregate(
        () => 0,
        { add: (sum, amount) => sum + amount, subtract: (sum, amount) => sum - amount },
        {
          store: { name: 'revenue', type: 'memory', cache: false, changelog: { 'segment.bytes': 1_048_576 } },
          value: serdes.float64,
        },
      )
      .toStream()
      .to(revenue)
    const topology = builder.build()
    const changelogs = topology.subTopologies.flatMap((one) => one.changelogTopics)
    expect(changelogs.find(({ name }) => name === 'revenue-changelog')?.config).toMatchObject({
      'segment.bytes': '1048576',
    })
    // The topics serve as changelogs.
    expect(changelogs.map(({ name }) => name)).not.toContain('orders-changelog')

    using driver = new TopologyTestDriver(topology)
    driver.inputTopic(customers).pipe({ key: 'c', value: { country: 'NL' }, timestamp: 0 })
    driver.inputTopic(orders).pipe({ key: 'o1', value: { customerId: 'c', amount: 10, sku: 's' }, timestamp: 1 })
    driver.inputTopic(orders).pipe({ key: 'o2', value: { customerId: 'c', amount: 5, sku: 's' }, timestamp: 2 })
    driver.inputTopic(customers).pipe({ key: 'c', value: { country: 'BE' }, timestamp: 3 })
    expect(driver.outputTopic(revenue).readMap()).toEqual(
      new Map([
        ['NL', 0],
        ['BE', 15],
      ]),
    )
  })

  test('final results once a window, under keys of text', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(orders, { timestamp: (record) => record.timestamp, startFrom: 'earliest' })
      .groupBy((order) => order.sku, { key: serdes.string, name: 'by-sku' })
      .windowedBy(tumbling({ size: '1m', grace: '10s' }))
      .count({ store: { name: 'counted', retention: '2h' } })
      .suppress({ until: 'window-closes' })
      .toStream((_count, windowed) => `${windowed.key}@${windowed.window.start}`, { key: serdes.string })
      .to(perMinute, { partition: (_count, key, partitions) => key.length % partitions })
    using driver = new TopologyTestDriver(builder.build())
    const input = driver.inputTopic(orders)
    const order = { customerId: 'c', amount: 1, sku: 's' }
    input.pipe({ key: 'o1', value: order, timestamp: 1_000 })
    input.pipe({ key: 'o2', value: order, timestamp: 2_000 })
    expect(driver.outputTopic(perMinute).isEmpty).toBe(true)
    input.pipe({ key: 'o3', value: order, timestamp: 70_000 })
    expect(driver.outputTopic(perMinute).readMap()).toEqual(new Map([['s@0', 2]]))
  })

  test('a split names its nodes after its branches, and the last takes what is left', () => {
    const builder = new StreamsBuilder()
    const { big, small } = builder
      .stream(orders)
      .split({ big: (order) => order.amount > 1000, small: 'otherwise' }, { name: 'size-' })
    big
      .groupByKey()
      .windowedBy(session({ inactivityGap: '30m', grace: '5m' }), { emit: 'on-window-close' })
      .count()
    const seen: number[] = []
    small.foreach((order) => seen.push(order.amount))
    const topology = builder.build()
    expect(topology.describe()).toContain('Processor: size-big (stores: [])')
    expect(topology.describe()).toContain('Processor: size-small (stores: [])')
    using driver = new TopologyTestDriver(topology)
    for (const amount of [1, 2000, 3]) {
      driver.inputTopic(orders).pipe({ key: 'o', value: { customerId: 'c', amount, sku: 's' }, timestamp: amount })
    }
    expect(seen).toEqual([1, 3])
  })
})

test('shopping carts: two streams into one aggregate, and a global table', () => {
  interface Item {
    readonly sku: string
    readonly quantity: number
  }
  interface Cart {
    readonly items: readonly Item[]
    readonly isPaid: boolean
  }
  const added = topic('cart-items', { key: serdes.string, value: serdes.json<Item>() })
  const paid = topic('cart-payments', { key: serdes.string, value: serdes.string })
  const products = topic('products', { key: serdes.string, value: serdes.json<{ price: number }>() })
  const priced = topic('priced', { key: serdes.string, value: serdes.json<Item & { readonly total: number }>() })
  const carts = stores.keyValue('carts', { key: serdes.string, value: serdes.json<Cart>() })

  const builder = new StreamsBuilder()
  const items = builder.stream(added)
  items
    .groupByKey()
    .cogroup(
      (): Cart => ({ items: [], isPaid: false }),
      (cart, item) => ({ ...cart, items: [...cart.items, item] }),
    )
    .cogroup(builder.stream(paid).groupByKey(), (cart) => (cart.isPaid ? null : { ...cart, isPaid: true }))
    .aggregate({ store: carts })
  items
    .join(builder.globalTable(products), (item, product) => ({ ...item, total: item.quantity * product.price }), {
      on: (item) => item.sku,
    })
    .to(priced)
  using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic(products).pipe({ key: 'tea', value: { price: 3 } })
  driver.inputTopic(added).pipe({ key: 'ada', value: { sku: 'tea', quantity: 2 } })
  driver.inputTopic(paid).pipe({ key: 'ada', value: 'p1' })
  expect(driver.store(carts).get('ada')).toEqual({ items: [{ sku: 'tea', quantity: 2 }], isPaid: true })
  driver.inputTopic(paid).pipe({ key: 'ada', value: 'p2' })
  expect(driver.store(carts).get('ada')).toBeUndefined()
  expect(driver.outputTopic(priced).readValues()).toEqual([{ sku: 'tea', quantity: 2, total: 6 }])
})

test('a processor: a store of windows, a punctuation, headers', () => {
  interface Payment {
    readonly amount: number
  }
  const payments = topic('payments', { key: serdes.string, value: serdes.json<Payment>() })
  const alerts = topic('alerts', { key: serdes.string, value: serdes.string })
  const recent = stores.window('recent', {
    key: serdes.string,
    value: serdes.float64,
    size: '10m',
    retention: '1h',
    retainDuplicates: true,
  })
  const ticks: number[] = []
  const detectFraud: Processor<string, Payment, string, string> = {
    stores: [recent],
    init(context) {
      const amounts = context.store(recent)
      context.schedule('1m', 'wall-clock', (now) => ticks.push(now))
      return {
        process(record) {
          let sum = 0
          for (const { value } of amounts.fetch(
            record.key,
            Math.max(0, record.timestamp - 600_000),
            record.timestamp,
          )) {
            sum += value
          }
          amounts.put(record.key, record.value.amount, record.timestamp)
          if (sum + record.value.amount <= 10_000) return
          context.forward({ ...record, value: `spent ${sum}`, headers: record.headers.with('severity', 'high') })
        },
      }
    },
  }
  const builder = new StreamsBuilder()
  builder.stream(payments).process(detectFraud, { name: 'detect-fraud' }).to(alerts)
  using driver = new TopologyTestDriver(builder.build())
  const input = driver.inputTopic(payments)
  input.pipe({ key: 'card', value: { amount: 6_000 }, timestamp: 0, headers: RecordHeaders.from({ from: 'web' }) })
  input.pipe({ key: 'card', value: { amount: 5_000 }, timestamp: 1_000 })
  const alert = driver.outputTopic(alerts).read()
  expect([alert?.value, alert?.headers.get('severity')]).toEqual(['spent 6000', 'high'])
  driver.advanceWallClock('2m')
  expect(ticks).toHaveLength(1)
})

test('a step that waits, with order kept by key', async () => {
  interface Payment {
    readonly iban: string
  }
  const payments = topic('payments', { key: serdes.string, value: serdes.json<Payment>() })
  const review = topic('review', { key: serdes.string, value: serdes.json<Payment & { readonly risk: number }>() })
  const accepted = topic('accepted', { key: serdes.string, value: serdes.json<Payment & { readonly risk: number }>() })
  const builder = new StreamsBuilder()
  const { risky, fine } = builder
    .stream(payments)
    .mapValuesAsync(async (payment) => ({ ...payment, risk: await Promise.resolve(payment.iban === 'X' ? 1 : 0) }), {
      concurrency: 100,
      order: 'key',
      value: serdes.json(),
    })
    .split({ risky: (payment) => payment.risk > 0.8, fine: 'otherwise' })
  risky.to(review)
  fine.to(accepted)
  await using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic(payments).pipeAll([
    { key: 'a', value: { iban: 'X' } },
    { key: 'b', value: { iban: 'Y' } },
  ])
  await driver.settled()
  expect(driver.outputTopic(review).readValues()).toEqual([{ iban: 'X', risk: 1 }])
  expect(driver.outputTopic(accepted).readValues()).toEqual([{ iban: 'Y', risk: 0 }])
})

test('a topology by hand routes to children by name and shares a store', () => {
  const input = topic('in', { key: serdes.string, value: serdes.string })
  const odd = topic('odd', { key: serdes.string, value: serdes.int64 })
  const even = topic('even', { key: serdes.string, value: serdes.int64 })
  const seen = stores.keyValue('seen', { key: serdes.string, value: serdes.int64 })
  const route: Processor<string, string, string, number> = {
    stores: [seen],
    init(context) {
      const store = context.store(seen)
      return {
        process(record) {
          const count = (store.get(record.key) ?? 0) + 1
          store.put(record.key, count)
          context.forward({ ...record, value: count }, count % 2 === 0 ? 'even' : 'odd')
        },
      }
    },
  }
  const builder = new TopologyBuilder()
  const routed = builder.addProcessor('route', route, builder.addSource('in', input))
  builder.addSink('odd', odd, routed)
  builder.addSink('even', even, routed)
  using driver = new TopologyTestDriver(builder.build())
  for (const key of ['a', 'a', 'a']) driver.inputTopic(input).pipe({ key, value: '' })
  expect(driver.outputTopic(odd).readValues()).toEqual([1, 3])
  expect(driver.outputTopic(even).readValues()).toEqual([2])
  expect(driver.store(seen).get('a')).toBe(3)
})

test("a function of one's own composes operators", () => {
  const input = topic('in', { key: serdes.string, value: serdes.string })
  const output = topic('out', { key: serdes.string, value: serdes.string })
  const shout = <K>(stream: KStream<K, string>): KStream<K, string> =>
    stream.mapValues((value) => value.toUpperCase(), { value: serdes.string })
  const builder = new StreamsBuilder()
  shout(builder.stream(input)).to(output)
  using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic(input).pipe({ key: 'k', value: 'hello' })
  expect(driver.outputTopic(output).readValues()).toEqual(['HELLO'])
})
