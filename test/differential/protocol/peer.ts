/** Kafka's message classes of one release, asked in one go: see java/ProtocolPeer.java. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectRoot } from '../../peers/cache.ts'
import { compileJava, kafkaJars, runJava } from '../../peers/maven.ts'
import type { Release } from './kafka-schema.ts'

/** A message to read and to write again, from bytes in hex or from JSON. */
export interface Question {
  from: 'bytes' | 'json'
  name: string
  version: number
  text: string
}

/** The message as Kafka writes it, or why it refused. */
export interface Answer {
  hex: string
  json: string
  refusal: string | undefined
}

export type ProtocolPeer = (questions: readonly Question[]) => Promise<Answer[]>

export async function protocolPeer(release: Release): Promise<ProtocolPeer> {
  const source = join(projectRoot, 'test', 'differential', 'java', 'ProtocolPeer.java')
  const classpath = await compileJava([source], await kafkaJars(release))
  return async questions => {
    const input = questions
      .map(({ from, name, version, text }) => `${from}\t${name}\t${version}\t${text}\n`)
      .join('')
    const { stdout, stderr, exitCode } = await runJava(classpath, 'ProtocolPeer', [], { input })
    assert.equal(exitCode, 0, stderr)
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, questions.length, 'one answer to each question')
    return lines.map(toAnswer)
  }
}

function toAnswer(line: string): Answer {
  if (line.startsWith('! ')) return { hex: '', json: '', refusal: line.slice(2) }
  const [hex = '', json = ''] = line.split('\t')
  return { hex, json, refusal: undefined }
}
