/** Where a transaction stands. Mirrors `TransactionState`; the numbers are those of the stored records. */
export const phases = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  /** Its transactional id is about to be forgotten: known as a transition only, never stored. */
  'Dead',
  /** An old producer is being fenced: neither stored nor seen, and listed because Kafka knows the name. */
  'PrepareEpochFence',
] as const

export type Phase = (typeof phases)[number]

export type Preparing = 'PrepareCommit' | 'PrepareAbort'
export type Completed = 'CompleteCommit' | 'CompleteAbort'

export function phaseNumber(phase: Phase): number {
  return phases.indexOf(phase)
}

export function isPhase(name: string): name is Phase {
  return phases.some(phase => phase === name)
}

/** Decided, and not yet known to all partitions. */
export function isPreparing(phase: Phase): phase is Preparing {
  return phase === 'PrepareCommit' || phase === 'PrepareAbort'
}

export function isCompleted(phase: Phase): phase is Completed {
  return phase === 'CompleteCommit' || phase === 'CompleteAbort'
}

export function completedBy(phase: Preparing): Completed {
  return phase === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort'
}
