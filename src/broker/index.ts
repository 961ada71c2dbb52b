// The embedded broker. Only app, testing, console and cli may use it together with the client.
export { Broker, type BrokerStatus, type InProcessConnection, type ListenOptions } from './broker.ts'
export { type BrokerConnectionListener } from './connection.ts'
export { type Durability } from './log/partition-log.ts'
export { type BrokerOptions, startBroker } from './start-broker.ts'
