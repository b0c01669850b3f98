/**
 * Plays a script against the group machine: lines that begin with `> ` are commands, the lines after
 * them what they lead to, `#` begins a comment. A test holds the script to be what comes out.
 *
 * Consumers are named; a name is its client id too, and the n-th id handed out ends in `-n`.
 */
import {
  describeGroup,
  fetchOffsets,
  listGroups,
  type GroupRecord,
  type JoinReply,
  type MemberProtocol,
  type SyncReply,
  type TopicPartition,
} from '../../src/group/index.ts'
import { ErrorCode } from '../../src/protocol/index.ts'
import { nameOf, Rig } from './rig.ts'

const GROUP = 'g'

interface Consumer {
  memberId: string
  generationId: number
  instanceId: string | null
}

/** Words of a command: `name key=value key=value`. */
interface Command {
  readonly verb: string
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
}

export function play(script: string): string {
  const player = new Player()
  const output: string[] = []
  for (const line of script.split('\n')) {
    if (line.startsWith('> ')) output.push(line, ...player.run(parse(line.slice(2))))
    else if (line === '' || line.startsWith('#')) output.push(line)
  }
  return output.join('\n')
}

function parse(line: string): Command {
  const [verb = '', ...rest] = line.split(' ').filter(word => word !== '')
  const options = new Map<string, string>()
  const words: string[] = []
  for (const word of rest) {
    const equals = word.indexOf('=')
    if (equals > 0 && /^[a-z-]+$/.test(word.slice(0, equals))) {
      options.set(word.slice(0, equals), word.slice(equals + 1))
    } else {
      words.push(word)
    }
  }
  return { verb, words, options }
}

class Player {
  #rig = new Rig()
  readonly #consumers = new Map<string, Consumer>()
  /** Who waits for which request, and for what. */
  readonly #waiting = new Map<number, { name: string; verb: string }>()
  #lastUuid = 0
  #lines: string[] = []

  constructor() {
    this.#watch()
  }

