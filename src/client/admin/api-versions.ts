/** What brokers speak: the versions of each API that they tell. */
import { ApiVersionsRequest, ApiVersionsResponse, type VersionRange } from '../../protocol/index.ts'
import { apiCall, commonVersion } from '../connection/api-call.ts'
import { clientSoftware } from '../connection/broker-connection.ts'
import type { BrokerNode } from '../connection/cluster-view.ts'
import { ensureSuccess, failure, success, type Outcome } from '../errors.ts'
import { ask, type AdminCallOptions, type AdminContext } from './context.ts'

export const apiVersionsCall = apiCall(ApiVersionsRequest, ApiVersionsResponse)

/** By API key, the last version included. */
export type ApiVersions = ReadonlyMap<number, VersionRange>

export interface BrokerApiVersions {
  readonly broker: BrokerNode
  readonly versions: Outcome<ApiVersions>
}

/** Each broker is asked once, and fails alone. */
export async function describeApiVersions(
  context: AdminContext,
  options: AdminCallOptions = {},
): Promise<readonly BrokerApiVersions[]> {
  const { cluster } = context
  const { brokers } = await ask(context, { ...options, name: 'listNodes' }, () =>
    cluster.fetchMetadata({ topics: [] }),
  )
  const versionsOf = async (id: number) =>
    served(await cluster.send(id, apiVersionsCall, () => clientSoftware))
  return Promise.all(
    Array.from(brokers.values(), async broker => ({
      broker,
      versions: await versionsOf(broker.id).then(success, failure),
    })),
  )
}

/** @throws KafkaError UNSUPPORTED_VERSION unless the broker that answers speaks the API */
export async function ensureServed(
  context: AdminContext,
  apiKey: number,
  options: AdminCallOptions = {},
): Promise<void> {
  await ask(context, { ...options, name: 'apiVersions' }, async () => {
    const versions = served(await context.cluster.sendToAny(apiVersionsCall, () => clientSoftware))
    commonVersion({ apiKey, versions: [0, Infinity] }, versions)
  })
}

function served({ errorCode, apiKeys }: ApiVersionsResponse): ApiVersions {
  ensureSuccess(errorCode)
  return new Map(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
  )
}
