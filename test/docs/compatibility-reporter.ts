/**
 * A reporter of node:test that writes `docs/compatibility.md`: what each interop test has shown, under
 * what its file says of itself.
 */
import { readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { newestVersion, referenceVersion } from '../peers/catalog.ts'
import { projectRoot } from '../peers/cache.ts'

const head = `# Compatibility

What tests have shown against genuine peers: Kafka ${referenceVersion} decides, Kafka ${newestVersion} where that has nothing
to say, ZooKeeper 3.8 and 3.9. This page is written by \`npm run docs:compatibility\`, which runs them all; each
section is one file, which can be run alone: \`npm run test:interop -- clients\`.
`

interface Shown {
  readonly name: string
  readonly isPassed: boolean
}

export default async function* compatibility(
  source: AsyncIterable<TestEvent>,
): AsyncGenerator<string, void> {
  const byFile = new Map<string, Shown[]>()
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, file, details, skip } = event.data
    if (file === undefined || details.type === 'suite' || skip !== undefined) continue
    if (file.endsWith(name) || name === basename(file)) continue
    const shown = byFile.get(file) ?? []
    shown.push({ name, isPassed: event.type === 'test:pass' })
    byFile.set(file, shown)
  }
  yield head
  for (const [file, shown] of [...byFile].sort(([left], [right]) => (left < right ? -1 : 1))) {
    yield section(sourceOf(file), shown)
  }
}

function section(source: string, shown: readonly Shown[]): string {
  const lines = shown.map(({ name, isPassed }) => `- ${isPassed ? '' : 'FAILS: '}${name}`)
  const title = basename(source).replace('.interop.ts', '')
  return `\n## ${title}\n\n${opening(source)}\n\n${lines.join('\n')}\n`
}

function sourceOf(built: string): string {
  return built.replace(/\bdist\/test\b/, 'test').replace(/\.js$/, '.ts')
}

/** What the file says of itself: its first comment. */
function opening(source: string): string {
  const comment = /\/\*\*([^]*?)\*\//.exec(readFileSync(source, 'utf8'))?.[1] ?? ''
  const text = comment.replace(/^ *\* ?/gm, '').trim()
  return `${text} (\`${relative(projectRoot, source)}\`)`
}
