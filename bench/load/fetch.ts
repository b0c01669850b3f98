/** A process that reads every partition from its start to its end as fast as it can, and only counts bytes. */
import { FetchRequest } from '../../src/protocol/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface FetchLoad {
  readonly port: number
  readonly topic: string
  readonly partitions: number
  /** Records a partition holds: offsets below are read. */
  readonly endOffset: number
  readonly recordsPerBatch: number
  readonly partitionMaxBytes: number
}

/** Version 11: the last before flexible encoding. */
const VERSION = 11
const BATCH_HEADER_BYTES = 61

/**
 * Offsets are told from sizes: all batches are alike, and answers hold whole batches of one partition.
 * @returns bytes received and seconds
 */
async function run(
  load: FetchLoad & { batchBytes: number },
): Promise<{ bytes: number; seconds: number }> {
  const startMs = performance.now()
  const counts = await Promise.all(
    Array.from({ length: load.partitions }, (_, partition) => readPartition(load, partition)),
  )
  const bytes = counts.reduce((sum, count) => sum + count, 0)
  return { bytes, seconds: (performance.now() - startMs) / 1000 }
}

async function readPartition(
  load: FetchLoad & { batchBytes: number },
  partition: number,
): Promise<number> {
  const socket = await open(load.port)
  return new Promise((resolve, reject) => {
    let offset = 0
    let received = 0
    const next = (): void => {
      socket.write(
        frameOf(FetchRequest, VERSION, {
          ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 52_428_800, sessionEpoch: -1 },
          topics: [
            {
              topic: load.topic,
              partitions: [
                { partition, fetchOffset: offset, partitionMaxBytes: load.partitionMaxBytes },
              ],
            },
          ],
          forgottenTopicsData: [],
        }),
      )
    }
    countFrames(socket, sizeBytes => {
      received += sizeBytes
      const batches = Math.floor(sizeBytes / load.batchBytes)
      offset += batches * load.recordsPerBatch
      if (batches === 0 || offset >= load.endOffset) {
        socket.destroy()
        resolve(received)
      } else next()
    })
    socket.once('error', reject)
    next()
  })
}

const load = JSON.parse(process.argv[2] ?? '{}') as FetchLoad & { batchBytes: number }
if (load.batchBytes <= BATCH_HEADER_BYTES) throw new RangeError(`batchBytes ${load.batchBytes}`)
process.stdout.write(`${JSON.stringify(await run(load))}\n`)
