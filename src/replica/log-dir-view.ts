/** What DescribeLogDirs tells of the disks. */
import { StorageError } from '../host/index.ts'
import type { LogDirectories, LogDirectory, PartitionLog } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'

/** Of a copy whose original is not there. */
const NO_LAG = -1

export interface DescribedLogDir {
  readonly errorCode: ErrorCode
  readonly logDir: string
  readonly topics: {
    name: string
    partitions: {
      partitionIndex: number
      partitionSize: number
      offsetLag: number
      isFutureKey: boolean
    }[]
  }[]
  readonly totalBytes: number
  readonly usableBytes: number
}

export function describeLogDirs(
  logs: LogDirectories,
  isWanted: (topic: string, partition: number) => boolean,
): DescribedLogDir[] {
  const offline = logs.offline.map(({ path }) => failed(path))
  return [...logs.online.map(directory => describe(logs, directory, isWanted)), ...offline]
}

function describe(
  logs: LogDirectories,
  directory: LogDirectory,
  isWanted: (topic: string, partition: number) => boolean,
): DescribedLogDir {
  const topics = new Map<string, DescribedLogDir['topics'][number]>()
  for (const log of directory.logs.values()) {
    if (!isWanted(log.topic, log.partition)) continue
    const topic = topics.get(log.topic) ?? { name: log.topic, partitions: [] }
    topics.set(log.topic, topic)
    topic.partitions.push({
      partitionIndex: log.partition,
      partitionSize: log.sizeBytes,
      ...standing(logs, log),
    })
  }
  try {
    const volume = logs.context.host.files.volume(directory.path)
    return {
      errorCode: ErrorCode.NONE,
      logDir: directory.path,
      topics: [...topics.values()],
      ...volume,
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return failed(directory.path)
  }
}

/** A copy lags behind what it is made of, any other log behind what it knows to be committed. */
function standing(logs: LogDirectories, log: PartitionLog) {
  const isFutureKey = logs.getFuture(log) === log
  const offsetLag = isFutureKey
    ? (logs.get(log)?.logEndOffset ?? NaN) - log.logEndOffset
    : Math.max(0, log.highWatermark - log.logEndOffset)
  return { offsetLag: Number.isNaN(offsetLag) ? NO_LAG : offsetLag, isFutureKey }
}

function failed(path: string): DescribedLogDir {
  return {
    errorCode: ErrorCode.KAFKA_STORAGE_ERROR,
    logDir: path,
    topics: [],
    totalBytes: -1,
    usableBytes: -1,
  }
}
