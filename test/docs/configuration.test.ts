import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectRoot } from '../peers/cache.ts'
import { configurationPage } from './configuration.ts'

test('docs/configuration.md says what the tables say (if not: npm run docs)', () => {
  const page = readFileSync(join(projectRoot, 'docs/configuration.md'), 'utf8')

  assert.ok(page === configurationPage(), 'docs/configuration.md is out of date: npm run docs')
})
