// Statistics of trades over the last five seconds, each second anew: count, minimum and average by symbol.
import { StreamsBuilder, type Topic, type Topology, type Windowed, hopping, serdes, topic } from 'tidemill'

export interface Trade {
  readonly type: 'ASK' | 'BID'
  readonly price: number
  readonly size: number
}

export interface TradeStatistics {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly average: number
}

const windows = hopping({ size: '5s', advance: '1s', grace: '2s' })

export const trades: Topic<string, Trade> = topic('stock-trades', { key: serdes.string, value: serdes.json<Trade>() })
export const statistics: Topic<Windowed<string>, TradeStatistics> = topic('stock-statistics', {
  key: serdes.windowed(serdes.string, windows),
  value: serdes.json<TradeStatistics>(),
})

export default function stockStatistics(): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(trades)
    .groupByKey()
    .windowedBy(windows)
    .aggregate(
      () => ({ count: 0, sum: 0, min: Number.MAX_VALUE }),
      (s, trade) => ({ count: s.count + 1, sum: s.sum + trade.price, min: Math.min(s.min, trade.price) }),
      { store: 'trade-statistics', value: serdes.json() },
    )
    .mapValues((s) => ({ ...s, average: s.sum / s.count }))
    .toStream()
    .to(statistics)
  return builder.build()
}
