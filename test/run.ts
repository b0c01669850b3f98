/**
 * Runs a suite with node:test on the built output: `unit` (all of src/ and test/, save the rest),
 * `interop` (needs genuine peers), `drill` (long). Further arguments choose files by substring;
 * `--page <file>` writes what the tests have shown as a page of the documentation.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const suites = {
  unit: { roots: ['dist/src', 'dist/test'], ending: '.test.js' },
  interop: { roots: ['dist/test/interop', 'dist/test/differential'], ending: '.interop.js' },
  drill: { roots: ['dist/test/drill', 'dist/test/differential'], ending: '.drill.js' },
} as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { page: { type: 'string' } },
})
const [name = 'unit', ...wanted] = positionals
if (!(name in suites)) {
  console.error(`unknown suite ${name}: one of ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
const suite = suites[name as keyof typeof suites]
const files = suite.roots
  .flatMap(root => filesBelow(root))
  .filter(file => file.endsWith(suite.ending))
  .filter(file => wanted.length === 0 || wanted.some(part => file.includes(part)))
if (files.length === 0) {
  console.error(`no ${name} test matches ${wanted.join(' ')}`)
  process.exit(1)
}

// Interop tests start servers and share two cores: one after another gives them room.
const concurrency = name === 'unit' ? [] : ['--test-concurrency=1']
const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
if (values.page !== undefined) {
  const reporter = join(import.meta.dirname, 'docs', 'compatibility-reporter.js')
  reporters.push(`--test-reporter=${reporter}`, `--test-reporter-destination=${values.page}`)
}
const result = spawnSync(
  process.execPath,
  ['--test', ...reporters, '--enable-source-maps', ...concurrency, ...files],
  { stdio: 'inherit' },
)
process.exit(result.status ?? 1)

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    )
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
}