  #watch(): void {
    this.#rig.onRecord = record => this.#lines.push(`  log: ${describeRecord(record)}`)
    this.#rig.onEffect = effect => {
      if (effect.type === 'answer') this.#answered(effect.request, effect.reply)
    }
  }

  run(command: Command): string[] {
    this.#lines = []
    const verb = this.#verbs[command.verb]
    if (verb === undefined) throw new Error(`no such command in a scenario: ${command.verb}`)
    verb(command)
    return this.#lines
  }

  #say(line: string): void {
    this.#lines.push(`  ${line}`)
  }

  #consumer(name: string): Consumer {
    let consumer = this.#consumers.get(name)
    if (consumer === undefined) {
      consumer = { memberId: '', generationId: -1, instanceId: null }
      this.#consumers.set(name, consumer)
    }
    return consumer
  }

  readonly #verbs: Record<string, (command: Command) => void> = {
    settings: ({ options }) => {
      const given = [...options].map(([key, value]) => [camelCase(key), milliseconds(value)])
      this.#rig = new Rig(Object.fromEntries(given) as object)
      this.#consumers.clear()
      this.#waiting.clear()
      this.#watch()
    },
    join: command => this.#join(command),
    sync: command => this.#sync(command),
    heartbeat: ({ words: [name = ''] }) => {
      const { errorCode } = this.#rig.askNow({
        type: 'heartbeat',
        groupId: GROUP,
        ...this.#who(name),
      })
      this.#say(nameOf(errorCode))
    },
    alive: ({ words }) => this.#alive(words.slice(0, -1), milliseconds(words.at(-1) ?? '')),
    leave: ({ words }) => {
      const members = words.map(name => ({ ...this.#who(name), reason: null }))
      const reply = this.#rig.askNow({ type: 'leave-group', groupId: GROUP, members })
      const results = reply.members.map(each => nameOf(each.errorCode)).join(' ')
      this.#say(`${nameOf(reply.errorCode)}: ${results}`)
    },
    'remove-static': ({ words }) => {
      const members = words.map(groupInstanceId => ({
        memberId: '',
        groupInstanceId,
        reason: null,
      }))
      const reply = this.#rig.askNow({ type: 'leave-group', groupId: GROUP, members })
      this.#say(reply.members.map(each => nameOf(each.errorCode)).join(' '))
    },
    restarts: ({ words: [name = ''] }) => {
      const consumer = this.#consumer(name)
      consumer.memberId = ''
      consumer.generationId = -1
    },
    commit: command => this.#commit(command),
    fetch: ({ words, options }) => {
      const topics = words.length === 0 ? null : words.map(word => [placeOf(word)]).map(asTopic)
      const requireStable = options.get('stable') === 'yes'
      const fetched = fetchOffsets(this.#rig.shard, { groupId: GROUP, topics, requireStable })
      for (const { topic, partitions } of fetched) {
        for (const { partition, offset, metadata, errorCode } of partitions) {
          const note = metadata === '' ? '' : ` "${metadata}"`
          const error = errorCode === ErrorCode.NONE ? '' : ` ${nameOf(errorCode)}`
          this.#say(`${topic}-${partition} ${offset}${note}${error}`)
        }
      }
    },
    'delete-offsets': ({ words }) => {
      const partitions = words.map(placeOf)
      const reply = this.#rig.ask({ type: 'delete-offsets', groupId: GROUP, partitions })
      if (reply === undefined) return
      this.#say(
        [nameOf(reply.errorCode), ...reply.partitions.map(each => nameOf(each.errorCode))].join(
          ' ',
        ),
      )
    },
    'delete-topic': ({ words }) => {
      this.#rig.tell({
        type: 'partitions-deleted',
        groupId: GROUP,
        partitions: words.flatMap(topic => [0, 1, 2].map(partition => ({ topic, partition }))),
      })
    },
    'delete-group': () => {
      const reply = this.#rig.ask({ type: 'delete-group', groupId: GROUP })
      if (reply !== undefined) this.#say(nameOf(reply.errorCode))
    },
    expire: () => this.#rig.tell({ type: 'expire-offsets', groupId: GROUP }),
    wait: ({ words: [span = '0'] }) => this.#rig.advance(milliseconds(span)),
    describe: () => this.#describe(),
    list: () => {
      for (const each of listGroups(this.#rig.shard, { states: [], types: [] })) {
        this.#say(`${each.groupId} ${each.groupState} "${each.protocolType}" ${each.groupType}`)
      }
    },
    'coordinator-restarts': () => this.#rig.restart(),
    appends: ({ words: [mode = ''] }) => {
      this.#rig.appends = mode === 'durable' || mode === 'held' ? mode : codeOf(mode)
    },
    'settle-appends': ({ words: [outcome = 'durable'] }) => {
      this.#rig.settleHeld(outcome === 'durable' ? outcome : codeOf(outcome))
      for (const [request, reply] of this.#rig.answers) this.#answered(request, reply)
    },
  }

  #who(name: string): { memberId: string; groupInstanceId: string | null; generationId: number } {
    const { memberId, instanceId, generationId } = this.#consumer(name)
    return { memberId, groupInstanceId: instanceId, generationId }
  }

  #join({ words: [name = ''], options }: Command): void {
    const consumer = this.#consumer(name)
    consumer.instanceId = options.get('instance') ?? consumer.instanceId
    const request = this.#rig.nextRequest
    this.#waiting.set(request, { name, verb: 'join' })
    const sessionTimeoutMs = milliseconds(options.get('session') ?? '10s')
    this.#lastUuid += 1
    const reply = this.#rig.ask({
      type: 'join-group',
      groupId: GROUP,
      request,
      uuid: `${this.#lastUuid}`,
      memberId: options.get('member') ?? consumer.memberId,
      groupInstanceId: consumer.instanceId,
      clientId: name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs,
      rebalanceTimeoutMs: milliseconds(options.get('rebalance') ?? '60s'),
      protocolType: options.get('type') ?? 'consumer',
      protocols: protocolsOf(options.get('protocols') ?? 'range:t'),
      reason: null,
      canRejoinWithId: options.get('version') === undefined || Number(options.get('version')) >= 4,
      canSkipAssignment:
        options.get('version') === undefined || Number(options.get('version')) >= 9,
    })
    if (reply !== undefined) this.#answered(request, reply)
  }

  #sync({ words: [name = ''], options }: Command): void {
    const request = this.#rig.nextRequest
    this.#waiting.set(request, { name, verb: 'sync' })
    const assignments = (options.get('assign') ?? '')
      .split(',')
      .filter(each => each !== '')
      .map(each => {
        const [who = '', what = ''] = each.split(':')
        return { memberId: this.#consumer(who).memberId, assignment: Buffer.from(what) }
      })
    const reply = this.#rig.ask({
      type: 'sync-group',
      groupId: GROUP,
      request,
      ...this.#who(name),
      ...(options.has('generation') ? { generationId: Number(options.get('generation')) } : {}),
      protocolType: options.get('type') ?? null,
      protocolName: options.get('protocol') ?? null,
      assignments,
    })
    if (reply !== undefined) this.#answered(request, reply)
  }

  /** Heartbeats of all named, each second; says only what changes. */
  #alive(names: readonly string[], spanMs: number): void {
    const last = new Map<string, string>()
    for (let second = 0; second < spanMs / 1_000; second += 1) {
      for (const name of names) {
        const event = { type: 'heartbeat', groupId: GROUP, ...this.#who(name) } as const
        const answer = nameOf(this.#rig.askNow(event).errorCode)
        if (last.get(name) !== answer) this.#say(`${name} heartbeat: ${answer}`)
        last.set(name, answer)
      }
      this.#rig.advance(1_000)
    }
  }

  #commit({ words: [name = '', ...places], options }: Command): void {
    const who =
      name === 'nobody'
        ? { memberId: '', groupInstanceId: null, generationId: -1 }
        : this.#who(name)
    const reply = this.#rig.ask({
      type: 'commit-offsets',
      groupId: GROUP,
      ...who,
      ...(options.has('generation') ? { generationId: Number(options.get('generation')) } : {}),
      retentionMs: options.has('retention')
        ? BigInt(milliseconds(options.get('retention') ?? ''))
        : -1n,
      knowsGroupIdNotFound: false,
      producer: undefined,
      offsets: places.map(place => {
        const [where = '', offset = '0'] = place.split('@')
        return {
          ...placeOf(where),
          offset: BigInt(offset),
          leaderEpoch: -1,
          metadata: options.get('metadata') ?? null,
          commitTimestamp: -1n,
        }
      }),
    })
    if (reply !== undefined) {
      this.#say(reply.partitions.map(each => nameOf(each.errorCode)).join(' '))
    }
  }

  #describe(): void {
    const group = describeGroup(this.#rig.shard, GROUP, { knowsGroupIdNotFound: false })
    this.#say(`${group.groupState} ${group.protocolType}/${group.protocolData}`)
    for (const { memberId, groupInstanceId, memberAssignment } of group.members) {
      const instance = groupInstanceId === null ? '' : ` instance=${groupInstanceId}`
      this.#say(`${memberId}${instance} assignment=${memberAssignment.toString()}`)
    }
  }

  #answered(request: number, reply: unknown): void {
    const asked = this.#waiting.get(request)
    if (asked === undefined) return
    this.#waiting.delete(request)
    if (asked.verb === 'join') this.#joined(asked.name, reply as JoinReply)
    else this.#synced(asked.name, reply as SyncReply)
  }

  #joined(name: string, reply: JoinReply): void {
    const consumer = this.#consumer(name)
    const isIdGiven =
      reply.errorCode === ErrorCode.NONE || reply.errorCode === ErrorCode.MEMBER_ID_REQUIRED
    if (isIdGiven) {
      consumer.memberId = reply.memberId
      consumer.generationId = reply.generationId
    }
    if (reply.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) consumer.memberId = ''
    if (reply.errorCode !== ErrorCode.NONE) {
      const id = reply.memberId === '' ? '' : ` member=${reply.memberId}`
      this.#say(`${name} join: ${nameOf(reply.errorCode)}${id}`)
      return
    }
    const members = reply.members.map(member => member.memberId).join(',')
    const skip = reply.skipAssignment ? ' skip-assignment' : ''
    const everybody = members === '' ? '' : ` members=${members}`
    this.#say(
      `${name} join: generation=${reply.generationId} member=${reply.memberId} protocol=${reply.protocolName ?? ''} leader=${reply.leader}${everybody}${skip}`,
    )
  }

  #synced(name: string, reply: SyncReply): void {
    const result =
      reply.errorCode === ErrorCode.NONE
        ? `assignment=${reply.assignment.toString()}`
        : nameOf(reply.errorCode)
    this.#say(`${name} sync: ${result}`)
  }
}

