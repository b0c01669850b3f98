import { AlterOperation } from '../../config/index.ts'
import {
  AlterConfigsRequest,
  AlterConfigsResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** AlterConfigs (33): replaces all that is set for a resource. */
export function alterConfigs(broker: BrokerContext): Handler {
  return handler(AlterConfigsRequest, AlterConfigsResponse, async ({ resources, validateOnly }) => {
    const responses = await Promise.all(
      resources.map(async ({ resourceType, resourceName, configs }) => {
        const changes = configs.map(config => ({ ...config, operation: AlterOperation.SET }))
        const alteration = { resourceType, resourceName, changes, replace: true }
        const result = await broker.configs.alter(alteration, validateOnly)
        return { resourceType, resourceName, ...result }
      }),
    )
    return { throttleTimeMs: 0, responses }
  })
}

/** IncrementalAlterConfigs (44): sets, deletes, appends to and subtracts from single properties (KIP-339). */
export function incrementalAlterConfigs(broker: BrokerContext): Handler {
  return handler(
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    async ({ resources, validateOnly }) => {
      const responses = await Promise.all(
        resources.map(async ({ resourceType, resourceName, configs }) => {
          const changes = configs.map(({ name, configOperation, value }) => ({
            name,
            operation: configOperation,
            value,
          }))
          const alteration = { resourceType, resourceName, changes, replace: false }
          const result = await broker.configs.alter(alteration, validateOnly)
          return { resourceType, resourceName, ...result }
        }),
      )
      return { throttleTimeMs: 0, responses }
    },
  )
}
