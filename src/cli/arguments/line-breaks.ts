/**
 * Where a line of text may be broken: after blanks, after dashes, after punctuation inside a word,
 * before an opening bracket. As Java's BreakIterator does for the kind of text that tools print.
 */

const dash = /[-\u2013\u2014]/
const punctuation = /[,.;:!?]/
/** What may stand behind punctuation on the next line: nothing that closes. */
const mayBegin = /[^,.;:!?)\]}'"]/
const opening = /[[({]/
const wordCharacter = /[\p{L}\p{N}]/u

/** The pieces of a line between which it may be broken, each with the blanks that end it. */
export function breakablePieces(line: string): readonly string[] {
  const pieces: string[] = []
  let start = 0
  for (let index = 1; index < line.length; index++) {
    if (!isBreak(line, index)) continue
    pieces.push(line.slice(start, index))
    start = index
  }
  return start < line.length ? [...pieces, line.slice(start)] : pieces
}

function isBreak(line: string, index: number): boolean {
  const [before, after] = [line.charAt(index - 1), line.charAt(index)]
  if (before === '\n') return true
  if (/\s/.test(after)) return false
  if (/\s/.test(before)) return true
  if (dash.test(before)) return !dash.test(after) && mayBegin.test(after) && !isSign(line, index)
  if (punctuation.test(before)) return mayBegin.test(after) && !isInNumber(line, index)
  return opening.test(after) && wordCharacter.test(before)
}

/** Whether the dash before `index` is the sign of a number. */
function isSign(line: string, index: number): boolean {
  return /^[^\p{L}\p{N}]?-\d$/u.test(line.slice(Math.max(0, index - 2), index + 1))
}

/** Whether the punctuation before `index` is that of a number: 1.5, 1,000. */
function isInNumber(line: string, index: number): boolean {
  return /\d[.,]\d/.test(line.slice(index - 2, index + 1))
}
