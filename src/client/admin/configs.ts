/** Configurations of topics, brokers and loggers: describe and alter. */
import {
  AlterConfigsRequest,
  AlterConfigsResponse,
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  fieldsIn,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { failure, KafkaError, outcomeOf, type Outcome } from '../errors.ts'
import { settle, type AdminCallOptions, type AdminContext } from './context.ts'

const describeConfigsCall = apiCall(DescribeConfigsRequest, DescribeConfigsResponse)
const alterConfigsCall = apiCall(AlterConfigsRequest, AlterConfigsResponse)
const incrementalAlterConfigsCall = apiCall(
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
)

/** What can be configured, by its number on the wire. */
export const ConfigResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const
export type ConfigResourceType = keyof typeof ConfigResourceType

export interface ConfigResource {
  readonly type: ConfigResourceType
  /** Of a broker its id; empty for the default of all brokers. */
  readonly name: string
}

/** Where a value comes from, by its number on the wire. */
const sources = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
] as const
export type ConfigSource = (typeof sources)[number]

const types = [
  'UNKNOWN',
  'BOOLEAN',
  'STRING',
  'INT',
  'SHORT',
  'LONG',
  'DOUBLE',
  'LIST',
  'CLASS',
  'PASSWORD',
] as const

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** `null` for a secret. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isDefault: boolean
  readonly isSensitive: boolean
  readonly isReadOnly: boolean
  /** What would be in use if the first were not there, the value in use first. */
  readonly synonyms: readonly ConfigSynonym[]
  readonly type: (typeof types)[number]
  readonly documentation: string | null
}

/** The result for one resource. */
export type ConfigOutcome<T> = { readonly resource: ConfigResource } & Outcome<T>

export interface DescribeConfigsOptions extends AdminCallOptions {
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
}

export async function describeConfigs(
  context: AdminContext,
  resources: readonly ConfigResource[],
  options: DescribeConfigsOptions = {},
): Promise<readonly ConfigOutcome<readonly ConfigEntry[]>[]> {
  const { includeSynonyms = false, includeDocumentation = false } = options
  return askAbout(context, resources, {
    ...options,
    name: 'describeConfigs',
    askBroker: async (broker, wanted) => {
      const { body } = await broker.send(describeConfigsCall, version => ({
        resources: wanted.map(({ type, name }) => ({
          resourceType: ConfigResourceType[type],
          resourceName: name,
          configurationKeys: null,
        })),
        ...fieldsIn(DescribeConfigsRequest, version, { includeSynonyms, includeDocumentation }),
      }))
      return body.results.map(result => ({
        ...result,
        value: result.configs.map(config => configEntry(config)),
      }))
    },
  })
}

type DescribedConfig = DescribeConfigsResponse['results'][number]['configs'][number]

function configEntry(config: DescribedConfig): ConfigEntry {
  const source = sources[Math.max(config.configSource, 0)] ?? 'UNKNOWN'
  return {
    name: config.name,
    value: config.value,
    source,
    // Before KIP-226 this is told, and nothing else about where it comes from.
    isDefault: config.isDefault || source === 'DEFAULT_CONFIG',
    isSensitive: config.isSensitive,
    isReadOnly: config.readOnly,
    synonyms: config.synonyms.map(synonym => ({
      name: synonym.name,
      value: synonym.value,
      source: sources[synonym.source] ?? 'UNKNOWN',
    })),
    type: types[config.configType] ?? 'UNKNOWN',
    documentation: config.documentation,
  }
}

const operationNumbers = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export interface AlterConfigOp {
  readonly name: string
  /** Of DELETE it has no meaning. */
  readonly value?: string | null
  readonly op: keyof typeof operationNumbers
}

export interface ConfigAlteration {
  readonly resource: ConfigResource
  readonly ops: readonly AlterConfigOp[]
}

export interface AlterConfigsOptions extends AdminCallOptions {
  readonly validateOnly?: boolean
}

