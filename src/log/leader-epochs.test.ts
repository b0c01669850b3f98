import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logWorld } from '../../test/support/logs.ts'
import { CheckpointError } from './checkpoint-text.ts'
import { LeaderEpochs } from './leader-epochs.ts'

const PATH = '/logs/leader-epoch-checkpoint'

function epochsOf(...entries: [number, number][]) {
  const { files } = logWorld()
  const epochs = new LeaderEpochs(files, '/logs')
  for (const [epoch, startOffset] of entries) epochs.assign(epoch, startOffset)
  const shown = (): string => epochs.entries.map(e => `${e.epoch}@${e.startOffset}`).join(' ')
  return { epochs, files, shown }
}

test('the file is as Kafka writes it, and is read again', () => {
  const { files, epochs } = epochsOf([0, 0], [2, 15])

  assert.equal(files.readFile(PATH).toString(), '0\n2\n0 0\n2 15\n')
  const again = new LeaderEpochs(files, '/logs')
  assert.ok(again.load())
  assert.deepEqual(again.entries, epochs.entries)
})

test('a newer leader is right: entries that contradict it go', () => {
  const { epochs, shown } = epochsOf([1, 10], [2, 20], [5, 50])
  epochs.assign(5, 60)
  assert.equal(shown(), '1@10 2@20 5@50', 'the epoch goes on')
  epochs.assign(6, 50)
  assert.equal(shown(), '1@10 2@20 6@50', 'an epoch without records leaves nothing')
  epochs.assign(7, 15)
  assert.equal(shown(), '1@10 7@15')
  epochs.assign(3, 30)
  assert.equal(shown(), '1@10 3@30')
})

test('the end of an epoch is where the next begins, also for epochs that left no records', () => {
  const { epochs } = epochsOf([2, 20], [4, 40], [7, 70])
  const endOf = (epoch: number): unknown => {
    const found = epochs.endOffsetFor(epoch, 100)
    return found === undefined ? undefined : `${found.epoch}@${found.endOffset}`
  }

  assert.deepEqual([1, 2, 3, 4, 6, 7, 8, -1].map(endOf), [
    '1@20',
    '2@40',
    '2@40',
    '4@70',
    '4@70',
    '7@100',
    undefined,
    undefined,
  ])
  assert.equal(epochsOf().epochs.endOffsetFor(0, 5), undefined)
})

test('truncation keeps the epochs that have records left, at either end', () => {
  const { epochs, shown } = epochsOf([2, 20], [4, 40], [7, 70])
  epochs.truncateFromEnd(70)
  assert.equal(shown(), '2@20 4@40')
  epochs.truncateFromStart(25)
  assert.equal(shown(), '2@25 4@40')
  epochs.truncateFromStart(40)
  assert.equal(shown(), '4@40')
  epochs.truncateFromStart(10)
  assert.equal(shown(), '4@40')
})

test('a file that a crash left half written is refused: its numbers may be cut in two', () => {
  const { files, epochs } = epochsOf()
  for (const text of [
    '0\n1\n0 12',
    '0\n2\n0 0\n',
    '1\n0\n',
    '0\n1\n0\n',
    '0\n1\n0 -1\n',
    'x',
    '0\n1\n0 99999999999999999999\n',
  ]) {
    files.writeFile(PATH, text)
    assert.throws(() => epochs.load(), CheckpointError, JSON.stringify(text))
  }
  files.writeFile(PATH, '')
  assert.equal(epochs.load(), false)
})
