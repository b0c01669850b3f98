/**
 * Carries the controller's decisions to all brokers, this one included: one channel a life of a broker.
 * What they answer goes back as events. Mirrors ControllerChannelManager and ControllerBrokerRequestBatch.
 */
import type { InterBrokerVersion } from '../../config/index.ts'
import type { ControllerEffect, ControllerEvent, ControllerState } from '../../controller/index.ts'
import type { Clock, Log as Logger } from '../../host/index.ts'
import { endpointOf, type BrokerImage } from '../../metadata/index.ts'
import {
  ApiKey,
  ErrorCode,
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
  StopReplicaRequest,
  StopReplicaResponse,
  UpdateMetadataRequest,
  UpdateMetadataResponse,
} from '../../protocol/index.ts'
import { ControllerChannel, type Ask } from './controller-channel.ts'
import {
  leaderAndIsrBody,
  stopReplicaBody,
  updateMetadataBody,
  type OrderHead,
} from './order-messages.ts'
import type { Peer } from './peer.ts'
import { requiredPeerVersion } from './peer-versions.ts'
import type { Peers } from './peers.ts'

const leaderAndIsr = { request: LeaderAndIsrRequest, response: LeaderAndIsrResponse }
const updateMetadata = { request: UpdateMetadataRequest, response: UpdateMetadataResponse }
const stopReplica = { request: StopReplicaRequest, response: StopReplicaResponse }

export interface ControllerChannelsOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly peers: Peers
  readonly listenerName: string
  /** `inter.broker.protocol.version` */
  readonly spoken: InterBrokerVersion
  /** Orders to this broker itself, without a connection. */
  readonly askSelf: Ask
  /** To the controller, while its term lasts. */
  readonly report: (event: ControllerEvent) => void
}

interface Line {
  readonly epoch: bigint
  readonly channel: ControllerChannel
  readonly peer: Peer | undefined
}

export class ControllerChannels {
  readonly #options: ControllerChannelsOptions
  readonly #lines = new Map<number, Line>()

  constructor(options: ControllerChannelsOptions) {
    this.#options = options
  }

  /** Queues what a decision wants to be told; `state` is the one after it. */
  carryOut(effects: readonly ControllerEffect[], state: ControllerState): void {
    this.#followBrokers(state)
    for (const effect of effects) {
      switch (effect.type) {
        case 'leader-and-isr':
          this.#leaderAndIsr(effect, state)
          break
        case 'update-metadata':
          for (const brokerId of effect.brokerIds) this.#updateMetadata(brokerId, effect, state)
          break
        case 'stop-replica':
          this.#stopReplica(effect, state)
          break
        case 'forget-topic':
        case 'resume-moves':
        case 'resume-deletion':
          break
      }
    }
  }

  /** Resolves when this broker has done what it was told. */
  async whenToldSelf(): Promise<void> {
    await this.#lines.get(this.#options.brokerId)?.channel.whenIdle()
  }

  /** The term is over. */
  close(): void {
    for (const line of this.#lines.values()) hangUp(line)
    this.#lines.clear()
  }

  #followBrokers(state: ControllerState): void {
    for (const [id, line] of this.#lines) {
      if (state.brokers.get(id)?.epoch === line.epoch) continue
      hangUp(line)
      this.#lines.delete(id)
    }
    for (const broker of state.brokers.values()) {
      if (!this.#lines.has(broker.id)) this.#lines.set(broker.id, this.#lineTo(broker, state.epoch))
    }
  }

  #lineTo(broker: BrokerImage, epoch: number): Line {
    const { brokerId, clock, logger, peers, listenerName, askSelf, report } = this.#options
    const isSelf = broker.id === brokerId
    const peer = isSelf
      ? undefined
      : peers.open('controller', () => endpointOf(broker, listenerName))
    const channel = new ControllerChannel({
      ...{ clock, logger },
      name: `[RequestSendThread controllerId=${brokerId}] Controller ${brokerId} epoch ${epoch} to broker ${broker.id}`,
      ask: peer === undefined ? askSelf : (pair, version, body) => peer.ask(pair, version, body),
      onOverflow: () => report({ type: 'broker-fell-behind', brokerId: broker.id }),
    })
    return { epoch: broker.epoch, channel, peer }
  }

