/** `__consumer_offsets` as the group coordinator sees it: read from start to end, appended batch by batch. */
import { GROUP_METADATA_TOPIC } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { batchesIn } from '../records/index.ts'
import type { Replicas } from '../replica/index.ts'
import type { Append, AppendOutcome, PartitionLog } from '../runtime/index.ts'

export class OffsetsTopic implements PartitionLog {
  readonly #replicas: Replicas
  readonly #chunkBytes: number

  /** @param chunkBytes `offsets.load.buffer.size`: what is read at a time, unless a batch is larger */
  constructor(replicas: Replicas, chunkBytes: number) {
    this.#replicas = replicas
    this.#chunkBytes = chunkBytes
  }

  async *readAll(partition: number): AsyncGenerator<Buffer> {
    const log = this.#replicas.get(GROUP_METADATA_TOPIC, partition)?.log
    if (log === undefined) return
    const upTo = log.logEndOffset
    for (let offset = log.logStartOffset; offset < upTo;) {
      if (!log.isWarm(offset, this.#chunkBytes)) await log.warm(offset, this.#chunkBytes)
      const { records } = log.read(offset, this.#chunkBytes, { upTo, firstBatch: 'whole' })
      if (records.sizeBytes === 0) return
      const chunk = Buffer.allocUnsafeSlow(records.sizeBytes)
      records.read(chunk, 0)
      records.release()
      yield chunk
      offset = endOffsetOf(chunk)
    }
  }

  async append({ partition, batch, timeoutMs }: Append): Promise<AppendOutcome> {
    const result = await this.#replicas.appendInternal(
      GROUP_METADATA_TOPIC,
      partition,
      batch,
      timeoutMs,
    )
    const isAppended = result.errorCode === ErrorCode.NONE
    return { errorCode: result.errorCode, baseOffset: isAppended ? result.baseOffset : -1 }
  }
}

/** The offset behind the last batch of a chunk. */
function endOffsetOf(chunk: Buffer): number {
  let end = 0
  for (const { info } of batchesIn(chunk)) end = info.lastOffset + 1
  return end
}
