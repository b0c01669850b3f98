/**
 * Configurations of the three clients, with what Java's clients make of values that depend on each
 * other. Mirrors CommonClientConfigs, ProducerConfig, ConsumerConfig, AdminClientConfig.
 */
import { adminProperties } from './client/admin.ts'
import { consumerProperties } from './client/consumer.ts'
import { producerProperties } from './client/producer.ts'
import { Config, type Given } from './config.ts'
import { ConfigError, invalidValue } from './config-error.ts'
import { INT_MAX } from './java-numbers.ts'

/** A value that a client changed by itself, and why: worth one log line. */
export interface Adjustment {
  readonly property: string
  readonly level: 'info' | 'warn'
  readonly because: string
}

export class AdminConfig extends Config<typeof adminProperties> {
  /** @throws ConfigError for a bad value. */
  constructor(given: Given) {
    super(adminProperties, given)
    ensureMechanism(this.get('security.protocol'), this.get('sasl.mechanism'))
  }
}

export class ConsumerConfig extends Config<typeof consumerProperties> {
  /** @throws ConfigError for a bad value or values that do not go together. */
  constructor(given: Given) {
    super(consumerProperties, given)
    ensureMechanism(this.get('security.protocol'), this.get('sasl.mechanism'))
    ensureInstanceId(this.get('group.instance.id'))
    const name = 'enable.auto.commit'
    if (this.get('group.id') === null && this.isGiven(name) && this.get(name)) {
      const message = `${name} cannot be set to true when default group id (null) is used.`
      throw new ConfigError(message, { property: name, value: 'true' })
    }
    const assignor = this.get('group.remote.assignor')
    if (assignor !== null && assignor !== '' && /^classic$/i.test(this.get('group.protocol'))) {
      throw new ConfigError('group.remote.assignor cannot be set when group.protocol=CLASSIC', {
        property: 'group.remote.assignor',
        value: assignor,
      })
    }
  }

  /** Without a group there is nothing to commit to. */
  get commitsByItself(): boolean {
    return this.get('group.id') !== null && this.get('enable.auto.commit')
  }
}

const MAX_IN_FLIGHT_IN_ORDER = 5

export class ProducerConfig extends Config<typeof producerProperties> {
  readonly acks: -1 | 0 | 1
  /** Whether batches carry sequences: switched off where other values rule it out (KIP-679). */
  readonly isIdempotent: boolean
  /** At least linger.ms + request.timeout.ms. */
  readonly deliveryTimeoutMs: number
  readonly adjustments: readonly Adjustment[]

  /** @throws ConfigError for a bad value or values that do not go together. */
  constructor(given: Given) {
    super(producerProperties, given)
    ensureMechanism(this.get('security.protocol'), this.get('sasl.mechanism'))
    const acks = this.get('acks')
    this.acks = acks === '0' ? 0 : acks === '1' ? 1 : -1
    const obstacles = this.get('enable.idempotence') ? this.#obstaclesToIdempotence() : []
    this.isIdempotent = this.get('enable.idempotence') && obstacles.length === 0
    if (this.isGiven('transactional.id') && !this.isIdempotent) {
      const message = 'Cannot set a transactional.id without also enabling idempotence.'
      throw new ConfigError(message, { property: 'transactional.id' })
    }
    const delivery = this.#deliveryTimeout()
    this.deliveryTimeoutMs = delivery.timeoutMs
    this.adjustments = [...obstacles, ...delivery.adjustments]
  }

  /** What rules out idempotence; an error where the user asked for it by name. */
  #obstaclesToIdempotence(): readonly Adjustment[] {
    const retries = this.get('retries')
    const inFlight = this.get('max.in.flight.requests.per.connection')
    const obstacles: Adjustment[] = []
    const obstacle = (property: string, level: 'info' | 'warn', demand: string, value: string) => {
      if (this.isGiven('enable.idempotence')) throw new ConfigError(demand, { property, value })
      const because = `Idempotence will be disabled because ${property} is set to ${value}`
      obstacles.push({ property, level, because })
    }
    if (retries === 0) {
      const demand = 'Must set retries to non-zero when using the idempotent producer.'
      obstacle('retries', 'info', demand, '0.')
    }
    if (this.acks !== -1) {
      const demand =
        'Must set acks to all in order to use the idempotent producer. Otherwise we cannot ' +
        'guarantee idempotence.'
      obstacle('acks', 'info', demand, `${this.acks}, not set to 'all'.`)
    }
    if (inFlight > MAX_IN_FLIGHT_IN_ORDER) {
      const property = 'max.in.flight.requests.per.connection'
      const demand = `Must set ${property} to at most 5 to use the idempotent producer.`
      obstacle(property, 'warn', demand, `${inFlight}, which is greater than 5.`)
    }
    return obstacles
  }

  #deliveryTimeout(): { timeoutMs: number; adjustments: readonly Adjustment[] } {
    const property = 'delivery.timeout.ms'
    const timeoutMs = this.get(property)
    const leastMs = Math.min(this.get('linger.ms') + this.get('request.timeout.ms'), INT_MAX)
    if (timeoutMs >= leastMs) return { timeoutMs, adjustments: [] }
    const rule =
      'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms'
    if (this.isGiven(property)) {
      throw new ConfigError(rule, { property, value: String(timeoutMs) })
    }
    const because = `${rule}. Setting it to ${leastMs}.`
    return { timeoutMs: leastMs, adjustments: [{ property, level: 'warn', because }] }
  }
}

/**
 * The longest pause before reconnecting: where only the first pause was given, pauses do not grow.
 */
export function reconnectBackoffMaxMs(
  config: AdminConfig | ConsumerConfig | ProducerConfig,
): number {
  const grows =
    config.given.has('reconnect.backoff.max.ms') || !config.given.has('reconnect.backoff.ms')
  const shared = config as Config<typeof adminProperties>
  return shared.get(grows ? 'reconnect.backoff.max.ms' : 'reconnect.backoff.ms')
}

const LONGEST_NAME = 249

/** The rules of topic names hold for static members too. */
function ensureInstanceId(id: string | null): void {
  if (id === null) return
  const reason =
    id === '.' || id === '..'
      ? `'${id}' is not allowed`
      : id.length > LONGEST_NAME
        ? `the length of '${id}' is longer than the max allowed length ${LONGEST_NAME}`
        : `'${id}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(id) && id !== '.' && id !== '..') return
  throw new ConfigError(`Group instance id is invalid: ${reason}`, {
    property: 'group.instance.id',
    value: id,
  })
}

function ensureMechanism(protocol: string, mechanism: string): void {
  if (!protocol.toUpperCase().startsWith('SASL_') || mechanism !== '') return
  throw invalidValue(
    'sasl.mechanism',
    'null',
    'When the security.protocol configuration enables SASL, mechanism must be non-null and ' +
      'non-empty string.',
  )
}
