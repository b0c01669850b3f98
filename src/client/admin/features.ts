/** Features of a cluster: versions that all brokers must understand before they are used (KIP-584). */
import {
  hasField,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
  type MessageInput,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { clientSoftware } from '../connection/broker-connection.ts'
import { ensureSuccess, outcomeOf, success, type Outcome } from '../errors.ts'
import { apiVersionsCall } from './api-versions.ts'
import {
  ask,
  controllerId,
  isForAnotherController,
  settle,
  type AdminCallOptions,
  type AdminContext,
} from './context.ts'

const updateFeaturesCall = apiCall(UpdateFeaturesRequest, UpdateFeaturesResponse)
const hasUpgradeType = hasField(UpdateFeaturesRequest, 'featureUpdates.upgradeType')

export interface FeatureLevels {
  readonly min: number
  readonly max: number
}

export interface FeatureMetadata {
  /** What the broker that answered understands. */
  readonly supported: ReadonlyMap<string, FeatureLevels>
  /** What is in use. */
  readonly finalized: ReadonlyMap<string, FeatureLevels>
  /** Of the finalised ones; `undefined` before any was. */
  readonly finalizedEpoch: number | undefined
}

export async function describeFeatures(
  context: AdminContext,
  options: AdminCallOptions = {},
): Promise<FeatureMetadata> {
  return ask(context, { ...options, name: 'describeFeatures' }, async () => {
    const answer = await context.cluster.sendToAny(apiVersionsCall, () => clientSoftware)
    ensureSuccess(answer.errorCode)
    const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch: epoch } = answer
    return {
      supported: new Map(
        supportedFeatures.map(({ name, minVersion: min, maxVersion: max }) => [name, { min, max }]),
      ),
      finalized: new Map(
        finalizedFeatures.map(({ name, minVersionLevel: min, maxVersionLevel: max }) => [
          name,
          { min, max },
        ]),
      ),
      finalizedEpoch: epoch < 0 ? undefined : epoch,
    }
  })
}

/** On the wire (KIP-778). */
const upgradeTypes = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const

export interface FeatureUpdate {
  /** 0 takes the feature out of use. */
  readonly maxVersionLevel: number
  readonly upgradeType: keyof typeof upgradeTypes
}

export interface UpdateFeaturesOptions extends AdminCallOptions {
  readonly validateOnly?: boolean
}

/** By feature. */
export async function updateFeatures(
  context: AdminContext,
  updates: ReadonlyMap<string, FeatureUpdate>,
  { validateOnly = false, ...options }: UpdateFeaturesOptions = {},
): Promise<ReadonlyMap<string, Outcome<undefined>>> {
  const keys = [...updates.keys()]
  const call = { ...options, name: 'updateFeatures', keys, retries: isForAnotherController }
  return settle(context, call, async (pending, { remainingMs }) => {
    const answer = await context.cluster.send(
      await controllerId(context),
      updateFeaturesCall,
      version => ({
        timeoutMs: Math.ceil(remainingMs()),
        featureUpdates: pending.flatMap(feature =>
          updateOf(feature, updates.get(feature), version),
        ),
        ...(validateOnly ? { validateOnly } : {}),
      }),
    )
    const whole = outcomeOf(answer.errorCode, answer.errorMessage, undefined)
    if (!whole.ok) return new Map(pending.map(feature => [feature, whole]))
    const results = new Map(
      answer.results.map(({ feature, errorCode, errorMessage }) => [
        feature,
        outcomeOf(errorCode, errorMessage, undefined),
      ]),
    )
    // From version 2 on there is one result for all.
    return new Map(pending.map(feature => [feature, results.get(feature) ?? success(undefined)]))
  })
}

function updateOf(
  feature: string,
  update: FeatureUpdate | undefined,
  version: number,
): MessageInput<typeof UpdateFeaturesRequest>['featureUpdates'][number][] {
  if (update === undefined) return []
  const { maxVersionLevel, upgradeType } = update
  if (hasUpgradeType(version))
    return [{ feature, maxVersionLevel, upgradeType: upgradeTypes[upgradeType] }]
  return [{ feature, maxVersionLevel, allowDowngrade: upgradeType !== 'UPGRADE' }]
}
