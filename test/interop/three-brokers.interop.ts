/**
 * Our tools against three genuine brokers in ZooKeeper mode, and against three of ours: recorded cases that one
 * broker cannot show are carried out as typed, and what commands did is looked up in the cluster.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { casesOf, type Case } from './tools/cases.ts'
import { carryOut, differenceOf } from './tools/replay.ts'
import { prepare, threeBrokerPages } from './tools/three-broker-pages.ts'
import type { SubjectKind } from '../peers/subject.ts'
import { startThreeBrokers, type ThreeBrokers } from './tools/three-brokers.ts'

const isOfBrokerDown = ({ note }: Case) => /of three was stopped/.test(note ?? '')

describe('three genuine brokers', () => replayed('genuine'))
describe('three of our brokers', () => replayed('tidelog'))

function replayed(kind: SubjectKind): void {
  let cluster: ThreeBrokers
  before(async () => {
    cluster = await startThreeBrokers(kind)
    await prepare(cluster)
  })
  after(() => cluster[Symbol.asyncDispose]())

  // Cases with a broker stopped come last: it is not started again.
  for (const isDown of [false, true]) {
    for (const page of threeBrokerPages) {
      const { tool, version } = page
      const differences = { ...page.differences, ...(kind === 'tidelog' ? page.ours : {}) }
      const cases = casesOf(tool).filter(
        one => one.version === version && isOfBrokerDown(one) === isDown,
      )
      if (cases.length === 0) continue
      test(`${tool} ${version}${isDown ? ', a broker stopped' : ''}`, async t => {
        const found = new Map<string, string>()
        for (const one of cases) {
          await page.before?.[one.title]?.(cluster)
          const difference = differenceOf(one, await carryOut(one, cluster.addresses))
          if (difference !== undefined) found.set(one.title, difference)
        }
        t.diagnostic(`matched / all: ${cases.length - found.size} / ${cases.length}`)

        const unlisted = [...found].filter(([title]) => !Object.hasOwn(differences, title))
        assert.equal(unlisted.map(([, text]) => text).join('\n'), '', 'different, and not listed')
        const titles = new Set(cases.map(({ title }) => title))
        const stale = Object.keys(differences).filter(
          title => titles.has(title) && !found.has(title),
        )
        assert.deepEqual(stale, [], 'listed as different, but they match')
      })
    }
  }
}
