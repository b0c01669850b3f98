/** Anybody can say that it is the controller: what it names becomes directories and places in tables. */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as P from '../../src/protocol/index.ts'
import { startBroker } from '../../src/testing/index.ts'
import { RawClient } from './raw-client.ts'

const head = { controllerId: 7, controllerEpoch: 1 }
const replica = {
  ...{ controllerEpoch: 1, leader: 0, leaderEpoch: 0, isr: [0], replicas: [0] },
}

const impossible = [
  { name: '../../escaped', index: 0 },
  { name: '', index: 0 },
  { name: 'a/b', index: 0 },
  { name: 'far', index: 0x7fff_ffff },
  { name: 'far', index: 100_000 },
  { name: 'negative', index: -1 },
]

for (const { name, index } of impossible) {
  test(`orders for partition ${index} of "${name}" are refused`, async () => {
    await using broker = await startBroker()
    await using client = await RawClient.open(broker.port)
    const partitionStates = [{ ...replica, partitionIndex: index }]

    const led = await client.request([P.LeaderAndIsrRequest, P.LeaderAndIsrResponse], 4, {
      ...{ ...head, liveLeaders: [] },
      topicStates: [
        {
          topicName: name,
          partitionStates: partitionStates.map(state => ({ ...state, partitionEpoch: 0 })),
        },
      ],
    })
    const told = await client.request([P.UpdateMetadataRequest, P.UpdateMetadataResponse], 6, {
      ...{ ...head, liveBrokers: [] },
      topicStates: [
        {
          topicName: name,
          partitionStates: partitionStates.map(state => ({ ...state, zkVersion: 0 })),
        },
      ],
    })
    const stopped = await client.request([P.StopReplicaRequest, P.StopReplicaResponse], 3, {
      ...head,
      topicStates: [
        { topicName: name, partitionStates: [{ partitionIndex: index, deletePartition: true }] },
      ],
    })

    assert.equal(led.errorCode, P.ErrorCode.INVALID_REQUEST)
    assert.equal(told.errorCode, P.ErrorCode.INVALID_REQUEST)
    assert.equal(stopped.errorCode, P.ErrorCode.INVALID_REQUEST)
  })
}
