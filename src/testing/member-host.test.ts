import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sameThread, silentLog, type Connection, type Host } from '../host/index.ts'
import { MemoryFiles, MemoryNetwork, Scheduler, SeededRandom, SimClock } from '../sim/index.ts'
import { ClusterNetwork, type Member } from './cluster-network.ts'
import { MemberHost } from './member-host.ts'

const PORT = 9092

/** Two brokers in virtual time, of which 0 listens. */
class Pair {
  readonly #scheduler = new Scheduler()
  readonly #world: Host
  readonly network: ClusterNetwork
  readonly server: MemberHost
  readonly client: MemberHost
  /** What the server has heard, and has been told of ends. */
  readonly heard: string[] = []
  readonly accepted: Connection[] = []

  constructor() {
    const clock = new SimClock(this.#scheduler)
    const files = new MemoryFiles({ clock })
    this.#world = {
      ...{ clock, files, random: new SeededRandom(1), log: silentLog },
      network: new MemoryNetwork(clock),
      threads: sameThread({ files, clock }),
    }
    this.network = new ClusterNetwork(clock)
    this.server = this.member(0)
    this.client = this.member(1)
  }

  member(member: Member): MemberHost {
    const { network } = this
    return new MemberHost({
      ...{ member, network, world: this.#world, isReachable: false, isInMemory: true },
    })
  }

  async connected(): Promise<{ connection: Connection; heard: string[] }> {
    await this.server.host.network.listen({
      port: PORT,
      onConnection: connection => {
        this.accepted.push(connection)
        connection.start(noting(this.heard))
      },
    })
    const target = { host: 'localhost', port: PORT, timeoutMs: 1_000 }
    const connection = await this.settled(this.client.host.network.connect(target))
    const heard: string[] = []
    connection.start(noting(heard))
    await this.runFor(10)
    return { connection, heard }
  }

  runFor(timeMs: number): Promise<void> {
    return this.#scheduler.runFor(timeMs)
  }

  async settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const watched = promise.finally(() => (isSettled = true))
    watched.catch(() => undefined)
    await this.#scheduler.runUntil(() => isSettled, 60_000)
    return watched
  }
}

function noting(heard: string[]) {
  return {
    onBytes: (chunk: Buffer) => void heard.push(chunk.toString()),
    onClose: () => void heard.push('closed'),
  }
}

describe('time of a member', () => {
  test('stands still in a pause, of whose periods one is made up for', async () => {
    const pair = new Pair()
    const fired: string[] = []
    const { clock } = pair.server.host
    clock.after(100, () => void fired.push('once'))
    clock.every(100, () => void fired.push('period'))

    pair.server.pause()
    await pair.runFor(450)
    assert.deepEqual(fired, [])
    pair.server.resume()
    assert.deepEqual(fired.toSorted(), ['once', 'period'])
    await pair.runFor(100)

    assert.equal(fired.length, 3)
  })

  test('a timer that is cancelled when the pause is over does nothing, though its time came in it', async () => {
    const pair = new Pair()
    const { clock } = pair.server.host
    let fired = 0
    const first = clock.after(50, () => second.cancel())
    const second = clock.after(100, () => (fired += 1))

    pair.server.pause()
    await pair.runFor(200)
    pair.server.resume()

    first.cancel()
    assert.equal(fired, 0)
  })

  test('nothing comes due after a kill', async () => {
    const pair = new Pair()
    let fired = 0
    pair.server.host.clock.every(10, () => (fired += 1))

    await pair.settled(pair.server.kill())
    await pair.runFor(100)

    assert.equal(fired, 0)
  })
})

describe('connections of members', () => {
  test('what is sent to a paused one is heard when it goes on', async () => {
    const pair = new Pair()
    const { connection } = await pair.connected()

    pair.server.pause()
    connection.write(Buffer.from('a'))
    connection.write(Buffer.from('b'))
    await pair.runFor(1_000)
    assert.deepEqual(pair.heard, [])
    pair.server.resume()
    await pair.runFor(10)

    assert.equal(pair.heard.join(''), 'ab')
  })

  test('nothing passes a cut, either way, until it heals', async () => {
    const pair = new Pair()
    const { connection, heard } = await pair.connected()

    pair.network.partition([[0], [1]])
    connection.write(Buffer.from('to the server'))
    pair.accepted[0]?.write(Buffer.from('to the client'))
    await pair.runFor(1_000)
    assert.deepEqual([...pair.heard, ...heard], [])
    assert.equal(connection.queuedBytes, 'to the server'.length)
    pair.network.heal()
    await pair.runFor(10)

    assert.deepEqual([pair.heard, heard], [['to the server'], ['to the client']])
    assert.equal(connection.queuedBytes, 0)
  })

  test('who gives up a connection through a cut is rid of it, and the other hears of it when it heals', async () => {
    const pair = new Pair()
    const { connection, heard } = await pair.connected()

    pair.network.partition([[0], [1]])
    connection.destroy()
    await pair.runFor(10)
    assert.deepEqual([pair.heard, heard], [[], ['closed']])
    pair.network.heal()
    await pair.runFor(10)

    assert.deepEqual([pair.heard, heard], [['closed'], ['closed']])
  })

  test('nobody can connect through a cut: the time for it passes', async () => {
    const pair = new Pair()
    await pair.connected()
    const target = { host: 'localhost', port: PORT, timeoutMs: 1_000 }

    pair.network.partition([[0], [1]])

    await assert.rejects(pair.settled(pair.client.host.network.connect(target)), {
      code: 'ETIMEDOUT',
    })
  })

  test('a kill closes what the other side has, and tells the dead nothing', async () => {
    const pair = new Pair()
    const { heard } = await pair.connected()

    await pair.settled(pair.server.kill())
    await pair.runFor(10)

    assert.deepEqual([pair.heard, heard], [[], ['closed']])
  })
})

describe('files of a member', () => {
  test('a kill lets go of locks and open files, and keeps what was written', async () => {
    const pair = new Pair()
    const { files } = pair.server.host
    files.makeDirectory('/logs')
    assert.ok(files.lock('/logs/.lock'))
    const file = files.open('/logs/a', 'create')
    file.write(Buffer.from('kept'), 0)

    await pair.settled(pair.server.kill())
    const next = pair.member(0).host.files

    assert.ok(next.lock('/logs/.lock'), 'its next life can take the lock')
    assert.equal(next.readFile('/logs/a').toString(), 'kept')
    assert.throws(() => file.write(Buffer.from('late'), 0), /cannot write \/logs\/a: EBADF/)
  })

  test('what the disk completes after a kill is told to nobody', async () => {
    const pair = new Pair()
    const file = pair.server.host.files.open('/a', 'create')
    let isTold = false
    void file.sync().then(() => (isTold = true))

    await pair.settled(pair.server.kill())
    await pair.runFor(100)

    assert.equal(isTold, false)
  })
})
