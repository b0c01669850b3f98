/**
 * The command line tools against those of genuine Kafka, both asking the same broker: from the start
 * of the script to its end. Genuine ones get the JVM options that suit short programs best.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { genuineDistribution } from '../test/peers/distribution.ts'
import { referenceVersion, startSubject } from '../test/peers/subject.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

const ROUNDS = 15

export const benchmark: Benchmark = {
  question: 'How long does a person wait for a tool?',
  rounds: ROUNDS,
  async run(rounds) {
    const genuine = join(await genuineDistribution(referenceVersion), 'bin')
    const subject = await startSubject({ kind: 'tidelog' })
    try {
      const commands = commandsFor(subject.bootstrap)
      runTool(genuine, commands['topics --create'] ?? [])
      delete commands['topics --create']
      const contenders = [
        { name: 'genuine', bin: genuine },
        { name: 'tidelog', bin: join(process.cwd(), 'bin') },
      ].map(({ name, bin }) => ({
        name,
        measure: () => Promise.resolve(sample(bin, commands)),
      }))
      console.log(tableOf(await byTurns(contenders, { rounds })))
    } finally {
      await subject.dispose()
    }
  },
}

/** A script and its arguments, by what the table calls them. */
type Commands = Record<string, readonly string[]>

function commandsFor(bootstrap: string): Commands {
  const at = ['--bootstrap-server', bootstrap]
  const topic = ['--topic', 'bench', ...at]
  const asked = ['topics', 'console-producer', 'console-consumer', 'consumer-groups']
  return {
    'topics --create': ['kafka-topics.sh', '--create', ...topic],
    ...Object.fromEntries(
      [...asked, 'get-offsets', 'configs'].map(tool => [
        `${tool} --version`,
        [`kafka-${tool}.sh`, '--version'],
      ]),
    ),
    'topics --list': ['kafka-topics.sh', '--list', ...at],
    'topics --describe': ['kafka-topics.sh', '--describe', ...topic],
    'console-producer, one record': ['kafka-console-producer.sh', ...topic],
    'console-consumer, one record': [
      'kafka-console-consumer.sh',
      ...[...topic, '--partition', '0', '--offset', '0', '--max-messages', '1'],
    ],
    'consumer-groups --list': ['kafka-consumer-groups.sh', '--list', ...at],
    'get-offsets': ['kafka-get-offsets.sh', ...topic],
    'configs --describe': ['kafka-configs.sh', '--describe', ...topic],
  }
}

function sample(bin: string, commands: Commands): Sample {
  return Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [`${name}, ms`, runTool(bin, command)]),
  )
}

/** @throws when it fails: nobody waits for that. @returns milliseconds */
function runTool(bin: string, [script = '', ...words]: readonly string[]): number {
  const startMs = performance.now()
  const { status, stderr } = spawnSync(join(bin, script), words, {
    input: 'one\n',
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${script} ${words.join(' ')} failed: ${stderr}`)
  return performance.now() - startMs
}
