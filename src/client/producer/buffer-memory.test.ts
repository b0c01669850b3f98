import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BufferMemory } from './buffer-memory.ts'

test('who finds no room waits, and is served in the order of coming', () => {
  const memory = new BufferMemory(100)
  const served: string[] = []
  memory.take(100, () => served.push('first'))
  memory.take(60, () => served.push('large'))
  memory.take(10, () => served.push('small'))
  assert.deepEqual(served, ['first'])
  assert.equal(memory.hasRoom, false)

  memory.give(50)
  assert.deepEqual(served, ['first'], 'the small one does not overtake')
  memory.give(50)

  assert.deepEqual(served, ['first', 'large', 'small'])
})

test('who gives up makes way for those behind', () => {
  const memory = new BufferMemory(100)
  const served: string[] = []
  memory.take(50, () => served.push('first'))
  const giveUp = memory.take(60, () => served.push('large'))
  memory.take(40, () => served.push('small'))

  giveUp?.()

  assert.deepEqual(served, ['first', 'small'])
})

test('never more is taken than there is, and nothing waits when all is given back', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 50 })
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.boolean()), (wanted, gives) => {
      const memory = new BufferMemory(100)
      const held: number[] = []
      let takenBytes = 0
      let servedCount = 0
      const giveOne = (): void => {
        const sizeBytes = held.shift()
        if (sizeBytes === undefined) return
        takenBytes -= sizeBytes
        memory.give(sizeBytes)
      }
      for (const sizeBytes of wanted) {
        memory.take(sizeBytes, () => {
          servedCount += 1
          takenBytes += sizeBytes
          held.push(sizeBytes)
          assert(takenBytes <= 100)
        })
        if (gives.next().value) giveOne()
      }
      while (held.length > 0) giveOne()
      assert.equal(servedCount, wanted.length)
      assert.equal(memory.hasRoom, true)
    }),
  )
})
