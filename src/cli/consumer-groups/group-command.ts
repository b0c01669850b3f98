/** kafka-consumer-groups: list and describe. Mirrors org.apache.kafka.tools.consumer.group.ConsumerGroupCommand. */
import type { Admin, GroupDescription } from '../../client/index.ts'
import { ErrorCode } from '../../protocol/index.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'
import { readGroupOptions, wantedStates, wantedTypes, type GroupOptions } from './group-options.ts'
import { offsetRows } from './group-offset-rows.ts'
import { listTable, memberTable, offsetTable, stateTable, type MemberRow } from './group-tables.ts'

export async function consumerGroupCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  const { given, action } = readGroupOptions(argv)
  for (const notice of given.notices) stderr.write(`${notice}\n`)
  const command = new GroupCommand(given, environment)
  try {
    await (action === 'list' ? command.list() : command.describe())
  } catch (error) {
    if (isForRunner(error)) throw error
    stdout.write(`\nError: Executing consumer group command failed due to ${javaText(error)}\n`)
    stderr.write(`${javaText(error)}\n\n`)
  } finally {
    await command.close()
  }
  return 0
}

class GroupCommand {
  readonly #given: GroupOptions
  readonly #environment: ToolEnvironment
  readonly #admin: Admin
  readonly #timeoutMs: number

  constructor(given: GroupOptions, environment: ToolEnvironment) {
    this.#given = given
    this.#environment = environment
    this.#timeoutMs = given.value('timeout')
    this.#admin = openAdmin(environment.host, {
      bootstrapServers: given.value('bootstrap-server') ?? '',
      configFile: given.value('command-config'),
    })
  }

  async list(): Promise<void> {
    const { stdout } = this.#environment.terminal
    const [states, types] = [wantedStates(this.#given), wantedTypes(this.#given)]
    const { groups, errors } = await this.#admin.listConsumerGroups({
      ...{ states, types, timeoutMs: this.#timeoutMs },
    })
    const [error] = errors
    if (error !== undefined) throw error
    const shows = { types: this.#given.has('type'), states: this.#given.has('state') }
    if (shows.types || shows.states) {
      const rows = groups.map(({ groupId, type, state }) => ({
        group: groupId,
        type: type ?? '',
        state: state ?? '',
      }))
      stdout.write(listTable(rows, shows))
    } else stdout.write(groups.map(({ groupId }) => `${groupId}\n`).join(''))
  }

  async describe(): Promise<void> {
    for (const group of await this.#describeAll()) {
      this.#sayWhatIsUnusual(group)
      if (this.#given.has('members')) this.#describeMembers(group)
      else if (this.#given.has('state')) this.#describeState(group)
      else await this.#describeOffsets(group)
    }
  }

  async #describeAll(): Promise<GroupDescription[]> {
    const options = { timeoutMs: this.#timeoutMs }
    const ids = this.#given.has('all-groups')
      ? (await this.#admin.listConsumerGroups(options)).groups.map(({ groupId }) => groupId)
      : [...new Set(this.#given.values('group'))]
    const described = await this.#admin.describeConsumerGroups(ids, options)
    return ids.flatMap(id => {
      const outcome = described.get(id)
      if (outcome === undefined) return []
      if (outcome.ok) return [outcome.value]
      // Brokers since 4.0 say of an unknown group that it is not there, older ones that it is dead.
      if (outcome.error.errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return [deadGroup(id)]
      throw outcome.error
    })
  }

  #sayWhatIsUnusual({ groupId, state }: GroupDescription): void {
    const { stdout, stderr } = this.#environment.terminal
    if (state === 'Dead') stdout.write(`\nError: Consumer group '${groupId}' does not exist.\n`)
    else if (state === 'Empty')
      stderr.write(`\nConsumer group '${groupId}' has no active members.\n`)
    else if (state !== 'Stable')
      stderr.write(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`)
  }

  async #describeOffsets(group: GroupDescription): Promise<void> {
    if (group.state === 'Dead') return
    const rows = await offsetRows(this.#admin, group, this.#timeoutMs)
    if (rows.length > 0) this.#environment.terminal.stdout.write(offsetTable(rows))
  }

  #describeMembers({ groupId, members }: GroupDescription): void {
    const rows = members.map((member): MemberRow => ({
      group: groupId,
      consumerId: member.memberId,
      host: member.host,
      clientId: member.clientId,
      partitionCount: member.assignment.length,
      assignment: assignmentText(member.assignment),
    }))
    this.#environment.terminal.stdout.write(memberTable(rows, this.#given.has('verbose')))
  }

  #describeState({
    groupId,
    coordinator,
    partitionAssignor,
    state,
    members,
  }: GroupDescription): void {
    if (state === 'Dead') return
    const { host, port, id } = coordinator
    this.#environment.terminal.stdout.write(
      stateTable({
        group: groupId,
        coordinator: `${host}:${port}  (${id})`,
        assignor: partitionAssignor,
        state,
        memberCount: members.length,
      }),
    )
  }

  close(): Promise<void> {
    return this.#admin.close()
  }
}

function deadGroup(groupId: string): GroupDescription {
  return {
    groupId,
    isSimple: true,
    members: [],
    partitionAssignor: '',
    state: 'Dead',
    protocolType: '',
    coordinator: { id: -1, host: '', port: -1, rack: null },
    authorizedOperations: undefined,
  }
}

/** `orders(0,1), payments(2)`; a dash for nothing. */
function assignmentText(assignment: readonly { topic: string; partition: number }[]): string {
  if (assignment.length === 0) return '-'
  const topics = [...new Set(assignment.map(({ topic }) => topic))]
  return topics
    .map(topic => {
      const partitions = assignment
        .filter(item => item.topic === topic)
        .map(({ partition }) => partition)
      return `${topic}(${partitions.toSorted((one, other) => one - other).join(',')})`
    })
    .join(', ')
}
