/** A process that sends one small produce after the other until its input ends, and prints the longest and the usual wait. */
import { ProduceRequest } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface ProbeLoad {
  readonly port: number
  readonly topic: string
  /** Between an answer and the next request. */
  readonly pauseMs: number
}

export interface ProbeResult {
  readonly longestMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

async function run({ port, topic, pauseMs }: ProbeLoad): Promise<ProbeResult> {
  const builder = new BatchBuilder()
  builder.append({ timestamp: Date.now(), key: null, value: Buffer.alloc(100, 'x') })
  const frame = frameOf(ProduceRequest, 7, {
    ...{ acks: 1, timeoutMs: 30_000 },
    topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.close() }] }],
  })
  const waitsMs: number[] = []
  const socket = await open(port)
  let sentMs = 0
  let isOver = false
  process.stdin.on('end', () => (isOver = true)).resume()
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    const send = (): void => {
      if (isOver) resolve()
      sentMs = performance.now()
      socket.write(frame)
    }
    countFrames(socket, () => {
      waitsMs.push(performance.now() - sentMs)
      setTimeout(send, pauseMs)
    })
    send()
  })
  socket.destroy()
  const sorted = waitsMs.toSorted((left, right) => left - right)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { longestMs: sorted.at(-1) ?? Number.NaN, p50Ms: at(0.5), p99Ms: at(0.99) }
}

const load = JSON.parse(process.argv[2] ?? '{}') as ProbeLoad
process.stdout.write(`${JSON.stringify(await run(load))}\n`)
