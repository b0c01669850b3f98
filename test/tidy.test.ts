/** What compilers and linters cannot hold: that every room can be found, and that nothing lies about. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test as runTest } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const tracked = trackedFiles()
/** An unpacked archive has no list of its files. */
const test = (name: string, action: () => void): unknown =>
  runTest(name, { skip: tracked.length === 0 ? 'not a git clone' : false }, action)

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const sources = tracked.filter(path => path.startsWith('src/') && path.endsWith('.ts'))
const rooms = [...new Set(sources.map(path => path.split('/')[1] ?? ''))].filter(
  room => !room.endsWith('.ts'),
)
/** Reached from a command line or by package.json, not by an import of `src/`. */
const isEntry = (path: string): boolean =>
  /^src\/(main\/(rehearsal\/)?[^/]+|[^/]+\/index|index)\.ts$/.test(path) ||
  ['src/host/node/log/index.ts', 'src/host/node/thread-entry.ts'].includes(path)

/** Rooms without a face: what is in them is run, not imported. */
const facelessRooms = new Set(['main'])
/** Rooms whose first parts stand while the rest is being built. To be empty. */
const unfinishedRooms = new Set<string>([])
const isUnfinished = (path: string): boolean => unfinishedRooms.has(path.split('/')[1] ?? '')
const maxReadmeLines = 80
const maxBlobBytes = 200_000

test('every room has a README of at most a page, and a face', () => {
  for (const room of rooms.filter(name => !unfinishedRooms.has(name))) {
    const readme = `src/${room}/README.md`
    assert.ok(tracked.includes(readme), `${readme} is missing`)
    const lines = read(readme).split('\n').length
    assert.ok(lines <= maxReadmeLines, `${readme} has ${lines} lines, more than a page`)
    const face = `src/${room}/index.ts`
    assert.ok(facelessRooms.has(room) || tracked.includes(face), `${face} is missing`)
  }
})

test('every source file is imported by another, or is where something begins', () => {
  const imported = new Set(
    tracked.filter(path => path.endsWith('.ts')).flatMap(path => importsOf(path)),
  )

  const dead = sources.filter(
    path =>
      !path.endsWith('.test.ts') && !isEntry(path) && !isUnfinished(path) && !imported.has(path),
  )

  assert.deepEqual(dead, [])
})

test('every test stands beside what it tests, or in test/', () => {
  const strays = sources
    .filter(path => path.endsWith('.test.ts'))
    .filter(
      path =>
        !sources.some(other => dirname(other) === dirname(path) && !other.endsWith('.test.ts')),
    )

  assert.deepEqual(strays, [])
})

test('no file is a drawer for the rest', () => {
  const drawers = sources.filter(path => /\/(utils?|helpers?|misc)\.ts$/.test(path))

  assert.deepEqual(drawers, [])
})

/** Where a number may tell versions apart, and of what. */
const knowsVersions: Readonly<Record<string, string>> = {
  'src/broker/old-versions.ts': 'requests, for the broker',
  'src/cli/dump-log/framed-records.ts': 'the version of the frame around records of KRaft',
  'src/client/connection/shapes.ts': 'requests, for the client',
  'src/records/produce-rules.ts': 'what a Produce may carry',
  'src/bytes/compression/snappy.ts': 'xerial framing',
  'src/group/consumer-protocol.ts': 'what members tell each other',
  'src/group/record-codec.ts': 'records of __consumer_offsets',
  'src/log/checkpoint-text.ts': 'checkpoint files',
  'src/txn/record-codec.ts': 'records in __transaction_state',
  'src/zookeeper/server/disk/recover.ts': 'digests in snapshots',
  'src/zookeeper/server/disk/snapshot-reader.ts': 'digests in snapshots',
}

test('versions are told apart by descriptions, and by a number only in the places that are for it', () => {
  const comparison = /\b(?:\w+V|v)ersion(?:Of\(\w+\))? *(?:>=|<=|<|>|[!=]==) *(?:\d|[A-Z][A-Z_]{2})/
  const found = sources
    .filter(path => !path.startsWith('src/protocol/') && !path.endsWith('.test.ts'))
    .filter(path => comparison.test(read(path)))

  assert.deepEqual(found.sort(), Object.keys(knowsVersions).sort())
})

test('no blob is checked in', () => {
  const blobs = tracked
    .filter(path => path !== 'package-lock.json')
    .flatMap(path => {
      const sizeBytes = statSync(join(root, path)).size
      return sizeBytes > maxBlobBytes ? [`${path}: ${sizeBytes} bytes`] : []
    })

  assert.deepEqual(blobs, [])
})

test('no file knows a path of somebody’s machine', () => {
  const home = ['/home', '/Users', '/root'].map(folder => `${folder}/`)
  const found = tracked
    .filter(path => /\.(ts|mjs|cjs|js|json|md|sh|properties|txt)$/.test(path))
    .filter(path => path !== 'test/tidy.test.ts')
    .filter(path => {
      const text = read(path)
      return home.some(folder => new RegExp(`(^|[\\s"'\`(=:])${folder}\\w`, 'm').test(text))
    })

  assert.deepEqual(found, [])
})

test('the lockfile names no registry, and every dependency is pinned', () => {
  const lockfile = read('package-lock.json')
  assert.doesNotMatch(lockfile, /"resolved":/)
  assert.doesNotMatch(
    lockfile,
    /https?:\/\/(?!(opencollective|github|www\.patreon|paypal|tidelift|ko-fi|dotenvx|nodejs)[./])[\w.-]*(registry|npm|artifact)/,
  )

  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`)
  }
})

test('every dependency is argued for in docs/decisions', () => {
  const decisions = tracked
    .filter(path => path.startsWith('docs/decisions/'))
    .map(path => read(path))
    .join('\n')
  const { dependencies } = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>
  }

  const unargued = Object.keys(dependencies).filter(name => !decisions.includes(`\`${name}\``))

  assert.deepEqual(unargued, [])
})

test('links between documents lead somewhere', () => {
  const broken = tracked
    .filter(path => path.endsWith('.md'))
    .flatMap(path =>
      [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link = '']) => ({
        path,
        target: normalize(join(dirname(path), link)),
      })),
    )
    .filter(({ target }) => !existsSync(join(root, target)))

  assert.deepEqual(broken, [])
})

/** Files of this repository that a source imports, as paths from the root. */
function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from|import|new URL)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
    ([, target = '']) => normalize(join(dirname(path), target)),
  )
}

function trackedFiles(): string[] {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) return []
  return stdout.split('\0').filter(path => path !== '' && existsSync(join(root, path)))
}
