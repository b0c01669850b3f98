/**
 * Lines as argparse4j breaks them: a line that is broken is filled with blanks to the full width.
 * The odd blanks in its messages ("one of  the arguments") come from there.
 */
import { breakablePieces } from '../line-breaks.ts'

/** Columns of a text when the terminal's width is not known. */
export const FORMAT_WIDTH = 75

interface Wrapping {
  readonly width: number
  /** Columns that are taken on the first line. */
  readonly offset?: number
  /** In front of every line but the first. */
  readonly indent?: string
}

export function wrapText(text: string, { width, offset = 0, indent = '' }: Wrapping): string {
  let wrapped = ''
  let line = ''
  let column = offset
  for (const piece of breakablePieces(text)) {
    column += piece.length
    if (column > width) {
      wrapped += `${fillLine(line, width, column - piece.length)}\n${indent}`
      line = ''
      column = indent.length + piece.length
    }
    line += piece
    if (piece.endsWith('\n')) {
      wrapped += line + indent
      line = ''
      column = indent.length
    }
  }
  return wrapped + line
}

/** Spreads the blanks that are left over the gaps of a line, the odd ones in its middle. */
function fillLine(line: string, width: number, column: number): string {
  const trimmed = line.replace(/^ +| +$/g, '')
  const gaps = trimmed.match(/ +/g)?.length ?? 0
  if (gaps === 0) return trimmed
  const missing = width - (column - (line.length - trimmed.length))
  const each = Math.trunc(missing / gaps)
  const rest = missing % gaps
  const first = Math.trunc((gaps - rest + 1) / 2)
  let gap = 0
  return trimmed.replace(/ +/g, blanks => {
    const extra = each + (first <= gap && gap < first + rest ? 1 : 0)
    gap++
    return ' '.repeat(Math.max(0, extra)) + blanks
  })
}
