import { isAtLeast } from '../../config/index.ts'
import {
  ErrorCode,
  errorText,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { refuseFeatureUpdate, SAFE_DOWNGRADE, UPGRADE } from '../feature-updates.ts'
import { handler, type Handler } from '../handler.ts'
import { answersFeaturesTogether, saysUpgradeType } from '../old-versions.ts'

/** UpdateFeatures (57): a cluster in ZooKeeper mode has no features, and says so of each (KIP-584). */
export function updateFeatures(broker: BrokerContext): Handler {
  return handler(UpdateFeaturesRequest, UpdateFeaturesResponse, ({ featureUpdates }, caller) => {
    const version = caller.header.requestApiVersion
    const refuse = (errorCode: ErrorCode, errorMessage: string) => ({
      ...{ throttleTimeMs: 0, errorCode, errorMessage },
      results: [],
    })
    if (!broker.controller().isActive)
      return refuse(ErrorCode.NOT_CONTROLLER, errorText(ErrorCode.NOT_CONTROLLER))
    if (!isAtLeast(broker.config.current.interBrokerProtocolVersion, '2.7-IV0'))
      return refuse(ErrorCode.INVALID_REQUEST, 'Feature versioning system is disabled.')
    const results = featureUpdates.map(update => {
      const { feature, maxVersionLevel: versionLevel, allowDowngrade } = update
      const downgrades = allowDowngrade ? SAFE_DOWNGRADE : UPGRADE
      const upgradeType = saysUpgradeType(version) ? update.upgradeType : downgrades
      return { feature, ...refuseFeatureUpdate({ feature, versionLevel, upgradeType }) }
    })
    const [first] = results
    if (answersFeaturesTogether(version) && first !== undefined)
      return refuse(first.errorCode, first.errorMessage)
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, results }
  })
}
