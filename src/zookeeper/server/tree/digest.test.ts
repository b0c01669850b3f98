import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataTree } from './data-tree.ts'
import { digestOfNode } from './digest.ts'
import { newStat } from './znode.ts'

test('the digest of a new tree is the one that genuine ZooKeeper 3.8.4 and 3.9.3 begin with', () => {
  assert.equal(new DataTree({ extendedTypesEnabled: false }).digest, 1371985504n)
})

test('null and empty data count alike, and so do all nodes below /zookeeper', () => {
  const stat = newStat({ zxid: 7n, timeMs: 1_700_000_000_000n, ephemeralOwner: 0n })

  assert.equal(digestOfNode('/a', null, stat), digestOfNode('/a', Buffer.alloc(0), stat))
  assert.notEqual(digestOfNode('/a', null, stat), digestOfNode('/b', null, stat))
  assert.notEqual(digestOfNode('/a', null, stat), digestOfNode('/a', Buffer.from('x'), stat))
  assert.equal(digestOfNode('/zookeeper/quota', null, stat), 0)
  assert.notEqual(digestOfNode('/zookeeper', null, stat), 0)
})

test('a path longer than the scratch buffer counts as a short one does', () => {
  const stat = newStat({ zxid: 0n, timeMs: 0n, ephemeralOwner: 0n })
  const [short, long] = [`/${'a'.repeat(300)}`, `/${'a'.repeat(3_000)}`]

  assert.notEqual(digestOfNode(short, null, stat), digestOfNode(long, null, stat))
  assert.equal(digestOfNode(long, null, stat), digestOfNode('/', Buffer.from(long), stat))
})
