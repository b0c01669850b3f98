/** The command line of the example: `npm run balance -- <command>`. */
import { parseArgs } from 'node:util'
import { Kafka, unwrap } from 'tidelog/client'
import { startBroker } from 'tidelog/testing'
import { ACCOUNTS, labTopics, type Topics } from './accounts.ts'
import { isExact, tableOf, totalOf } from './comparison.ts'
import { drill } from './drill.ts'
import { calculateExactly } from './exact-calculator.ts'
import { generate } from './generator.ts'
import { calculateNaively } from './naive-calculator.ts'

const USAGE = `npm run balance -- <command> [options]

  create     makes the topics transactions and balance, with an account in each of ten partitions
  generate   sends a random transaction to each account every second
  naive      writes balances, the simple way
  exact      writes balances, exactly once
  drill      kills each calculator again and again, and shows what is wrong afterwards

  --bootstrap-server <host:port>   default: localhost:9092; drill: a broker of its own, in memory
  --kills <number>                 of each calculator in the drill, default 10
  --transactions <topic>           default: ${labTopics.transactions}
  --balance <topic>                default: ${labTopics.balance}
  --name <name>                    of an exact calculator: one for each that runs at once`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'bootstrap-server': { type: 'string' },
    kills: { type: 'string', default: '10' },
    transactions: { type: 'string', default: labTopics.transactions },
    balance: { type: 'string', default: labTopics.balance },
    name: { type: 'string' },
  },
})
const [command] = positionals
const topics: Topics = { transactions: values.transactions, balance: values.balance }
const bootstrapServers = values['bootstrap-server'] ?? 'localhost:9092'

switch (command) {
  case 'create':
    await create()
    break
  case 'generate':
    await generateUntilStopped()
    break
  case 'naive':
    await calculateNaively(new Kafka({ bootstrapServers }), topics)
    break
  case 'exact': {
    const groupId = `${topics.balance}-calculator`
    const name = values.name ?? groupId
    await calculateExactly(new Kafka({ bootstrapServers }), { topics, name, groupId })
    break
  }
  case 'drill':
    process.exitCode = (await drillBoth()) ? 0 : 1
    break
  case undefined:
  default:
    console.error(USAGE)
    process.exitCode = 2
}

async function create(): Promise<void> {
  await using admin = new Kafka({ bootstrapServers }).admin()
  const names = [topics.transactions, topics.balance]
  const created = await admin.createTopics(names.map(name => ({ name, numPartitions: ACCOUNTS })))
  for (const outcome of created.values()) unwrap(outcome)
}

async function generateUntilStopped(): Promise<void> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  await generate(new Kafka({ bootstrapServers }), {
    ...{ topic: topics.transactions, pauseMs: 1_000, signal: stopping.signal },
    onSent: (account, value) =>
      console.log(`new transaction: value=${value} account_number=${account}`),
  })
}

/** @returns whether the exact one was exact */
async function drillBoth(): Promise<boolean> {
  const kills = Number(values.kills)
  if (!(Number.isInteger(kills) && kills >= 0)) {
    throw new RangeError(`--kills must be a whole number of at least 0, got ${values.kills}`)
  }
  const given = values['bootstrap-server']
  const own = given === undefined ? await startBroker() : undefined
  let isGood = true
  try {
    for (const calculator of ['naive', 'exact'] as const) {
      console.log(`\nThe ${calculator} calculator, killed ${kills} times:\n`)
      const servers = own?.bootstrapServers ?? given ?? ''
      const { comparison } = await drill({ bootstrapServers: servers, calculator, kills })
      console.log(tableOf(comparison))
      const { wrong, transactions } = totalOf(comparison)
      console.log(`\n${wrong} of ${transactions} balances are wrong or missing.`)
      if (calculator === 'exact') isGood = isExact(comparison)
    }
  } finally {
    await own?.stop()
  }
  return isGood
}
