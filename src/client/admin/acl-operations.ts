/** What a principal may do to a resource, as the bits of KIP-430 tell it. */

/** By their number on the wire; 0 to 2 are UNKNOWN, ANY and ALL, which nobody is told. */
const operations = {
  3: 'READ',
  4: 'WRITE',
  5: 'CREATE',
  6: 'DELETE',
  7: 'ALTER',
  8: 'DESCRIBE',
  9: 'CLUSTER_ACTION',
  10: 'DESCRIBE_CONFIGS',
  11: 'ALTER_CONFIGS',
  12: 'IDEMPOTENT_WRITE',
  13: 'CREATE_TOKENS',
  14: 'DESCRIBE_TOKENS',
  15: 'TWO_PHASE_COMMIT',
} as const

export type AclOperation = (typeof operations)[keyof typeof operations]

const NOT_ASKED_FOR = -0x8000_0000

export function authorizedOperationsOf(bits: number): readonly AclOperation[] | undefined {
  if (bits === NOT_ASKED_FOR) return undefined
  return Object.entries(operations).flatMap(([number, name]) =>
    (bits & (1 << Number(number))) === 0 ? [] : [name],
  )
}
