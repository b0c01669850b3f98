import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPasswordOf, passwordOf } from './password.ts'

test('the password of a session is the one that genuine ZooKeeper 3.8.4 gives', () => {
  // new Random(id ^ 0xB3415C00L).nextBytes(new byte[16]) in Java 17.
  const known: [bigint, string][] = [
    [0x1000_0000_0000_0000n, 'f22acd4a97e69d6d20a49bb638eadb38'],
    [0x0100_1234_5678_9abcn, 'e673bc9940b4e7724864ecd8054f6ff4'],
    [-1n, '20f62cb5648dc2d771471c8a2486a9ee'],
  ]
  for (const [id, hex] of known) assert.equal(passwordOf(id).toString('hex'), hex)
})

test('no password fits no session', () => {
  assert.equal(isPasswordOf(0n, passwordOf(0n)), false)
  assert.equal(isPasswordOf(7n, passwordOf(7n)), true)
  assert.equal(isPasswordOf(7n, passwordOf(8n)), false)
  assert.equal(isPasswordOf(7n, Buffer.alloc(0)), false)
  assert.equal(isPasswordOf(7n, null), false)
})