/** Changes single values (KIP-339), from Kafka 2.3 on. */
export async function incrementalAlterConfigs(
  context: AdminContext,
  alterations: readonly ConfigAlteration[],
  options: AlterConfigsOptions = {},
): Promise<readonly ConfigOutcome<undefined>[]> {
  const { validateOnly = false } = options
  const opsOf = new Map(alterations.map(({ resource, ops }) => [keyOf(resource), ops]))
  const resources = alterations.map(({ resource }) => resource)
  return askAbout(context, resources, {
    ...options,
    name: 'incrementalAlterConfigs',
    askBroker: async (broker, wanted) => {
      const { body } = await broker.send(incrementalAlterConfigsCall, () => ({
        resources: wanted.map(resource => ({
          resourceType: ConfigResourceType[resource.type],
          resourceName: resource.name,
          configs: (opsOf.get(keyOf(resource)) ?? []).map(({ name, value = null, op }) => ({
            name,
            configOperation: operationNumbers[op],
            value,
          })),
        })),
        validateOnly,
      }))
      return body.responses.map(response => ({ ...response, value: undefined }))
    },
  })
}

export interface ConfigReplacement {
  readonly resource: ConfigResource
  readonly configs: Readonly<Record<string, string | null>>
}

/** Replaces whole configurations: what is not named goes back to its default. For Kafka before 2.3. */
export async function alterConfigs(
  context: AdminContext,
  replacements: readonly ConfigReplacement[],
  options: AlterConfigsOptions = {},
): Promise<readonly ConfigOutcome<undefined>[]> {
  const { validateOnly = false } = options
  const configsOf = new Map(replacements.map(({ resource, configs }) => [keyOf(resource), configs]))
  const resources = replacements.map(({ resource }) => resource)
  return askAbout(context, resources, {
    ...options,
    name: 'alterConfigs',
    askBroker: async (broker, wanted) => {
      const { body } = await broker.send(alterConfigsCall, () => ({
        resources: wanted.map(resource => ({
          resourceType: ConfigResourceType[resource.type],
          resourceName: resource.name,
          configs: Object.entries(configsOf.get(keyOf(resource)) ?? {}).map(([name, value]) => ({
            name,
            value,
          })),
        })),
        validateOnly,
      }))
      return body.responses.map(response => ({ ...response, value: undefined }))
    },
  })
}

interface ResourceAnswer<V> {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
  readonly value: V
}

type Broker = Awaited<ReturnType<AdminContext['cluster']['anyConnection']>>

interface ResourceCall<V> extends AdminCallOptions {
  readonly name: string
  readonly askBroker: (
    broker: Broker,
    resources: readonly ConfigResource[],
  ) => Promise<readonly ResourceAnswer<V>[]>
}

/** A broker's own configuration is known to itself alone; anything else to any broker. */
async function askAbout<V>(
  context: AdminContext,
  resources: readonly ConfigResource[],
  call: ResourceCall<V>,
): Promise<readonly ConfigOutcome<V>[]> {
  const byKey = new Map(resources.map(resource => [keyOf(resource), resource]))
  const keys = [...byKey.keys()]
  const outcomes = await settle<string, V>(
    context,
    { ...call, keys, retries: () => false },
    async pending => {
      const wanted = pending.flatMap(key => byKey.get(key) ?? [])
      const results = new Map<string, Outcome<V>>()
      for (const [ownerId, group] of byOwner(wanted)) {
        for (const answer of await call.askBroker(await brokerOf(context, ownerId), group)) {
          const { errorCode, errorMessage, resourceType, resourceName, value } = answer
          results.set(`${resourceType} ${resourceName}`, outcomeOf(errorCode, errorMessage, value))
        }
      }
      return results
    },
  )
  const unanswered = failure(new KafkaError('UNKNOWN_SERVER_ERROR', 'no answer for the resource'))
  return [...byKey].map(([key, resource]) => ({ resource, ...(outcomes.get(key) ?? unanswered) }))
}

async function brokerOf({ cluster }: AdminContext, ownerId: number | undefined): Promise<Broker> {
  if (ownerId === undefined) return cluster.anyConnection()
  if (!cluster.view.brokers.has(ownerId)) await cluster.fetchMetadata({ topics: [] })
  return cluster.connectionTo(ownerId)
}

function byOwner(resources: readonly ConfigResource[]): Map<number | undefined, ConfigResource[]> {
  const groups = new Map<number | undefined, ConfigResource[]>()
  for (const resource of resources) {
    const { type, name } = resource
    const isOwned = (type === 'BROKER' || type === 'BROKER_LOGGER') && /^-?\d+$/.test(name)
    const ownerId = isOwned ? Number(name) : undefined
    const group = groups.get(ownerId) ?? []
    group.push(resource)
    groups.set(ownerId, group)
  }
  return groups
}

function keyOf({ type, name }: ConfigResource): string {
  return `${ConfigResourceType[type]} ${name}`
}
