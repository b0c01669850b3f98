/**
 * A process that produces as fast as the broker takes it: connections with requests in flight, each
 * request with a batch for each of some partitions. Prints what it sent and how long that took, as JSON.
 */
import { ProduceRequest } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface ProduceLoad {
  /** Of the leader of each partition. */
  readonly ports: readonly number[]
  readonly topic: string
  /** Producers are spread over the leaders as the partitions are. */
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

/** One request for each run of partitions of a leader; producers go through them in turn, each from another one on. */
function framesOf({ acks, topic, ports, batchesPerRequest }: ProduceLoad, records: Buffer) {
  const framesByPort = new Map<number, Buffer[]>()
  for (const port of new Set(ports)) {
    const led = ports.flatMap((leader, partition) => (leader === port ? [partition] : []))
    const frames: Buffer[] = []
    for (let first = 0; first < led.length; first += batchesPerRequest) {
      const partitionData = led
        .slice(first, first + batchesPerRequest)
        .map(index => ({ index, records }))
      const body = { acks, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] }
      frames.push(frameOf(ProduceRequest, VERSION, body))
    }
    framesByPort.set(port, frames)
  }
  return framesByPort
}

async function run(load: ProduceLoad): Promise<ProduceResult> {
  const { batch, records } = batchOf(load)
  const framesByPort = framesOf(load, batch)
  const bytesPerRequest = records * load.recordBytes * load.batchesPerRequest
  const requests = Math.ceil(load.totalBytes / load.producers / bytesPerRequest)
  const expected = answerBytes(load)
  const producers = await Promise.all(
    Array.from({ length: load.producers }, async (_, nth) => {
      const port = load.ports[nth % load.ports.length] ?? 0
      return { nth, socket: await open(port), frames: framesByPort.get(port) ?? [] }
    }),
  )
  const startMs = performance.now()
  await Promise.all(
    producers.map(
      ({ nth, socket, frames }) =>
        new Promise<void>((resolve, reject) => {
          let sent = 0
          let answered = 0
          const fill = (): void => {
            for (; sent < requests && sent - answered < load.inFlight; sent += 1)
              socket.write(frames[(nth + sent) % frames.length] ?? '')
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
  for (const { socket } of producers) socket.destroy()
  return { recordBytes: requests * load.producers * bytesPerRequest, seconds }
}

/** An answer without errors has no error texts, and so this very size. */
function answerBytes({ topic, batchesPerRequest }: ProduceLoad): number {
  const partitionBytes = 4 + 2 + 8 + 8 + 8
  return 4 + 4 + 2 + topic.length + 4 + batchesPerRequest * partitionBytes + 4
}

const load = JSON.parse(process.argv[2] ?? '{}') as ProduceLoad
process.stdout.write(`${JSON.stringify(await run(load))}\n`)
