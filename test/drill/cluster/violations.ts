/** What must not happen, whatever fails. */
export const violationKinds = [
  'lost',
  'duplicate',
  'reordered',
  'inconsistent offset',
  'stranger',
  'gap',
  'lost after it was read',
  'skip',
  'group offset',
  'transaction',
  'hanging',
  'replicas differ',
  'pause',
  'refused',
] as const
export type ViolationKind = (typeof violationKinds)[number]

export interface Violation {
  readonly kind: ViolationKind
  readonly text: string
}

/** How many there are of each kind. */
export function countsOf(violations: readonly Violation[]): Record<ViolationKind, number> {
  const counts = Object.fromEntries(violationKinds.map(kind => [kind, 0])) as Record<ViolationKind, number> // prettier-ignore
  for (const { kind } of violations) counts[kind] += 1
  return counts
}
