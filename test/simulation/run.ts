/**
 * Plays histories by seed: `npm run sim` plays 2,000 of each kind, looking for one that fails (`--count` says
 * how many, `--from` the first seed), `npm run sim -- group --seed 42` prints the trace of one. Names choose
 * what is simulated; default: all.
 */
import { strict as assert } from 'node:assert'
import { parseArgs } from 'node:util'
import { differenceOf, type Trace } from '../../src/sim/index.ts'
import { cleanerHistory } from './cleaner/history.ts'
import { clusterHistory } from './cluster/history.ts'
import { groupHistory } from './group/history.ts'
import { replicationHistory } from './replication/history.ts'
import { transactionHistory } from './transaction/history.ts'

const histories: Record<string, (seed: number) => Promise<Trace>> = {
  cleaner: cleanerHistory,
  cluster: clusterHistory,
  group: groupHistory,
  replication: replicationHistory,
  transaction: transactionHistory,
}

/** Of so many one is played twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 10

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '2000' },
  },
  allowPositionals: true,
})
const names = positionals.length === 0 ? Object.keys(histories) : positionals
for (const name of names) {
  const history = histories[name]
  if (history === undefined) {
    console.error(`no history ${name}: one of ${Object.keys(histories).join(', ')}`)
    process.exit(2)
  }
  if (values.seed === undefined) await search(name, history)
  else console.log((await history(Number(values.seed))).lines.join('\n'))
}

/** A history that fails ends the process: its seed is named, and its error. */
async function search(name: string, history: (seed: number) => Promise<Trace>): Promise<void> {
  const from = Number(values.from)
  const count = Number(values.count)
  let seed = from
  process.on('uncaughtExceptionMonitor', () => console.error(`\n${name}: seed ${seed} fails`))
  for (; seed < from + count; seed += 1) {
    if (process.stdout.isTTY) process.stdout.write(`\r${name} seed ${seed}`)
    const trace = await history(seed)
    if (seed % TWICE_EVERY !== 0) continue
    const again = await history(seed)
    assert.equal(differenceOf(trace, again), undefined, `seed ${seed} does not repeat`)
  }
  process.removeAllListeners('uncaughtExceptionMonitor')
  const seconds = Math.round(process.uptime())
  console.log(
    `${name}: ${count} histories hold, seeds ${from} to ${seed - 1}, ${seconds} s since the start`,
  )
}
