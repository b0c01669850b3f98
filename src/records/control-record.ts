/**
 * Control batches (KIP-98): one record that ends the transaction of a producer in a partition.
 *
 * | key   | bytes | field              |   | value | bytes | field            |
 * |-------|-------|--------------------|---|-------|-------|------------------|
 * | 0     | 2     | version 0          |   | 0     | 2     | version 0        |
 * | 2     | 2     | type, see below    |   | 2     | 4     | coordinatorEpoch |
 *
 * Readers take a higher version for the newest they know.
 */
import { ProtocolError } from '../bytes/index.ts'
import { BatchBuilder } from './batch-builder.ts'
import type { Record } from './record.ts'

/** Types of control records; the others are of KRaft. */
export const ControlRecordType = { ABORT: 0, COMMIT: 1 } as const
export type ControlRecordType = (typeof ControlRecordType)[keyof typeof ControlRecordType]

export interface EndTxnMarker {
  readonly type: ControlRecordType
  /** Fences markers of an older coordinator. */
  readonly coordinatorEpoch: number
}

export interface EndTxnMarkerOptions extends EndTxnMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly timestampMs: number
}

const KEY_BYTES = 4
const VALUE_BYTES = 6

/** The whole batch; offset and leader epoch are still to be stamped. */
export function buildEndTxnMarker(options: EndTxnMarkerOptions): Buffer {
  const key = Buffer.alloc(KEY_BYTES)
  key.writeInt16BE(options.type, 2)
  const value = Buffer.alloc(VALUE_BYTES)
  value.writeInt32BE(options.coordinatorEpoch, 2)
  const builder = new BatchBuilder({
    producerId: options.producerId,
    producerEpoch: options.producerEpoch,
    isTransactional: true,
    isControl: true,
  })
  builder.append({ timestamp: options.timestampMs, key, value })
  return builder.close()
}

/**
 * Reads the record of a control batch; `undefined` for a type that ends no transaction.
 *
 * @throws ProtocolError when key or value are too short
 */
export function readEndTxnMarker({ key, value }: Record): EndTxnMarker | undefined {
  if (key === null || key.length < KEY_BYTES || key.readInt16BE() < 0) {
    throw new ProtocolError(`control record with a key of ${key?.length ?? -1} bytes`)
  }
  const type = key.readInt16BE(2)
  if (type !== ControlRecordType.ABORT && type !== ControlRecordType.COMMIT) return undefined
  if (value === null || value.length < VALUE_BYTES || value.readInt16BE() < 0) {
    throw new ProtocolError(
      `end-of-transaction marker with a value of ${value?.length ?? -1} bytes`,
    )
  }
  return { type, coordinatorEpoch: value.readInt32BE(2) }
}
