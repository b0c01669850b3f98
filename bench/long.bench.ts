/**
 * Producing after 25 GB, when a JVM's compilers have done what they can. Retention keeps the files
 * small enough to stay in memory: the disk is not what is compared.
 */
import { startSubject, type SubjectKind } from '../test/peers/subject.ts'
import { GB, SubjectLoad } from './load/subject-load.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

const BEFORE_BYTES = 25 * GB
const MEASURED_BYTES = 3 * GB

export const benchmark: Benchmark = {
  question: 'How does producing compare with genuine Kafka 3.9 after 25 GB?',
  rounds: 2,
  async run(rounds) {
    const kinds = ['genuine', 'tidelog'] as const
    const contenders = kinds.map(kind => ({ name: kind, measure: () => measure(kind) }))
    console.log(tableOf(await byTurns(contenders, { rounds, warmUp: false })))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const subject = await startSubject({
    kind,
    isStockJvm: true,
    overrides: {
      'log.segment.bytes': String(64 * 2 ** 20),
      'log.retention.bytes': String(128 * 2 ** 20),
      'log.retention.check.interval.ms': '2000',
      'log.segment.delete.delay.ms': '1000',
    },
  })
  try {
    const load = new SubjectLoad(subject)
    await load.untilReady()
    await load.createTopic('load')
    await load.produce('load', BEFORE_BYTES)
    const one = await load.produce('load', MEASURED_BYTES)
    const all = await load.produce('load', MEASURED_BYTES, { acks: -1 })
    return {
      'acks=1 MB/s': one.mbPerSecond,
      'acks=1 CPU s/GB': one.cpuPerGb,
      'acks=all MB/s': all.mbPerSecond,
      'acks=all CPU s/GB': all.cpuPerGb,
      'memory, resident MiB': load.memory().resident,
    }
  } finally {
    await subject.dispose()
  }
}
