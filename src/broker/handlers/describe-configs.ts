import {
  describeBrokerConfig,
  describeClusterConfig,
  describeTopicConfig,
  ConfigSource,
  type DescribedConfig,
} from '../../config/index.ts'
import { topicNameProblem } from '../../metadata/index.ts'
import { DescribeConfigsRequest, DescribeConfigsResponse, ErrorCode } from '../../protocol/index.ts'
import { ResourceType } from '../config-admin.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { tellsOnlyDefaults } from '../old-versions.ts'

type Resource = DescribeConfigsRequest['resources'][number]
type Described = readonly DescribedConfig[] | { errorCode: ErrorCode; errorMessage: string }

/** DescribeConfigs (32): every property of a topic or broker, with its source and synonyms (KIP-133, KIP-226). */
export function describeConfigs(broker: BrokerContext): Handler {
  return handler(DescribeConfigsRequest, DescribeConfigsResponse, async (body, caller) => ({
    throttleTimeMs: 0,
    results: await Promise.all(
      body.resources.map(async resource => {
        const { resourceType, resourceName } = resource
        const described = await describe(broker, resource)
        if ('errorCode' in described)
          return { ...described, resourceType, resourceName, configs: [] }
        return {
          errorCode: ErrorCode.NONE,
          errorMessage: null,
          resourceType,
          resourceName,
          configs: described.map(config => ({
            ...toAnswer(config, body),
            ...(tellsOnlyDefaults(caller.header.requestApiVersion)
              ? { isDefault: isDefault(config) }
              : {}),
          })),
        }
      }),
    ),
  }))
}

async function describe(
  broker: BrokerContext,
  { resourceType, resourceName, configurationKeys }: Resource,
): Promise<Described> {
  switch (resourceType) {
    case ResourceType.TOPIC:
      return describeTopic(broker, resourceName, configurationKeys)
    case ResourceType.BROKER:
      if (resourceName === '')
        return describeClusterConfig(broker.config.dynamic, configurationKeys)
      if (resourceName === String(broker.brokerId))
        return describeBrokerConfig(broker.config.dynamic, configurationKeys)
      return {
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage: `Unexpected broker id, expected ${broker.brokerId} or empty string, but received ${resourceName}`,
      }
    default:
      return {
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage: `Unsupported resource type: ${resourceType}`,
      }
  }
}

async function describeTopic(
  broker: BrokerContext,
  name: string,
  keys: readonly string[] | null,
): Promise<Described> {
  const problem = topicNameProblem(name)
  if (problem !== undefined) {
    const errorMessage = `Topic name is invalid: ${problem}`
    return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage }
  }
  if (!broker.metadata.image.topics.has(name)) {
    const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return { errorCode, errorMessage: '' }
  }
  return describeTopicConfig(broker.config.dynamic, await broker.configs.readOverrides(name), keys)
}

function isDefault({ source }: DescribedConfig): boolean {
  return source === ConfigSource.DEFAULT_CONFIG
}

function toAnswer(
  config: DescribedConfig,
  asked: { includeSynonyms: boolean; includeDocumentation: boolean },
) {
  return {
    name: config.name,
    value: config.value,
    readOnly: config.isReadOnly,
    configSource: config.source,
    isSensitive: config.isSensitive,
    synonyms: asked.includeSynonyms ? [...config.synonyms] : [],
    configType: config.type,
    documentation: asked.includeDocumentation ? config.documentation : null,
  }
}
