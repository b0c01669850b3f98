import type { Host } from '../../host/index.ts'

/** What a client needs of the world. */
export type ClientHost = Pick<Host, 'clock' | 'random' | 'network' | 'log'>

export interface ZooKeeperClientOptions {
  /** `host:port,host:port/chroot`. They are tried in a random order. */
  servers: string
  /** The server may shorten or lengthen it. Default 18 s, as Kafka has it. */
  sessionTimeoutMs?: number
  /** Identities to prove on each connection. */
  auth?: readonly { scheme: string; auth: Buffer }[]
  /** A session to go on with, instead of a new one. */
  session?: { id: bigint; password: Buffer }
  /** Requests that may wait for their answers; more are refused. Default 10,000. */
  maxPendingRequests?: number
  /** Largest answer (`jute.maxbuffer`). Default 4 MB. */
  maxFrameBytes?: number
}

/**
 * connecting: no server at the moment, the session may live · connected · expired: the session is over
 * and with it the client · auth-failed: an identity was refused, which ends the client · closed: by
 * its user.
 */
export type ClientState = 'connecting' | 'connected' | 'expired' | 'auth-failed' | 'closed'
