/** Programs from Debian, unpacked into the cache: nothing is installed on the machine. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { installOnce } from './cache.ts'
import { run, runOk } from './process.ts'

/** A program and the environment in which it finds its libraries. */
export interface DebianProgram {
  command: string
  env: Record<string, string>
}

/** `kcat`, the command-line client over librdkafka. */
export async function kcat(): Promise<DebianProgram> {
  return debianProgram('kcat', 'kcat', 'librdkafka1', 'libyajl2')
}

/** The library that, preloaded, shows a program another time of day. */
export async function libfaketime(): Promise<string> {
  const folder = await unpacked('libfaketime')
  const libraries = join(folder, 'usr', 'lib')
  const [architecture = ''] = readdirSync(libraries).filter(name => name.includes('linux'))
  return join(libraries, architecture, 'faketime', 'libfaketime.so.1')
}

async function debianProgram(command: string, ...packages: string[]): Promise<DebianProgram> {
  const folder = await unpacked(...packages)
  const libraries = readdirSync(join(folder, 'usr', 'lib')).filter(name => name.includes('linux'))
  return {
    command: join(folder, 'usr', 'bin', command),
    env: { LD_LIBRARY_PATH: libraries.map(name => join(folder, 'usr', 'lib', name)).join(':') },
  }
}

/** The folder with the files of `packages`; the package lists are fetched when they do not know one yet. */
function unpacked(...packages: string[]): Promise<string> {
  return installOnce(join('debian', packages.join('-')), async target => {
    const known = await run('apt-cache', ['show', '--no-all-versions', ...packages])
    if (known.exitCode !== 0) await runOk('apt-get', ['update', '-qq'], { timeoutMs: 300_000 })
    // The sandbox user of apt may not write here; as root it would warn, and go on.
    const asIs = ['-o', 'APT::Sandbox::User=root']
    await runOk('apt-get', [...asIs, 'download', '-qq', ...packages], { cwd: target })
    for (const file of readdirSync(target).filter(name => name.endsWith('.deb'))) {
      await runOk('dpkg-deb', ['-x', join(target, file), target])
      rmSync(join(target, file))
    }
  })
}
