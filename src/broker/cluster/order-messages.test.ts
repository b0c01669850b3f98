import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Reader, Writer } from '../../bytes/index.ts'
import type { PartitionImage } from '../../metadata/index.ts'
import {
  codecOf,
  LeaderAndIsrRequest,
  StopReplicaRequest,
  UpdateMetadataRequest,
  ZERO_UUID,
  type Message,
  type MessageInput,
  type MessageOf,
} from '../../protocol/index.ts'
import {
  leaderAndIsrBody,
  leaderAndIsrTopics,
  stopOrders,
  stopReplicaBody,
  toldMetadata,
  updateMetadataBody,
} from './order-messages.ts'

const head = { controllerId: 1, controllerEpoch: 7, brokerEpoch: 42 }
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const image: PartitionImage = {
  ...{ partition: 3, leader: 2, leaderEpoch: 5, isr: [2, 1], replicas: [1, 2], partitionEpoch: 9 },
  ...{ addingReplicas: [], removingReplicas: [] },
}
const topics = [{ topic: 'orders', topicId, partitions: [image] }]
const endpoint = { listenerName: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 'PLAINTEXT' }
const broker = { id: 2, epoch: -1n, endpoints: [endpoint as never], rack: null }

function sent<M extends Message>(
  message: M,
  bodyFor: (version: number) => MessageInput<M>,
): [version: number, MessageOf<M>][] {
  const [first, last] = message.versions
  return Array.from({ length: last - first + 1 }, (_, nth) => {
    const version = first + nth
    const writer = new Writer(64)
    codecOf(message, version).write(writer, bodyFor(version))
    return [version, codecOf(message, version).read(new Reader(writer.finish()))]
  })
}

test('LeaderAndIsr says the same of leaders in every version', () => {
  const leaders = { brokers: new Map([[2, broker]]), listenerName: 'PLAINTEXT' }
  for (const [version, body] of sent(LeaderAndIsrRequest, v =>
    leaderAndIsrBody(v, head, topics, leaders),
  )) {
    const [topic] = leaderAndIsrTopics(body)
    assert.equal(topic?.topic, 'orders', `v${version}`)
    assert.equal(topic.topicId, version >= 5 ? topicId : ZERO_UUID)
    assert.deepEqual(topic.partitions, [{ ...image, isNew: false, leaderRecoveryState: 0 }])
    assert.deepEqual(body.liveLeaders, [{ brokerId: 2, hostName: 'h', port: 9092 }])
  }
})

test('UpdateMetadata says the same of brokers and leaders in every version', () => {
  for (const [version, body] of sent(UpdateMetadataRequest, v =>
    updateMetadataBody(v, head, topics, [broker]),
  )) {
    const told = toldMetadata(body)
    assert.deepEqual(told.brokers, [broker], `v${version}`)
    assert.deepEqual(told.topics[0]?.partitions, [{ ...image, offlineReplicas: [] }])
  }
})

test('StopReplica names the same replicas in every version, with their epochs where it has them', () => {
  const replica = { topic: 'orders', partition: 3, leaderEpoch: 5 }
  for (const [version, body] of sent(StopReplicaRequest, v =>
    stopReplicaBody(v, head, [replica], true),
  )) {
    const leaderEpoch = version >= 3 ? 5 : -1
    assert.deepEqual(stopOrders(body), [{ ...replica, leaderEpoch, deletes: true }], `v${version}`)
  }
})
