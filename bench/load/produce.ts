/**
 * A process that produces as fast as the broker takes it: connections with requests in flight, each
 * request with a batch for each of some partitions. Prints what it sent and how long that took, as JSON.
 */
import { ProduceRequest } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface ProduceLoad {
  readonly port: number
  readonly topic: string
  readonly partitions: number
  readonly producers: number
  readonly totalBytes: number
  readonly recordBytes: number
  readonly batchBytes: number
  /** Each for another partition. One is what the sticky partitioner of Java's producer makes (KIP-480). */
  readonly batchesPerRequest: number
  readonly inFlight: number
  readonly acks: number
}

export interface ProduceResult {
  readonly recordBytes: number
  readonly seconds: number
}

/** Version 7: the last before flexible encoding, known to every broker since 2.1. */
const VERSION = 7

function batchOf({ recordBytes, batchBytes }: ProduceLoad): { batch: Buffer; records: number } {
  const builder = new BatchBuilder()
  const value = Buffer.alloc(recordBytes, 'x')
  const records = Math.max(1, Math.floor(batchBytes / (recordBytes + 10)))
  for (let nth = 0; nth < records; nth += 1)
    builder.append({ timestamp: Date.now(), key: null, value, headers: [] })
  return { batch: builder.close(), records }
}

/** One request for each run of partitions; producers go through them in turn, each from another one on. */
function framesOf({ acks, topic, partitions, batchesPerRequest }: ProduceLoad, records: Buffer) {
  return Array.from({ length: partitions / batchesPerRequest }, (_, nth) =>
    frameOf(ProduceRequest, VERSION, {
      ...{ acks, timeoutMs: 30_000 },
      topicData: [
        {
          name: topic,
          partitionData: Array.from({ length: batchesPerRequest }, (_, place) => ({
            index: nth * batchesPerRequest + place,
            records,
          })),
        },
      ],
    }),
  )
}

async function run(load: ProduceLoad): Promise<ProduceResult> {
  const { batch, records } = batchOf(load)
  const frames = framesOf(load, batch)
  const bytesPerRequest = records * load.recordBytes * load.batchesPerRequest
  const requests = Math.ceil(load.totalBytes / load.producers / bytesPerRequest)
  const expected = answerBytes(load)
  const sockets = await Promise.all(Array.from({ length: load.producers }, () => open(load.port)))
  const startMs = performance.now()
  await Promise.all(
    sockets.map(
      (socket, producer) =>
        new Promise<void>((resolve, reject) => {
          let sent = 0
          let answered = 0
          const fill = (): void => {
            for (; sent < requests && sent - answered < load.inFlight; sent += 1)
              socket.write(frames[(producer + sent) % frames.length] ?? '')
          }
          countFrames(socket, sizeBytes => {
            if (sizeBytes !== expected)
              reject(new Error(`an answer of ${sizeBytes} bytes instead of ${expected}`))
            answered += 1
            if (answered === requests) resolve()
            else fill()
          })
          socket.once('error', reject)
          socket.once('close', () => reject(new Error('the broker closed the connection')))
          fill()
        }),
    ),
  )
  const seconds = (performance.now() - startMs) / 1000
  for (const socket of sockets) socket.destroy()
  return { recordBytes: requests * load.producers * bytesPerRequest, seconds }
}

/** An answer without errors has no error texts, and so this very size. */
function answerBytes({ topic, batchesPerRequest }: ProduceLoad): number {
  const partitionBytes = 4 + 2 + 8 + 8 + 8
  return 4 + 4 + 2 + topic.length + 4 + batchesPerRequest * partitionBytes + 4
}

const load = JSON.parse(process.argv[2] ?? '{}') as ProduceLoad
process.stdout.write(`${JSON.stringify(await run(load))}\n`)
