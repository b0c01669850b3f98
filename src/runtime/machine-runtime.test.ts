import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { MemoryLog } from '../../test/group/memory-log.ts'
import { silentLog } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { Scheduler, SimClock } from '../sim/index.ts'
import type { Machine } from './machine.ts'
import { MachineRuntime } from './machine-runtime.ts'

/** A machine that adds numbers: the smallest that stores something. */
interface Sums {
  readonly state: { sum: number; lost: number }
  readonly event: { readonly add: number } | { readonly lost: number }
  readonly question: { readonly add: number }
  readonly reply: string
  readonly record: { readonly add: number }
  readonly transition: { readonly lost: number }
  readonly timer: never
  readonly lost: { readonly lost: number }
  readonly action: never
}

const none: readonly never[] = []

const adding: Machine<Sums> = {
  createState: () => ({ sum: 0, lost: 0 }),
  decide: (state, event) =>
    'lost' in event
      ? { reply: 'lost', transitions: [event], records: none, effects: none }
      : {
          reply: `${event.add} to ${state.sum}`,
          ...{ transitions: none, effects: none, records: [event], lost: { lost: event.add } },
        },
  apply: (state, change) => {
    if ('add' in change) state.sum += change.add
    else state.lost += change.lost
  },
  refuse: (_, errorCode) => `refused with ${errorCode}`,
  lostEvent: lost => lost,
  loadedEvents: () => [],
  timerKey: () => '',
  encode: ({ add }) => ({ key: Buffer.from([0]), value: Buffer.from([add]) }),
  decode: ({ value }) => ({ add: value?.[0] ?? 0 }),
  transactionEnd: () => ({ add: 0 }),
}

async function bench(maxWaiting = 10) {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const log = new MemoryLog(clock)
  const make = (): MachineRuntime<Sums> =>
    new MachineRuntime({
      ...{ machine: adding, partition: 0, log, clock, logger: silentLog, maxWaiting },
      ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000, codec: 0 },
    })
  const runtime = make()
  await runtime.load()
  const answers: string[] = []
  const add = (number: number): void => {
    void runtime.ask(() => ({ add: number })).then(answer => answers.push(answer))
  }
  return { scheduler, log, runtime, make, answers, add }
}

test('an answer comes when its records are durable; until then they are not to be seen', async () => {
  const { scheduler, log, runtime, answers, add } = await bench()
  log.fateOf = () => ({ delayMs: 100, errorCode: ErrorCode.NONE })

  add(1)
  add(2)
  await scheduler.runFor(99)
  const before = [answers.length, runtime.state.sum]
  await scheduler.runFor(1)

  assert.deepEqual(before, [0, 0])
  assert.deepEqual(answers, ['1 to 0', '2 to 0'], 'decided while the log was waited for')
  assert.equal(runtime.state.sum, 3)
})

test('what the log does not take is not applied, and the machine hears of it', async () => {
  const { scheduler, log, runtime, answers, add } = await bench()
  log.fateOf = () => ({ delayMs: 0, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS })

  add(5)
  await scheduler.runFor(1)

  assert.deepEqual(answers, ['lost'])
  assert.deepEqual(runtime.state, { sum: 0, lost: 5 })
})

test('loading comes to the same state', async () => {
  const { scheduler, runtime, make, add } = await bench()
  for (let number = 1; number <= 5; number += 1) add(number)
  await scheduler.runFor(1)

  const another = make()
  await another.load()

  assert.deepEqual(another.state, runtime.state)
})

test('questions that wait are bounded, and those who were let in are answered', async () => {
  const { scheduler, log, answers, add } = await bench(2)
  log.fateOf = () => ({ delayMs: 100, errorCode: ErrorCode.NONE })

  for (let number = 1; number <= 3; number += 1) add(number)
  await scheduler.runFor(1)
  const atOnce = [...answers]
  await scheduler.runFor(100)

  assert.deepEqual(atOnce, [`refused with ${ErrorCode.COORDINATOR_NOT_AVAILABLE}`])
  assert.deepEqual(answers.slice(1), ['1 to 0', '2 to 0'])
})

test('a runtime that is closed while it loads never begins', async () => {
  const { scheduler, make, add } = await bench()
  add(1)
  await scheduler.runFor(1)
  const another = make()

  const loading = another.load()
  another.close()
  await loading

  assert.equal(another.unavailable, ErrorCode.NOT_COORDINATOR)
})
