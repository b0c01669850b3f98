/**
 * The tools against the recorded cases of the genuine ones: every case is carried out as typed, on
 * one broker. `tools/differences.ts` names each that comes out otherwise, with its reason; one that
 * is listed there and matches is an error too.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { casesOf, type Case } from './tools/cases.ts'
import { startPageCluster } from './tools/cluster.ts'
import { differences, reasonToSkip } from './tools/differences.ts'
import { pages, type Page } from './tools/pages.ts'
import { differenceOf, replay } from './tools/replay.ts'

for (const page of pages) {
  const { tool, version } = page
  const cases = casesOf(tool).filter(
    one => one.version === version && reasonToSkip(one) === undefined,
  )
  test(`${tool} ${version}`, { skip: cases.length === 0 && 'no transcripts here' }, async t => {
    const found = await replayPage(page, cases)
    const matched = cases.length - found.size
    t.diagnostic(`matched / all: ${matched} / ${cases.length}`)

    const listed = differences[`${tool} ${version}`] ?? {}
    for (const [title, difference] of found) {
      assert.ok(Object.hasOwn(listed, title), `${title}: ${difference}`)
    }
    const stale = Object.keys(listed).filter(title => !found.has(title))
    assert.deepEqual(stale, [], 'listed as different, but they match')
  })
}

/** What is different, by title. */
async function replayPage(page: Page, cases: readonly Case[]): Promise<Map<string, string>> {
  await using cluster = await startPageCluster(page.settings ?? {})
  await page.prepare?.(cluster.addresses)
  const found = new Map<string, string>()
  for (const one of cases) {
    await page.before?.[one.title]?.(cluster.addresses)
    const difference = differenceOf(one, await replay(one, cluster.addresses))
    if (difference !== undefined) found.set(one.title, difference)
  }
  return found
}
