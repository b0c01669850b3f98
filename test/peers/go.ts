/** Go programs over modules of the Go proxy, built to one binary each. */
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { installOnce } from './cache.ts'
import { runOk } from './process.ts'

/** The binary of one Go source file, built against `modules` (`path@version`). */
export async function goProgram(source: string, ...modules: string[]): Promise<string> {
  const name = basename(source, '.go')
  const key = createHash('sha256')
    .update(JSON.stringify([readFileSync(source, 'utf8'), ...modules]))
    .digest('hex')
    .slice(0, 12)
  const folder = await installOnce(join('go', `${name}-${key}`), async target => {
    const options = { cwd: target, timeoutMs: 300_000 }
    writeFileSync(join(target, 'go.mod'), `module ${name}\n\ngo 1.21\n`)
    copyFileSync(source, join(target, 'main.go'))
    await runOk('go', ['get', ...modules], options)
    await runOk('go', ['mod', 'tidy'], options)
    await runOk('go', ['build', '-o', name, '.'], options)
  })
  return join(folder, name)
}
