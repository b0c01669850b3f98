/**
 * Leaders' wishes for other in-sync replicas, put to the controller (Kafka's AlterPartitionManager):
 * one request at a time, with all that have come up meanwhile.
 */
import { ErrorCode, AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/index.ts'
import type { IsrOutcome, IsrProposal } from '../../replica/index.ts'
import { altersByTopicId, altersWithEpochs } from '../old-versions.ts'
import type { ToController } from './to-controller.ts'

const alterPartition = { request: AlterPartitionRequest, response: AlterPartitionResponse }

/** More partitions than that wait for the next request. */
const MAX_AT_ONCE = 5_000

interface Waiting {
  readonly proposal: IsrProposal
  readonly resolve: (outcome: IsrOutcome) => void
  readonly reject: (error: unknown) => void
}

export interface IsrProposalsOptions {
  readonly brokerId: number
  readonly brokerEpoch: () => number
  readonly controller: ToController
  readonly version: number
}

export class IsrProposals {
  readonly #options: IsrProposalsOptions
  /** By partition: each has one at most. */
  #waiting: Waiting[] = []
  #isAsking = false

  constructor(options: IsrProposalsOptions) {
    this.#options = options
  }

  /** @throws NetworkError when nobody can tell whether it was accepted */
  propose(proposal: IsrProposal): Promise<IsrOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ proposal, resolve, reject })
      if (this.#isAsking) return
      this.#isAsking = true
      // Those of the same turn go along.
      queueMicrotask(() => void this.#askAll())
    })
  }

  async #askAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0, MAX_AT_ONCE)
      try {
        this.#settle(asked, await this.#ask(asked.map(({ proposal }) => proposal)))
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#isAsking = false
  }

  async #ask(proposals: readonly IsrProposal[]): Promise<AlterPartitionResponse> {
    const { brokerId, brokerEpoch, controller, version } = this.#options
    const names = [...new Set(proposals.map(({ topic }) => topic))]
    const topics = names.map(topic => {
      const own = proposals.filter(proposal => proposal.topic === topic)
      const [first] = own
      return {
        ...(altersByTopicId(version)
          ? first === undefined
            ? {}
            : { topicId: first.topicId }
          : { topicName: topic }),
        partitions: own.map(({ partition, leaderEpoch, partitionEpoch, isr }) => ({
          ...{ partitionIndex: partition, leaderEpoch, partitionEpoch },
          ...(altersWithEpochs(version)
            ? { newIsrWithEpochs: [...isr] }
            : { newIsr: isr.map(member => member.brokerId) }),
        })),
      }
    })
    const body = { brokerId, brokerEpoch: brokerEpoch(), topics }
    return controller.ask(alterPartition, version, body)
  }

  #settle(asked: readonly Waiting[], answer: AlterPartitionResponse): void {
    const found = new Map<string, IsrOutcome>()
    for (const { topicName, topicId, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode, leaderId, ...state } of partitions) {
        const { leaderEpoch, isr, partitionEpoch } = state
        const accepted = { leader: leaderId, leaderEpoch, isr, partitionEpoch }
        const key = `${altersByTopicId(this.#options.version) ? topicId : topicName}/${partitionIndex}`
        found.set(key, errorCode === ErrorCode.NONE ? accepted : (errorCode as ErrorCode))
      }
    }
    for (const { proposal, resolve } of asked) {
      const { topic, topicId, partition } = proposal
      const key = `${altersByTopicId(this.#options.version) ? topicId : topic}/${partition}`
      const refusal = answer.errorCode as ErrorCode
      resolve(
        refusal === ErrorCode.NONE
          ? (found.get(key) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
          : refusal,
      )
    }
  }
}
