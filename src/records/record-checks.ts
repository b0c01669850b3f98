/** The rules that hold for each record alone: a key on compacted topics, a timestamp within bounds. */
import { NO_TIMESTAMP, type TimestampType } from './batch.ts'
import type { ProduceRules } from './produce-rules.ts'
import { RecordSetError, refuse, type RecordFault, type RefusedRecords } from './verdict.ts'

/** More faults than this of one batch are not listed: a small batch must not earn a huge answer. */
export const MAX_LISTED_FAULTS = 1000

const NO_KEY = 'Compacted topic cannot accept message without key in topic partition'

/** One for a batch; `check` is called once a record and allocates nothing for a good one. */
export class RecordChecks {
  /** Largest timestamp of the records checked so far. */
  maxTimestamp = NO_TIMESTAMP

  readonly #needsKey: boolean
  readonly #earliest: number
  readonly #latest: number
  readonly #checksTime: boolean
  readonly #refusesAppendTime: boolean
  #faults: RecordFault[] | undefined
  #faultCount = 0
  #hasTimestampFault = false

  constructor(rules: ProduceRules, nowMs: number, producersType: TimestampType) {
    this.#needsKey = rules.isCompacted
    this.#earliest = nowMs - rules.timestampBeforeMaxMs
    this.#latest = nowMs + rules.timestampAfterMaxMs
    this.#checksTime = rules.timestampType === 'CreateTime'
    this.#refusesAppendTime = producersType === 'LogAppendTime'
  }

  /** Lengths below 0 stand for null. */
  check(index: number, timestamp: number, keyBytes: number, valueBytes: number): void {
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    if (this.#needsKey && keyBytes < 0) this.#addFault(index, NO_KEY, true)
    else if (this.#checksTime && timestamp !== NO_TIMESTAMP) {
      if (timestamp < this.#earliest || timestamp > this.#latest)
        this.#addTimeFault(index, timestamp)
    } else if (this.#refusesAppendTime) {
      this.#hasTimestampFault = true
      this.#addFault(
        index,
        `Invalid timestamp type in message DefaultRecord(offset=${index}, timestamp=${timestamp}, ` +
          `key=${Math.max(keyBytes, 0)} bytes, value=${Math.max(valueBytes, 0)} bytes). Producer ` +
          'should not set timestamp type to LogAppendTime.',
      )
    }
  }

  /** The offsets of a produced batch count from 0, as its records do. */
  #addTimeFault(index: number, timestamp: number): void {
    this.#hasTimestampFault = true
    this.#addFault(
      index,
      `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should ` +
        `be within [${this.#earliest}, ${this.#latest}]`,
    )
  }

  #addFault(batchIndex: number, message: string, endsWithPlace = false): void {
    this.#faultCount += 1
    this.#faults ??= []
    if (this.#faults.length < MAX_LISTED_FAULTS) {
      this.#faults.push({ batchIndex, message, endsWithPlace })
    }
  }

  /** The refusal of the whole batch when any record failed. */
  refusal(): RefusedRecords | undefined {
    if (this.#faults === undefined) return undefined
    const errorCode = this.#hasTimestampFault
      ? RecordSetError.INVALID_TIMESTAMP
      : RecordSetError.INVALID_RECORD
    const first = this.#faults[0]?.message ?? ''
    const message = `${this.#faultCount} records refused: ${first}`
    return refuse(errorCode, message, this.#faults, this.#faultCount)
  }
}
