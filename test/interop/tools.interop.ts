/**
 * The tools against the recorded cases of the genuine ones: every case is carried out as typed, on one
 * broker or on three, of which the third is stopped where the recording says so. `tools/differences.ts` names each that comes out otherwise, with its reason; one that
 * is listed there and matches is an error too.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { casesOf, type Case } from './tools/cases.ts'
import { startPageCluster, type PageCluster } from './tools/cluster.ts'
import { differences, isOfStop } from './tools/differences.ts'
import { pages, type Page } from './tools/pages.ts'
import { carryOut, differenceOf } from './tools/replay.ts'

const AT_ONCE = 3

describe('recorded cases', { concurrency: AT_ONCE }, () => {
  for (const page of pages) replayed(page)
})

function replayed(page: Page): void {
  const { tool, version } = page
  const recorded = casesOf(tool).filter(one => one.version === version)
  const all = recorded.filter(one => page.isOfStopOnly !== true || isOfStop(one))
  const cases = all.filter(one => page.beforeStop !== undefined || !isOfStop(one))
  test(`${tool} ${version}`, { skip: all.length === 0 && 'no transcripts here' }, async t => {
    const listed = differences[`${tool} ${version}`] ?? {}
    const asked = Object.keys(listed).filter(title => listed[title]?.isAsGenuine)
    const genuine =
      asked.length === 0 ? '' : await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const beside = { bin: join(genuine, 'bin'), titles: new Set(asked) }
    const { found, unlikeGenuine } = await replayPage(page, cases, beside)
    t.diagnostic(`matched / all: ${cases.length - found.size} / ${all.length}`)
    for (const one of all) {
      const isLeftOut = !cases.includes(one)
      const reason = isLeftOut ? 'of a broker that is stopped' : listed[one.title]?.because
      if (reason !== undefined) t.diagnostic(`${one.title}: ${reason}`)
    }

    const unlisted = [...found].filter(([title]) => !Object.hasOwn(listed, title))
    const texts = unlisted.map(([title, difference]) => `${title}: ${difference}`)
    assert.equal(texts.join('\n'), '', 'different, and not listed')
    const stale = Object.keys(listed).filter(title => !found.has(title))
    assert.deepEqual(stale, [], 'listed as different, but they match')
    assert.equal(unlikeGenuine.join('\n'), '', 'the genuine tool over the same broker differs too')
  })
}

interface Replayed {
  /** What is different from the recording, by title. */
  readonly found: ReadonlyMap<string, string>
  readonly unlikeGenuine: readonly string[]
}

/** Which cases the genuine tools in `bin` are asked too. */
interface Beside {
  readonly bin: string
  readonly titles: ReadonlySet<string>
}

async function replayPage(page: Page, cases: readonly Case[], beside: Beside): Promise<Replayed> {
  const found = new Map<string, string>()
  const unlikeGenuine: string[] = []
  const stopped = cases.filter(isOfStop)
  if (stopped.length > 0) {
    await using cluster = await startPageCluster(page.settings ?? {}, 3)
    await page.beforeStop?.(cluster)
    await cluster.stopThird()
    await carryOutRow(stopped, page, cluster, comparing(cluster, beside, { found, unlikeGenuine }))
  }
  const others = cases.filter(one => !isOfStop(one))
  if (others.length > 0) await replayRest(page, others, beside, { found, unlikeGenuine })
  return { found, unlikeGenuine }
}

type Findings = { readonly found: Map<string, string>; readonly unlikeGenuine: string[] }

/** Carries a case out, and notes what is different. */
function comparing({ addresses }: PageCluster, beside: Beside, { found, unlikeGenuine }: Findings) {
  return async (one: Case): Promise<void> => {
    const outcome = await carryOut(one, addresses)
    const difference = differenceOf(one, outcome)
    if (difference !== undefined) found.set(one.title, difference)
    if (!beside.titles.has(one.title)) return
    const theirs = await carryOut(one, addresses, beside.bin)
    const unlike = differenceOf(theirs, outcome)
    if (unlike !== undefined) unlikeGenuine.push(`${one.title}: ${unlike}`)
  }
}

async function replayRest(
  page: Page,
  cases: readonly Case[],
  beside: Beside,
  findings: Findings,
): Promise<void> {
  await using cluster = await startPageCluster(page.settings ?? {}, page.brokers)
  const compare = comparing(cluster, beside, findings)
  // Those that reach nobody take up to a minute, and nothing of them is the page's.
  const alone = Promise.all(cases.filter(reachesNobody).map(compare))
  await page.prepare?.(cluster)
  const others = cases.filter(one => !reachesNobody(one))
  const rows = page.lanes === undefined ? [others] : rowsOf(others)
  await inLanes(page.lanes ?? 1, rows, row => carryOutRow(row, page, cluster, compare))
  await alone
}

const reachesNobody = ({ command }: Case) => /localhost:1( |$)/.test(command)

/** Cases that need each other, as those of one group do; else each is a row of its own. */
function rowsOf(cases: readonly Case[]): readonly (readonly Case[])[] {
  const rows = new Map<string, Case[]>()
  for (const one of cases) {
    const key = /--group \S+/.exec(one.command)?.[0] ?? one.title
    rows.set(key, [...(rows.get(key) ?? []), one])
  }
  return [...rows.values()]
}

async function carryOutRow(
  row: readonly Case[],
  page: Page,
  cluster: PageCluster,
  compare: (one: Case) => Promise<void>,
): Promise<void> {
  for (const one of row) {
    await page.before?.[one.title]?.(cluster)
    await compare(one)
  }
}

async function inLanes<T>(
  count: number,
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const lanes = Array.from({ length: count }, async () => {
    for (const item of rest) await run(item)
  })
  await Promise.all(lanes)
}
