/**
 * Our broker and genuine Kafka, each with its ZooKeeper, under the same loads by turns: start, memory,
 * producing, reading, single records, many partitions.
 */
import { startSubject, type SubjectKind } from '../test/peers/subject.ts'
import { GB, SubjectLoad } from './load/subject-load.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

/** Bytes produced before what counts, the first GB among them, so that a JIT compiler has seen the path. */
const BEFORE_BYTES = 3 * GB
const MEASURED_BYTES = 2 * GB
const TRICKLE_SECONDS = 10

export const benchmark: Benchmark = {
  question: 'How do broker and coordination compare with genuine Kafka 3.9 on one machine?',
  rounds: 3,
  async run(rounds) {
    const kinds = ['genuine', 'tidelog'] as const
    const contenders = kinds.map(kind => ({ name: kind, measure: () => measure(kind) }))
    console.log(tableOf(await byTurns(contenders, { rounds, warmUp: false })))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const startMs = performance.now()
  const subject = await startSubject({ kind, isStockJvm: true })
  try {
    const load = new SubjectLoad(subject)
    await load.firstMetadata()
    const start = performance.now() - startMs
    await load.untilReady()
    const idle = load.memory()
    await load.createTopic('load')
    const first = await load.produce('load', GB)
    const afterFirst = load.memory()
    await load.produce('load', BEFORE_BYTES - GB)
    const one = await load.produce('load', MEASURED_BYTES)
    await load.fetch('load', GB)
    const fetched = await load.fetch('load', GB)
    const all = await load.produce('load', MEASURED_BYTES, { acks: -1 })
    const bundled = await load.produce('load', MEASURED_BYTES, { batchesPerRequest: 16 })
    await load.createTopic('trickle', 1)
    await load.trickle('trickle', 3)
    const single = await load.trickle('trickle', TRICKLE_SECONDS)
    return {
      'start ms': start,
      'memory idle, resident MiB': idle.resident,
      'memory idle, proportional MiB': idle.proportional,
      'memory after 1 GB, resident MiB': afterFirst.resident,
      'memory after 1 GB, proportional MiB': afterFirst.proportional,
      'first GB CPU s/GB': first.cpuPerGb,
      'acks=1 MB/s': one.mbPerSecond,
      'acks=1 CPU s/GB': one.cpuPerGb,
      'acks=all MB/s': all.mbPerSecond,
      'acks=all CPU s/GB': all.cpuPerGb,
      '16 batches a request MB/s': bundled.mbPerSecond,
      '16 batches a request CPU s/GB': bundled.cpuPerGb,
      'fetch MB/s': fetched.mbPerSecond,
      'fetch CPU s/GB': fetched.cpuPerGb,
      'single p50 ms': single.p50Ms,
      'single p99 ms': single.p99Ms,
      'single CPU %': (single.cpuSeconds / TRICKLE_SECONDS) * 100,
      '1000 partitions ms': await load.createTopic('many', 1000),
    }
  } finally {
    await subject.dispose()
  }
}
