import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readShellArguments, wordsOf } from './shell-arguments.ts'
import { isCommand, usageLines } from './shell-commands.ts'

test('options end where the command begins', () => {
  const read = readShellArguments(['-server', 'a:1', '-timeout', '5', 'ls', '-s', '/'])
  assert.equal(read.server, 'a:1')
  assert.equal(read.timeoutMs, 5)
  assert.deepEqual(read.command, ['ls', '-s', '/'])
})

test('without a server the one on this machine is meant, and the lack is told', () => {
  const read = readShellArguments(['-server'])
  assert.equal(read.server, 'localhost:2181')
  assert.equal(read.problem, 'Error: no argument found for option -server')
})

test('an option that cannot be honoured is named', () => {
  assert.equal(readShellArguments(['-zk-tls-config-file', 'f']).unsupported, '-zk-tls-config-file')
})

test('quotes hold a word together and are taken off', () => {
  assert.deepEqual(wordsOf(`create /a "two words" 'x'`), ['create', '/a', 'two words', 'x'])
  assert.deepEqual(wordsOf('  ls   / '), ['ls', '/'])
})

test('the usage lists every command, by name', () => {
  const names = usageLines()
    .slice(1)
    .map(line => line.trim().split(' ')[0] ?? '')
  assert.ok(names.every(isCommand))
  assert.deepEqual(names, names.toSorted())
  assert.equal(isCommand('foo'), false)
})
