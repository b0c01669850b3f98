/**
 * Where genuine peers (jars, Python environments, npm packages, built programs) are installed: once
 * a machine, in `.cache/peers` of the project or in the folder that TIDELOG_CACHE names.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'node:test'

/** The folder of package.json, from the sources as well as from the built output. */
export const projectRoot = findProjectRoot(dirname(fileURLToPath(import.meta.url)))

/** What this process installs or has looked up already, by name. */
const installations = new Map<string, Promise<string>>()

/** The folder that keeps installed peers between runs. */
export function cacheFolder(): string {
  return process.env['TIDELOG_CACHE'] ?? join(projectRoot, '.cache', 'peers')
}

/**
 * The folder `name` of the cache, filled by `install` when it is not there yet. `install` works in a
 * folder beside it that gets the final name when all is done: a half installation is never seen,
 * and of two processes that install at once one wins and both may go on. Take a new `name` whenever
 * `install` changes what it leaves.
 *
 * @throws what `install` throws, with the name of the peer in front.
 */
export function installOnce(
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const known = installations.get(name)
  if (known !== undefined) return known
  const installation = installIfMissing(name, install)
  installations.set(name, installation)
  return installation
}

/**
 * The peer that `install` gives, or undefined when it cannot be had: then the test is skipped, with
 * the reason where it is seen. Where CI is set a missing peer fails the test instead.
 */
export async function peerOrSkip<T>(
  t: TestContext,
  install: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await install()
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error
    const reason = error instanceof Error ? error.message : String(error)
    console.error(`SKIPPED, because a peer is missing: ${t.name}\n  ${reason}`)
    t.skip(`a peer is missing: ${reason.split('\n', 1).join('')}`)
    return undefined
  }
}

async function installIfMissing(
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const final = join(cacheFolder(), name)
  if (existsSync(final)) return final
  mkdirSync(dirname(final), { recursive: true })
  const folder = mkdtempSync(`${final}.part-`)
  try {
    await install(folder)
    renameSync(folder, final)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    if (existsSync(final)) return final
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot install ${name}: ${reason}`, { cause: error })
  }
  return final
}

function findProjectRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('no package.json above this file')
  return findProjectRoot(parent)
}
