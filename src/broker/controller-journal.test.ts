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
    for (const record of decision.records) apply(state, record)
    journal.done(event, decision, state.epoch)
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
