/**
 * Plays histories by seed and looks for those that fail: `npm run sim` plays all kinds, `--count` says how many of
 * each, `--from` the first seed; `npm run sim -- group --seed 42` prints the trace of one. Names choose what is
 * simulated. `npm run sim -- cluster --broken` looks how soon builds with a broken rule are noticed.
 */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { differenceOf, type Trace } from '../../src/sim/index.ts'
import { cleanerHistory } from './cleaner/history.ts'
import { brokenRules, searchBroken } from './cluster/broken-builds.ts'
import { clusterHistory, clusterStory } from './cluster/history.ts'
import { groupHistory } from './group/history.ts'
import { replicationHistory } from './replication/history.ts'
import { transactionHistory } from './transaction/history.ts'

interface Kind {
  readonly history: (seed: number) => Promise<Trace>
  readonly count: number
  /** Of so many one is played twice: a history that does not repeat proves nothing. */
  readonly twiceEvery: number
  readonly workers: number
}

const usual = { count: 2_000, twiceEvery: 10, workers: 1 }
const kinds: Readonly<Record<string, Kind>> = {
  cleaner: { history: cleanerHistory, ...usual },
  cluster: { history: clusterHistory, count: 10_000, twiceEvery: 100, workers: 2 },
  group: { history: groupHistory, ...usual },
  replication: { history: replicationHistory, ...usual },
  transaction: { history: transactionHistory, ...usual },
}

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string' },
    workers: { type: 'string' },
    failures: { type: 'string', default: '20' },
    broken: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const from = Number(values.from)
/** After so many there is no use in going on. */
const failuresMax = Number(values.failures)
const names = positionals.length === 0 ? Object.keys(kinds) : positionals
for (const name of names) {
  const kind = kinds[name]
  if (kind === undefined) {
    console.error(`no history ${name}: one of ${Object.keys(kinds).join(', ')}`)
    process.exit(2)
  }
  if (values.broken) searchBrokenBuilds()
  else if (values.seed !== undefined) await tell(name, kind, Number(values.seed))
  else await search(name, kind, Number(values.count ?? kind.count))
}

async function tell(name: string, { history }: Kind, seed: number): Promise<void> {
  if (name !== 'cluster') {
    console.log((await history(seed)).lines.join('\n'))
    return
  }
  const { world, failure } = await clusterStory(seed)
  console.log(world.simulation.trace.lines.join('\n'))
  if (failure !== undefined) throw failure
}

async function search(name: string, kind: Kind, count: number): Promise<void> {
  const workers = Math.min(Number(values.workers ?? kind.workers), count)
  const failed = workers > 1 ? await share(name, count, workers) : await play(name, kind, count)
  const seconds = Math.round(process.uptime())
  const outcome = failed === 0 ? 'hold' : `are played, ${failed} fail`
  console.log(
    `${name}: ${count} histories ${outcome}, seeds ${from} to ${from + count - 1}, ${seconds} s since the start`,
  )
  if (failed > 0) process.exitCode = 1
}

/** @returns how many fail */
async function play(name: string, { history, twiceEvery }: Kind, count: number): Promise<number> {
  let seed = from
  let failed = 0
  process.on('uncaughtExceptionMonitor', () => console.error(`\n${name}: seed ${seed} fails`))
  for (; seed < from + count && failed < failuresMax; seed += 1) {
    if (process.stdout.isTTY) process.stdout.write(`\r${name} seed ${seed}`)
    try {
      const trace = await history(seed)
      if (seed % twiceEvery !== 0) continue
      assert.equal(differenceOf(trace, await history(seed)), undefined, 'it does not repeat')
    } catch (error) {
      failed += 1
      const { message, stack } = error as Error
      console.error(`${name}: seed ${seed} fails: ${message.split('\n')[0] ?? ''}`)
      if (count === 1) console.error(stack)
    }
  }
  process.removeAllListeners('uncaughtExceptionMonitor')
  return failed
}

/** Processes of their own play a part each. @returns how many parts have failures */
async function share(name: string, count: number, workers: number): Promise<number> {
  const size = Math.ceil(count / workers)
  const parts = Array.from({ length: workers }, (_, at) => ({
    from: from + at * size,
    count: Math.min(size, count - at * size),
  }))
  const codes = await Promise.all(
    parts.map(part => {
      const child = spawn(
        process.execPath,
        [
          ...[fileURLToPath(import.meta.url), name, '--workers', '1'],
          ...['--from', String(part.from), '--count', String(part.count)],
          ...['--failures', String(failuresMax)],
        ],
        { stdio: 'inherit' },
      )
      return new Promise<number>(resolve => child.on('close', code => resolve(code ?? 1)))
    }),
  )
  return codes.filter(code => code !== 0).length
}

function searchBrokenBuilds(): void {
  for (const rule of Object.keys(brokenRules)) {
    const found = searchBroken(rule, { from, count: Number(values.count ?? 500) })
    console.log(`${rule}: ${found ?? 'not noticed'}`)
    if (found === undefined) process.exitCode = 1
  }
}
