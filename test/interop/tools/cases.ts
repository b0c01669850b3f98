/** Recorded cases of the genuine tools (shared/transcripts), which lie beside the clone where tests run. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Case {
  readonly tool: string
  readonly version: string
  readonly title: string
  readonly command: string
  readonly stdin?: string | null
  /** `SIGINT after 6 s`. */
  readonly signal?: string | null
  readonly typed?: readonly string[] | null
  readonly stdout: string
  readonly stderr: string
  /** Or a sentence, for a command that had to be killed because it does not end by itself. */
  readonly exit: number | string
  /** What was special about the cluster. */
  readonly note?: string | null
  readonly authority: 'yes' | 'lab' | 'format' | 'superseded'
}

const file = ['../shared/transcripts/cases.json']
  .map(path => join(process.cwd(), path))
  .find(path => existsSync(path))

/** Of one page in the order of recording; empty when the transcripts are not there. */
export function casesOf(tool: string): readonly Case[] {
  if (file === undefined) return []
  const all = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[]
  return all.filter(
    one => one.tool === tool && (one.authority === 'yes' || one.authority === 'lab'),
  )
}
