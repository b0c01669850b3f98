/** Reads a partition into a machine: the same `apply` as when the records were new. */
import { ProtocolError } from '../bytes/index.ts'
import type { Clock, Log } from '../host/index.ts'
import {
  batchesIn,
  ControlRecordType,
  readEndTxnMarker,
  recordsOf,
  type BatchAt,
  type BatchInfo,
  type Record,
} from '../records/index.ts'
import type { Machine, MachineTypes, StoredRecord } from './machine.ts'
import type { PartitionLog } from './partition-log.ts'

export interface ReplayOptions<T extends MachineTypes> {
  readonly machine: Machine<T>
  readonly state: T['state']
  readonly log: PartitionLog
  readonly partition: number
  readonly clock: Clock
  readonly logger: Log
  /** Becomes true when nobody wants the result any more. */
  readonly isCancelled: () => boolean
}

/** What was found, counted. */
export interface ReplayCounts {
  records: number
  /** Of kinds that this release does not know; left out. */
  unknown: number
  /** Not what their version promises; left out. */
  broken: number
}

/** Records applied in one go, so that the event loop gets its turn. */
const RECORDS_PER_TURN = 500

/** Broken records of which each is named in the log; the rest are only counted. */
const MAX_BROKEN_NAMED = 10

/** @throws StorageError when the disk fails, ProtocolError where not even a batch can be told */
export async function replay<T extends MachineTypes>(
  options: ReplayOptions<T>,
): Promise<ReplayCounts> {
  const counts: ReplayCounts = { records: 0, unknown: 0, broken: 0 }
  for await (const chunk of options.log.readAll(options.partition)) {
    for (const batch of batchesIn(chunk)) {
      if (options.isCancelled()) return counts
      try {
        await replayBatch(options, chunk, batch, counts)
      } catch (error) {
        noteBroken(options, batch.info.baseOffset, error, counts)
      }
    }
  }
  return counts
}

async function replayBatch<T extends MachineTypes>(
  options: ReplayOptions<T>,
  chunk: Buffer,
  { position, info }: BatchAt,
  counts: ReplayCounts,
): Promise<void> {
  for (const record of recordsOf(chunk, position)) {
    if (options.isCancelled()) return
    try {
      applyRecord(options, info, record, counts)
    } catch (error) {
      noteBroken(options, record.offset, error, counts)
    }
    counts.records += 1
    if (counts.records % RECORDS_PER_TURN === 0) await nextTurn(options.clock)
  }
}

/** Resolves when the event loop has handled its input. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise(resolve => clock.soon(resolve))
}

function applyRecord<T extends MachineTypes>(
  { machine, state }: ReplayOptions<T>,
  batch: BatchInfo,
  record: Record,
  counts: ReplayCounts,
): void {
  const change = batch.isControl
    ? endOfTransaction(machine, batch, record)
    : machine.decode(storedRecord(batch, record))
  if (change === undefined) counts.unknown += 1
  else machine.apply(state, change, record.offset)
}

/** What cannot be read is left out: better to lose one offset than all of the partition. */
function noteBroken<T extends MachineTypes>(
  { logger, partition }: ReplayOptions<T>,
  offset: number,
  error: unknown,
  counts: ReplayCounts,
): void {
  if (!(error instanceof ProtocolError)) throw error
  counts.broken += 1
  if (counts.broken > MAX_BROKEN_NAMED) return
  logger.error('cannot read, left out', { partition, offset, error: error.message })
}

function storedRecord({ isTransactional, producerId }: BatchInfo, record: Record): StoredRecord {
  const { key, value } = record
  return isTransactional ? { key, value, producerId } : { key, value }
}

function endOfTransaction<T extends MachineTypes>(
  machine: Machine<T>,
  { producerId }: BatchInfo,
  record: Record,
): T['record'] | undefined {
  const marker = readEndTxnMarker(record)
  if (marker === undefined) return undefined
  return machine.transactionEnd(producerId, marker.type === ControlRecordType.COMMIT)
}
