/**
 * Asks for the quorum as Kafka's tool does, which brokers of a cluster with ZooKeeper refuse. One that has a
 * quorum is told of as such: what Tidelog stands in for has none.
 */
import type { Admin } from '../../client/index.ts'
import { ApiKey } from '../../protocol/index.ts'
import type { GivenArguments } from '../arguments/index.ts'
import { openBootstrapAdmin } from '../bootstrap-arguments.ts'
import { throughFuture } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import { ensureUuid } from './directory-id.ts'
import type { DescribeValues, quorumProgram, RemoveControllerValues } from './quorum-arguments.ts'

type Given = GivenArguments<typeof quorumProgram.arguments>

/** @throws PlainError for what is to be told in its words alone; ToolError, ConfigError */
export async function carryOut(
  { values, command, commandValues }: Given,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  const { commandConfig } = values
  if (commandConfig !== null && host.files.status(commandConfig) === undefined) {
    throw new PlainError(`Properties file ${commandConfig} does not exists!`)
  }
  await using admin = await openBootstrapAdmin(host, values, commandConfig)
  // The values were read by the arguments of the command.
  if (command === 'describe') await describe(admin, commandValues as DescribeValues)
  else if (command === 'add-controller') await add(admin, commandConfig, commandValues)
  else {
    const done = await remove(admin, commandValues as RemoveControllerValues)
    terminal.stdout.write(`${done}\n`)
  }
}

async function describe(admin: Admin, given: DescribeValues): Promise<void> {
  const { status, replication, humanReadable } = given
  if (status && replication) {
    throw new PlainError(
      'Only one of --status or --replication should be specified with describe sub-command',
    )
  }
  if (!status && !replication) {
    throw new PlainError(
      'One of --status or --replication must be specified with describe sub-command',
    )
  }
  if (status && humanReadable) {
    throw new PlainError('The option --human-readable is only supported along with --replication')
  }
  await refused(admin, ApiKey.DescribeQuorum)
}

async function add(
  admin: Admin,
  configFile: string | null,
  { dryRun }: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (configFile === null) {
    throw new PlainError(
      'You must supply the configuration file of the controller you are adding when using ' +
        'add-controller.',
    )
  }
  if (dryRun === true) throw new PlainError('add-controller has no --dry-run here')
  await refused(admin, ApiKey.AddRaftVoter)
}

async function remove(admin: Admin, given: RemoveControllerValues): Promise<string> {
  const { controllerId, controllerDirectoryId, dryRun } = given
  if (controllerId < 0) throw new PlainError(`Invalid negative --controller-id: ${controllerId}`)
  ensureUuid(controllerDirectoryId)
  if (!dryRun) await refused(admin, ApiKey.RemoveRaftVoter)
  // The second blank is Kafka's.
  return `DRY RUN of removing  KRaft controller ${controllerId} with directory id ${controllerDirectoryId}`
}

async function refused(admin: Admin, apiKey: number): Promise<never> {
  await throughFuture(admin.ensureServed(apiKey))
  throw new PlainError(
    'This cluster keeps its metadata in a quorum of controllers, which this tool does not speak to',
  )
}
