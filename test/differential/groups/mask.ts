/**
 * Makes answers comparable: what has to differ between two brokers (random ids, addresses, the order
 * of hash maps) is replaced by what must be the same of it.
 */

const UUID = /^(.*)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Sixteen bytes in URL-safe base64. */
const TOPIC_ID = /^[\w-]{22}$/

export class Mask {
  /** Ids by prefix, in the order in which they were first seen: the same id has the same name. */
  readonly #seen = new Map<string, string[]>()

  of(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'bigint') return `${value}n`
    if (Buffer.isBuffer(value)) return `bytes ${value.toString('hex')}`
    if (Array.isArray(value)) return this.#list(value)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.#field(name, each)]),
    )
  }

  #field(name: string, value: unknown): unknown {
    // Where the broker listens; that it does is checked by the connection.
    if (name === 'port' && typeof value === 'number') return value > 0 ? 'a port' : value
    // A random id; that the right one comes back is checked by asking with it.
    if (name === 'topicId' && typeof value === 'string')
      return TOPIC_ID.test(value) && !/^A{19}/.test(value) ? 'a topic id' : value
    return this.of(value)
  }

  /** Kafka keeps members, topics and groups in hash maps: their order says nothing. */
  #list(values: readonly unknown[]): unknown[] {
    const masked = values.map(value => this.of(value))
    const keys = new Map(masked.map(value => [value, JSON.stringify(value)]))
    return masked.sort((left, right) => ((keys.get(left) ?? '') < (keys.get(right) ?? '') ? -1 : 1))
  }

  /** `client-uuid` becomes `client-<1>`, the next other id of that client `client-<2>`. */
  #text(text: string): string {
    const prefix = UUID.exec(text)?.[1]
    if (prefix === undefined) return text
    const seen = this.#seen.get(prefix) ?? []
    if (!seen.includes(text)) seen.push(text)
    this.#seen.set(prefix, seen)
    return `${prefix}-<${seen.indexOf(text) + 1}>`
  }
}