  #headFor(line: Line, state: ControllerState): OrderHead {
    return {
      controllerId: this.#options.brokerId,
      controllerEpoch: state.epoch,
      brokerEpoch: Number(line.epoch),
    }
  }

  #version(apiKey: number): number {
    return requiredPeerVersion(apiKey, this.#options.spoken)
  }

  #leaderAndIsr(
    { brokerId, topics }: Extract<ControllerEffect, { type: 'leader-and-isr' }>,
    state: ControllerState,
  ): void {
    const line = this.#lines.get(brokerId)
    if (line === undefined) return
    const version = this.#version(ApiKey.LeaderAndIsr)
    const { listenerName } = this.#options
    const leaders = { brokers: state.brokers, listenerName }
    const body = leaderAndIsrBody(version, this.#headFor(line, state), topics, leaders)
    const nameOf = new Map(topics.map(({ topic, topicId }) => [topicId, topic]))
    line.channel.send({
      ...{ pair: leaderAndIsr, version, body },
      answered: answer => this.#reportReplicas(brokerId, answer, nameOf),
    })
  }

  /** Which replicas lie on failed disks, and which do not. */
  #reportReplicas(
    brokerId: number,
    answer: LeaderAndIsrResponse,
    nameOf: ReadonlyMap<string, string>,
  ): void {
    const offline = new Map<string, Set<number>>()
    const online = new Map<string, Set<number>>()
    const note = (topic: string, partition: number, errorCode: number): void => {
      if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.KAFKA_STORAGE_ERROR) return
      const found = errorCode === ErrorCode.NONE ? online : offline
      found.set(topic, (found.get(topic) ?? new Set()).add(partition))
    }
    for (const { topicName, partitionIndex, errorCode } of answer.partitionErrors)
      note(topicName, partitionIndex, errorCode)
    for (const { topicId, partitionErrors } of answer.topics) {
      const topic = nameOf.get(topicId)
      if (topic === undefined) continue
      for (const { partitionIndex, errorCode } of partitionErrors)
        note(topic, partitionIndex, errorCode)
    }
    if (offline.size + online.size > 0)
      this.#options.report({ type: 'replicas-reported', brokerId, offline, online })
  }

  #updateMetadata(
    brokerId: number,
    { topics }: Extract<ControllerEffect, { type: 'update-metadata' }>,
    state: ControllerState,
  ): void {
    const line = this.#lines.get(brokerId)
    if (line === undefined) return
    const version = this.#version(ApiKey.UpdateMetadata)
    const head = this.#headFor(line, state)
    const body = updateMetadataBody(version, head, topics, state.brokers.values())
    line.channel.send({ pair: updateMetadata, version, body, answered: () => undefined })
  }

  #stopReplica(
    { brokerId, replicas, deletes }: Extract<ControllerEffect, { type: 'stop-replica' }>,
    state: ControllerState,
  ): void {
    const line = this.#lines.get(brokerId)
    if (line === undefined) return
    const version = this.#version(ApiKey.StopReplica)
    const body = stopReplicaBody(version, this.#headFor(line, state), replicas, deletes)
    const answered = (answer: StopReplicaResponse): void => {
      if (deletes) this.#reportDeleted(brokerId, answer)
    }
    line.channel.send({ pair: stopReplica, version, body, answered })
  }

  #reportDeleted(brokerId: number, { partitionErrors }: StopReplicaResponse): void {
    const deleted = new Map<string, number[]>()
    for (const { topicName, partitionIndex, errorCode } of partitionErrors) {
      if (errorCode !== ErrorCode.NONE) continue
      const partitions = deleted.get(topicName) ?? []
      deleted.set(topicName, partitions)
      partitions.push(partitionIndex)
    }
    for (const [topic, partitions] of deleted)
      this.#options.report({ type: 'replicas-deleted', brokerId, topic, partitions })
  }
}

function hangUp({ channel, peer }: Line): void {
  channel.close()
  peer?.close()
}
