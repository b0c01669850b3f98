import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byTurns, figuresOf, ownUsage, tableOf, usageOf, type Contender } from '../bench/measure.ts'

test('contenders take turns, every second round the other way round, and the first round does not count', async () => {
  const order: string[] = []
  const contender = (name: string): Contender => ({
    name,
    measure: async () => {
      order.push(name)
      return { 'MB/s': order.length }
    },
  })

  const samples = await byTurns([contender('a'), contender('b')], { rounds: 2 })

  assert.deepEqual(order, ['b', 'a', 'a', 'b', 'b', 'a'])
  assert.deepEqual(samples.get('a'), [{ 'MB/s': 3 }, { 'MB/s': 6 }])
})

test('the median of an even number of values lies between the middle ones', () => {
  assert.deepEqual(figuresOf([5, 1, 3]), { median: 3, min: 1, max: 5 })
  assert.deepEqual(figuresOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10 })
  assert.throws(() => figuresOf([]), { message: 'no values to summarise' })
})

test('the table shows the ratio to the first contender, metric by metric', () => {
  const samples = new Map([
    ['genuine', [{ 'MB/s': 200, 'CPU s/GB': 4.9 }]],
    ['ours', [{ 'MB/s': 400, 'CPU s/GB': 1.225 }]],
  ])

  assert.equal(
    tableOf(samples),
    [
      '         metric    median   min   max  ratio',
      'genuine  MB/s         200   200   200   1.00',
      'genuine  CPU s/GB    4.90  4.90  4.90   1.00',
      'ours     MB/s         400   400   400   2.00',
      'ours     CPU s/GB    1.23  1.23  1.23   0.25',
    ].join('\n'),
  )
})

test('the processor time of a process by its id is about what it says of itself', () => {
  const byId = usageOf(process.pid)
  const own = ownUsage()

  assert.ok(Math.abs(byId.cpuSeconds - own.cpuSeconds) < 0.1)
  assert.ok(byId.rssBytes > 10 * 2 ** 20)
})
