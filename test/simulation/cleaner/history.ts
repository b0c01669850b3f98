/**
 * A compacted log over several lives of its broker, from a seed: the process is killed or the machine loses
 * power at any time, or just before any operation on the disk that the cleaner makes, or within a write.
 */
import assert from 'node:assert/strict'
import { Simulation, type EntryOrder, type Trace } from '../../../src/sim/index.ts'
import { Account } from './account.ts'
import { Life } from './life.ts'

const LIVES = 5
const LONGEST_LIFE_MS = 700
/** What the cleaner writes, renames, removes and syncs. */
const CLEANERS_FILES = /\.(cleaned|swap|deleted)$|checkpoint|^\/logs\/[^/]+$/
/** First lives end, by their seed, before each of so many of its operations. */
const SWEPT_OPERATIONS = 150

export async function cleanerHistory(seed: number): Promise<Trace> {
  const entryOrder: EntryOrder = seed % 2 === 0 ? 'ordered' : 'independent'
  const simulation = new Simulation(seed, { entryOrder })
  const { scheduler, random, trace } = simulation
  const machine = simulation.addHost('broker')
  const deleteRetentionMs = random.below(600)
  const account = new Account(deleteRetentionMs)
  const failures: unknown[] = []
  const begin = (story: string): Life => {
    const host = machine.boot()
    const isOver = (): boolean => !machine.isUp
    return new Life({ host, account, random: random.fork(story), deleteRetentionMs, isOver })
  }
  const failed = (error: unknown): void => {
    if (machine.isUp) failures.push(error)
  }
  for (let n = 0; n < LIVES; n += 1) {
    const life = begin(`life ${n}`)
    const losesPower = random.chance(0.5)
    const how = losesPower ? 'crash' : 'kill'
    const operations = n === 0 ? 1 + (seed % SWEPT_OPERATIONS) : random.between(1, SWEPT_OPERATIONS)
    if (n === 0 || random.chance(0.5)) machine.endAt({ operations, path: CLEANERS_FILES }, how)
    life.run().catch(failed)
    await scheduler.runUntil(() => !machine.isUp, random.between(20, LONGEST_LIFE_MS))
    assert.deepEqual(failures, [], `seed ${seed}, life ${n}`)
    account.flushed = Math.max(account.flushed, life.recoveryPoint)
    if (machine.isUp) machine[how]()
    await scheduler.runFor(0)
    account.losesPower ||= losesPower
  }
  let isDone = false
  begin('the end')
    .finish()
    .then(() => (isDone = true), failed)
  await scheduler.runUntil(() => isDone || failures.length > 0, 600_000)
  assert.deepEqual(failures, [], `seed ${seed}, at the end`)
  assert.ok(isDone, `seed ${seed} does not come to an end`)
  return trace
}
