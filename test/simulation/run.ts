/**
 * Plays histories by seed: `npm run sim -- --seed 42` prints the trace of one, `npm run sim -- --count
 * 1000` looks for one that fails. A name chooses what is simulated; default: all.
 */
import { parseArgs } from 'node:util'
import type { Trace } from '../../src/sim/index.ts'
import { cleanerHistory } from './cleaner/history.ts'
import { groupHistory } from './group/history.ts'
import { transactionHistory } from './transaction/history.ts'

const histories: Record<string, (seed: number) => Promise<Trace>> = {
  cleaner: cleanerHistory,
  group: groupHistory,
  transaction: transactionHistory,
}

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string', default: '100' } },
  allowPositionals: true,
})
const names = positionals.length === 0 ? Object.keys(histories) : positionals
for (const name of names) {
  const history = histories[name]
  if (history === undefined) {
    console.error(`no history ${name}: one of ${Object.keys(histories).join(', ')}`)
    process.exit(2)
  }
  if (values.seed === undefined) await search(name, history, Number(values.count))
  else console.log((await history(Number(values.seed))).lines.join('\n'))
}

/** A history that fails ends the process with its error; the seed is the last one named. */
async function search(
  name: string,
  history: (seed: number) => Promise<Trace>,
  count: number,
): Promise<void> {
  for (let seed = 1; seed <= count; seed += 1) {
    process.stdout.write(`\r${name} seed ${seed}`)
    await history(seed)
  }
  console.log(`\r${name}: ${count} histories hold`)
}
