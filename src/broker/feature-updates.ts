/**
 * What a broker in ZooKeeper mode says to changes of features (KIP-584): it supports none, so that nothing
 * can ever be finalised. A finalised feature in /feature would make genuine brokers of the cluster exit.
 */
import { ErrorCode } from '../protocol/index.ts'

export interface FeatureUpdate {
  readonly feature: string
  readonly versionLevel: number
  /** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade (KIP-778); others are not known. */
  readonly upgradeType: number
}

export const UPGRADE = 1
export const SAFE_DOWNGRADE = 2
const UNSAFE_DOWNGRADE = 3

/** Why not, with the words of Kafka's controller. */
export function refuseFeatureUpdate({ feature, versionLevel, upgradeType }: FeatureUpdate): {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
} {
  return {
    errorCode: ErrorCode.INVALID_REQUEST,
    errorMessage: reason(feature, versionLevel, upgradeType),
  }
}

function reason(feature: string, versionLevel: number, upgradeType: number): string {
  if (feature === '') return 'Feature name can not be empty.'
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE)
    return 'Received unknown upgrade type.'
  if (versionLevel >= 1)
    return 'Could not apply finalized feature update because the provided feature is not supported.'
  return upgradeType === UPGRADE
    ? `Can not provide versionLevel: ${versionLevel} less than 1 without setting the SAFE downgradeType in the request.`
    : 'Can not delete non-existing finalized feature.'
}
