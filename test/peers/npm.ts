/** JavaScript clients from the npm registry, in a folder apart from the project's own packages. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installOnce } from './cache.ts'
import { runOk } from './process.ts'

/** A folder whose `node_modules` holds `packages` (`name@version`) and what they need. */
export async function npmPackages(...packages: string[]): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12)
  return installOnce(join('npm', key), async target => {
    writeFileSync(join(target, 'package.json'), '{ "private": true }\n')
    const options = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
    await runOk('npm', ['install', ...options, ...packages], { cwd: target, timeoutMs: 300_000 })
  })
}
