/** Python clients from PyPI, each set in a virtual environment of its own. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { installOnce } from './cache.ts'
import { runOk } from './process.ts'

/**
 * The interpreter of an environment that holds exactly `packages` (pip requirements, pinned) and
 * what they need.
 */
export async function pythonWith(...packages: string[]): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12)
  const name = (packages[0] ?? 'bare').replace(/[^\w.-]+/g, '-')
  const folder = await installOnce(join('python', `${name}-${key}`), async target => {
    await runOk('python3', ['-m', 'venv', target])
    if (packages.length === 0) return
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    await runOk(join(target, 'bin', 'python'), [...pip, ...packages], { timeoutMs: 300_000 })
  })
  return join(folder, 'bin', 'python')
}
