/** An internal topic as its coordinator sees it: read from start to end, appended batch by batch. */
import { ErrorCode } from '../protocol/index.ts'
import { batchesIn } from '../records/index.ts'
import type { Replicas } from '../replica/index.ts'
import type { Append, AppendOutcome, PartitionLog } from '../runtime/index.ts'

export class InternalTopic implements PartitionLog {
  readonly #replicas: Replicas
  readonly #topic: string
  readonly #chunkBytes: number

  /** @param chunkBytes `offsets.load.buffer.size` or its like: what is read at a time, unless a batch is larger */
  constructor(replicas: Replicas, topic: string, chunkBytes: number) {
    this.#replicas = replicas
    this.#topic = topic
    this.#chunkBytes = chunkBytes
  }

  async *readAll(partition: number): AsyncGenerator<Buffer> {
    // Asked for each time: the partition may be moved to another disk meanwhile.
    const logOf = () => this.#replicas.get(this.#topic, partition)?.log
    const upTo = logOf()?.logEndOffset ?? 0
    for (let offset = logOf()?.logStartOffset ?? 0; offset < upTo;) {
      const log = logOf()
      if (log === undefined) return
      if (!log.isWarm(offset, this.#chunkBytes)) {
        await log.warm(offset, this.#chunkBytes)
        if (log !== logOf()) continue
      }
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
    const result = await this.#replicas.appendInternal(this.#topic, partition, batch, timeoutMs)
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
