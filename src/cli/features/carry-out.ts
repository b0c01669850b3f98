/** Opens the admin client and runs the command of kafka-features that was chosen. */
import { failure, type Admin, type Outcome } from '../../client/index.ts'
import type { GivenArguments } from '../arguments/index.ts'
import { openBootstrapAdmin } from '../bootstrap-arguments.ts'
import { throughFuture } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { PlainError } from '../plain-error.ts'
import { readUpdates, type FeatureOperation } from './feature-updates.ts'
import type { DowngradeValues, featuresProgram } from './features-arguments.ts'
import { METADATA_VERSION, metadataVersionText } from './metadata-versions.ts'

type Given = GivenArguments<typeof featuresProgram.arguments>
type Print = (line: string) => void

/** @throws PlainError, ToolError, ConfigError: their messages are what is printed */
export async function carryOut(
  { values, command, commandValues }: Given,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  await using admin = await openBootstrapAdmin(host, values, values.commandConfig)
  const print = (line: string) => {
    terminal.stdout.write(`${line}\n`)
  }
  if (command === 'describe') await describe(admin, print)
  // The values were read by the arguments of the command.
  else await update(admin, command as FeatureOperation, commandValues as DowngradeValues, print)
}

async function describe(admin: Admin, print: Print): Promise<void> {
  const { supported, finalized, finalizedEpoch } = await throughFuture(admin.describeFeatures())
  for (const [feature, { min, max }] of [...supported].toSorted(byName)) {
    const level = (value: number) =>
      feature === METADATA_VERSION ? metadataVersionText(value) : String(value)
    print(
      `Feature: ${feature}\tSupportedMinVersion: ${level(min)}\tSupportedMaxVersion: ${level(max)}\t` +
        `FinalizedVersionLevel: ${level(finalized.get(feature)?.max ?? 0)}\t` +
        `Epoch: ${finalizedEpoch ?? '-'}`,
    )
  }
}

async function update(
  admin: Admin,
  operation: FeatureOperation,
  values: DowngradeValues,
  print: Print,
): Promise<void> {
  const updates = readUpdates(operation, values)
  const { dryRun: validateOnly } = values
  const outcomes = await admin.updateFeatures(updates, { validateOnly }).catch(failedAll(updates))
  let failures = 0
  for (const [feature, outcome] of [...outcomes].toSorted(byName)) {
    const level = updates.get(feature)?.maxVersionLevel ?? 0
    if (outcome.ok) {
      const done = operation === 'disable' ? 'disabled.' : `${operation}d to ${level}.`
      print(`${feature} ${validateOnly ? 'can be' : 'was'} ${done}`)
      continue
    }
    failures += 1
    const what = operation === 'disable' ? feature : `${feature} to ${level}`
    const failed = validateOnly ? 'Can not' : 'Could not'
    print(`${failed} ${operation} ${what}. ${outcome.error.message}`)
  }
  if (failures > 0) {
    throw new PlainError(`${failures} out of ${updates.size} operation(s) failed.`)
  }
}

/** What fails as a whole is told of each feature. */
const failedAll =
  (updates: ReadonlyMap<string, unknown>) =>
  (error: unknown): ReadonlyMap<string, Outcome<undefined>> =>
    new Map(Array.from(updates.keys(), feature => [feature, failure(error)]))

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) =>
  left < right ? -1 : 1
