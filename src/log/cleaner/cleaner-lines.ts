/** What the cleaner logs, word for word as Kafka does: people grep for it, and count with it. */
import type { PartitionLog } from '../partition-log.ts'
import type { CleaningStats } from './cleaning-order.ts'

const MIB = 1_048_576

export interface CleanedLog {
  readonly threadId: number
  readonly name: string
  readonly from: number
  readonly to: number
}

/** The report on one cleaning. */
export function reportOf({ threadId, name, from, to }: CleanedLog, stats: CleaningStats): string {
  const { bytesRead, bytesWritten, mapBytesRead, messagesRead, messagesWritten } = stats
  const totalSeconds = stats.totalMs / 1_000
  const indexSeconds = stats.indexMs / 1_000
  const cleanSeconds = totalSeconds - indexSeconds
  const share = (seconds: number): string => percent(seconds / totalSeconds)
  return [
    '',
    `\tLog cleaner thread ${threadId} cleaned log ${name} (dirty section = [${from}, ${to}])`,
    `\t${mib(bytesRead)} MB of log processed in ${one(totalSeconds)} seconds (${mib(bytesRead / totalSeconds)} MB/sec).`,
    `\tIndexed ${mib(mapBytesRead)} MB in ${one(indexSeconds)} seconds (${mib(mapBytesRead / indexSeconds)} Mb/sec, ${share(indexSeconds)}% of total time)`,
    `\tBuffer utilization: ${percent(stats.bufferUtilization)}%`,
    `\tCleaned ${mib(bytesRead)} MB in ${one(cleanSeconds)} seconds (${mib(bytesRead / cleanSeconds)} Mb/sec, ${share(cleanSeconds)}% of total time)`,
    `\tStart size: ${mib(bytesRead)} MB (${whole(messagesRead)} messages)`,
    `\tEnd size: ${mib(bytesWritten)} MB (${whole(messagesWritten)} messages)`,
    `\t${percent(1 - bytesWritten / bytesRead)}% size reduction (${percent(1 - messagesWritten / messagesRead)}% fewer messages)`,
    '',
  ].join('\n')
}

/** A log as Kafka's lines print it. */
export function logText(log: PartitionLog): string {
  const { directory, topicId, topic, partition } = log
  return `Log(dir=${directory}, topicId=${topicId ?? 'null'}, topic=${topic}, partition=${partition}, highWatermark=${log.highWatermark}, lastStableOffset=${log.lastStableOffset}, logStartOffset=${log.logStartOffset}, logEndOffset=${log.logEndOffset})`
}

function mib(bytes: number): string {
  return one(bytes / MIB)
}

function percent(share: number): string {
  return one(share * 100)
}

/** One digit behind the point and groups of three, as Java's `%,.1f`. */
function one(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
}

function whole(value: number): string {
  return value.toLocaleString('en-US')
}
