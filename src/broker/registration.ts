/** Announces the broker in ZooKeeper (/brokers/ids/N): from then on the cluster counts on it. */
import { ConfigError, type BrokerConfig } from '../config/index.ts'
import { sleep, type Host } from '../host/index.ts'
import type { Endpoint } from '../metadata/index.ts'
import type { BrokerRegistration, Znodes } from '../znodes/index.ts'

/** How often to look whether the node of an earlier session is gone. */
const RETRY_MS = 250
/** Expiry is rounded up to ticks of the server. */
const GRACE_MS = 5_000

/**
 * Registers under the id, and resolves with the broker epoch. A registration that an earlier life of
 * this very broker left behind (same addresses, which are ours now) is replaced at once; any
 * other is waited for as long as its session may live.
 *
 * @throws ConfigError when the id is another live broker's
 */
export async function register(
  host: Host,
  znodes: Znodes,
  broker: BrokerRegistration,
  sessionTimeoutMs: number,
): Promise<bigint> {
  const deadlineMs = host.clock.monotonicMs() + sessionTimeoutMs + GRACE_MS
  let isWaiting = false
  for (;;) {
    const epoch = await znodes.registerBroker(broker)
    if (epoch !== undefined) return epoch
    const stored = await znodes.registration(broker.id)
    if (stored === undefined) continue
    if (stored.isOurs) return stored.epoch
    if (sameAddresses(stored.broker.endpoints, broker.endpoints)) {
      await znodes.removeStaleBroker(broker.id, stored.epoch)
      continue
    }
    if (host.clock.monotonicMs() > deadlineMs) {
      const other = stored.broker.endpoints
        .map(({ host: name, port }) => `${name}:${port}`)
        .join(', ')
      throw new ConfigError(`broker.id ${broker.id} is taken by the broker at ${other}`, {
        property: 'broker.id',
        value: String(broker.id),
        remedy: 'Stop that broker, or give this one another broker.id and log.dirs of its own.',
      })
    }
    if (!isWaiting) {
      host.log
        .named('kafka.zk.KafkaZkClient')
        .warn(
          `/brokers/ids/${broker.id} exists from another session: waiting up to ${sessionTimeoutMs + GRACE_MS} ms for that session to end`,
        )
    }
    isWaiting = true
    await sleep(host.clock, RETRY_MS)
  }
}

function sameAddresses(one: readonly Endpoint[], other: readonly Endpoint[]): boolean {
  const text = (endpoints: readonly Endpoint[]): string =>
    endpoints
      .map(({ listenerName, host, port }) => `${listenerName}://${host}:${port}`)
      .sort()
      .join()
  return text(one) === text(other)
}

/** What is told to clients; a port that the system chose, and a host that was not named, are filled in. */
export async function advertisedEndpoints(
  host: Host,
  config: BrokerConfig,
  portOf: (listenerName: string) => number,
): Promise<Endpoint[]> {
  const ownName = config.advertisedListeners.some(endpoint => endpoint.host === null)
    ? await host.network.ownName()
    : ''
  return config.advertisedListeners.map(({ listenerName, securityProtocol, host: name, port }) => ({
    listenerName,
    securityProtocol,
    host: name ?? ownName,
    port: port === 0 ? portOf(listenerName) : port,
  }))
}
