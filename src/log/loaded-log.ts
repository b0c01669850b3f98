import type { ByteRange } from '../bytes/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { LogDamage } from './log-damage.ts'
import type { LogParts } from './log-parts.ts'
import type { TopicPartition } from './partition-directory.ts'
import type { Segment } from './segment.ts'

export interface LogRead {
  /** NONE, OFFSET_OUT_OF_RANGE, or KAFKA_STORAGE_ERROR where the log is damaged. */
  readonly errorCode: ErrorCode
  /** To be released, also when it is empty. */
  readonly records: ByteRange
  /** No record at or beyond it is in the range. */
  readonly endOffset: number
}

/** What the loader found. */
export interface LoadedLog extends TopicPartition {
  readonly parts: LogParts
  readonly nextOffset: number
  readonly logStartOffset: number
  readonly topicId: string | undefined
  readonly damage: LogDamage | undefined
  /** Segments behind the damage, not part of the log as long as nobody decides. */
  readonly beyondDamage: readonly Segment[]
  /** It was just made: its directory holds nothing but an empty segment. */
  readonly isNew: boolean
}
