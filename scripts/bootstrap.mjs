// Makes a clone ready to run: installs and builds, each only when its inputs changed since last time.
// Uses nothing but Node, because it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Tidelog needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

// An installed package ships its build and has no sources: nothing to do.
if (existsSync(join(root, 'src'))) {
  step('dependencies', hashOf(['package-lock.json', '.npmrc'], 'content'), 'node_modules', () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  )
  step(
    'build',
    hashOf(
      ['src', 'test', 'bench', 'examples', 'tsconfig.json', 'package-lock.json', 'scripts'],
      'stat',
    ),
    'dist',
    () => {
      run(process.execPath, [
        join('node_modules', 'typescript', 'bin', 'tsc'),
        '-p',
        'tsconfig.json',
      ])
      run(process.execPath, [join('scripts', 'bundle.mjs')])
    },
  )
}

/** Runs `action` unless `folder` carries the mark of these very inputs. */
function step(name, inputs, folder, action) {
  const mark = join(root, folder, `.tidelog-${name}`)
  if (existsSync(mark) && readFileSync(mark, 'utf8') === inputs) return
  console.error(`tidelog: preparing ${name} ...`)
  action()
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(mark, inputs)
}

function hashOf(names, what) {
  const hash = createHash('sha256').update(process.versions.node)
  const visit = path => {
    const status = statSync(join(root, path), { throwIfNoEntry: false })
    if (status === undefined) return
    if (status.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) visit(join(path, name))
      return
    }
    hash.update(path)
    hash.update(
      what === 'content' ? readFileSync(join(root, path)) : `${status.size} ${status.mtimeMs}`,
    )
  }
  names.forEach(visit)
  return hash.digest('hex')
}

function run(command, args) {
  // The set-up must not write where a tool's output is expected: everything goes to stderr.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.error !== undefined || result.status !== 0) {
    console.error(
      `tidelog: "${command} ${args.join(' ')}" failed: ${result.error?.message ?? `exit ${result.status ?? result.signal}`}`,
    )
    process.exit(1)
  }
}
