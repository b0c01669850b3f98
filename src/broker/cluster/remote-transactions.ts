/** What transactions ask of other brokers: markers of their leaders (KIP-98), and of coordinators whether a partition is in (KIP-890). */
import { isAtLeast, type InterBrokerVersion } from '../../config/index.ts'
import { NetworkError } from '../../host/index.ts'
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
  ApiKey,
  ErrorCode,
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../protocol/index.ts'
import type { Marker } from '../transaction-markers.ts'
import { peerVersion } from './peer-versions.ts'
import type { Peers } from './peers.ts'

const writeTxnMarkers = { request: WriteTxnMarkersRequest, response: WriteTxnMarkersResponse }
const addPartitions = {
  request: AddPartitionsToTxnRequest,
  response: AddPartitionsToTxnResponse,
}

interface Place {
  readonly topic: string
  readonly partition: number
}

export interface TransactionQuestion extends Place {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

export class RemoteTransactions {
  readonly #peers: Peers
  readonly #spoken: InterBrokerVersion

  constructor(peers: Peers, spoken: InterBrokerVersion) {
    this.#peers = peers
    this.#spoken = spoken
  }

  /** @returns what came of each place; where the leader could not be asked, that it has to be asked again */
  async writeMarkers(
    leaderId: number,
    { producerId, producerEpoch, committed, coordinatorEpoch }: Marker,
    places: readonly Place[],
  ): Promise<(Place & { errorCode: ErrorCode })[]> {
    const version = peerVersion(ApiKey.WriteTxnMarkers, this.#spoken) ?? 0
    const names = [...new Set(places.map(({ topic }) => topic))]
    const topics = names.map(name => ({
      name,
      partitionIndexes: places.flatMap(({ topic, partition }) =>
        topic === name ? [partition] : [],
      ),
    }))
    const marker = { producerId, producerEpoch, transactionResult: committed, topics }
    const body = { markers: [{ ...marker, coordinatorEpoch }] }
    const found = new Map<string, ErrorCode>()
    try {
      const answer = await this.#peers
        .to(leaderId, 'transactions')
        .ask(writeTxnMarkers, version, body)
      for (const { name, partitions } of answer.markers.flatMap(({ topics: told }) => told))
        for (const { partitionIndex, errorCode } of partitions)
          found.set(`${name}/${partitionIndex}`, errorCode as ErrorCode)
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
    }
    return places.map(place => ({
      ...place,
      errorCode: found.get(`${place.topic}/${place.partition}`) ?? ErrorCode.NETWORK_EXCEPTION,
    }))
  }

  /** Coordinators of before 3.6 cannot be asked: then nothing is verified, as nothing was before. */
  async verify(coordinatorId: number, question: TransactionQuestion): Promise<ErrorCode> {
    const version = peerVersion(ApiKey.AddPartitionsToTxn, this.#spoken)
    if (version === undefined || !isAtLeast(this.#spoken, '3.6-IV0')) return ErrorCode.NONE
    const { transactionalId, producerId, producerEpoch, topic, partition } = question
    const topics = [{ name: topic, partitions: [partition] }]
    const asked = { transactionalId, producerId, producerEpoch, verifyOnly: true, topics }
    try {
      const answer = await this.#peers
        .to(coordinatorId, 'transactions')
        .ask(addPartitions, version, { transactions: [asked] })
      const [result] = answer.resultsByTransaction
      const errorCode = result?.topicResults[0]?.resultsByPartition[0]?.partitionErrorCode
      return (errorCode ?? answer.errorCode) as ErrorCode
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
  }
}
