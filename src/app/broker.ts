// `tidemill/broker`: the embedded broker on its own.
export {
  Broker,
  type BrokerOptions,
  type BrokerStatus,
  type Durability,
  type ListenOptions,
  startBroker,
} from '../broker/index.ts'
