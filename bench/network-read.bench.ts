/** Sockets that read into one shared buffer against sockets that emit 'data', as the server of many producers. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { NodeNetwork } from '../src/host/node/index.ts'
import {
  byTurns,
  tableOf,
  usageOf,
  type Benchmark,
  type Contender,
  type Sample,
} from './measure.ts'

const connections = 16
const totalBytes = 2 ** 30
/** What a producer with the default batch size sends for a few partitions at once. */
const requestSizeBytes = 64 * 1024
/** Requests that a connection has on the way. */
const window = 8

export const benchmark: Benchmark = {
  question: "What does reading into one shared buffer cost, compared with 'data' events?",
  rounds: 5,
  async run(rounds) {
    for (const answer of ['sink', 'echo'] as const) {
      const contenders = (['data', 'shared'] as const).map((reading): Contender => ({
        name: `${answer} ${reading}`,
        measure: () => measure(reading, answer),
      }))
      console.log(tableOf(await byTurns(contenders, { rounds })))
    }
  },
}

async function measure(reading: string, answer: 'sink' | 'echo'): Promise<Sample> {
  const server = fork(join(import.meta.dirname, 'network-sink.js'), [reading, answer])
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }]
    const before = usageOf(pidOf(server))
    const startMs = performance.now()
    await Promise.all(
      Array.from({ length: connections }, () => send(port, totalBytes / connections, answer)),
    )
    const seconds = (performance.now() - startMs) / 1000
    const after = usageOf(pidOf(server))
    const gigabytes = totalBytes / 1e9
    return {
      'MB/s': totalBytes / 1e6 / seconds,
      'server CPU s/GB': (after.cpuSeconds - before.cpuSeconds) / gigabytes,
      'server MiB': after.rssBytes / 2 ** 20,
    }
  } finally {
    server.disconnect()
    await once(server, 'exit')
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the server did not start')
  return child.pid
}

/** Sends so many bytes, and with `echo` waits for as many to come back; resolves when the server has closed. */
async function send(port: number, sizeBytes: number, answer: 'sink' | 'echo'): Promise<void> {
  const connection = await new NodeNetwork().connect({ host: '127.0.0.1', port, timeoutMs: 5_000 })
  const request = Buffer.alloc(requestSizeBytes, 'x')
  let sentBytes = 0
  let echoedBytes = 0
  const sendMore = (): void => {
    const aheadBytes = (): number =>
      answer === 'echo' ? sentBytes - echoedBytes : connection.queuedBytes
    while (sentBytes < sizeBytes && aheadBytes() < window * requestSizeBytes) {
      connection.write(request)
      sentBytes += requestSizeBytes
    }
    const isDone = answer === 'echo' ? echoedBytes === sizeBytes : sentBytes === sizeBytes
    if (isDone) connection.end()
  }
  await new Promise<void>((resolve, reject) => {
    connection.start({
      onBytes: chunk => {
        echoedBytes += chunk.length
        sendMore()
      },
      onDrain: sendMore,
      onClose: error => (error === undefined ? resolve() : reject(error)),
    })
    sendMore()
  })
}
