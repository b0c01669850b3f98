import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConnectString } from './connect-string.ts'

test('a connect string names servers and, behind them, the node that is the root', () => {
  const servers = [
    { host: 'a', port: 2181 },
    { host: '10.0.0.2', port: 2182 },
    { host: '::1', port: 2183 },
    { host: 'fe80::2', port: 2181 },
  ]

  assert.deepEqual(parseConnectString('a,10.0.0.2:2182, [::1]:2183,[fe80::2]/kafka/one'), {
    servers,
    chroot: '/kafka/one',
  })
  assert.deepEqual(parseConnectString('a:').servers, [{ host: 'a', port: 2181 }])
  assert.equal(parseConnectString('a/').chroot, '')
})

test('what is wrong with a connect string is said with the part that is wrong', () => {
  assert.throws(() => parseConnectString(''), /no server in the connect string ""/)
  assert.throws(() => parseConnectString('/kafka'), /no server in the connect string/)
  assert.throws(() => parseConnectString('a:99999'), /port "99999" of "a:99999"/)
  assert.throws(() => parseConnectString('a:x'), /port "x"/)
  assert.throws(() => parseConnectString('a/b//c'), /chroot "\/b\/\/c".*empty node name/)
  assert.throws(() => parseConnectString('a/b/'), /must not end with/)
})
