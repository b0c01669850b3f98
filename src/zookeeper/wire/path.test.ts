import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childPath, nameOf, parentOf, whyInvalidPath } from './path.ts'

test('a path names its parent and itself, and the root is its own parent', () => {
  assert.equal(parentOf('/a/b'), '/a')
  assert.equal(parentOf('/a'), '/')
  assert.equal(parentOf('/'), '/')
  assert.equal(nameOf('/a/b'), 'b')
  assert.equal(childPath('/', 'a'), '/a')
  assert.equal(childPath('/a', 'b'), '/a/b')
})

test('a path is refused for the reason ZooKeeper gives', () => {
  const reasons: [string, string | undefined][] = [
    ['', 'Path length must be > 0'],
    ['a', 'Path must start with / character'],
    ['/a/', 'Path must not end with / character'],
    ['/a//b', 'empty node name specified @3'],
    ['/a/../b', 'relative paths not allowed @4'],
    ['/a/./b', 'relative paths not allowed @3'],
    ['/..', 'relative paths not allowed @2'],
    ['/.', 'relative paths not allowed @1'],
    ['/a\0b', 'null character not allowed @2'],
    ['/a\u001fb', 'invalid character @2'],
    ['/a\u0085', 'invalid character @2'],
    ['/a\ud83d\ude00', 'invalid character @2'],
    ['/a\ufff0', 'invalid character @2'],
    ['/', undefined],
    ['/.a', undefined],
    ['/a..b', undefined],
    ['/...', undefined],
    ['/a b\u00e4\u20ac', undefined],
  ]
  for (const [path, reason] of reasons) assert.equal(whyInvalidPath(path), reason, path)
})
