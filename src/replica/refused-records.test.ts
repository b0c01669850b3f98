import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import { RecordSetError, type RefusedRecords } from '../records/index.ts'
import { refusedRecords } from './refused-records.ts'

const at = { place: 'orders-0', logStartOffset: 7 }
const refusal = (errorCode: RefusedRecords['errorCode'], faultCount: number): RefusedRecords => ({
  ...{ accepted: false, errorCode, message: 'not told', fault: 'records', faultCount },
  recordFaults: Array.from({ length: faultCount }, (_, batchIndex) => ({
    ...{ batchIndex, message: 'no key in', endsWithPlace: true },
  })),
})

test('of many faults three are in the text, and all are listed with their place', () => {
  const { errorMessage, recordFaults, logStartOffset } = refusedRecords(
    refusal(RecordSetError.INVALID_RECORD, 4),
    at,
  )

  assert.equal(
    errorMessage,
    'One or more records have been rejected due to 4 record errors in total, and only showing the ' +
      'first three errors at most: ' +
      `[${[0, 1, 2].map(n => `RecordError(batchIndex=${n}, message='no key in orders-0')`).join(', ')}]`,
  )
  assert.deepEqual(
    recordFaults.map(({ message }) => message),
    Array.from({ length: 4 }, () => 'no key in orders-0'),
  )
  assert.equal(logStartOffset, 7)
})

test('nothing is told of a partition to whom sends broken or too large batches', () => {
  const refused = refusedRecords(refusal(RecordSetError.MESSAGE_TOO_LARGE, 0), at)

  assert.equal(refused.errorCode, ErrorCode.MESSAGE_TOO_LARGE)
  assert.deepEqual([refused.errorMessage, refused.logStartOffset], [null, -1])
})

test('a frame that is none is told in words, what a version must not carry by its code alone', () => {
  const broken = { ...refusal(RecordSetError.CORRUPT_MESSAGE, 0), message: 'why' } as const
  const frame = refusedRecords({ ...broken, fault: 'frame' }, at)
  const request = refusedRecords(
    { ...refusal(RecordSetError.INVALID_RECORD, 0), fault: 'request' },
    at,
  )

  assert.deepEqual([frame.isWorded, frame.errorMessage, frame.logStartOffset], [true, 'why', -1])
  assert.deepEqual([request.isWorded, request.logStartOffset], [false, -1])
})
