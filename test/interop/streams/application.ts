/** The WordCount of Kafka Streams as the test drives it: its process, what it reads and what it writes. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { peerOrSkip, projectRoot } from '../../peers/cache.ts'
import { streamsVersions } from '../../peers/catalog.ts'
import { kcat, type DebianProgram } from '../../peers/debian.ts'
import { compileJava, shortLivedJvm, streamsJars } from '../../peers/maven.ts'
import { runOk, start, type RunningProcess } from '../../peers/process.ts'
import {
  distributionOf,
  referenceVersion,
  type Subject,
  type SubjectKind,
} from '../../peers/subject.ts'

export interface ApplicationOptions {
  readonly version: (typeof streamsVersions)[number]
  readonly guarantee: 'exactly_once' | 'exactly_once_v2'
  /** Whose tool resets it. */
  readonly resetBy: SubjectKind
}

interface Programs {
  readonly classpath: string
  readonly kcat: DebianProgram
  /** The folders whose `bin/` have the tools: of the broker under test, and that resets it. */
  readonly tools: string
  readonly resetTools: string
}

export class WordCount {
  readonly id: string
  readonly input: string
  readonly output: string
  readonly repartition: string
  readonly changelog: string
  readonly #subject: Subject
  readonly #programs: Programs
  readonly #guarantee: string

  private constructor(
    subject: Subject,
    { version, guarantee }: ApplicationOptions,
    programs: Programs,
  ) {
    this.id = `word-count-${version}`
    this.input = `lines-${version}`
    this.output = `counts-${version}`
    this.repartition = `${this.id}-words-repartition`
    this.changelog = `${this.id}-counts-changelog`
    this.#subject = subject
    this.#guarantee = guarantee
    this.#programs = programs
  }

  /** The application of that release, over topics of its own; undefined where a peer is missing. */
  static async make(
    t: TestContext,
    subject: Subject,
    options: ApplicationOptions,
  ): Promise<WordCount | undefined> {
    const programs = await peerOrSkip(t, async () => ({
      classpath: await classpathOf(options.version),
      kcat: await kcat(),
      tools: await distributionOf(subject.kind, referenceVersion),
      resetTools: await distributionOf(options.resetBy, referenceVersion),
    }))
    if (programs === undefined) return undefined
    const made = new WordCount(subject, options, programs)
    for (const topic of [made.input, made.output]) {
      await made.tool('kafka-topics.sh', ['--create', '--topic', topic, '--partitions', '3'])
    }
    return made
  }

  /** Starts the application over the state in the folder `state`. */
  start(t: TestContext, state: string): RunningProcess {
    const { bootstrap, folder } = this.#subject
    const application = start('java', [
      ...shortLivedJvm,
      ...['-Xmx256m', '-cp', this.#programs.classpath, 'WordCount', bootstrap, this.id],
      ...[join(folder, state), this.#guarantee, this.input, this.output],
    ])
    t.after(() => application.stop('SIGKILL'))
    return application
  }

  /** Sends lines, spread over the partitions by keys of their own. */
  async send(lines: readonly string[]): Promise<void> {
    const input = lines.map((line, i) => `${i}:${line}\n`).join('')
    await this.#kcat(['-P', '-t', this.input, '-K:'], input)
  }

  /** The counts of each word in `topic`, in their order, as a read_committed reader sees them by default. */
  async counts(topic: string, options: readonly string[] = []): Promise<Map<string, number[]>> {
    const all = ['-o', 'beginning', '-e', '-q', '-X', 'isolation.level=read_committed', ...options]
    const stdout = await this.#kcat(['-C', '-t', topic, ...all, '-f', '%k %s\n'])
    const counts = new Map<string, number[]>()
    for (const line of stdout.split('\n').filter(line => line !== '')) {
      const [word = '', count] = line.split(' ')
      counts.set(word, [...(counts.get(word) ?? []), Number(count)])
    }
    return counts
  }

  /** Waits until the output has that many counts, and gives it: no fewer, and no more. */
  async untilOutputHas(total: number): Promise<Map<string, number[]>> {
    const deadlineMs = Date.now() + 60_000
    while (true) {
      const counts = await this.counts(this.output)
      const found = [...counts.values()].flat().length
      if (found >= total) return counts
      assert.ok(Date.now() < deadlineMs, `${this.output} has ${found} counts, not ${total}`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  /** What a tool of the broker under test prints. */
  async tool(script: string, args: readonly string[]): Promise<string> {
    return this.#tool(this.#programs.tools, script, args)
  }

  /** The sum of the offsets of the partitions of `topic`. */
  async sumOfOffsets(topic: string, time: 'earliest' | 'latest'): Promise<number> {
    const args = ['--time', time, '--topic-partitions', topic]
    const stdout = await this.tool('kafka-get-offsets.sh', args)
    return [...stdout.matchAll(/:(\d+)$/gm)].reduce((sum, [, offset]) => sum + Number(offset), 0)
  }

  /** Resets it to its beginning; what the tool prints. Members that are dead but remembered are removed. */
  async reset(): Promise<string> {
    return this.#tool(this.#programs.resetTools, 'kafka-streams-application-reset.sh', [
      ...['--application-id', this.id, '--input-topics', this.input, '--force'],
    ])
  }

  async #tool(folder: string, script: string, args: readonly string[]): Promise<string> {
    const server = ['--bootstrap-server', this.#subject.bootstrap]
    return (await runOk(join(folder, 'bin', script), [...server, ...args])).stdout
  }

  async #kcat(args: readonly string[], input = ''): Promise<string> {
    const { command, env } = this.#programs.kcat
    const all = ['-b', this.#subject.bootstrap, ...args]
    return (await runOk(command, all, { env, input, timeoutMs: 30_000 })).stdout
  }
}

async function classpathOf(version: string): Promise<string> {
  const source = join(projectRoot, 'test', 'interop', 'streams', 'WordCount.java')
  const compiled = await compileJava([source], await streamsJars(streamsVersions[0]))
  return [compiled.split(':')[0] ?? '', (await streamsJars(version)).classpath].join(':')
}
