/**
 * Opens the log in a partition's directory, whoever wrote it: this broker or genuine Kafka since 0.9,
 * closed in order or not. Mirrors Kafka's LogLoader.
 */
import { leaderEpochOf } from '../records/index.ts'
import { BatchScan } from './batch-scan.ts'
import { CheckpointError } from './checkpoint-text.ts'
import { DamagedLogError } from './header-walk.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import type { LogContext } from './log-context.ts'
import { LogFlush } from './log-flush.ts'
import { segmentAt, type LogParts } from './log-parts.ts'
import { LogReader } from './log-reader.ts'
import type { TopicPartition } from './partition-directory.ts'
import { PartitionLog } from './partition-log.ts'
import { readTopicId } from './partition-metadata.ts'
import { reloadProducers } from './producer-replay.ts'
import { ProducerSnapshots } from './producer-snapshots.ts'
import { ProducerState } from './producer-state.ts'
import { closedAt, rebuildIndexes, recoverSegments, type RecoveredSegments } from './recovery.ts'
import { FileEnding, FileSuffix, type SegmentFileName } from './segment-files.ts'
import type { Segment } from './segment.ts'
import { Segments } from './segments.ts'
import { settleUnfinishedFiles } from './unfinished-files.ts'

export interface LoadOptions extends TopicPartition {
  readonly directory: string
  readonly config: LogConfig
  /** The log directory was closed in order. */
  readonly wasClean: boolean
  /** From the checkpoints; 0 when they know nothing. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

/** Opens an existing log. @throws StorageError */
export async function loadLog(context: LogContext, options: LoadOptions): Promise<PartitionLog> {
  const { files } = context.host
  const names = settleUnfinishedFiles(files, options.directory, context.walk)
  const parts = partsOf(context, { ...options, isNamed: options.wasClean }, names)
  await openSegments(parts, options, names)
  const hasEpochs = loadEpochs(parts, options)
  const recovered = await recover(parts, options)
  const { endOffset, wasClosed, damage, beyondDamage } = await settle(parts, options, recovered)
  if (!hasEpochs) await rebuildEpochs(parts)
  parts.epochs.settle()
  parts.flush.onOpen(endOffset, { wasClosed })
  const logStartOffset = Math.max(options.logStartOffset, parts.segments.first.baseOffset)
  parts.epochs.truncateFromEnd(endOffset)
  parts.epochs.truncateFromStart(logStartOffset)
  parts.flush.onStartOffset(logStartOffset)
  return new PartitionLog({
    topic: options.topic,
    partition: options.partition,
    parts,
    nextOffset: endOffset,
    logStartOffset,
    topicId: readTopicIdIfAny(context, options.directory),
    damage,
    beyondDamage,
    isNew: false,
  })
}

export interface CreateOptions extends TopicPartition {
  readonly directory: string
  readonly config: LogConfig
  /** `undefined` only for a cluster older than topic ids. */
  readonly topicId: string | undefined
}

/** Makes an empty log in a directory that does not exist yet. @throws StorageError */
export function createLog(context: LogContext, options: CreateOptions): PartitionLog {
  const { topic, partition, directory, topicId } = options
  context.host.files.makeDirectory(directory)
  const parts = partsOf(context, { ...options, recoveryPoint: 0, isNamed: false }, [])
  addFirstSegment(parts, 0)
  return new PartitionLog({
    topic,
    partition,
    parts,
    nextOffset: 0,
    logStartOffset: 0,
    topicId,
    damage: undefined,
    beyondDamage: [],
    isNew: true,
  })
}

function partsOf(
  context: LogContext,
  options: Pick<LoadOptions, 'directory' | 'config' | 'recoveryPoint'> & { isNamed: boolean },
  names: readonly SegmentFileName[],
): LogParts {
  const { directory, config, recoveryPoint, isNamed } = options
  const { files, clock } = context.host
  const segments = new Segments()
  const epochs = new LeaderEpochs(files, directory)
  const producers = new ProducerState(context.producers)
  const snapshots = new ProducerSnapshots(files, directory, names)
  const reader = new LogReader(segments, context.walk, clock)
  const flush = new LogFlush({
    files,
    directory: () => parts.directory,
    segments,
    epochs,
    snapshots,
    recoveryPoint,
    isNamed,
  })
  const shared = { context, segments, epochs, producers, snapshots, reader, flush }
  const parts: LogParts = { ...shared, directory, config }
  return parts
}

function addFirstSegment(parts: LogParts, baseOffset: number): void {
  const segment = segmentAt(parts, baseOffset)
  segment.create(parts.config)
  parts.segments.add(segment)
}

/** Indexes that are missing or cannot be right are built anew. */
async function openSegments(
  parts: LogParts,
  options: LoadOptions,
  names: readonly SegmentFileName[],
): Promise<void> {
  const { directory } = options
  const { segments, context } = parts
  const present = new Set(names.map(({ name }) => name))
  const logs = names.filter(({ ending }) => ending === FileEnding.log)
  const offsets = new Set(logs.map(({ offset }) => offset))
  for (const { name, offset, ending } of names) {
    const isOrphan = ending !== FileEnding.producerSnapshot && !offsets.has(offset)
    if (isOrphan) context.host.files.remove(`${directory}/${name}`)
  }
  let hasRebuilt = false
  for (const [n, { offset, name }] of logs.entries()) {
    const segment = segmentAt(parts, offset)
    const stem = name.slice(0, -FileEnding.log.length)
    const hasIndexes =
      present.has(stem + FileEnding.offsetIndex) && present.has(stem + FileEnding.timeIndex)
    const isWhole = segment.openExisting() && hasIndexes
    // Sane is not yet on the disk: what a killed process left may be in the page cache alone.
    if (endsAtRecoveryPoint(options, logs[n + 1]?.offset)) parts.flush.onRoll(segment)
    const isUsable = isWhole && indexesAreSane(segment, options, logs[n + 1]?.offset)
    segments.add(segment)
    if (isUsable) continue
    await rebuildIndexes(segment, parts)
    segment.finish()
    // It lies before the recovery point as often as not: no flush would see to it.
    await segment.sync({ withIndexes: true })
    hasRebuilt = true
  }
  if (hasRebuilt) context.host.files.syncDirectory(directory)
}

/**
 * After a crash recovery sees to the segments from the recovery point on. The one that ends right there may
 * have been finished later: nothing says that its indexes are on the disk. After a close the last one may have
 * been given room, and been cut again, in the page cache alone: a log that nothing was added to is not synced.
 */
function indexesAreSane(
  segment: Segment,
  options: LoadOptions,
  endOffset: number | undefined,
): boolean {
  const { wasClean, recoveryPoint } = options
  if (wasClean) return endOffset !== undefined || segment.hasSaneIndexes('last')
  if (endOffset === undefined || endOffset > recoveryPoint) return true
  return segment.hasSaneIndexes(endsAtRecoveryPoint(options, endOffset) ? 'all' : 'last')
}

function endsAtRecoveryPoint(
  { wasClean, recoveryPoint }: LoadOptions,
  endOffset: number | undefined,
): boolean {
  return !wasClean && endOffset === recoveryPoint
}

/** @returns whether the epochs are known; if not, the batches tell */
function loadEpochs({ epochs, segments, context }: LogParts, options: LoadOptions): boolean {
  try {
    return epochs.load() || options.wasClean || segments.sizeBytes === 0
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    const logger = context.host.log.named('kafka.log.UnifiedLog')
    logger.warn('Leader epochs are rebuilt from the log', { reason: error.message })
    return false
  }
}

/** Brings the segments and the producers up to the end of the log. */
async function recover(parts: LogParts, options: LoadOptions): Promise<RecoveredSegments> {
  const { segments } = parts
  if (segments.count === 0) {
    addFirstSegment(parts, options.logStartOffset)
    parts.producers.reset(options.logStartOffset)
    return closedAt(options.logStartOffset)
  }
  const endOffset = options.wasClean ? cleanEnd(parts) : undefined
  if (endOffset !== undefined) {
    await loadProducers(parts, options, endOffset)
    return closedAt(endOffset)
  }
  const unflushed = options.wasClean ? [segments.active] : segments.from(options.recoveryPoint)
  const from = unflushed[0]?.baseOffset ?? 0
  await reloadProducers(parts, { logStartOffset: options.logStartOffset, endOffset: from })
  return recoverSegments(unflushed, parts)
}

/** The end of a log that was closed in order; `undefined` when its last segment says otherwise. */
function cleanEnd({ segments, context }: LogParts): number | undefined {
  const { active } = segments
  const { walk } = context
  try {
    const endOffset = active.readNextOffset(walk)
    return walk.position + walk.sizeBytes === active.writtenBytes ? endOffset : undefined
  } catch (error) {
    if (error instanceof DamagedLogError) return undefined
    throw error
  }
}

async function loadProducers(
  parts: LogParts,
  { logStartOffset }: LoadOptions,
  endOffset: number,
): Promise<void> {
  parts.snapshots.keepThoseOf(parts.segments.all.map(({ baseOffset }) => baseOffset))
  // No snapshot after a clean shutdown: the log is older than idempotent producers (0.11).
  if (parts.snapshots.latestOffset === undefined) parts.producers.reset(endOffset)
  else await reloadProducers(parts, { logStartOffset, endOffset })
}

/** Removes what is not part of the log any more, and makes its last segment the active one. */
async function settle(
  parts: LogParts,
  { directory, logStartOffset }: LoadOptions,
  recovered: RecoveredSegments,
): Promise<RecoveredSegments> {
  const { segments, config, context } = parts
  const logger = context.host.log.named('kafka.log.UnifiedLog')
  const { worthless, beyondDamage, cutBytes, damage, endOffset } = recovered
  segments.remove([...worthless, ...beyondDamage])
  if (cutBytes > 0) logger.warn('Cut a torn tail', { directory, cutBytes, endOffset })
  removeFiles(worthless, context)
  // What was cut must not come back in another crash, among new records with the same offsets.
  if (cutBytes > 0) await segments.active.sync({ withIndexes: false })
  if (worthless.length > 0) context.host.files.syncDirectory(directory)
  if (damage !== undefined) {
    logger.error('The log is damaged in the middle', { ...damage })
    return recovered
  }
  if (endOffset < logStartOffset) {
    logger.warn('Start over: the log ends before it begins', {
      directory,
      endOffset,
      logStartOffset,
    })
    return startOver(parts, logStartOffset)
  }
  segments.active.becomeActive(config)
  parts.snapshots.keepThoseOf(segments.all.map(({ baseOffset }) => baseOffset))
  return recovered
}

/** Segment files went missing: nothing that is left can be read. */
function startOver(parts: LogParts, logStartOffset: number): RecoveredSegments {
  const { segments, epochs, producers, snapshots, context } = parts
  const all = [...segments.all]
  segments.remove(all)
  removeFiles(all, context)
  addFirstSegment(parts, logStartOffset)
  snapshots.keepWithin(logStartOffset, logStartOffset)
  producers.reset(logStartOffset)
  epochs.clear()
  return closedAt(logStartOffset)
}

function removeFiles(segments: readonly Segment[], { host }: LogContext): void {
  for (const segment of segments) {
    const paths = segment.rename(FileSuffix.deleted)
    segment.close()
    for (const path of paths) host.files.remove(path)
  }
}

/** Reads all batches for the epochs they carry: the checkpoint was lost or is damaged. */
async function rebuildEpochs({ segments, epochs }: LogParts): Promise<void> {
  for (const segment of segments.all) {
    const file = segment.file.retain()
    try {
      const scan = new BatchScan({ file, from: 0, end: segment.writtenBytes, verifies: false })
      for (let step = scan.step(); step === 'batch' || step === 'fill'; step = scan.step()) {
        if (step === 'fill') await scan.fill()
        else if (scan.magic === 2) {
          epochs.assignFromScan(leaderEpochOf(scan.buffer, scan.at), scan.baseOffset)
        }
      }
    } finally {
      segment.file.release()
    }
  }
}

/** A file that cannot be read is worth a warning, not the partition: the id comes again with the next metadata. */
function readTopicIdIfAny({ host }: LogContext, directory: string): string | undefined {
  try {
    return readTopicId(host.files, directory)
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    host.log.named('kafka.log.UnifiedLog').warn('Topic id is not known', { reason: error.message })
    return undefined
  }
}
