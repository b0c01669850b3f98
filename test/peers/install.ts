/**
 * Installs every peer, several at a time: they mostly wait for registries. Tests install what they
 * miss by themselves; this is for machines that are fresh each time.
 */
import { performance } from 'node:perf_hooks'
import { join } from 'node:path'
import { cacheFolder, projectRoot } from './cache.ts'
import { installations } from './catalog.ts'

const atOnce = 3
const pending = installations(
  ['clients', 'transactions'].map(folder =>
    join(projectRoot, 'test', 'interop', folder, 'franz.go'),
  ),
)
const failures: string[] = []

async function installNext(): Promise<void> {
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const [name, install] = next
    const startMs = performance.now()
    try {
      await install()
      console.error(`${name}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`)
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

await Promise.all(Array.from({ length: atOnce }, installNext))
for (const failure of failures) console.error(`NOT INSTALLED: ${failure}`)
console.error(`peers are in ${cacheFolder()}`)
process.exitCode = failures.length === 0 ? 0 : 1
