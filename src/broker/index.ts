export { startBroker, type BoundListener, type Broker, type BrokerOptions } from './broker.ts'
