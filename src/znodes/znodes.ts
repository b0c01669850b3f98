/**
 * Kafka's znodes as operations: what a broker and its controller read and write in ZooKeeper
 * (Kafka's KafkaZkClient). Conditional where Kafka's are: who writes on old knowledge is refused.
 */
import {
  BadVersionError,
  CreateMode,
  MultiError,
  NoNodeError,
  ZkErrorCode,
  ZooKeeperError,
  type Operation,
  type Watcher,
} from '../zookeeper/index.ts'
import type { NodeContent, ZooKeeperConnection } from './connection.ts'
import * as content from './content.ts'
import { ZnodeError } from './json.ts'
import { paths, persistentPaths, type ConfigEntityType } from './paths.ts'

const PRODUCER_ID_BLOCK_SIZE = 1000

/** An elected controller: what its writes are conditional on. */
export interface ControllerTerm {
  readonly epoch: number
  /** Version of /controller_epoch in this term. */
  readonly epochVersion: number
}

export interface StoredState {
  readonly state: content.PartitionState
  readonly version: number
  /** The transaction that wrote it; comparable with broker epochs. */
  readonly zxid: bigint
}

export class Znodes {
  readonly #zk: ZooKeeperConnection

  constructor(zk: ZooKeeperConnection) {
    this.#zk = zk
  }

  // -- start of a broker

  /** A level at a time, each in one go: a new cluster costs a few waits for the disk, not a wait a node. */
  async makePersistentPaths(): Promise<void> {
    for (const level of levelsOf(persistentPaths)) {
      await Promise.all(level.map(path => this.#createUnlessThere(path, null)))
    }
  }

  async #makePath(path: string): Promise<void> {
    const parts = path.split('/').slice(1)
    for (let depth = 1; depth <= parts.length; depth += 1) {
      await this.#createUnlessThere(`/${parts.slice(0, depth).join('/')}`, null)
    }
  }

  /** @returns whether the node is new */
  async #createUnlessThere(path: string, data: Buffer | null): Promise<boolean> {
    return (await this.#zk.create(path, data)) !== undefined
  }

  /** The id of the cluster; the first broker ever gives it. */
  async clusterId(fresh: string): Promise<string> {
    await this.#makePath('/cluster')
    await this.#createUnlessThere(paths.clusterId, content.writeClusterId(fresh))
    return content.readClusterId((await this.#existing(paths.clusterId)).data)
  }

  /** @returns the broker epoch, or `undefined` while there is a registration with this id */
  async registerBroker(broker: content.BrokerRegistration): Promise<bigint | undefined> {
    const stat = await this.#zk.create(
      paths.broker(broker.id),
      content.writeBroker(broker),
      CreateMode.EPHEMERAL,
    )
    return stat?.czxid
  }

  /** What is registered under an id, and whether this session did it. */
  async registration(
    id: number,
  ): Promise<{ broker: content.BrokerRegistration; epoch: bigint; isOurs: boolean } | undefined> {
    const node = await this.#zk.read(paths.broker(id))
    if (node === undefined) return undefined
    const isOurs = node.stat.ephemeralOwner === this.#zk.sessionId
    return { broker: content.readBroker(id, node.data), epoch: node.stat.czxid, isOurs }
  }

  /** Removes what a dead life of this broker left: its registration, and its term as the controller. */
  async removeStaleBroker(id: number, epoch: bigint): Promise<void> {
    const node = await this.#zk.read(paths.broker(id))
    if (node?.stat.czxid === epoch) await this.#zk.remove(paths.broker(id), node.stat.version)
    const controller = await this.#zk.read(paths.controller)
    if (controller === undefined || content.readController(controller.data) !== id) return
    await this.#zk.remove(paths.controller, controller.stat.version)
  }

  /** 1, 2, 3, ...: for brokers that are to be given an id. */
  async nextBrokerSequence(): Promise<number> {
    const { version } = await this.#zk.write(paths.brokerSequence, Buffer.alloc(0), -1)
    return version
  }

  // -- the controller

  /** Resolves with the term when this broker was elected, with `undefined` when another is the controller. */
  async electController(brokerId: number, wallMs: number): Promise<ControllerTerm | undefined> {
    await this.#createUnlessThere(paths.controllerEpoch, Buffer.from('0'))
    const { data, stat } = await this.#existing(paths.controllerEpoch)
    const epoch = Number(data.toString()) + 1
    try {
      await this.#zk.multi([
        {
          op: 'create',
          path: paths.controller,
          data: content.writeController(brokerId, wallMs),
          mode: CreateMode.EPHEMERAL,
        },
        {
          op: 'setData',
          path: paths.controllerEpoch,
          data: Buffer.from(String(epoch)),
          version: stat.version,
        },
      ])
      return { epoch, epochVersion: stat.version + 1 }
    } catch (error) {
      if (isError(error, ZkErrorCode.NODE_EXISTS) || isError(error, ZkErrorCode.BAD_VERSION))
        return this.#ownTerm()
      throw error
    }
  }

