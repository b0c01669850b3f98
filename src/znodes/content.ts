/**
 * The content of Kafka's znodes, one pair of functions a node: in the version that Kafka 3.9
 * writes, read in all versions since 0.9.
 */
import type { BrokerImage, Endpoint } from '../metadata/index.ts'
import { JsonNode, ZnodeError, jsonBytes } from './json.ts'
import { paths } from './paths.ts'

/** /brokers/ids/N without what only ZooKeeper knows (the epoch is the node's czxid). */
export interface BrokerRegistration extends Omit<BrokerImage, 'epoch'> {
  readonly jmxPort: number
  readonly registeredAtMs: number
}

/** Version 5 (features, from inter.broker.protocol.version 2.7). `host` and `port` are for clients that know no listeners. */
export function writeBroker(broker: BrokerRegistration): Buffer {
  const plain = broker.endpoints.find(endpoint => endpoint.securityProtocol === 'PLAINTEXT')
  return jsonBytes({
    features: {},
    listener_security_protocol_map: Object.fromEntries(
      broker.endpoints.map(endpoint => [endpoint.listenerName, endpoint.securityProtocol]),
    ),
    endpoints: broker.endpoints.map(
      ({ listenerName, host, port }) => `${listenerName}://${host}:${port}`,
    ),
    jmx_port: broker.jmxPort,
    port: plain?.port ?? -1,
    host: plain?.host ?? null,
    version: 5,
    timestamp: String(broker.registeredAtMs),
    ...(broker.rack === null ? {} : { rack: broker.rack }),
  })
}

export function readBroker(id: number, data: Buffer): BrokerRegistration {
  const node = JsonNode.parse(paths.broker(id), data)
  const rack = node.has('rack') ? node.string('rack') : null
  const jmxPort = node.has('jmx_port') ? node.integer('jmx_port') : -1
  const registeredAtMs = node.has('timestamp') ? Number(node.string('timestamp')) : -1
  return { id, rack, jmxPort, registeredAtMs, endpoints: readEndpoints(id, node) }
}

function readEndpoints(id: number, node: JsonNode): Endpoint[] {
  if (!node.has('endpoints')) {
    const host = node.string('host')
    return [
      {
        listenerName: 'PLAINTEXT',
        host,
        port: node.integer('port'),
        securityProtocol: 'PLAINTEXT',
      },
    ]
  }
  const protocols = node.has('listener_security_protocol_map')
    ? node.stringMap('listener_security_protocol_map')
    : new Map<string, string>()
  return node.strings('endpoints').map(text => {
    const parts = /^([^:]+):\/\/(.*):(-?\d+)$/.exec(text)
    const [, listenerName = '', host = '', port = ''] = parts ?? []
    const securityProtocol = protocols.get(listenerName) ?? listenerName
    if (parts === null || !isSecurityProtocol(securityProtocol)) {
      throw new ZnodeError(
        paths.broker(id),
        `has the endpoint ${text}, which names no known protocol`,
      )
    }
    return {
      listenerName,
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port),
      securityProtocol,
    }
  })
}

function isSecurityProtocol(name: string): name is Endpoint['securityProtocol'] {
  return ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(name)
}

/** /brokers/topics/T: which brokers hold which partition. */
export interface TopicAssignment {
  /** `undefined` in nodes written before 2.8. */
  readonly topicId: string | undefined
  readonly replicas: ReadonlyMap<number, readonly number[]>
  readonly addingReplicas: ReadonlyMap<number, readonly number[]>
  readonly removingReplicas: ReadonlyMap<number, readonly number[]>
}

/** Version 3 (topic id), or version 2 when there is no id. */
export function writeTopic(assignment: TopicAssignment): Buffer {
  return jsonBytes({
    partitions: Object.fromEntries(assignment.replicas),
    ...(assignment.topicId === undefined ? {} : { topic_id: assignment.topicId }),
    adding_replicas: Object.fromEntries(assignment.addingReplicas),
    removing_replicas: Object.fromEntries(assignment.removingReplicas),
    version: assignment.topicId === undefined ? 2 : 3,
  })
}

export function readTopic(topic: string, data: Buffer): TopicAssignment {
  const node = JsonNode.parse(paths.topic(topic), data)
  const optional = (name: string): ReadonlyMap<number, readonly number[]> =>
    node.has(name) ? node.integersByNumber(name) : new Map<number, number[]>()
  return {
    topicId: node.has('topic_id') ? node.string('topic_id') : undefined,
    replicas: node.integersByNumber('partitions'),
    addingReplicas: optional('adding_replicas'),
    removingReplicas: optional('removing_replicas'),
  }
}

/** /brokers/topics/T/partitions/P/state */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly controllerEpoch: number
  /** 1 while an unclean leader recovers (KIP-704); left out of the node when 0. */
  readonly leaderRecoveryState: 0 | 1
}

export function writePartitionState(state: PartitionState): Buffer {
  return jsonBytes({
    controller_epoch: state.controllerEpoch,
    leader: state.leader,
    version: 1,
    leader_epoch: state.leaderEpoch,
    isr: state.isr,
    ...(state.leaderRecoveryState === 0
      ? {}
      : { leader_recovery_state: state.leaderRecoveryState }),
  })
}

