/**
 * What AlterConfigs (33) and IncrementalAlterConfigs (44) decide: what would be stored, or why not.
 * Pure: nothing is written here. Mirrors ConfigAdminManager and ZkAdminManager.
 */
import { brokerProperties } from './broker-properties.ts'
import type { Given } from './config.ts'
import { ConfigError, InvalidConfigurationError } from './config-error.ts'
import type { DynamicBrokerConfig } from './dynamic-broker-config.ts'
import { brokerThrottles } from './dynamic-properties.ts'
import { formatValue } from './parse-value.ts'
import type { Properties } from './property.ts'
import { validateTopicOverrides } from './topic-config.ts'
import { topicProperties } from './topic-properties.ts'

/** Operations by their number in the protocol. */
export const AlterOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export interface ConfigChange {
  readonly name: string
  /** A number of `AlterOperation`; clients may send others. */
  readonly operation: number
  readonly value: string | null
}

/** The layer or the overrides as they are to be stored, or the error to answer with. */
export type AlterOutcome =
  | { readonly stored: Given }
  | { readonly error: 'INVALID_CONFIG' | 'INVALID_REQUEST'; readonly message: string }

/** The stored values with the changes made. `replace` (AlterConfigs) forgets what was stored. */
export interface AlterRequest {
  readonly stored: Given
  readonly changes: readonly ConfigChange[]
  readonly replace: boolean
}

/** Decides a change of a topic's overrides. The topic exists, and the client may alter it. */
export function alterTopicConfig(
  topic: string,
  broker: DynamicBrokerConfig,
  request: AlterRequest,
): AlterOutcome {
  const refusal = refuseRequest(request.changes)
  if (refusal !== undefined) return refusal
  try {
    const stored = applyChanges(request, topicProperties)
    validateTopicOverrides(broker.current.topicDefaults, stored)
    return { stored }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { error: 'INVALID_CONFIG', message: inTopic(topic, error) }
  }
}

/**
 * Decides a change at run time of this broker's layer, or of the one that all brokers share
 * (`resourceName` empty).
 */
export function alterBrokerConfig(
  resourceName: string,
  broker: DynamicBrokerConfig,
  request: AlterRequest,
): AlterOutcome {
  const refusal =
    refuseRequest(request.changes) ?? refuseBroker(resourceName, broker.current.brokerId)
  if (refusal !== undefined) return refusal
  const scope = resourceName === '' ? 'cluster' : 'broker'
  try {
    const stored = applyChanges(request, { ...brokerProperties, ...brokerThrottles })
    broker.validate(scope, stored)
    ensureNoSecrets(stored)
    return { stored }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const isWish = error instanceof InvalidConfigurationError
    return { error: isWish ? 'INVALID_CONFIG' : 'INVALID_REQUEST', message: error.message }
  }
}

function refuseRequest(changes: readonly ConfigChange[]): AlterOutcome | undefined {
  const names = changes.map(change => change.name)
  if (new Set(names).size !== names.length) {
    return { error: 'INVALID_REQUEST', message: 'Error due to duplicate config keys' }
  }
  const empty = changes.filter(
    change => change.value === null && change.operation !== AlterOperation.DELETE,
  )
  if (empty.length > 0) {
    const list = empty.map(change => change.name).join(', ')
    return { error: 'INVALID_REQUEST', message: `Null value not supported for : ${list}` }
  }
  const known: readonly number[] = Object.values(AlterOperation)
  const odd = changes.find(change => !known.includes(change.operation))
  if (odd === undefined) return undefined
  return { error: 'INVALID_REQUEST', message: `Unknown operations type ${odd.operation}` }
}

function refuseBroker(resourceName: string, brokerId: number): AlterOutcome | undefined {
  if (resourceName === '') return undefined
  if (!/^[+-]?\d{1,10}$/.test(resourceName)) {
    const message = `Node id must be an integer, but it is: ${resourceName}`
    return { error: 'INVALID_REQUEST', message }
  }
  if (Number(resourceName) === brokerId) return undefined
  const message = `Unexpected broker id, expected ${brokerId}, but received ${resourceName}`
  return { error: 'INVALID_REQUEST', message }
}

/** A wrong value is named with its resource. */
function inTopic(topic: string, error: ConfigError): string {
  if (error instanceof InvalidConfigurationError) return error.message
  const resource = `ConfigResource(type=TOPIC, name='${topic}')`
  return `Invalid config value for resource ${resource}: ${error.message}`
}

/** @throws InvalidConfigurationError for an operation that does not fit the property. */
function applyChanges({ stored, changes, replace }: AlterRequest, properties: Properties): Given {
  const result = new Map(replace ? [] : stored)
  for (const { name, operation, value } of changes) {
    if (operation === AlterOperation.DELETE) result.delete(name)
    else if (operation === AlterOperation.SET) result.set(name, value ?? '')
    else {
      const old = listItems(name, result.get(name), operation, properties)
      const items = splitJava(value ?? '')
      const isAppend = operation === AlterOperation.APPEND
      const next = isAppend ? append(old, items) : subtract(old, items)
      result.set(name, next.join(','))
    }
  }
  return result
}

function listItems(
  name: string,
  text: string | undefined,
  operation: number,
  properties: Properties,
): readonly string[] {
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined
  if (property === undefined) throw new InvalidConfigurationError(`Unknown config name: ${name}`)
  if (property.type !== 'LIST') {
    const verb = operation === AlterOperation.APPEND ? 'append' : 'subtract'
    throw new InvalidConfigurationError(
      `Config value ${verb} is not allowed for config key: ${name}`,
    )
  }
  const current = text ?? formatValue(property.defaultValue ?? [])
  return current === '' ? [] : splitJava(current)
}

/** Java's String.split drops empty parts at the end. */
function splitJava(text: string): readonly string[] {
  return text === '' ? [''] : text.replace(/,+$/, '').split(',')
}

const append = (old: readonly string[], items: readonly string[]) => [
  ...old,
  ...items.filter(item => !old.includes(item)),
]

/** Takes away one occurrence for each item. */
function subtract(old: readonly string[], items: readonly string[]): readonly string[] {
  const left = [...old]
  for (const item of items) {
    const index = left.indexOf(item)
    if (index >= 0) left.splice(index, 1)
  }
  return left
}

/** Kafka keeps passwords encrypted in ZooKeeper; without a key it keeps none, nor do we. */
function ensureNoSecrets(stored: Given): void {
  for (const name of stored.keys()) {
    const isSecret = Object.entries(brokerProperties).some(
      ([key, property]) => property.type === 'PASSWORD' && name.endsWith(key),
    )
    if (!isSecret) continue
    throw new ConfigError('Password encoder secret not configured', {
      property: name,
      remedy: 'Set it in the file of the broker.',
    })
  }
}
