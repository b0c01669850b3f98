/** Copies of the built broker with one rule broken, to see that the checker catches it. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { projectRoot } from '../../peers/cache.ts'

/** The bundle that has the broker. */
const SERVERS = 'servers.cjs'

/** What stands in it, exactly once, and what takes its place. */
export interface Replacement {
  readonly pattern: RegExp
  readonly by: string
}

export const brokenRules = {
  'the markers of transactions are skipped': [
    { pattern: /(?<=const isGone = )await this\.#isGone\(\w+, \w+\)/, by: 'true' },
  ],
  'offsets are committed outside their transaction': [
    { pattern: /\.\.\.producer !== void 0 && \{ producer \}/, by: '...{}' },
    { pattern: /\.\.\.event\.producer !== void 0 && \{ producerId: .*\}/, by: '...{}' },
  ],
  'only the last batch of a producer is remembered': [
    { pattern: /(?<=\bREMEMBERED_BATCHES = )5(?=;)/, by: '1' },
  ],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>

/** Makes the scripts and bundles in `folder` anew, changed. @throws AssertionError where there is nothing to change */
export function breakBuild(folder: string, replacements: readonly Replacement[]): void {
  const bundles = join(folder, 'dist', 'bin')
  mkdirSync(join(folder, 'dist'), { recursive: true })
  for (const name of ['bin', 'config', 'package.json']) {
    cpSync(join(projectRoot, name), join(folder, name), { recursive: true })
  }
  cpSync(join(projectRoot, 'dist', 'bin'), bundles, { recursive: true })
  symlinkSync(join(projectRoot, 'dist', 'src'), join(folder, 'dist', 'src'))
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  // It was compiled from the code as it was.
  for (const name of readdirSync(bundles)) {
    if (name.endsWith('.code')) rmSync(join(bundles, name))
  }
  for (const replacement of replacements) replaceIn(join(bundles, SERVERS), replacement)
}

function replaceIn(path: string, { pattern, by }: Replacement): void {
  const text = readFileSync(path, 'utf8')
  const count = [...text.matchAll(new RegExp(pattern, 'g'))].length
  assert.equal(count, 1, `${String(pattern)} stands ${count} times in ${SERVERS}`)
  writeFileSync(path, text.replace(pattern, by))
}
