/**
 * Nothing is ignored in silence: what the user has set to something else than its default is used,
 * or named in a warning with the reason why it makes no difference, or refused.
 */
import type { BrokerConfig } from './broker-config.ts'
import { describedAs, listenerProperty } from './broker-names.ts'
import { brokerProperties } from './broker-properties.ts'
import type { Given } from './config.ts'
import { ConfigError } from './config-error.ts'
import { legacyAddresses } from './legacy-addresses.ts'
import { formatValue, parseProperty } from './parse-value.ts'
import { Password } from './password.ts'
import type { Properties, Property, Support } from './property.ts'
import { parseZooKeeperConnect } from './zookeeper-connect.ts'

/** One WARN line. */
export interface ConfigWarning {
  readonly property: string
  readonly because: string
}

export interface ConfigReview {
  /** Why the start must stop; empty when it may go on. */
  readonly refusals: readonly ConfigError[]
  /** What to log, in the order of the file. */
  readonly warnings: readonly ConfigWarning[]
}

/** Looks through everything that a broker was given. */
export function reviewBroker(config: BrokerConfig): ConfigReview {
  const { refusals, warnings } = reviewNames(config.given, describedAs, brokerProperties)
  return {
    refusals: [...refusals, ...refusedListeners(config), ...refusedConnect(config)],
    warnings,
  }
}

/** Looks through what was given against a table, of a client for example. */
export function reviewGiven(given: Given, properties: Properties): ConfigReview {
  const describe = (name: string) =>
    Object.hasOwn(properties, name) ? properties[name] : undefined
  return reviewNames(given, describe, properties)
}

function reviewNames(
  given: Given,
  describe: (name: string) => Property<never> | undefined,
  properties: Properties,
): ConfigReview {
  const refusals: ConfigError[] = []
  const warnings: ConfigWarning[] = []
  for (const [name, text] of given) {
    const property = describe(name)
    const support = property?.support ?? unknown(name, properties)
    if (support.state === 'honoured' || (property && isDefault(name, property, text))) continue
    if (support.state === 'ignored') {
      if (text.trim() !== support.save) warnings.push({ property: name, because: support.because })
    } else refusals.push(refusal(name, property?.type === 'PASSWORD' ? undefined : text, support))
  }
  return { refusals, warnings }
}

function refusal(property: string, value: string | undefined, support: Support): ConfigError {
  const because = support.state === 'honoured' ? '' : support.because
  const given = value === undefined ? '' : ` to ${value}`
  return new ConfigError(`${property} cannot be set${given}: ${because}`, {
    property,
    value,
    remedy: `Take ${property} out of the configuration.`,
  })
}

function isDefault(name: string, property: Property<never>, text: string): boolean {
  const { defaultValue } = property
  if (defaultValue === null || defaultValue === undefined) return false
  const value = parseProperty(listenerProperty(name) ?? name, property, text)
  if (value === null || value instanceof Password) return false
  return formatValue(value, property.type) === formatValue(defaultValue, property.type)
}

/** Values that Kafka would fetch from elsewhere would be taken literally: that must not pass. */
const providers: Support = {
  state: 'refused',
  because: 'values are not fetched from files or the environment',
}

function unknown(name: string, properties: Properties): Support {
  if (name === 'config.providers' || name.startsWith('config.providers.')) return providers
  if (legacyAddresses.includes(name)) {
    return { state: 'ignored', because: 'Kafka 3 no longer knows it; listeners is given' }
  }
  const near = nearestName(name, properties)
  const hint = near === undefined ? '' : `; is ${near} meant?`
  return { state: 'ignored', because: `there is no such property${hint}` }
}

/** The known name that is one or two keystrokes away. */
function nearestName(name: string, properties: Properties): string | undefined {
  if (name.length > 100) return undefined
  return Object.keys(properties).find(
    known => Math.abs(known.length - name.length) <= 2 && keystrokes(known, name) <= 2,
  )
}

/** Edit distance: letters to insert, delete or replace. */
function keystrokes(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

function refusedListeners(config: BrokerConfig): readonly ConfigError[] {
  return config.listeners
    .filter(listener => listener.securityProtocol !== 'PLAINTEXT')
    .map(
      ({ listenerName, securityProtocol }) =>
        new ConfigError(
          `listener ${listenerName} cannot be opened: ${securityProtocol} is not served yet`,
          {
            property: 'listeners',
            value: config.get('listeners'),
            remedy:
              `Take ${listenerName} out of listeners, or map it to PLAINTEXT in ` +
              'listener.security.protocol.map.',
          },
        ),
    )
}

/** Kafka finds out when it connects; we before anything is begun. */
function refusedConnect(config: BrokerConfig): readonly ConfigError[] {
  try {
    parseZooKeeperConnect(config.get('zookeeper.connect') ?? '')
    return []
  } catch (error) {
    if (error instanceof ConfigError) return [error]
    throw error
  }
}
