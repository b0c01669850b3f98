/**
 * What every client program in `clients/` does (its README tells), and the judgement of what it
 * reports and of what the broker has stored.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { projectRoot, peerOrSkip } from '../peers/cache.ts'
import { runOk } from '../peers/process.ts'
import type { Subject } from '../peers/subject.ts'
import { storedBatches } from './stored-batches.ts'

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A command line that takes the arguments of a client program. */
export interface ClientProgram {
  command: string
  args: readonly string[]
  env?: Record<string, string>
}

export interface ClientFamily {
  name: string
  codecs: readonly Codec[]
  /** What its records carry in the header `origin`; undefined for a client without headers. */
  origin: string | undefined
  install: () => Promise<ClientProgram>
}

interface Report {
  beginning: string[]
  first: string[]
  resumed: string[]
}

const recordsPerCodec = 6
const committedOffset = 5
/** Some clients send a batch as it is when its compressed form is not smaller. */
const padding = 'x'.repeat(200)

/** The path of a client program's source. */
export function clientSource(name: string): string {
  return join(projectRoot, 'test', 'interop', 'clients', name)
}

/** Runs the program of `family` against `subject` and judges its report. */
export async function checkClient(
  t: TestContext,
  subject: Subject,
  family: ClientFamily,
): Promise<void> {
  const program = await peerOrSkip(t, family.install)
  if (program === undefined) return
  const topic = `client-${family.name.replace(/[^\w.-]+/g, '-')}`

  const { stdout } = await runOk(
    program.command,
    [...program.args, subject.bootstrap, topic, `${topic}-group`, family.codecs.join(',')],
    { ...(program.env === undefined ? {} : { env: program.env }), timeoutMs: 90_000 },
  )

  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Report
  const expected = expectedRecords(family)
  assert.deepEqual(report.beginning, expected, 'reads from the beginning what it has produced')
  assert.deepEqual(report.first, expected.slice(0, committedOffset), 'reads as a group')
  assert.deepEqual(report.resumed, expected.slice(committedOffset), 'resumes where it committed')
  assert.deepEqual(storedCodecs(subject, topic), family.codecs, 'stored as the client compressed')
}

function expectedRecords({ codecs, origin }: ClientFamily): string[] {
  return codecs.flatMap((codec, c) =>
    Array.from({ length: recordsPerCodec }, (_, i) => {
      const text = `${c * recordsPerCodec + i} ${codec}-${i} value ${i} by ${codec}${padding}`
      return origin === undefined ? text : `${text} ${origin}`
    }),
  )
}

function storedCodecs(subject: Subject, topic: string): string[] {
  const batches = storedBatches(join(subject.logDirs[0] ?? '', `${topic}-0`))
  const nextOffset = batches.reduce((offset, batch) => {
    assert.equal(batch.baseOffset, offset, 'stored offsets have no gap')
    return offset + batch.recordCount
  }, 0)
  assert.equal(nextOffset % recordsPerCodec, 0)
  return batches.map(batch => batch.codec).filter((codec, i, all) => codec !== all[i - 1])
}
