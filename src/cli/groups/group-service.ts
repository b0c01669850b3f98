/** What the actions of kafka-consumer-groups do. */
import { type GroupListing, type GroupState } from '../../client/index.ts'
import { refuse } from '../arguments/index.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { describeGroups } from './describe-groups.ts'
import type { GroupCommand } from './group-command.ts'
import type { GroupAction, GroupOptions } from './group-options.ts'
import { wrapped } from './wrapped-error.ts'
import { deleteOffsets, resetOffsets } from './group-offsets.ts'

/** @throws UsageError; WrappedError for what the cluster answered */
export async function carryOut(
  { given, action }: { given: GroupOptions; action: GroupAction },
  environment: ToolEnvironment,
): Promise<void> {
  const admin = await openAdmin(environment.host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
  }).catch((error: unknown) => {
    throw wrappedFile(error)
  })
  const command: GroupCommand = {
    admin,
    given,
    timeoutMs: given.value('timeout'),
    environment,
    print: text => environment.terminal.stdout.write(text),
  }
  try {
    await actions[action](command)
  } finally {
    await admin.close()
  }
}

const actions: Readonly<Record<GroupAction, (command: GroupCommand) => Promise<void>>> = {
  list: listGroups,
  describe: async command => describeGroups(command, await groupsOf(command)),
  delete: deleteGroups,
  'reset-offsets': async command => resetOffsets(command, await groupsOf(command)),
  'delete-offsets': deleteOffsets,
}

async function groupsOf(command: GroupCommand): Promise<readonly string[]> {
  if (!command.given.has('all-groups')) return command.given.values('group')
  return (await listed(command, {})).map(({ groupId }) => groupId)
}

async function listed(
  { admin, timeoutMs }: GroupCommand,
  filters: { states?: readonly GroupState[]; types?: readonly string[] },
): Promise<readonly GroupListing[]> {
  const { groups, errors } = await wrapped(2, admin.listConsumerGroups({ ...filters, timeoutMs }))
  const [error] = errors
  if (error !== undefined) await wrapped(2, Promise.reject(error))
  return groups
}

const states: readonly GroupState[] = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
]
const types = ['Consumer', 'Classic'] as const

async function listGroups(command: GroupCommand): Promise<void> {
  const { given, print } = command
  const showsType = given.has('type')
  const showsState = given.has('state')
  if (!showsType && !showsState) {
    for (const { groupId } of await listed(command, {})) print(`${groupId}\n`)
    return
  }
  const groups = await listed(command, {
    states: choose(given.value('state'), states, (text, valid) =>
      refuse(given, `Invalid state list '${text}'. Valid states are: ${valid}`),
    ),
    types: choose(given.value('type'), types, (text, valid) =>
      refuse(given, `Invalid types list '${text}'. Valid types are: ${valid}`),
    ),
  })
  const width = 10 + Math.max(15, ...groups.map(({ groupId }) => groupId.length))
  const row = (group: string, type: string, state: string) =>
    group.padEnd(width) +
    (showsType ? ` ${type.padEnd(20)}` : '') +
    (showsState ? ` ${state.padEnd(20)}` : '')
  print(`${row('GROUP', 'TYPE', 'STATE')}\n`)
  for (const { groupId, type, state } of groups) {
    print(`${row(groupId, typeName(type), state ?? 'Unknown')}\n`)
  }
}

/** Brokers say `classic`, the tool says Classic. */
function typeName(type: string | undefined): string {
  return types.find(one => one.toLowerCase() === type?.toLowerCase()) ?? 'Unknown'
}

/** Words of a comma-separated list, whatever their case, as Kafka writes them. */
function choose<T extends string>(
  text: string | null,
  valid: readonly T[],
  refuseAll: (text: string, valid: string) => never,
): T[] {
  if (text === null || text === '') return []
  return text.split(',').map(part => {
    const word = part.trim().toLowerCase()
    return valid.find(one => one.toLowerCase() === word) ?? refuseAll(text, valid.join(', '))
  })
}

async function deleteGroups(command: GroupCommand): Promise<void> {
  const { admin, timeoutMs, print } = command
  const outcomes = await wrapped(
    1,
    admin.deleteConsumerGroups(await groupsOf(command), { timeoutMs }),
  )
  const deleted = [...outcomes].filter(([, outcome]) => outcome.ok).map(([group]) => group)
  const failed = [...outcomes].flatMap(([group, outcome]) =>
    outcome.ok ? [] : [{ group, error: outcome.error }],
  )
  if (failed.length === 0) {
    print(`Deletion of requested consumer groups ('${deleted.join(', ')}') was successful.\n`)
    return
  }
  print('\nError: Deletion of some consumer groups failed:\n')
  for (const { group, error } of failed) {
    const reason = `java.util.concurrent.ExecutionException: ${javaText(error)}`
    print(`* Group '${group}' could not be deleted due to: ${reason}\n`)
  }
  if (deleted.length > 0) {
    print(`\nThese consumer groups were deleted successfully: '${deleted.join("'")}', '\n`)
  }
}

/** What a file fails with comes wrapped. */
function wrappedFile(error: unknown): unknown {
  const isOfFile = error instanceof ToolError && error.exceptionName.startsWith('java.nio.file.')
  return isOfFile ? new ToolError('java.lang.RuntimeException', javaText(error), error) : error
}
