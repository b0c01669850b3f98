/**
 * Spreads the replicas of new partitions over brokers (Kafka's AdminUtils): first replicas go round
 * robin from a random broker, further ones follow at a shift that grows with each round, so that no
 * two brokers share all their partitions. With racks, no rack gets a second replica of a partition
 * while another has none (KIP-36).
 */

export interface Broker {
  readonly id: number
  readonly rack: string | null
}

export interface ReplicaPlan {
  readonly brokers: readonly Broker[]
  readonly firstPartition: number
  readonly partitionCount: number
  /** At most the number of brokers; the caller has checked it. */
  readonly replicationFactor: number
  /** Where the round begins, and the first shift: random numbers of the caller. */
  readonly start: number
  readonly shift: number
}

/** @returns replica lists by partition number */
export function assignReplicas(plan: ReplicaPlan): Map<number, number[]> {
  const hasRacks = plan.brokers.every(broker => broker.rack !== null)
  return hasRacks ? assignWithRacks(plan) : assignWithoutRacks(plan)
}

function assignWithoutRacks(plan: ReplicaPlan): Map<number, number[]> {
  const ids = plan.brokers.map(broker => broker.id).sort((a, b) => a - b)
  const assignment = new Map<number, number[]>()
  let shift = plan.shift
  for (let nth = 0; nth < plan.partitionCount; nth += 1) {
    const partition = plan.firstPartition + nth
    if (partition > 0 && partition % ids.length === 0) shift += 1
    const first = (partition + plan.start) % ids.length
    const replicas = [at(ids, first)]
    for (let replica = 0; replica < plan.replicationFactor - 1; replica += 1) {
      replicas.push(at(ids, replicaIndex(first, shift, replica, ids.length)))
    }
    assignment.set(partition, replicas)
  }
  return assignment
}

function assignWithRacks(plan: ReplicaPlan): Map<number, number[]> {
  const brokers = alternatingRacks(plan.brokers)
  const rackCount = new Set(brokers.map(broker => broker.rack)).size
  const assignment = new Map<number, number[]>()
  let shift = plan.shift
  for (let nth = 0; nth < plan.partitionCount; nth += 1) {
    const partition = plan.firstPartition + nth
    if (partition > 0 && partition % brokers.length === 0) shift += 1
    const first = (partition + plan.start) % brokers.length
    const chosen = [at(brokers, first)]
    for (let k = 0; chosen.length < plan.replicationFactor; k += 1) {
      const candidate = at(brokers, replicaIndex(first, shift * rackCount, k, brokers.length))
      if (isWelcome(candidate, chosen, rackCount, brokers.length)) chosen.push(candidate)
    }
    assignment.set(
      partition,
      chosen.map(broker => broker.id),
    )
  }
  return assignment
}

/** A broker holds one replica; a rack its second only when every rack, a broker its turn only when every broker has one. */
function isWelcome(
  candidate: Broker,
  chosen: readonly Broker[],
  racks: number,
  brokers: number,
): boolean {
  const racksUsed = new Set(chosen.map(broker => broker.rack))
  const isBrokerFree =
    !chosen.some(broker => broker.id === candidate.id) || chosen.length >= brokers
  const isRackFree = !racksUsed.has(candidate.rack) || racksUsed.size === racks
  return isBrokerFree && isRackFree
}

/** Brokers in an order in which neighbours stand in different racks as far as possible. */
function alternatingRacks(brokers: readonly Broker[]): Broker[] {
  const byRack = new Map<string, Broker[]>()
  for (const broker of [...brokers].sort((a, b) => a.id - b.id)) {
    const rack = broker.rack ?? ''
    byRack.set(rack, [...(byRack.get(rack) ?? []), broker])
  }
  const racks = [...byRack].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members)
  const result: Broker[] = []
  for (let round = 0; result.length < brokers.length; round += 1) {
    for (const members of racks) {
      const broker = members[round]
      if (broker !== undefined) result.push(broker)
    }
  }
  return result
}

function replicaIndex(first: number, shift: number, replica: number, count: number): number {
  const distance = 1 + ((shift + replica) % (count - 1 || 1))
  return (first + distance) % count
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`)
  return item
}
