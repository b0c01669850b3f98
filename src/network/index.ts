export { FrameReader, type FrameReaderOptions } from './frame-reader.ts'
export { Outgoing } from './outgoing.ts'
export {
  RequestConnection,
  type Exchanged,
  type ExchangeOptions,
  type MessagePair,
  type RequestConnectionOptions,
} from './request-connection.ts'
export type { Exchange, Pace } from './server-connection.ts'
export {
  Server,
  type ConnectionLimits,
  type Peer,
  type ServerOptions,
  type Session,
} from './server.ts'
