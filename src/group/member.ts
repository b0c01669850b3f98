/** One consumer in a classic group. A value: a change makes a new one. Mirrors `MemberMetadata`. */

/** A way of assigning that a member offers, e.g. `range`, with its own data for it (for consumers: the subscription). */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** Names a request whose answer waits for others; handed out by whoever runs the machine. */
export type RequestId = number

export interface Member {
  readonly memberId: string
  /** `group.instance.id` of a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Java prints an address: `/127.0.0.1`. */
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** In the member's order of preference; never empty. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Buffer
  /** Its JoinGroup that waits for the rebalance to complete. */
  readonly joining: RequestId | undefined
  /** Its SyncGroup that waits for the leader's assignment. */
  readonly syncing: RequestId | undefined
  /** Added, and not through its first rebalance yet. */
  readonly isNew: boolean
}

/** As Scala prints an Option. */
export function optionText(value: string | null): string {
  return value === null ? 'None' : `Some(${value})`
}

/** As Kafka's log tells of a member. */
export function memberText(member: Member): string {
  const names = member.protocols.map(({ name }) => name)
  const fields = [
    `memberId=${member.memberId}`,
    `groupInstanceId=${optionText(member.groupInstanceId)}`,
    `clientId=${member.clientId}`,
    `clientHost=${member.clientHost}`,
    `sessionTimeoutMs=${member.sessionTimeoutMs}`,
    `rebalanceTimeoutMs=${member.rebalanceTimeoutMs}`,
    `supportedProtocols=List(${names.join(', ')})`,
  ]
  return `MemberMetadata(${fields.join(', ')})`
}

export const noAssignment: Buffer = Buffer.alloc(0)

/** The member's data for a protocol; empty for one that it does not offer. */
export function metadataFor(member: Member, protocolName: string): Buffer {
  return member.protocols.find(protocol => protocol.name === protocolName)?.metadata ?? noAssignment
}

export function offers(member: Member, protocolName: string): boolean {
  return member.protocols.some(protocol => protocol.name === protocolName)
}

/** Whether it offers the same protocols with the same data in the same order: then nothing has to be assigned anew. */
export function hasProtocols(member: Member, protocols: readonly MemberProtocol[]): boolean {
  if (protocols.length !== member.protocols.length) return false
  return member.protocols.every((own, index) => {
    const other = protocols[index]
    return other?.name === own.name && other.metadata.equals(own.metadata)
  })
}

/** Whether silence is excused: a member that waits for the others cannot send heartbeats, save for a new one, whose own time runs. */
export function isExcused(member: Member): boolean {
  if (member.isNew) return false
  return member.joining !== undefined || member.syncing !== undefined
}
