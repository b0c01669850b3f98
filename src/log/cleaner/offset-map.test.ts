import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyHash } from './key-hash.ts'
import { BYTES_PER_ENTRY, OffsetMap } from './offset-map.ts'

const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')

test('a key is hashed by HalfSipHash-2-4 with 64 bits, as its authors publish it', () => {
  const hash = new KeyHash(secret)
  const firstHalf = (length: number): string => {
    const input = Buffer.from(Array.from({ length }, (_, n) => n))
    hash.update(input, 0, length)
    return Buffer.from(hash.words.buffer, 0, 8).toString('hex')
  }

  assert.deepEqual([0, 1, 4, 7, 9].map(firstHalf), [
    '218d1f59b9b83cc8',
    'be552412f8387315',
    'd5e78a175be52ea1',
    'ff202728b07bc684',
    '5b51cccc13888307',
  ])
})

test('two secrets hash a key differently: nobody can look for collisions beforehand', () => {
  const key = Buffer.from('key')
  const words = [secret, Buffer.alloc(16, 7)].map(given => {
    const hash = new KeyHash(given)
    hash.update(key, 0, key.length)
    return [...hash.words].join(',')
  })

  assert.notEqual(words[0], words[1])
})

test('the map answers as one that keeps the keys', () => {
  const keys = fc.uint8Array({ maxLength: 9 })
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.nat(2 ** 50)), { maxLength: 60 }), entries => {
      const map = new OffsetMap(60 * BYTES_PER_ENTRY, secret)
      const model = new Map<string, number>()
      for (const [key, offset] of entries) {
        map.put(key, 0, key.length, offset)
        model.set(Buffer.from(key).toString('hex'), offset)
      }

      assert.equal(map.size, model.size)
      for (const [key] of entries) {
        assert.equal(map.get(key, 0, key.length), model.get(Buffer.from(key).toString('hex')))
      }
      assert.equal(map.get(Buffer.from('not there'.repeat(2)), 0, 18), -1)
    }),
  )
})

test('a full map refuses another key and still finds those it has', () => {
  const map = new OffsetMap(2 * BYTES_PER_ENTRY, secret)
  map.put(Buffer.from('a'), 0, 1, 5)
  map.put(Buffer.from('b'), 0, 1, 6)

  assert.throws(() => map.put(Buffer.from('c'), 0, 1, 7), /2 slots is full/)
  map.put(Buffer.from('a'), 0, 1, 8)
  assert.deepEqual([map.get(Buffer.from('a'), 0, 1), map.utilization], [8, 1])
})
