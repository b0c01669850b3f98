/** Each file by its ending; what does not fit together is told at the end. */
import { basename, normalize, resolve } from 'node:path'
import { ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { dumpSegment, dumpSnapshot } from './dump-records.ts'
import { dumpOffsetIndex, dumpTimeIndex } from './dump-indexes.ts'
import { dumpProducers, dumpTransactions } from './dump-producers.ts'
import type { DumpOptions } from './dump-options.ts'
import { Findings } from './findings.ts'

/** What every kind of file works with. */
export interface Dump {
  readonly given: DumpOptions
  readonly environment: ToolEnvironment
  readonly findings: Findings
  readonly print: (line: string) => void
}

export interface DumpedFile {
  /** As it was named, for what is printed. */
  readonly name: string
  readonly path: string
  /** `00000000000000000005.log`: 5. @throws ToolError when it has none */
  readonly baseOffset: () => number
}

type Dumper = (dump: Dump, file: DumpedFile) => Promise<void>

const dumpers: Readonly<Record<string, Dumper>> = {
  '.log': dumpSegment,
  '.checkpoint': dumpSnapshot,
  '.index': dumpOffsetIndex,
  '.timeindex': dumpTimeIndex,
  '.snapshot': dumpProducers,
  '.txnindex': dumpTransactions,
}

export async function dumpFiles(given: DumpOptions, environment: ToolEnvironment): Promise<void> {
  const { stdout, stderr } = environment.terminal
  const print = (line: string) => stdout.write(`${line}\n`)
  const dump: Dump = { given, environment, findings: new Findings(), print }
  for (const name of filesOf(given)) {
    print(`Dumping ${name}`)
    const dumper = dumpers[suffixOf(name)]
    if (dumper === undefined) stderr.write(`Ignoring unknown file ${name}\n`)
    else await dumper(dump, fileNamed(name))
    await stdout.drained()
  }
  for (const line of dump.findings.lines()) stderr.write(`${line}\n`)
}

/** As Java's split: what is empty at the end is none. */
function filesOf(given: DumpOptions): readonly string[] {
  const files = given.value('files') ?? ''
  if (/^,+$/.test(files)) return []
  const names = files.replace(/,+$/, '').split(',')
  return names.map(name => (name === '' ? '' : normalize(name).replace(/(.)\/$/, '$1')))
}

function suffixOf(name: string): string {
  const file = basename(name)
  const dot = file.lastIndexOf('.')
  if (dot >= 0) return file.slice(dot)
  throw new ToolError(
    'java.lang.StringIndexOutOfBoundsException',
    `begin -1, end ${file.length}, length ${file.length}`,
  )
}

function fileNamed(name: string): DumpedFile {
  const [digits = ''] = basename(name).split('.')
  const baseOffset = () => {
    if (/^\d{1,19}$/.test(digits) || /^0*\d{1,19}$/.test(digits)) return Number(digits)
    throw new ToolError('java.lang.NumberFormatException', `For input string: "${digits}"`)
  }
  return { name, path: resolve(name), baseOffset }
}