  /** That of an election which was won though nobody was told: the connection broke before the answer. */
  async #ownTerm(): Promise<ControllerTerm | undefined> {
    const controller = await this.#zk.read(paths.controller)
    if (controller?.stat.ephemeralOwner !== this.#zk.sessionId) return undefined
    const { data, stat } = await this.#existing(paths.controllerEpoch)
    return { epoch: Number(data.toString()), epochVersion: stat.version }
  }

  /** The controller's broker id, or -1. Calls `onChange` once when it changes, goes or comes. */
  async controllerId(onChange?: Watcher): Promise<number> {
    const node = await this.#zk.read(paths.controller, onChange)
    return node === undefined ? -1 : content.readController(node.data)
  }

  async controllerEpoch(): Promise<number> {
    const data = await this.#dataOf(paths.controllerEpoch)
    return data === undefined ? 0 : Number(data.toString())
  }

  /** Features exist from 2.7 on, and none is finalised. */
  async makeFeatureNode(): Promise<void> {
    await this.#createUnlessThere(paths.feature, content.writeFeature())
  }

  // -- membership and topics

  async brokers(onChange?: Watcher): Promise<(content.BrokerRegistration & { epoch: bigint })[]> {
    const ids = await this.#zk.children(paths.brokerIds, onChange)
    const found = await Promise.all(
      ids.map(async text => {
        const id = Number(text)
        const node = await this.#zk.read(paths.broker(id))
        return node === undefined
          ? []
          : [{ ...content.readBroker(id, node.data), epoch: node.stat.czxid }]
      }),
    )
    return found.flat().sort((a, b) => a.id - b.id)
  }

  topicNames(onChange?: Watcher): Promise<readonly string[]> {
    return this.#zk.children(paths.topics, onChange)
  }

  async topic(name: string, onChange?: Watcher): Promise<content.TopicAssignment | undefined> {
    const node = await this.#zk.read(paths.topic(name), onChange)
    return node === undefined ? undefined : content.readTopic(name, node.data)
  }

  /** Gives a topic of before 2.8 its id. */
  async rewriteTopic(name: string, assignment: content.TopicAssignment): Promise<void> {
    await this.#zk.write(paths.topic(name), content.writeTopic(assignment), -1)
  }

  async partitionState(topic: string, partition: number): Promise<StoredState | undefined> {
    const node = await this.#zk.read(paths.partitionState(topic, partition))
    if (node === undefined) return undefined
    return {
      state: content.readPartitionState(topic, partition, node.data),
      version: node.stat.version,
      zxid: node.stat.mzxid,
    }
  }

  /** @returns whether the topic is new */
  createTopic(name: string, assignment: content.TopicAssignment): Promise<boolean> {
    return this.#createUnlessThere(paths.topic(name), content.writeTopic(assignment))
  }

