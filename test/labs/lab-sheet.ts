/**
 * Reads a lab sheet at test time: the commands it prints, what it shows under them, its programs.
 * The sheets are someone else's and are no part of this project: nothing of them is copied here.
 * They lie beside the clone in `shared/labs`, or where TIDELOG_LABS says.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../peers/cache.ts'

/** One text edit of a printed program, listed as a repair of the sheet. */
export interface Repair {
  why: string
  apply: (program: string) => string
}

export class LabSheet {
  readonly #blocks: string[]

  constructor(text: string) {
    this.#blocks = codeBlocks(text)
  }

  /** The command that begins with `beginning`, whole, as it is printed after the prompt. */
  command(beginning: string, occurrence = 0): string {
    return this.#printed(beginning, occurrence).command
  }

  /** The lines that the sheet shows under that command, up to the next command or remark. */
  shown(beginning: string, occurrence = 0): string[] {
    return this.#printed(beginning, occurrence).shown
  }

  /** The block that has a line that begins so: part of a program, with every repair applied. */
  block(beginning: string, repairs: readonly Repair[] = []): string {
    const found = this.#blocks.find(block =>
      block.split('\n').some(line => line.trimStart().startsWith(beginning)),
    )
    assert.ok(found !== undefined, `the sheet has no block with "${beginning}"`)
    return repaired(found, repairs)
  }

  /** The `n`th block that is a Python program, with every repair applied; each has to change it. */
  program(n: number, repairs: readonly Repair[] = []): string {
    const programs = this.#blocks.filter(block => /^\s*(from|import) \w/m.test(block))
    const printed = programs[n]
    assert.ok(printed !== undefined, `the sheet has ${programs.length} programs, no number ${n}`)
    return repaired(printed, repairs)
  }

  #printed(beginning: string, occurrence: number): { command: string; shown: string[] } {
    const found = this.#blocks.flatMap(block => {
      const lines = block.split('\n')
      return lines.flatMap((line, at) => {
        const command = /^\s*\$ (?:\.\/)?(.*)$/.exec(line)?.[1]?.trimEnd()
        if (command?.startsWith(beginning) !== true) return []
        const rest = lines.slice(at + 1)
        const end = rest.findIndex(next => /^\s*[$#]/.test(next))
        return [{ command: line.trim().slice(2), shown: end < 0 ? rest : rest.slice(0, end) }]
      })
    })
    const wanted = found[occurrence]
    assert.ok(wanted !== undefined, `the sheet prints "${beginning}" ${found.length} times`)
    return wanted
  }
}

/** Lab `number` of the sheets. @throws when the sheets are not on this machine. */
export function labSheet(number: string): LabSheet {
  const folder = process.env['TIDELOG_LABS'] ?? join(projectRoot, '..', 'shared', 'labs')
  const file = join(folder, `lab-${number}.txt`)
  if (!existsSync(file)) throw new Error(`no lab sheet ${file}: set TIDELOG_LABS to their folder`)
  return new LabSheet(readFileSync(file, 'utf8'))
}

/** Repairs that several sheets need. */
export const repairs = {
  printIsAFunction: {
    why: 'print as a function',
    apply: program => program.replace(/^(\s*)print (?!\()(.+)$/gm, '$1print($2)'),
  },
  /** A loop without end runs `times` times. */
  boundedLoop: (times: number) => ({
    why: 'endless loops; bounded in tests',
    apply: (program: string) => program.replace(/while True:/, `for _ in range(${times}):`),
  }),
} satisfies Record<string, Repair | ((times: number) => Repair)>

function repaired(printed: string, repairs: readonly Repair[]): string {
  return repairs.reduce((program, { why, apply }) => {
    const next = apply(program)
    assert.notEqual(next, program, `nothing to repair: ${why}`)
    return next
  }, printed)
}

const fence = /^([ \t]*)```[^\n]*\n(.*?)\n?[ \t]*```/gms

/** The fenced blocks of a text and its indented commands, as they are, or without their indentation. */
function codeBlocks(text: string): string[] {
  const fenced = [...text.matchAll(fence)].map(([, indentation = '', block = '']) =>
    indentation === '' ? block : withoutIndentation(block),
  )
  const commands = text.replace(fence, '').matchAll(/^(?: {4}|\t)[ \t]*(\$ .*)$/gm)
  return [...fenced, ...Array.from(commands, ([, command = '']) => command)]
}

function withoutIndentation(block: string): string {
  const lines = block
    .split('\n')
    .map(line => line.replace(/^[ \t]+/, blank => blank.replaceAll('\t', '    ')))
  const first = lines.find(line => line.trim() !== '') ?? ''
  const depth = first.length - first.trimStart().length
  return lines.map(line => line.replace(new RegExp(`^ {0,${depth}}`), '')).join('\n')
}
