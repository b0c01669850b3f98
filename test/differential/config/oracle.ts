/** Genuine Kafka 3.9.2, asked what it makes of a configuration (ConfigOracle.java). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectRoot } from '../../peers/cache.ts'
import { compileJava, kafkaJars, runJava } from '../../peers/maven.ts'

export type Answer = Readonly<Record<string, unknown>> & {
  /** The message of the exception that the request ended in. */
  readonly error?: string
}

export interface Oracle {
  /** Answers in the order of the requests, all from one JVM. */
  askAll(requests: readonly object[]): Promise<readonly Answer[]>
}

export async function configOracle(): Promise<Oracle> {
  const source = join(projectRoot, 'test/differential/config/ConfigOracle.java')
  const classpath = await compileJava([source], await kafkaJars('3.9.2'))
  return {
    async askAll(requests) {
      const input = requests.map(request => `${JSON.stringify(request)}\n`).join('')
      const outcome = await runJava(classpath, 'ConfigOracle', [], { input, timeoutMs: 300_000 })
      assert.equal(outcome.exitCode, 0, outcome.stderr)
      const answers = outcome.stdout.trimEnd().split('\n')
      assert.equal(answers.length, requests.length, outcome.stderr)
      return answers.map(line => JSON.parse(line) as Answer)
    },
  }
}

/** The object without one of its members. */
export function without(whole: object, member: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => name !== member))
}
