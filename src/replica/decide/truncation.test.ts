import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { truncationFor, type EpochEnd } from './truncation.ts'

/** Epoch 1 wrote 0-9, epoch 3 wrote 10-19. */
const log = {
  logEndOffset: 20,
  highWatermark: 6,
  endOffsetForEpoch: (epoch: number): EpochEnd | undefined => {
    if (epoch > 3) return undefined
    return epoch === 3 ? { epoch: 3, endOffset: 20 } : { epoch: 1, endOffset: 10 }
  },
}

test('the log is cut where the epoch of its last record ended at the leader', () => {
  assert.deepEqual(truncationFor({ epoch: 3, endOffset: 15 }, log), {
    offset: 15,
    isComplete: true,
  })
})

test('nothing is cut that the leader has, whatever the high watermark says (KIP-101)', () => {
  assert.deepEqual(truncationFor({ epoch: 3, endOffset: 40 }, log), {
    offset: 20,
    isComplete: true,
  })
})

test('where the leader has an epoch that we never saw, ours below is compared next (KIP-279)', () => {
  assert.deepEqual(truncationFor({ epoch: 2, endOffset: 14 }, log), {
    offset: 10,
    isComplete: false,
  })
})

test('a leader that knows no epochs leaves the high watermark, one that names none its end', () => {
  assert.equal(truncationFor({ epoch: -1, endOffset: -1 }, log).offset, 6)
  assert.equal(truncationFor({ epoch: -1, endOffset: 13 }, log).offset, 13)
})
