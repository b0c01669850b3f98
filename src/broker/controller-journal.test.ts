import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apply, decide, newControllerState, type ControllerEvent } from '../controller/index.ts'
import { silentLog, type Log } from '../host/index.ts'
import { ControllerJournal } from './controller-journal.ts'

const TOPIC_ID = 'lJHKjvP6Sw6Jix8PJ7XOUg'
const none: ReadonlyMap<number, readonly number[]> = new Map()

function world() {
  const lines: string[] = []
  const named = (logger: string): Log => ({
    ...silentLog,
    named,
    info: event => lines.push(`${logger.split('.').at(-1) ?? ''}: ${event}`),
  })
  const journal = new ControllerJournal(0, named(''))
  const state = newControllerState()
  /** What is told of an event. */
  const hear = (event: ControllerEvent): readonly string[] => {
    const decision = decide(state, event, { isUncleanAllowed: () => false })
    journal.heard(event, state)
    journal.done(event, decision, state)
    for (const record of decision.records) apply(state, record)
    return lines.splice(0)
  }
  hear({
    ...{ type: 'elected', epoch: 3, topics: new Map(), states: [], deletions: [] },
    brokers: [{ id: 0, epoch: 25n, rack: null, endpoints: [] }],
  })
  return hear
}

const withPartitions = (count: number): ControllerEvent => ({
  type: 'topics-changed',
  topics: new Map([
    [
      'orders',
      {
        ...{ topicId: TOPIC_ID, addingReplicas: none, removingReplicas: none },
        replicas: new Map(Array.from({ length: count }, (_, partition) => [partition, [0]])),
      },
    ],
  ]),
})

test('a new topic is told with its id and assignment, and each partition as it gets its state', () => {
  assert.deepEqual(world()(withPartitions(1)), [
    'KafkaController: [Controller id=0] New topics: [Set(orders)], deleted topics: [HashSet()], new ' +
      `partition replica assignment [Set(TopicIdReplicaAssignment(orders,Some(${TOPIC_ID}),` +
      'Map(orders-0 -> ReplicaAssignment(replicas=0, addingReplicas=, removingReplicas=))))]',
    'KafkaController: [Controller id=0] New partition creation callback for orders-0',
    'logger: [Controller id=0 epoch=3] Changed partition orders-0 state from NonExistentPartition to ' +
      'NewPartition with assigned replicas 0',
    'logger: [Controller id=0 epoch=3] Changed partition orders-0 from NewPartition to OnlinePartition ' +
      'with state LeaderAndIsr(leader=0, leaderEpoch=0, isrWithBrokerEpoch=List(BrokerState(' +
      'brokerId=0, brokerEpoch=-1)), leaderRecoveryState=RECOVERED, partitionEpoch=0)',
  ])
})

test('of a topic that grows only the added partitions are told, and nothing where none came', () => {
  const hear = world()
  hear(withPartitions(1))

  const grown = hear(withPartitions(2))
  const again = hear(withPartitions(2))

  assert.equal(
    grown[0],
    'KafkaController: [Controller id=0] New partitions to be added Map(orders-1 -> ' +
      'ReplicaAssignment(replicas=0, addingReplicas=, removingReplicas=))',
  )
  assert.ok(grown.every(line => !line.includes('orders-0')))
  assert.deepEqual(again, [])
})

test('a deletion is told once when it begins, and when the files are gone', () => {
  const hear = world()
  hear(withPartitions(1))
  const request = { type: 'deletions-requested', topics: ['orders'], isEnabled: true } as const

  const begun = hear(request)
  const again = hear(request)
  const done = hear({ type: 'replicas-deleted', brokerId: 0, topic: 'orders', partitions: [0] })

  assert.deepEqual(begun, [
    'KafkaController: [Controller id=0] Starting topic deletion for topics orders',
    'TopicDeletionManager: [Topic Deletion Manager 0] Handling deletion for topics orders',
    'TopicDeletionManager: [Topic Deletion Manager 0] Deletion of topic orders (re)started',
  ])
  assert.deepEqual(again, [])
  assert.deepEqual(done, [
    'TopicDeletionManager: [Topic Deletion Manager 0] Deletion of topic orders successfully completed',
  ])
})

test('a broker that dies, comes back and leads again is told as Kafka tells it', () => {
  const hear = world()
  const broker = (id: number, epoch: bigint) => ({ id, epoch, rack: null, endpoints: [] })
  const both = [broker(0, 25n), broker(1, 61n)]
  hear({ type: 'brokers-changed', brokers: both })
  const assignment = { topicId: TOPIC_ID, addingReplicas: none, removingReplicas: none }
  const replicas = new Map([
    [0, [1, 0]],
    [1, [0, 1]],
  ])
  hear({ type: 'topics-changed', topics: new Map([['orders', { ...assignment, replicas }]]) })

  const killed = hear({ type: 'brokers-changed', brokers: [broker(0, 25n)] })
  const same = hear({ type: 'brokers-changed', brokers: [broker(0, 25n)] })
  const back = hear({ type: 'brokers-changed', brokers: [broker(0, 25n), broker(1, 91n)] })
  const asked = hear({
    ...{ type: 'elect-leaders', election: 'preferred' },
    partitions: [{ topic: 'orders', partition: 1 }],
  })

  assert.deepEqual(killed, [
    'KafkaController: [Controller id=0] Newly added brokers: , deleted brokers: 1, bounced brokers: , all live brokers: 0',
    'KafkaController: [Controller id=0] Broker failure callback for 1',
    'logger: [Controller id=0 epoch=3] Changed partition orders-0 from OfflinePartition to OnlinePartition with ' +
      'state LeaderAndIsr(leader=0, leaderEpoch=1, isrWithBrokerEpoch=List(BrokerState(brokerId=0, ' +
      'brokerEpoch=-1)), leaderRecoveryState=RECOVERED, partitionEpoch=1)',
    'logger: [Controller id=0 epoch=3] Partition orders-1 state changed to (Leader:0,ISR:0,LeaderRecoveryState:' +
      'RECOVERED,LeaderEpoch:1,ZkVersion:1,ControllerEpoch:3) after removing replica 1 from the ISR as part of ' +
      'transition to OfflineReplica',
    'KafkaController: [Controller id=0] Updated broker epochs cache: HashMap(0 -> 25)',
  ])
  assert.deepEqual(same, [])
  assert.deepEqual(back, [
    'KafkaController: [Controller id=0] Newly added brokers: 1, deleted brokers: , bounced brokers: , all live brokers: 0,1',
    'KafkaController: [Controller id=0] New broker startup callback for 1',
    'KafkaController: [Controller id=0] Updated broker epochs cache: HashMap(0 -> 25, 1 -> 91)',
  ])
  assert.deepEqual(asked, [
    'KafkaController: [Controller id=0] Starting replica leader election (PREFERRED) for partitions orders-1 ' +
      'triggered by AdminClientTriggered',
  ])
})
