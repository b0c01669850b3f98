/** "Did you mean": what is nearest to a word that nobody knows, by the costs that git uses. */

const SWAP = 0
const REPLACE = 2
const ADD = 1
const REMOVE = 4
/** From this cost on nothing is like it. */
const TOO_FAR = 7

/** The paragraph for stderr; empty when nothing is near. `known`: what is shown, and its word. */
export function suggestionsFor(
  word: string,
  known: readonly (readonly [shown: string, word: string])[],
): string {
  const rated = known.map(([shown, one]) => ({
    shown,
    cost: one.startsWith(word) ? 0 : distance(word, one),
  }))
  const least = Math.min(...rated.map(one => one.cost))
  if (rated.length === 0 || least >= TOO_FAR) return ''
  const nearest = rated
    .filter(one => one.cost === least)
    .map(one => one.shown)
    .toSorted()
  return `\nDid you mean:\n${nearest.map(one => `\t${one}\n`).join('')}`
}

/** Damerau and Levenshtein's distance; swapping two neighbours is free. */
function distance(from: string, to: string): number {
  let [beforeLast, last]: [number[], number[]] = [
    [],
    Array.from({ length: to.length + 1 }, (_, j) => j),
  ]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      const isSwap =
        i >= 2 && j >= 2 && !isSame && from[i - 2] === to[j - 1] && from[i - 1] === to[j - 2]
      const costs = [
        at(last, j - 1) + (isSame ? 0 : REPLACE),
        at(last, j) + REMOVE,
        at(row, j - 1) + ADD,
        ...(isSwap ? [at(beforeLast, j - 2) + SWAP] : []),
      ]
      row.push(Math.min(...costs))
    }
    ;[beforeLast, last] = [last, row]
  }
  return at(last, to.length)
}

const at = (row: readonly number[], index: number) => row[index] ?? Infinity
