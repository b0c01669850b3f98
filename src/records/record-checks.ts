/** The rules that hold for each record alone: a key on compacted topics, a timestamp within bounds. */
import { NO_TIMESTAMP, type TimestampType } from './batch.ts'
import type { ProduceRules } from './produce-rules.ts'
import { RecordSetError, refuse, type RecordFault, type RefusedRecords } from './verdict.ts'

/** More faults than this of one batch are not listed: a small batch must not earn a huge answer. */
export const MAX_LISTED_FAULTS = 1000

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

  check(index: number, hasKey: boolean, timestamp: number): void {
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    if (this.#needsKey && !hasKey)
      this.#addFault(index, 'a compacted topic takes no record without key')
    else if (this.#checksTime && timestamp !== NO_TIMESTAMP) {
      if (timestamp < this.#earliest || timestamp > this.#latest)
        this.#addTimeFault(index, timestamp)
    } else if (this.#refusesAppendTime) {
      this.#hasTimestampFault = true
      this.#addFault(index, 'a producer must not set the timestamp type to LogAppendTime')
    }
  }

  #addTimeFault(index: number, timestamp: number): void {
    this.#hasTimestampFault = true
    this.#addFault(
      index,
      `timestamp ${timestamp} is outside of [${this.#earliest}, ${this.#latest}]`,
    )
  }

  #addFault(batchIndex: number, message: string): void {
    this.#faultCount += 1
    this.#faults ??= []
    if (this.#faults.length < MAX_LISTED_FAULTS) this.#faults.push({ batchIndex, message })
  }

  /** The refusal of the whole batch when any record failed. */
  refusal(): RefusedRecords | undefined {
    if (this.#faults === undefined) return undefined
    const errorCode = this.#hasTimestampFault
      ? RecordSetError.INVALID_TIMESTAMP
      : RecordSetError.INVALID_RECORD
    const first = this.#faults[0]?.message ?? ''
    return refuse(errorCode, `${this.#faultCount} records refused: ${first}`, this.#faults)
  }
}
