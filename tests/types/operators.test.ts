// What every operator infers, with no annotation on any callback. Checked by the compiler; run once, so that each builds too.
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type AsyncContext,
  type FixedKeyProcessor,
  type GlobalKTable,
  type KGroupedStream,
  type KGroupedTable,
  type KStream,
  type KTable,
  type KeyOf,
  type KeyValueHandle,
  type KeyValueStore,
  type Processor,
  type RecordContext,
  type SessionWindowedKStream,
  type Topic,
  type TimeWindowedKStream,
  type ValueOf,
  type ValueTransformer,
  type Windowed,
  StreamsBuilder,
  TopologyBuilder,
  hopping,
  serdes,
  session,
  sliding,
  stores,
  topic,
  topicPattern,
  tumbling,
  unlimited,
} from 'tidemill'

interface Order {
  readonly customer: string
  readonly amount: number
}
interface Paid extends Order {
  readonly paidAt: number
}
interface Customer {
  readonly name: string
}

const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const customers = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
const events = topic('events', { key: serdes.string, value: serdes.json<Order | Paid>() })
const lines = topic('lines', { value: serdes.string })
const changes = topic('changes', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.float64) })
const untyped = topic('untyped', { key: serdes.string, value: serdes.json() })

const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })

const builder = new StreamsBuilder({ key: serdes.json(), value: serdes.json() })
const order = builder.stream(orders)
const customer = builder.table(customers)
const change = builder.stream(changes)

function isPaid(event: Order | Paid): event is Paid {
  return 'paidAt' in event
}

describe('sources', () => {
  test('a topic gives its types', () => {
    expectTypeOf(order).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(customer).toEqualTypeOf<KTable<string, Customer>>()
    expectTypeOf(builder.stream(lines)).toEqualTypeOf<KStream<Buffer | null, string>>()
    expectTypeOf<KeyOf<typeof orders>>().toEqualTypeOf<string>()
    expectTypeOf<ValueOf<typeof orders>>().toEqualTypeOf<Order>()
  })

  test('a topic of json without a type is unknown, never any', () => {
    expectTypeOf(untyped).toEqualTypeOf<Topic<string, unknown>>()
    expectTypeOf(builder.stream(untyped)).toEqualTypeOf<KStream<string, unknown>>()
  })

  test('several topics give unions', () => {
    const both = new StreamsBuilder().stream([orders, customers])
    expectTypeOf(both).toEqualTypeOf<KStream<string, Order | Customer>>()
  })

  test('a pattern gives its types', () => {
    const all = new StreamsBuilder().stream(topicPattern(/orders-.+/, { key: serdes.string, value: serdes.int32 }))
    expectTypeOf(all).toEqualTypeOf<KStream<string, number>>()
  })

  test('a table has no null keys and values', () => {
    expectTypeOf(new StreamsBuilder().table(changes)).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(new StreamsBuilder().globalTable(changes)).toEqualTypeOf<GlobalKTable<string, number>>()
  })

  test('a timestamp extractor sees the record', () => {
    new StreamsBuilder().stream(orders, {
      timestamp: (record, partitionTime) => {
        expectTypeOf(record.value).toEqualTypeOf<Order>()
        expectTypeOf(partitionTime).toEqualTypeOf<number>()
        return record.timestamp
      },
    })
  })
})

