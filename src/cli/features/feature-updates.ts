/** Which features a command line of kafka-features asks to change, and how. */
import type { FeatureUpdate } from '../../client/index.ts'
import { parseJavaInteger } from '../../config/index.ts'
import { PlainError } from '../plain-error.ts'
import type { DowngradeValues } from './features-arguments.ts'
import { METADATA_VERSION, metadataLevel } from './metadata-versions.ts'

export type FeatureOperation = 'upgrade' | 'downgrade' | 'disable'

type Values = Pick<DowngradeValues, 'feature'> & Partial<DowngradeValues>

/** @throws PlainError for what is no level, for a feature named twice, and when none is named */
export function readUpdates(
  operation: FeatureOperation,
  { metadata = null, feature, unsafe = false }: Values,
): Map<string, FeatureUpdate> {
  const downgrade = unsafe ? 'UNSAFE_DOWNGRADE' : 'SAFE_DOWNGRADE'
  const upgradeType = operation === 'upgrade' ? 'UPGRADE' : downgrade
  const updates = new Map<string, FeatureUpdate>()
  if (metadata !== null) {
    updates.set(
      METADATA_VERSION,
      checked({ maxVersionLevel: metadataLevel(metadata), upgradeType }),
    )
  }
  for (const text of feature ?? []) {
    const [name, maxVersionLevel] = operation === 'disable' ? [text, 0] : readLevel(text)
    const update = checked({ maxVersionLevel, upgradeType })
    if (updates.has(name)) throw new PlainError(`Feature ${name} was specified more than once.`)
    updates.set(name, update)
  }
  if (updates.size === 0) {
    throw new PlainError(`You must specify at least one feature to ${operation}`)
  }
  return updates
}

/** As Kafka's FeatureUpdate demands. */
function checked(update: FeatureUpdate): FeatureUpdate {
  const { maxVersionLevel, upgradeType } = update
  if (maxVersionLevel < 0) throw new PlainError('Cannot specify a negative version level.')
  if (maxVersionLevel > 0 || upgradeType !== 'UPGRADE') return update
  throw new PlainError(
    'The upgradeType flag should be set to SAFE_DOWNGRADE or UNSAFE_DOWNGRADE when the provided ' +
      `maxVersionLevel:${maxVersionLevel} is < 1.`,
  )
}

function readLevel(text: string): readonly [name: string, level: number] {
  const problem = `Can't parse feature=level string ${text}: `
  const equals = text.indexOf('=')
  if (equals < 0) throw new PlainError(`${problem}equals sign not found.`)
  const levelText = text.slice(equals + 1).trim()
  const level = parseJavaInteger(levelText, 'SHORT')
  if (level === undefined)
    throw new PlainError(`${problem}unable to parse ${levelText} as a short.`)
  return [text.slice(0, equals).trim(), Number(level)]
}
