/** Many outcomes compared at once: a failure shows the cases that differ, and what differs. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

const SHOWN = 20

/** @throws AssertionError that lists the cases (JSON) with ours and theirs, where they differ. */
export function assertSame(
  cases: readonly object[],
  ours: (index: number) => object,
  theirs: (index: number) => object,
): void {
  const differences = cases.flatMap((one, index) => {
    const [mine, other] = [ours(index), theirs(index)]
    if (isDeepStrictEqual(mine, other)) return []
    return [`${JSON.stringify(one)}\n${differing(mine, other, '')}`]
  })
  assert.ok(
    differences.length === 0,
    `${differences.length} of ${cases.length} cases differ\n${differences.slice(0, SHOWN).join('\n')}`,
  )
}

/** The members in which two values differ, one a line. */
function differing(mine: unknown, other: unknown, path: string): string {
  if (isDeepStrictEqual(mine, other)) return ''
  if (!isObject(mine) || !isObject(other)) {
    return `  ${path}: ours ${JSON.stringify(mine)}\n  ${path}: Kafka ${JSON.stringify(other)}`
  }
  // Where only one refuses, its sentence says all.
  if ('error' in mine !== 'error' in other) {
    return `  ours ${sentence(mine)}\n  Kafka ${sentence(other)}`
  }
  const names = new Set([...Object.keys(mine), ...Object.keys(other)])
  return [...names]
    .map(name => differing(mine[name], other[name], `${path}/${name}`))
    .filter(line => line !== '')
    .slice(0, SHOWN)
    .join('\n')
}

const sentence = (outcome: Record<string, unknown>) =>
  'error' in outcome ? JSON.stringify(outcome['error']) : 'takes it'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
