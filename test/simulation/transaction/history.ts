/** One history of transactions from its seed, and the judgement of what is in the partitions afterwards. */
import { strict as assert } from 'node:assert'
import { sleep } from '../../../src/host/index.ts'
import type { Trace } from '../../../src/sim/index.ts'
import { TransactionalProducer, type Account } from './producer.ts'
import { TransactionWorld } from './world.ts'

const TRANSACTIONAL_IDS = 3
const FAULTY_MS = 60_000
/** Timeouts, the check for them, slow appends and markers: after that nothing may be open. */
const SETTLING_MS = 40_000

export async function transactionHistory(seed: number): Promise<Trace> {
  const world = new TransactionWorld(seed)
  const account: Account = { ended: new Map(), written: new Map(), given: new Map() }
  let isOver = false
  const story = tell(world, account).then(() => (isOver = true))
  await world.scheduler.runUntil(() => isOver, FAULTY_MS * 10)
  await story
  judge(world, account)
  return world.trace
}

async function tell(world: TransactionWorld, account: Account): Promise<void> {
  const { clock } = world
  const clients = Array.from({ length: TRANSACTIONAL_IDS }, (_, id) =>
    succession(world, account, `id-${id}`),
  )
  await world.start()
  await disturb(world)
  world.isFaulty = false
  await Promise.all(clients)
  await sleep(clock, SETTLING_MS)
  for (let id = 0; id < TRANSACTIONAL_IDS; id += 1) {
    const last = new TransactionalProducer(world, account, `id-${id}`, `id-${id}-last`)
    assert.ok(await last.commitOnce(clock.monotonicMs() + SETTLING_MS), `id-${id} cannot be used`)
  }
  await sleep(clock, SETTLING_MS)
}

/** One producer after another under an id; sometimes the next begins before the last has gone. */
async function succession(
  world: TransactionWorld,
  account: Account,
  transactionalId: string,
): Promise<void> {
  const { clock, random } = world
  const running: Promise<void>[] = []
  for (let n = 0; clock.monotonicMs() < FAULTY_MS; n += 1) {
    const name = `${transactionalId}-${n}`
    const producer = new TransactionalProducer(world, account, transactionalId, name)
    const run = producer.run(FAULTY_MS)
    running.push(run)
    await (random.chance(0.3) ? sleep(clock, random.between(0, 3_000)) : run)
    await sleep(clock, 10)
  }
  await Promise.all(running)
}

/** The coordinator moves and crashes at any time too, and loses what was not durable. */
async function disturb(world: TransactionWorld): Promise<void> {
  const { clock, random } = world
  while (clock.monotonicMs() < FAULTY_MS) {
    await sleep(clock, random.between(0, random.chance(0.3) ? 100 : 8_000))
    await world.replace(random.chance(0.7) ? 'crash' : 'resign', random.between(0, 2_000))
  }
}

function judge(world: TransactionWorld, { ended, written, given }: Account): void {
  const outcomes = new Map<string, Set<string>>()
  world.partitions.forEach((partition, number) => {
    assert.deepEqual(partition.open, [], `transactions hang in partition ${number}`)
    for (const [transaction, found] of partition.outcomes) {
      const all = outcomes.get(transaction) ?? new Set()
      outcomes.set(transaction, new Set([...all, ...found]))
    }
  })
  for (const [transaction, found] of outcomes) {
    assert.equal(found.size, 1, `${transaction} is torn: ${[...found].join(' and ')}`)
  }
  for (const [transaction, outcome] of ended) {
    const found = [...(outcomes.get(transaction) ?? [])]
    const expected = written.has(transaction) ? [outcome] : []
    assert.deepEqual(found, expected, `${transaction} was acknowledged as ${outcome}`)
  }
  for (const [transactionalId, identities] of given) {
    const distinct = new Set(identities)
    assert.equal(distinct.size, identities.length, `${transactionalId}: an epoch was given twice`)
  }
}