function describeRecord(record: GroupRecord): string {
  switch (record.type) {
    case 'offset': {
      const { topic, partition, committed } = record
      const metadata =
        committed === null || committed.metadata === '' ? '' : ` "${committed.metadata}"`
      return `offset ${topic}-${partition} ${committed === null ? 'tombstone' : committed.offset}${metadata}`
    }
    case 'metadata': {
      if (record.metadata === null) return 'group tombstone'
      const { generationId, protocolName, leaderId, members } = record.metadata
      const who = members.map(each => `${each.memberId}=${each.assignment.toString()}`).join(' ')
      return `group generation=${generationId} protocol=${protocolName ?? 'null'} leader=${leaderId ?? 'null'} [${who}]`
    }
    case 'transaction-end':
      return `transaction ${record.producerId} ${record.committed ? 'committed' : 'aborted'}`
  }
}

/** `range:t,u;sticky:t` */
function protocolsOf(text: string): MemberProtocol[] {
  return text
    .split(';')
    .filter(each => each !== '')
    .map(each => {
      const [name = '', topics = ''] = each.split(':')
      return { name, metadata: subscription(topics.split(',')) }
    })
}

/** ConsumerProtocolSubscription version 0. */
export function subscription(topics: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0, 0]), int32(topics.length)]
  for (const topic of topics) {
    const length = Buffer.alloc(2)
    length.writeInt16BE(topic.length)
    parts.push(length, Buffer.from(topic))
  }
  return Buffer.concat([...parts, int32(-1)])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function placeOf(text: string): TopicPartition {
  const dash = text.lastIndexOf('-')
  return { topic: text.slice(0, dash), partition: Number(text.slice(dash + 1)) }
}

function asTopic([place]: TopicPartition[]): { topic: string; partitions: number[] } {
  return { topic: place?.topic ?? '', partitions: [place?.partition ?? 0] }
}

/** `5`, `5ms`, `5s`, `5m`, `5d`. */
function milliseconds(text: string): number {
  const [, count = '0', unit = ''] = /^(-?\d+)(ms|s|m|d)?$/.exec(text) ?? []
  const factors: Record<string, number> = { s: 1_000, m: 60_000, d: 86_400_000 }
  return Number(count) * (factors[unit] ?? 1)
}

function camelCase(text: string): string {
  return text.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function codeOf(name: string): ErrorCode {
  const code = Object.entries(ErrorCode).find(([known]) => known === name)?.[1]
  if (code === undefined) throw new Error(`no such error code: ${name}`)
  return code
}
