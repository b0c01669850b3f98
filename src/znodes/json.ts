/**
 * JSON as it lies in Kafka's znodes. What is read there may have been written by any release or
 * by hand, so it is taken apart with checks: a wrong shape is a `ZnodeError` that names the path.
 */

/** A znode whose content is not what Kafka keeps there. */
export class ZnodeError extends Error {
  override readonly name = 'ZnodeError'
  readonly code = 'BAD_ZNODE'
  readonly path: string

  constructor(path: string, problem: string, cause?: unknown) {
    super(`znode ${path} ${problem}`, { cause })
    this.path = path
  }
}

/** Typed access to the members of one JSON object. */
export class JsonNode {
  readonly #path: string
  readonly #members: Readonly<Record<string, unknown>>

  constructor(path: string, members: Readonly<Record<string, unknown>>) {
    this.#path = path
    this.#members = members
  }

  /** @throws ZnodeError when `data` is not one JSON object */
  static parse(path: string, data: Buffer): JsonNode {
    let value: unknown
    try {
      value = JSON.parse(data.toString('utf8'))
    } catch (error) {
      throw new ZnodeError(path, 'is not JSON', error)
    }
    if (!isObject(value)) throw new ZnodeError(path, 'is not a JSON object')
    return new JsonNode(path, value)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name) && this.#members[name] !== null
  }

  #member(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
  }

  integer(name: string): number {
    const value = this.#member(name)
    if (!Number.isSafeInteger(value)) throw this.#wrong(name, 'an integer')
    return value as number
  }

  string(name: string): string {
    const value = this.#member(name)
    if (typeof value !== 'string') throw this.#wrong(name, 'a string')
    return value
  }

  strings(name: string): string[] {
    const value = this.#member(name)
    if (!Array.isArray(value) || !value.every(item => typeof item === 'string')) {
      throw this.#wrong(name, 'an array of strings')
    }
    return value
  }

  /** Members that are JSON objects themselves. */
  objects(name: string): JsonNode[] {
    const value = this.#member(name)
    if (!Array.isArray(value) || !value.every(isObject))
      throw this.#wrong(name, 'an array of objects')
    return value.map(members => new JsonNode(this.#path, members))
  }

  integers(name: string): number[] {
    return this.#integers(name, this.#member(name))
  }

  /** Members of a JSON object whose values are strings, in the order of the text. */
  stringMap(name: string): Map<string, string> {
    const members = this.#object(name)
    return new Map(
      Object.entries(members).map(([key, value]) => {
        if (typeof value !== 'string') throw this.#wrong(`${name}.${key}`, 'a string')
        return [key, value]
      }),
    )
  }

  /** `{"0":[1,2],"1":[2,1]}`: lists of ids by partition number. */
  integersByNumber(name: string): Map<number, number[]> {
    return new Map(
      Object.entries(this.#object(name)).map(([key, value]) => [
        Number(key),
        this.#integers(`${name}.${key}`, value),
      ]),
    )
  }

  #object(name: string): Record<string, unknown> {
    const value = this.#member(name)
    if (!isObject(value)) throw this.#wrong(name, 'an object')
    return value
  }

  #integers(name: string, value: unknown): number[] {
    if (!Array.isArray(value) || !value.every(item => Number.isSafeInteger(item))) {
      throw this.#wrong(name, 'an array of integers')
    }
    return value as number[]
  }

  #wrong(name: string, wanted: string): ZnodeError {
    return new ZnodeError(
      this.#path,
      `has ${name} = ${JSON.stringify(this.#member(name))}, not ${wanted}`,
    )
  }
}

export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
