/** What is said of partitions, as answers group it: by topic, in the order of the first partition of each. */
export function byTopic<P extends { readonly topic: string }>(items: Iterable<P>): [string, P[]][] {
  const groups = new Map<string, P[]>()
  for (const item of items) {
    const group = groups.get(item.topic)
    if (group === undefined) groups.set(item.topic, [item])
    else group.push(item)
  }
  return [...groups]
}
