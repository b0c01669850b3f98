/** Offsets to reset to, as CSV: `topic,partition,offset`, with the group in front where there are several. */
import type { Host } from '../../host/index.ts'
import { ToolError } from '../java-text.ts'

export interface PlannedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export function csvOf(
  plan: ReadonlyMap<string, readonly PlannedOffset[]>,
  isOfOneGroup: boolean,
): string {
  let text = ''
  for (const [group, offsets] of plan) {
    for (const { topic, partition, offset } of offsets) {
      const cells = isOfOneGroup ? [topic, partition, offset] : [group, topic, partition, offset]
      text += `${cells.map(cell => csvCell(String(cell))).join(',')}\n`
    }
  }
  return text
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * By group; lines without one belong to `onlyGroup`.
 *
 * @throws ToolError when there is no file, or a line is none
 */
export function readResetPlan(
  { files }: Pick<Host, 'files'>,
  path: string,
  onlyGroup: string | undefined,
): Map<string, PlannedOffset[]> {
  if (files.status(path) === undefined) {
    throw new ToolError(
      'java.lang.RuntimeException',
      `java.io.IOException: Unable to read file ${path}`,
    )
  }
  const plan = new Map<string, PlannedOffset[]>()
  for (const line of files.readFile(path).toString().split(/\r?\n/)) {
    if (line === '') continue
    const { group, offset } = readLine(line, onlyGroup)
    plan.set(group, [...(plan.get(group) ?? []), offset])
  }
  return plan
}

function readLine(
  line: string,
  onlyGroup: string | undefined,
): { group: string; offset: PlannedOffset } {
  const cells = line.split(',').map(cell =>
    cell
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('""', '"'),
  )
  const [offset = '', partition = '', topic = '', group = onlyGroup] = cells.toReversed()
  const isNumeric = /^\d{1,10}$/.test(partition) && /^\d{1,16}$/.test(offset)
  if (group !== undefined && cells.length <= 4 && topic !== '' && isNumeric) {
    return { group, offset: { topic, partition: Number(partition), offset: Number(offset) } }
  }
  throw new ToolError(
    'java.lang.RuntimeException',
    `java.io.IOException: a line of a reset plan must be [group,]topic,partition,offset, got ${line}`,
  )
}
