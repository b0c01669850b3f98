/**
 * Ten minutes of faults on three brokers and their ZooKeeper (`npm run test:drill -- cluster`); then a build that
 * acknowledges too early, which must be caught. Needs Linux, root, `ip`, `strace` and `mkfs.ext4`. `DURATION_S=60`
 * makes a short run, which then says nothing about how many records and faults there were; `FAULTS=isolated,power`
 * leaves out other faults, `KEEP=folder` keeps the logs there.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { confluentKafka } from '../peers/catalog.ts'
import { clusterDrill } from './cluster/cluster-drill.ts'
import { faultKinds } from './cluster/faults.ts'
import { assertMachines } from './cluster/machines.ts'

const SECONDS = 600
const LEAST_ACKNOWLEDGED = 1_000_000
const LEAST_WITH_OPEN_REQUEST = 20
const LEAST_OF_EACH_FAULT = 3

/** Each acknowledgement after the leader's own append, whatever the others have. */
const tooEarly = [{ pattern: /(?<=\bif \()acks !== 1(?=\) \{)/, by: 'false' }]

const seed = Number(process.env['SEED'] ?? 1)
const seconds = Number(process.env['DURATION_S'] ?? SECONDS)
const wanted = process.env['FAULTS']?.split(',') ?? ['']
const plan = faultKinds.filter(kind => wanted.some(part => kind.includes(part)))
const isWhole = seconds >= SECONDS && plan.length === faultKinds.length
const keptIn = process.env['KEEP']
/** As it happens: what a test says of itself is shown at its end. */
const log = (line: string): void => console.log(line)

test('ten minutes of faults on three brokers: nothing acknowledged is lost, doubled or out of place', async t => {
  if ((await peerOrSkip(t, assertMachines)) === undefined) return
  const confluent = await peerOrSkip(t, confluentKafka)
  if (confluent === undefined) return

  const report = await clusterDrill({
    ...{ seed, durationMs: seconds * 1_000, confluent },
    ...{ recordsPerSecond: 1_000, transfers: 10_000 },
    ...{ plan, log, keptIn },
  })

  t.diagnostic(JSON.stringify(report, undefined, 1))
  assert.deepEqual(report.violations, [])
  assert.deepEqual(report.accidents, [])
  if (!isWhole) return
  assert.ok(report.acknowledged >= LEAST_ACKNOWLEDGED, `${report.acknowledged} acknowledged`)
  assert.ok(report.faultsWithOpenRequest >= LEAST_WITH_OPEN_REQUEST)
  for (const kind of faultKinds) assert.ok(report.faults[kind] >= LEAST_OF_EACH_FAULT, kind)
})

test('a build that acknowledges before the in-sync replicas have it is caught', async t => {
  if ((await peerOrSkip(t, assertMachines)) === undefined) return

  const report = await clusterDrill({
    ...{ seed, durationMs: 20_000, recordsPerSecond: 500, transfers: 1_000 },
    ...{ plan: ['others stopped, then kill -9'], replacements: tooEarly },
    log,
  })

  t.diagnostic(JSON.stringify(report, undefined, 1))
  assert.ok(report.counts.lost > 0, 'acknowledged records are lost')
})