export function readPartitionState(topic: string, partition: number, data: Buffer): PartitionState {
  const node = JsonNode.parse(paths.partitionState(topic, partition), data)
  return {
    leader: node.integer('leader'),
    leaderEpoch: node.integer('leader_epoch'),
    isr: node.integers('isr'),
    controllerEpoch: node.integer('controller_epoch'),
    leaderRecoveryState:
      node.has('leader_recovery_state') && node.integer('leader_recovery_state') === 1 ? 1 : 0,
  }
}

export interface PartitionPlace {
  readonly topic: string
  readonly partition: number
}

/** /admin/preferred_replica_election: each partition once. */
export function readRequestedElections(data: Buffer): PartitionPlace[] {
  const places = JsonNode.parse(paths.requestedElections, data)
    .objects('partitions')
    .map(node => ({ topic: node.string('topic'), partition: node.integer('partition') }))
  return lastOfEach(places)
}

export interface RequestedMove extends PartitionPlace {
  readonly replicas: readonly number[]
}

/** /admin/reassign_partitions, version 1: each partition once, as it is asked for last. */
export function readRequestedMoves(data: Buffer): RequestedMove[] {
  const moves = JsonNode.parse(paths.requestedMoves, data)
    .objects('partitions')
    .map(node => ({
      topic: node.string('topic'),
      partition: node.integer('partition'),
      replicas: node.integers('replicas'),
    }))
  return lastOfEach(moves)
}

export function writeRequestedMoves(moves: readonly RequestedMove[]): Buffer {
  return jsonBytes({
    version: 1,
    partitions: moves.map(({ topic, partition, replicas }) => ({ topic, partition, replicas })),
  })
}

function lastOfEach<P extends PartitionPlace>(places: readonly P[]): P[] {
  return [...new Map(places.map(place => [`${place.topic}-${place.partition}`, place])).values()]
}

/** /isr_change_notification/isr_change_N */
export function writeIsrChange(partitions: readonly PartitionPlace[]): Buffer {
  return jsonBytes({
    version: 1,
    partitions: partitions.map(({ topic, partition }) => ({ topic, partition })),
  })
}

export function readIsrChange(path: string, data: Buffer): PartitionPlace[] {
  return JsonNode.parse(path, data)
    .objects('partitions')
    .map(node => ({ topic: node.string('topic'), partition: node.integer('partition') }))
}

/** /log_dir_event_notification/log_dir_event_N: a disk of the broker has failed, which is event 1 (KIP-112). */
export function writeLogDirEvent(brokerId: number): Buffer {
  return jsonBytes({ version: 1, broker: brokerId, event: 1 })
}

/** @returns the broker */
export function readLogDirEvent(path: string, data: Buffer): number {
  return JsonNode.parse(path, data).integer('broker')
}

/** /controller, version 2 (from 3.4). */
export function writeController(brokerId: number, electedAtMs: number): Buffer {
  return jsonBytes({
    version: 2,
    brokerid: brokerId,
    timestamp: String(electedAtMs),
    kraftControllerEpoch: -1,
  })
}

export function readController(data: Buffer): number {
  return JsonNode.parse(paths.controller, data).integer('brokerid')
}

/** /config/<type>/<entity> */
export function writeConfig(config: ReadonlyMap<string, string>): Buffer {
  return jsonBytes({ version: 1, config: Object.fromEntries(config) })
}

export function readConfig(path: string, data: Buffer): Map<string, string> {
  return JsonNode.parse(path, data).stringMap('config')
}

/** /config/changes/config_change_N: tells every broker which entity to read again. */
export function writeConfigChange(entityPath: string): Buffer {
  return jsonBytes({ version: 2, entity_path: entityPath })
}

/** @returns the entity path, e.g. `topics/T`; version 1 (before 0.10.1) had type and name apart */
export function readConfigChange(path: string, data: Buffer): string {
  const node = JsonNode.parse(path, data)
  if (node.integer('version') >= 2) return node.string('entity_path')
  return `${node.string('entity_type')}/${node.string('entity_name')}`
}

/** /latest_producer_id_block: numbers are strings there, as they may pass 2^53. */
export function writeProducerIdBlock(block: {
  broker: number
  first: number
  last: number
}): Buffer {
  return jsonBytes({
    version: 1,
    broker: block.broker,
    block_start: String(block.first),
    block_end: String(block.last),
  })
}

/** @returns the last id handed out to any broker */
export function readProducerIdBlock(data: Buffer): number {
  return Number(JsonNode.parse(paths.producerIdBlock, data).string('block_end'))
}

export function writeClusterId(id: string): Buffer {
  return jsonBytes({ version: '1', id })
}

export function readClusterId(data: Buffer): string {
  return JsonNode.parse(paths.clusterId, data).string('id')
}

/** /feature, version 2: enabled, nothing finalised. A feature that 3.9 in ZooKeeper mode does not know would stop genuine members. */
export function writeFeature(): Buffer {
  return jsonBytes({ features: {}, version: 2, status: 1 })
}