describe('streams', () => {
  test('callbacks get value, key and record', () => {
    order.peek((value, key, record) => {
      expectTypeOf(value).toEqualTypeOf<Order>()
      expectTypeOf(key).toEqualTypeOf<string>()
      expectTypeOf(record).toEqualTypeOf<RecordContext>()
    })
  })

  test('filter keeps the types, and narrows by a guard', () => {
    expectTypeOf(order.filter((o) => o.amount > 1)).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(order.filterNot((o) => o.amount > 1)).toEqualTypeOf<KStream<string, Order>>()
    const event = builder.stream(events)
    expectTypeOf(event.filter(isPaid)).toEqualTypeOf<KStream<string, Paid>>()
    expectTypeOf(change.filter((v) => v !== null)).toEqualTypeOf<KStream<string | null, number>>()
    expectTypeOf(change.filterNot((v) => v === null)).toEqualTypeOf<KStream<string | null, number>>()
  })

  test('mappers give what they return', () => {
    expectTypeOf(order.mapValues((o) => o.amount)).toEqualTypeOf<KStream<string, number>>()
    expectTypeOf(order.mapValues((o) => (o.amount > 1 ? o : null))).toEqualTypeOf<KStream<string, Order | null>>()
    expectTypeOf(order.mapValues((o) => ({ ...o, x: 1 }), { value: serdes.json() })).toEqualTypeOf<
      KStream<string, { x: number; customer: string; amount: number }>
    >()
    expectTypeOf(order.selectKey((o) => o.amount)).toEqualTypeOf<KStream<number, Order>>()
    expectTypeOf(order.map((o, key) => [o.amount, key])).toEqualTypeOf<KStream<number, string>>()
    expectTypeOf(order.flatMap((o, key) => [o.amount].map((n) => [key, n]))).toEqualTypeOf<KStream<string, number>>()
    expectTypeOf(order.flatMapValues((o) => [o.customer])).toEqualTypeOf<KStream<string, string>>()
    expectTypeOf(order.flatMapValues((o) => new Set([o.amount]))).toEqualTypeOf<KStream<string, number>>()
  })

  test('split narrows its branches, and gives what is left to the last', () => {
    const { paid, rest } = builder.stream(events).split({ paid: isPaid, rest: 'otherwise' })
    expectTypeOf(paid).toEqualTypeOf<KStream<string, Paid>>()
    expectTypeOf(rest.mapValues((value) => value)).toEqualTypeOf<KStream<string, Order>>()
    const { big, small } = order.split({ big: (o) => o.amount > 10, small: 'otherwise' })
    expectTypeOf(big).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(small).toEqualTypeOf<KStream<string, Order>>()
  })

  test('merge gives unions', () => {
    expectTypeOf(order.merge(order.mapValues((o) => o.amount))).toEqualTypeOf<KStream<string, Order | number>>()
  })

  test('keys and values without null where they are joined, grouped or kept', () => {
    expectTypeOf(change.groupByKey()).toEqualTypeOf<KGroupedStream<string, number | null>>()
    expectTypeOf(change.groupBy((v) => v)).toEqualTypeOf<KGroupedStream<number, number | null>>()
    expectTypeOf(change.toTable()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(order.repartition({ partitions: 3 })).toEqualTypeOf<KStream<string, Order>>()
  })

  test('a stream of a narrower value is a stream of the wider one', () => {
    const paid = builder.stream(events).filter(isPaid)
    expectTypeOf(paid).toExtend<KStream<string, Order>>()
    expectTypeOf(order).not.toExtend<KStream<string, Paid>>()
    expectTypeOf(order).not.toExtend<KStream<'a' | 'b', Order>>()
    expectTypeOf(paid.toTable()).toExtend<KTable<string, Order>>()
  })

  test('steps that wait get a signal, and give what they resolve to', () => {
    const scored = order.mapValuesAsync(
      async (value, key, context) => {
        expectTypeOf(context).toEqualTypeOf<AsyncContext>()
        return { ...value, key, risk: 1 }
      },
      { concurrency: 10, order: 'key', timeout: '2s', retries: 3, retryBackoff: '1s' },
    )
    expectTypeOf(scored).toExtend<KStream<string, { key: string; risk: number }>>()
    expectTypeOf(order.mapAsync(async (o) => [o.amount, o.customer])).toEqualTypeOf<KStream<number, string>>()
    expectTypeOf(order.flatMapValuesAsync(async (o) => [o.amount])).toEqualTypeOf<KStream<string, number>>()
    expectTypeOf(order.filterAsync(async (o) => o.amount > 1)).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(order.foreachAsync(async () => {})).toEqualTypeOf<void>()
  })

  test('processors pass their four types on', () => {
    const echo: Processor<string, Order, number, string> = {
      stores: [counts],
      init(context) {
        expectTypeOf(context.store(counts)).toEqualTypeOf<KeyValueStore<string, number>>()
        return { process: (record) => context.forward({ ...record, key: record.value.amount, value: record.key }) }
      },
    }
    expectTypeOf(order.process(echo)).toEqualTypeOf<KStream<number, string>>()
    const fixed: FixedKeyProcessor<string, Order, number> = {
      init: (context) => ({ process: (record) => context.forward({ value: record.value.amount }) }),
    }
    expectTypeOf(order.processValues(fixed)).toEqualTypeOf<KStream<string, number>>()
    const inline = order.process<string, number>({
      init: (context) => ({
        process(record) {
          expectTypeOf(record.value).toEqualTypeOf<Order>()
          context.forward({ ...record, value: record.value.amount })
        },
      }),
    })
    expectTypeOf(inline).toEqualTypeOf<KStream<string, number>>()
  })
})

describe('joins', () => {
  test('of a stream and a table', () => {
    const joined = order.join(customer, (left, right, key) => {
      expectTypeOf(left).toEqualTypeOf<Order>()
      expectTypeOf(right).toEqualTypeOf<Customer>()
      expectTypeOf(key).toEqualTypeOf<string>()
      return right.name
    })
    expectTypeOf(joined).toEqualTypeOf<KStream<string, string>>()
    order.leftJoin(customer, (_left, right) => {
      expectTypeOf(right).toEqualTypeOf<Customer | undefined>()
      return 1
    })
  })

  test('of a stream and a global table', () => {
    const global = new StreamsBuilder().globalTable(topic('g', { key: serdes.int32, value: serdes.string }))
    const joined = order.join(
      global,
      (left, right, key, globalKey) => {
        expectTypeOf(globalKey).toEqualTypeOf<number>()
        return `${left.amount}${right}${key}`
      },
      { on: (o) => o.amount },
    )
    expectTypeOf(joined).toEqualTypeOf<KStream<string, string>>()
  })

  test('of two streams', () => {
    const other = order.mapValues((o) => o.amount, { value: serdes.float64 })
    const options = { within: '1m', grace: '10s' } as const
    expectTypeOf(order.join(other, (left, right) => left.amount + right, options)).toEqualTypeOf<
      KStream<string, number>
    >()
    order.leftJoin(
      other,
      (_left, right) => {
        expectTypeOf(right).toEqualTypeOf<number | undefined>()
        return 1
      },
      { before: 0, after: '1s' },
    )
    order.outerJoin(
      other,
      (left, right) => {
        expectTypeOf(left).toEqualTypeOf<Order | undefined>()
        expectTypeOf(right).toEqualTypeOf<number | undefined>()
        return 1
      },
      options,
    )
  })

  test('of two tables, by key and by foreign key', () => {
    const amounts = builder.table(orders, { name: 'orders-table' })
    const byKey = amounts.join(customer, (left, right) => ({ ...left, ...right }))
    expectTypeOf(byKey).toExtend<KTable<string, { name: string; amount: number }>>()
    amounts.outerJoin(customer, (left, right) => {
      expectTypeOf(left).toEqualTypeOf<Order | undefined>()
      expectTypeOf(right).toEqualTypeOf<Customer | undefined>()
      return 1
    })
    const foreign = amounts.leftJoin(
      customer,
      (left, right) => {
        expectTypeOf(right).toEqualTypeOf<Customer | undefined>()
        return left.amount
      },
      { foreignKey: (o) => o.customer },
    )
    expectTypeOf(foreign).toEqualTypeOf<KTable<string, number>>()
  })
})

describe('tables', () => {
  const amounts = order.toTable()

  test('operators keep or make values, without null', () => {
    expectTypeOf(amounts.filter((o) => o.amount > 1)).toEqualTypeOf<KTable<string, Order>>()
    expectTypeOf(amounts.mapValues((o) => (o.amount > 1 ? o.amount : null))).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(amounts.toStream()).toEqualTypeOf<KStream<string, Order | null>>()
    expectTypeOf(amounts.toStream((value, key) => key.length + (value?.amount ?? 0))).toEqualTypeOf<
      KStream<number, Order | null>
    >()
    expectTypeOf(amounts.suppress({ until: '10s', maxRecords: 10, whenFull: 'emit-early' })).toEqualTypeOf<
      KTable<string, Order>
    >()
    const transformer: ValueTransformer<string, Order, number> = {
      init: () => ({ transform: (value) => value?.amount ?? null }),
    }
    expectTypeOf(amounts.transformValues(transformer)).toEqualTypeOf<KTable<string, number>>()
  })

  test('groups give pairs and follow the table', () => {
    const grouped = amounts.groupBy((o) => [o.customer, o.amount])
    expectTypeOf(grouped).toEqualTypeOf<KGroupedTable<string, number>>()
    expectTypeOf(grouped.count()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(grouped.reduce({ add: (a, v) => a + v, subtract: (a, v) => a - v })).toEqualTypeOf<
      KTable<string, number>
    >()
    const listed = grouped.aggregate((): number[] => [], { add: (a, v) => [...a, v], subtract: (a) => a.slice(1) })
    expectTypeOf(listed).toEqualTypeOf<KTable<string, number[]>>()
  })
})

describe('aggregations', () => {
  const grouped = order.groupByKey()

  test('an aggregate has the type of its start', () => {
    expectTypeOf(grouped.count()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(grouped.count({ store: counts })).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(grouped.reduce((a, b) => (a.amount > b.amount ? a : b))).toEqualTypeOf<KTable<string, Order>>()
    const sums = grouped.aggregate(
      () => ({ count: 0, sum: 0 }),
      (a, o) => ({ count: a.count + 1, sum: a.sum + o.amount }),
      {
        value: serdes.json(),
      },
    )
    expectTypeOf(sums).toEqualTypeOf<KTable<string, { count: number; sum: number }>>()
    expectTypeOf(
      grouped.aggregate(
        () => 0,
        (sum, o) => (o.amount === 0 ? null : sum),
      ),
    ).toEqualTypeOf<KTable<string, number>>()
  })

  test('windows give windowed keys', () => {
    const windowed = grouped.windowedBy(tumbling({ size: '1m' }), { emit: 'on-window-close', idleAfter: '30s' })
    expectTypeOf(windowed).toEqualTypeOf<TimeWindowedKStream<string, Order>>()
    expectTypeOf(windowed.count()).toEqualTypeOf<KTable<Windowed<string>, number>>()
    expectTypeOf(grouped.windowedBy(hopping({ size: '5s', advance: '1s' })).reduce((a) => a)).toEqualTypeOf<
      KTable<Windowed<string>, Order>
    >()
    expectTypeOf(
      grouped.windowedBy(sliding({ timeDifference: '1m' })).aggregate(
        () => '',
        (a) => a,
      ),
    ).toEqualTypeOf<KTable<Windowed<string>, string>>()
    expectTypeOf(grouped.windowedBy(unlimited()).count()).toEqualTypeOf<KTable<Windowed<string>, number>>()
    const sessions = grouped.windowedBy(session({ inactivityGap: '30m' }))
    expectTypeOf(sessions).toEqualTypeOf<SessionWindowedKStream<string, Order>>()
    expectTypeOf(
      sessions.aggregate(
        () => 0,
        (n) => n + 1,
        { merge: (a, b) => a + b },
      ),
    ).toEqualTypeOf<KTable<Windowed<string>, number>>()
    // Final results are for tables of windows.
    grouped
      .windowedBy(tumbling({ size: '1m' }))
      .count()
      .suppress({ until: 'window-closes', idleAfter: '30s' })
  })

  test('a cogroup takes streams of other values', () => {
    const amounts = order.mapValues((o) => o.amount).groupByKey()
    const cogrouped = grouped
      .cogroup(
        () => ({ n: 0 }),
        (a, o) => ({ n: a.n + o.amount }),
      )
      .cogroup(amounts, (a, amount, key) => ({ n: a.n + amount + key.length }))
    expectTypeOf(cogrouped.aggregate()).toEqualTypeOf<KTable<string, { n: number }>>()
    expectTypeOf(cogrouped.windowedBy(tumbling({ size: '1m' })).aggregate()).toEqualTypeOf<
      KTable<Windowed<string>, { n: number }>
    >()
    expectTypeOf(
      cogrouped.windowedBy(session({ inactivityGap: '1m' })).aggregate({ merge: (a, b) => ({ n: a.n + b.n }) }),
    ).toEqualTypeOf<KTable<Windowed<string>, { n: number }>>()
  })

  test('a handle is typed by its serdes', () => {
    expectTypeOf(counts).toEqualTypeOf<KeyValueHandle<string, number>>()
  })
})

test('a sink takes a topic, or a function that gives topics or their names', () => {
  const amounts = topic('amounts', { key: serdes.string, value: serdes.float64 })
  const own = new StreamsBuilder()
  const stream = own.stream(orders).mapValues((value) => value.amount)
  stream.print({ label: 'amounts', format: (value, key) => `${key.length}: ${value.toFixed(2)}` })
  stream.to((value, key, record) => (value > 1 ? amounts : `${key}-${record.topic ?? ''}`))
  stream.foreach((value, key) => value.toFixed(2) + key.length)
  expect(own.build().describe()).toContain('extractor class')
})

test('global and read-only stores have processors that see the types of their topic', () => {
  const rates = stores.keyValue('rates', { key: serdes.string, value: serdes.float64 })
  const rateTopic = topic('rates', { key: serdes.string, value: serdes.float64 })
  const keep: Processor<string, number> = {
    stores: [rates],
    init: (context) => ({ process: ({ key, value }) => context.store(rates).put(key, value) }),
  }
  const everywhere = new StreamsBuilder()
  everywhere.addGlobalStore(rates, rateTopic, keep)
  expect(everywhere.build().globalStores).toHaveLength(1)
  const here = new StreamsBuilder()
  here.addReadOnlyStore(rates, rateTopic, { processor: keep })
  expect(here.build().stores).toHaveLength(1)
})

test('a topology by hand checks the types of parents', () => {
  const byHand = new TopologyBuilder()
  const source = byHand.addSource('orders', orders)
  const echo: Processor<string, Order, string, number> = {
    init: (context) => ({ process: (record) => context.forward({ ...record, value: record.value.amount }) }),
  }
  const node = byHand.addProcessor('amounts', echo, [source])
  byHand.addSink('out', topic('amounts', { key: serdes.string, value: serdes.float64 }), node, {
    partition: (value, key, partitions) => (value + key.length) % partitions,
  })
  expect(byHand.build().describe()).toContain('Processor: amounts (stores: [])')
})

test('a generic helper takes any data', () => {
  function logged<K, V extends string | number>(stream: KStream<K, V>): KStream<K, V> {
    return stream.mapValues((value) => value)
  }
  expectTypeOf(logged(order.mapValues((o) => o.amount))).toEqualTypeOf<KStream<string, number>>()
})
