/** A broker that answers as a test tells it, on a network in memory and in virtual time. */
import { BufferPool, Reader, Writer } from '../../src/bytes/index.ts'
import { sameThread, silentLog, type Connection, type Host } from '../../src/host/index.ts'
import { FrameReader } from '../../src/network/index.ts'
import {
  ApiKey,
  apiOf,
  apis,
  codecOf,
  readRequestHeader,
  writeResponseHeader,
  type VersionRange,
} from '../../src/protocol/index.ts'
import {
  MemoryFiles,
  MemoryNetwork,
  Scheduler,
  SeededRandom,
  SimClock,
} from '../../src/sim/index.ts'

export interface ScriptedRequest {
  readonly apiKey: number
  readonly version: number
  readonly body: Record<string, unknown>
}

/** The body of the answer; `silent` gives none, `hang up` closes the connection. */
export type ScriptedAnswer = object | 'silent' | 'hang up'

export interface Script {
  /** Default: `BROKER_PORT`. */
  readonly port?: number
  /** Default: all that is described. */
  readonly versions?: ReadonlyMap<number, VersionRange>
  /** A promise holds up what comes after it on the same connection, as a broker does. */
  readonly answer: (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>
}

export interface World {
  readonly host: Host
  readonly scheduler: Scheduler
}

export function world(): World {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const files = new MemoryFiles({ clock })
  const host = {
    clock,
    random: new SeededRandom(1),
    files,
    threads: sameThread({ files, clock }),
    network: new MemoryNetwork(clock),
    log: silentLog,
  }
  return { host, scheduler }
}

/** Runs virtual time until `promise` is settled. */
export async function settled<T>({ scheduler }: World, promise: Promise<T>): Promise<T> {
  let isDone = false
  const watched = promise.finally(() => (isDone = true))
  watched.catch(() => undefined)
  await scheduler.runUntil(() => isDone, 600_000)
  return watched
}

export const BROKER_PORT = 9092

/** @returns every request it has got, ApiVersions apart */
export async function scriptedBroker({ host }: World, script: Script): Promise<ScriptedRequest[]> {
  const requests: ScriptedRequest[] = []
  await host.network.listen({
    port: script.port ?? BROKER_PORT,
    onConnection: connection => {
      serve(connection, script, requests)
    },
  })
  return requests
}

function serve(connection: Connection, script: Script, requests: ScriptedRequest[]): void {
  let before: Promise<void> | undefined
  const frames = new FrameReader({
    pool: new BufferPool(),
    minFrameBytes: 8,
    maxFrameBytes: 1 << 24,
    onFrame: frame => {
      // Records are views of the frame, which is used again.
      const reader = new Reader(Buffer.from(frame))
      const header = readRequestHeader(reader)
      const { requestApiKey: apiKey, requestApiVersion: version } = header
      const api = apiOf(apiKey)
      if (api === undefined) throw new Error(`no API ${apiKey}`)
      const body = codecOf(api.request, version).read(reader)
      const request = { apiKey, version, body }
      if (apiKey !== ApiKey.ApiVersions) requests.push(request)
      const give = (answer: ScriptedAnswer): void => {
        if (answer === 'hang up') connection.destroy()
        if (typeof answer === 'string') return
        const writer = new Writer()
        const sizeAt = writer.reserveInt32()
        writeResponseHeader(writer, header)
        codecOf(api.response, version).write(writer, answer)
        writer.patchInt32(sizeAt, writer.sizeBytes - 4)
        connection.write(writer.finish())
      }
      const answer = apiKey === ApiKey.ApiVersions ? served(script) : script.answer(request)
      if (isPromise(answer)) before = inTurn(before, answer, give)
      else give(answer)
    },
  })
  connection.start({ onBytes: chunk => frames.push(chunk), onClose: () => undefined })
}

function isPromise(
  answer: ScriptedAnswer | Promise<ScriptedAnswer>,
): answer is Promise<ScriptedAnswer> {
  return answer instanceof Promise
}

async function inTurn(
  before: Promise<void> | undefined,
  answer: Promise<ScriptedAnswer>,
  give: (answer: ScriptedAnswer) => void,
): Promise<void> {
  await before
  give(await answer)
}

function served({ versions }: Script): object {
  const all = apis.map(({ key, advertised }) => [key, advertised] as const)
  return {
    errorCode: 0,
    apiKeys: [...(versions ?? new Map(all))].map(([apiKey, [minVersion, maxVersion]]) => ({
      apiKey,
      minVersion,
      maxVersion,
    })),
  }
}

/** Metadata of one broker that leads every partition of one topic. */
export function metadataOf(topic: string, partitionCount = 1, leaderEpoch = 0): object {
  return {
    brokers: [{ nodeId: 1, host: 'localhost', port: BROKER_PORT }],
    clusterId: 'cluster',
    controllerId: 1,
    topics: [
      {
        errorCode: 0,
        name: topic,
        partitions: Array.from({ length: partitionCount }, (_, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 1,
          leaderEpoch,
          replicaNodes: [1],
          isrNodes: [1],
        })),
      },
    ],
  }
}
