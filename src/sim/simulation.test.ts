import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, type Connection, type Host } from '../host/index.ts'
import { ProcessEndedError } from './process-end.ts'
import { Simulation } from './simulation.ts'
import { differenceOf, type Trace } from './trace.ts'

const port = 7_000

/** Counts what it is sent, in a file that it replaces; tells the sender the count. */
async function serve(host: Host): Promise<void> {
  if (host.files.status('/count') === undefined) host.files.replaceFile('/count', '0')
  await host.network.listen({
    port,
    onConnection: connection =>
      connection.start({
        onBytes: chunk => {
          const count = Number(host.files.readFile('/count').toString()) + chunk.length
          host.files.replaceFile('/count', `${count}`)
          connection.write(Buffer.from(`${count};`))
        },
        onClose: () => undefined,
      }),
  })
  host.log.info('serving', { count: host.files.readFile('/count').toString() })
}

/** Sends a byte now and then, connects again when it must, and remembers the highest count it was told. */
async function ask(host: Host, told: { highest: number }): Promise<void> {
  let connection: Connection | undefined
  for (let round = 0; round < 60; round++) {
    await sleep(host.clock, host.random.below(20))
    try {
      connection ??= await open()
      connection.write(Buffer.from('.'))
    } catch (error) {
      host.log.warn('cannot connect', { error })
    }
  }
  connection?.end()

  async function open(): Promise<Connection> {
    const opened = await host.network.connect({ host: 'server', port, timeoutMs: 50 })
    let text = ''
    opened.start({
      onBytes: chunk => {
        text += chunk.toString('latin1')
        const counts = text.split(';').slice(0, -1).map(Number)
        told.highest = Math.max(told.highest, ...counts)
      },
      onClose: () => {
        connection = undefined
      },
    })
    return opened
  }
}

/** A server that is crashed, killed, cut off and paused while a client counts on it. */
async function history(seed: number): Promise<{ trace: Trace; told: number; stored: number }> {
  const simulation = new Simulation(seed, { network: { lossRate: 0.05, dropRate: 0.01 } })
  const server = simulation.addHost('server')
  const told = { highest: 0 }
  await serve(server.boot())
  const asking = ask(simulation.addHost('client').boot(), told)
  for (let event = 0; event < 6; event++) {
    await simulation.scheduler.runFor(simulation.random.below(200))
    const mishap = simulation.random.pick(['crash', 'kill', 'cut', 'pause'] as const)
    if (mishap === 'cut') simulation.network.isolate('server')
    else server[mishap]()
    await simulation.scheduler.runFor(simulation.random.below(100))
    simulation.network.heal()
    server.resume()
    if (!server.isUp) await serve(server.boot())
  }
  await simulation.scheduler.runUntilIdle()
  await asking
  server.crash('nothing')
  const stored = Number(server.boot().files.readFile('/count').toString())
  return { trace: simulation.trace, told: told.highest, stored }
}

test('through crashes, kills, cuts and pauses nothing that was told is lost', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { told, stored } = await history(seed)

    assert.ok(told > 0, `seed ${seed}: nothing happened`)
    assert.ok(stored >= told, `seed ${seed}: told ${told}, stored ${stored}`)
  }
})

test('the same seed leaves the same trace, another seed another', async () => {
  for (let seed = 100; seed < 105; seed++) {
    const [first, second] = [await history(seed), await history(seed)]
    assert.equal(differenceOf(first.trace, second.trace), undefined)
    assert.ok(first.trace.count > 50)
  }
  const [one, other] = [await history(1), await history(2)]

  assert.match(differenceOf(one.trace, other.trace) ?? '', /^the runs part at line \d+ of /)
})

test('a process ends before the operation that was named, and a write then is torn', async () => {
  const simulation = new Simulation(1)
  const host = simulation.addHost('a')
  const first = host.boot()
  host.endAt({ operations: 3, path: /log/ }, 'kill')

  first.files.writeFile('/other', Buffer.from('not counted'))
  const file = first.files.open('/log', 'create')
  file.write(Buffer.from('whole'), 0)
  assert.throws(() => file.write(Buffer.from('in part'), 5))
  assert.throws(() => file.write(Buffer.from('never'), 5), ProcessEndedError)
  await simulation.scheduler.runFor(1)

  assert.ok(!host.isUp)
  const left = host.boot().files.readFile('/log').toString()
  assert.match(left, /^whole/)
  assert.ok(left.length < 'wholein part'.length, left)
})
