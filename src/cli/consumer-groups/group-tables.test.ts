import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listTable, memberTable, offsetTable, stateTable } from './group-tables.ts'

test('offsets are padded as Kafka pads them, a dash where nothing is known, and no line end at the end', () => {
  const table = offsetTable([
    {
      group: 'g',
      topic: 't',
      partition: 1,
      currentOffset: 5,
      logEndOffset: 7,
      consumerId: undefined,
      host: undefined,
      clientId: undefined,
    },
  ])

  assert.equal(
    table,
    '\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID' +
      '\ng               t               1          5               7               2               -               -               -',
  )
})

test('a long consumer id widens its column for everybody', () => {
  const rows = ['short', 'a-consumer-with-a-long-name'].map(consumerId => ({
    ...{ group: 'g', topic: 't', partition: 0, currentOffset: 1, logEndOffset: 1 },
    ...{ consumerId, host: '/127.0.0.1', clientId: 'c' },
  }))

  const lines = offsetTable(rows).split('\n').slice(1)

  assert.equal(new Set(lines.map(line => line.search(/HOST|\/127/))).size, 1)
})

test('members end with a blank, and with their assignment when asked for', () => {
  const row = { group: 'g', consumerId: 'c', host: '/h', clientId: 'i', partitionCount: 2 }

  const plain = memberTable([{ ...row, assignment: 't(0,1)' }], false)
  const verbose = memberTable([{ ...row, assignment: 't(0,1)' }], true)

  assert.match(plain, /#PARTITIONS {5}\n/)
  assert.match(verbose, /#PARTITIONS {5}ASSIGNMENT\n.* t\(0,1\)\n$/)
})

test('states and types stand where they were asked for', () => {
  const state = stateTable({
    ...{ group: 'g', coordinator: 'localhost:9093  (1)', assignor: 'range' },
    ...{ state: 'Stable', memberCount: 2 },
  })
  const list = listTable([{ group: 'g', state: 'Empty' }], { types: false, states: true })

  assert.equal(
    state,
    '\nGROUP                     COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE           #MEMBERS' +
      '\ng                         localhost:9093  (1)       range                Stable          2\n',
  )
  assert.equal(
    list,
    'GROUP                     STATE               \ng                         Empty               \n',
  )
})
