/** A process that sends so many records a second, one a request, and prints how long the answers took. */
import { ProduceRequest } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface TrickleLoad {
  readonly port: number
  readonly topic: string
  readonly recordsPerSecond: number
  readonly seconds: number
  readonly recordBytes: number
}

async function run(load: TrickleLoad): Promise<{ p50Ms: number; p99Ms: number }> {
  const builder = new BatchBuilder()
  builder.append({
    timestamp: Date.now(),
    key: null,
    value: Buffer.alloc(load.recordBytes, 'x'),
    headers: [],
  })
  const frame = frameOf(ProduceRequest, 7, {
    ...{ acks: 1, timeoutMs: 30_000 },
    topicData: [{ name: load.topic, partitionData: [{ index: 0, records: builder.close() }] }],
  })
  const socket = await open(load.port)
  const sentAtMs: number[] = []
  const latenciesMs: number[] = []
  const total = load.recordsPerSecond * load.seconds
  const startMs = performance.now()
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    countFrames(socket, () => {
      latenciesMs.push(performance.now() - (sentAtMs[latenciesMs.length] ?? 0))
      if (latenciesMs.length === total) resolve()
    })
    const tick = (): void => {
      // Timers are a millisecond apart at best: each catches up with what is due.
      const due = Math.min(
        total,
        Math.floor(((performance.now() - startMs) / 1000) * load.recordsPerSecond),
      )
      while (sentAtMs.length < due) {
        sentAtMs.push(performance.now())
        socket.write(frame)
      }
      if (sentAtMs.length < total) setTimeout(tick, 1)
    }
    tick()
  })
  socket.destroy()
  const sorted = latenciesMs.toSorted((left, right) => left - right)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.stdout.write(
  `${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as TrickleLoad))}\n`,
)
