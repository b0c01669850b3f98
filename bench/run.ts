/** `npm run bench` lists the benchmarks; `npm run bench -- <name> ... [--rounds n]` runs those whose name contains a word. */
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machine, type Benchmark } from './measure.ts'

const ending = '.bench.js'
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' } },
})
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  console.error(`--rounds must be a whole number above 0, got ${values.rounds ?? ''}`)
  process.exit(2)
}

const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith(ending))
  .map(file => file.slice(0, -ending.length))
  .sort()
const wanted = names.filter(name => positionals.some(part => name.includes(part)))

if (positionals.length === 0) {
  for (const name of names) console.log(`${name.padEnd(20)} ${(await load(name)).question}`)
} else if (wanted.length === 0) {
  console.error(`no benchmark matches ${positionals.join(' ')}: one of ${names.join(', ')}`)
  process.exit(2)
} else {
  console.log(machine())
  for (const name of wanted) {
    const benchmark = await load(name)
    console.log(`\n${name}: ${benchmark.question}`)
    await benchmark.run(rounds ?? benchmark.rounds)
  }
}

async function load(name: string): Promise<Benchmark> {
  const loaded = (await import(`./${name}${ending}`)) as { benchmark: Benchmark }
  return loaded.benchmark
}