  /** @throws ZooKeeperError BAD_VERSION when the assignment changed meanwhile */
  async addPartitions(name: string, added: ReadonlyMap<number, readonly number[]>): Promise<void> {
    const { data, stat } = await this.#existing(paths.topic(name))
    const before = content.readTopic(name, data)
    const replicas = new Map([...before.replicas, ...added])
    await this.#zk.write(
      paths.topic(name),
      content.writeTopic({ ...before, replicas }),
      stat.version,
    )
  }

  /** /admin/reassign_partitions; `undefined` when nothing is asked for. @throws ZnodeError */
  async requestedMoves(onChange?: Watcher): Promise<content.RequestedMove[] | undefined> {
    const node = await this.#zk.read(paths.requestedMoves, onChange)
    return node === undefined ? undefined : content.readRequestedMoves(node.data)
  }

  /** /admin/preferred_replica_election; `undefined` when nothing is asked for. @throws ZnodeError */
  async requestedElections(onChange?: Watcher): Promise<content.PartitionPlace[] | undefined> {
    const node = await this.#zk.read(paths.requestedElections, onChange)
    return node === undefined ? undefined : content.readRequestedElections(node.data)
  }

  deletionsRequested(onChange?: Watcher): Promise<readonly string[]> {
    return this.#zk.children(paths.topicDeletions, onChange)
  }

  async requestDeletion(topic: string): Promise<void> {
    await this.#createUnlessThere(paths.topicDeletion(topic), null)
  }

  // -- what only the controller of the term may write

  /** @throws ZooKeeperError BAD_VERSION when the term is over, or a state is not as it was */
  async writeStates(
    term: ControllerTerm,
    changes: readonly {
      topic: string
      partition: number
      state: content.PartitionState
      /** Version that the node must have; `undefined`: it is to be made. */
      version: number | undefined
    }[],
  ): Promise<void> {
    for (const topic of new Set(changes.map(change => change.topic))) {
      const states = changes.filter(change => change.topic === topic)
      const missing = states.filter(({ version }) => version === undefined)
      if (missing.length > 0) await this.#makePath(paths.partitions(topic))
      for (const batch of inBatches(states)) await this.#fenced(term, batch.flatMap(changesFor))
    }
  }

  /**
   * Changes one topic's partitions; what others add to the topic at the same time stays.
   *
   * @throws ZooKeeperError BAD_VERSION when the term is over, NO_NODE when the topic is gone
   */
  async writeAssignment(
    term: ControllerTerm,
    topic: string,
    change: (before: content.TopicAssignment) => content.TopicAssignment,
  ): Promise<void> {
    for (;;) {
      const { data, stat } = await this.#existing(paths.topic(topic))
      const next = content.writeTopic(change(content.readTopic(topic, data)))
      const { version } = stat
      try {
        await this.#fenced(term, [{ op: 'setData', path: paths.topic(topic), data: next, version }])
        return
      } catch (error) {
        const isOutrun = error instanceof MultiError && error.index === 1
        if (!isOutrun || error.code !== ZkErrorCode.BAD_VERSION) throw error
      }
    }
  }

  /** What is left to do of /admin/reassign_partitions; nothing: it goes. */
  async writeRequestedMoves(
    term: ControllerTerm,
    moves: readonly content.RequestedMove[],
  ): Promise<void> {
    const path = paths.requestedMoves
    if (moves.length === 0) return this.#removeRequest(term, path)
    if (!(await this.#zk.exists(path))) return
    const data = content.writeRequestedMoves(moves)
    await this.#fenced(term, [{ op: 'setData', path, data, version: -1 }])
  }

  removeRequestedElections(term: ControllerTerm): Promise<void> {
    return this.#removeRequest(term, paths.requestedElections)
  }

  async #removeRequest(term: ControllerTerm, path: string): Promise<void> {
    if (await this.#zk.exists(path)) await this.#fenced(term, [{ op: 'delete', path, version: -1 }])
  }

  /** Writes under the condition that nobody else was elected since. */
  async #fenced(term: ControllerTerm, changes: readonly Operation[]): Promise<void> {
    const check: Operation = {
      op: 'check',
      path: paths.controllerEpoch,
      version: term.epochVersion,
    }
    await this.#zk.multi([check, ...changes])
  }

  /** Everything that ZooKeeper holds of a topic. */
  async removeTopic(term: ControllerTerm, topic: string): Promise<void> {
    for (const path of [
      paths.topic(topic),
      paths.config('topics', topic),
      paths.topicDeletion(topic),
    ]) {
      const tree = await this.#pathsBelow(path)
      for (const batch of inBatches(tree)) {
        await this.#fenced(
          term,
          batch.map(node => ({ op: 'delete', path: node, version: -1 })),
        )
      }
    }
  }

  async removeDeletion(term: ControllerTerm, topic: string): Promise<void> {
    await this.#removeRequest(term, paths.topicDeletion(topic))
  }

  /** Children before parents. */
  async #pathsBelow(path: string): Promise<string[]> {
    try {
      const children = await this.#zk.children(path)
      const below = await Promise.all(children.map(child => this.#pathsBelow(`${path}/${child}`)))
      return [...below.flat(), path]
    } catch (error) {
      if (error instanceof NoNodeError) return []
      throw error
    }
  }

  // -- in-sync replicas, as leaders of before inter.broker.protocol.version 2.7-IV2 change them

  /**
   * Writes a partition's state if it still has `version`.
   *
   * @returns the version it has now, or `undefined` when somebody else has written it
   */
  async writeState(
    topic: string,
    partition: number,
    state: content.PartitionState,
    version: number,
  ): Promise<number | undefined> {
    const path = paths.partitionState(topic, partition)
    try {
      return (await this.#zk.write(path, content.writePartitionState(state), version)).version
    } catch (error) {
      if (error instanceof BadVersionError || error instanceof NoNodeError) return undefined
      throw error
    }
  }

  /** Leaves word for the controller that the states of partitions have changed. */
  async announceIsrChange(partitions: readonly content.PartitionPlace[]): Promise<void> {
    await this.#zk.create(
      `${paths.isrChanges}/isr_change_`,
      content.writeIsrChange(partitions),
      CreateMode.PERSISTENT_SEQUENTIAL,
    )
  }

  /** Names of what leaders have left word of, oldest first. */
  async isrChanges(onChange?: Watcher): Promise<string[]> {
    return [...(await this.#zk.children(paths.isrChanges, onChange))].sort()
  }

  async isrChange(name: string): Promise<content.PartitionPlace[]> {
    const path = `${paths.isrChanges}/${name}`
    const data = await this.#dataOf(path)
    return data === undefined ? [] : content.readIsrChange(path, data)
  }

  removeIsrChange(name: string): Promise<void> {
    return this.#zk.remove(`${paths.isrChanges}/${name}`, -1)
  }

  // -- failed disks (KIP-112)

  /** Leaves word for the controller that replicas of a broker may lie on a failed disk. */
  async announceLogDirFailure(brokerId: number): Promise<void> {
    await this.#zk.create(
      `${paths.logDirEvents}/log_dir_event_`,
      content.writeLogDirEvent(brokerId),
      CreateMode.PERSISTENT_SEQUENTIAL,
    )
  }

  /** Names of what brokers have left word of, oldest first. */
  async logDirEvents(onChange?: Watcher): Promise<string[]> {
    return [...(await this.#zk.children(paths.logDirEvents, onChange))].sort()
  }

  /** The broker that has left it; `undefined` when it is gone, or makes no sense: that must not keep others from being heard. */
  async logDirEvent(name: string): Promise<number | undefined> {
    const path = `${paths.logDirEvents}/${name}`
    const data = await this.#dataOf(path)
    try {
      return data === undefined ? undefined : content.readLogDirEvent(path, data)
    } catch (error) {
      if (!(error instanceof ZnodeError)) throw error
      return undefined
    }
  }

  removeLogDirEvent(name: string): Promise<void> {
    return this.#zk.remove(`${paths.logDirEvents}/${name}`, -1)
  }

  // -- configuration

  async readConfig(type: ConfigEntityType, entity: string): Promise<Map<string, string>> {
    const path = paths.config(type, entity)
    const data = await this.#dataOf(path)
    return data === undefined ? new Map() : content.readConfig(path, data)
  }

  configEntities(type: ConfigEntityType): Promise<readonly string[]> {
    return this.#zk.children(paths.configs(type))
  }

  /** `notify` tells every broker to read it again; a topic that is being made needs no telling. */
  async writeConfig(
    type: ConfigEntityType,
    entity: string,
    config: ReadonlyMap<string, string>,
    { notify }: { notify: boolean },
  ): Promise<void> {
    const path = paths.config(type, entity)
    const data = content.writeConfig(config)
    if (!(await this.#createUnlessThere(path, data))) await this.#zk.write(path, data, -1)
    if (!notify) return
    await this.#zk.create(
      `${paths.configChanges}/config_change_`,
      content.writeConfigChange(`${type}/${entity}`),
      CreateMode.PERSISTENT_SEQUENTIAL,
    )
  }

  /** Names of change notices, oldest first. */
  async configChanges(onChange?: Watcher): Promise<string[]> {
    return [...(await this.#zk.children(paths.configChanges, onChange))].sort()
  }

  /** The entity a notice is about, e.g. `topics/T`; `undefined` when it was purged. Also when it was written. */
  async configChange(name: string): Promise<{ entityPath: string; createdMs: number } | undefined> {
    const path = `${paths.configChanges}/${name}`
    const node = await this.#zk.read(path)
    if (node === undefined) return undefined
    return {
      entityPath: content.readConfigChange(path, node.data),
      createdMs: Number(node.stat.ctime),
    }
  }

  removeConfigChange(name: string): Promise<void> {
    return this.#zk.remove(`${paths.configChanges}/${name}`, -1)
  }

  // -- producer ids

  /** The next block of ids, taken by comparing and setting; both ends included. */
  async takeProducerIdBlock(
    brokerId: number,
  ): Promise<{ first: number; last: number; pathVersion: number }> {
    for (;;) {
      const { data, stat } = await this.#existing(paths.producerIdBlock)
      const first = data.length === 0 ? 0 : content.readProducerIdBlock(data) + 1
      const last = first + PRODUCER_ID_BLOCK_SIZE - 1
      try {
        const block = content.writeProducerIdBlock({ broker: brokerId, first, last })
        await this.#zk.write(paths.producerIdBlock, block, stat.version)
        return { first, last, pathVersion: stat.version + 1 }
      } catch (error) {
        if (!(error instanceof BadVersionError)) throw error
      }
    }
  }

  // -- offsets of old consumers

  async readOldOffset(
    group: string,
    topic: string,
    partition: number,
  ): Promise<bigint | undefined> {
    const data = await this.#dataOf(`/consumers/${group}/offsets/${topic}/${partition}`)
    const text = data?.toString() ?? ''
    return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
  }

  async writeOldOffset(
    group: string,
    topic: string,
    partition: number,
    offset: bigint,
  ): Promise<void> {
    const path = `/consumers/${group}/offsets/${topic}/${partition}`
    const data = Buffer.from(String(offset))
    await this.#makePath(path.slice(0, path.lastIndexOf('/')))
    if (!(await this.#createUnlessThere(path, data))) await this.#zk.write(path, data, -1)
  }

  // -- reading what may not be there

  async #dataOf(path: string): Promise<Buffer | undefined> {
    return (await this.#zk.read(path))?.data
  }

  async #existing(path: string): Promise<NodeContent> {
    const node = await this.#zk.read(path)
    if (node === undefined) throw new ZnodeError(path, 'is gone')
    return node
  }
}

/** A multi stays well below jute.maxbuffer. */
const BATCH = 500

function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = []
  for (let at = 0; at < items.length; at += BATCH) batches.push(items.slice(at, at + BATCH))
  return batches
}

function changesFor(change: {
  topic: string
  partition: number
  state: content.PartitionState
  version: number | undefined
}): Operation[] {
  const { topic, partition, version } = change
  const path = paths.partitionState(topic, partition)
  const data = content.writePartitionState(change.state)
  if (version !== undefined) return [{ op: 'setData', path, data, version }]
  return [
    {
      op: 'create',
      path: paths.partition(topic, partition),
      data: null,
      mode: CreateMode.PERSISTENT,
    },
    { op: 'create', path, data, mode: CreateMode.PERSISTENT },
  ]
}

function isError(error: unknown, code: number): boolean {
  return error instanceof ZooKeeperError && error.code === code
}

/** All nodes on the way to `given`, by depth: parents before children. */
function levelsOf(given: readonly string[]): readonly (readonly string[])[] {
  const levels: Set<string>[] = []
  for (const path of given) {
    const parts = path.split('/').slice(1)
    for (const depth of parts.keys()) {
      levels[depth] ??= new Set()
      levels[depth].add(`/${parts.slice(0, depth + 1).join('/')}`)
    }
  }
  return levels.map(level => [...level])
}
