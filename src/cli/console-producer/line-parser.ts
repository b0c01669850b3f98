/** Makes records of lines: value, or key and value, or headers before them. Mirrors LineMessageReader. */
import { ToolError } from '../java-text.ts'

export interface ParsedRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly { readonly key: string; readonly value: string | null }[]
}

export class LineParser {
  readonly #parseKey: boolean
  readonly #parseHeaders: boolean
  readonly #ignoreError: boolean
  readonly #keySeparator: string
  readonly #headersDelimiter: string
  readonly #headersSeparator: string
  readonly #headersKeySeparator: string
  readonly #nullMarker: string | null
  #lineNumber = 0

  /** @throws ToolError when two separators are the same */
  constructor(properties: ReadonlyMap<string, string>) {
    const isTrue = (name: string) => properties.get(name)?.trim().toLowerCase() === 'true'
    this.#parseKey = isTrue('parse.key')
    this.#parseHeaders = isTrue('parse.headers')
    this.#ignoreError = isTrue('ignore.error')
    this.#keySeparator = properties.get('key.separator') ?? '\t'
    this.#headersDelimiter = properties.get('headers.delimiter') ?? '\t'
    this.#headersSeparator = properties.get('headers.separator') ?? ','
    this.#headersKeySeparator = properties.get('headers.key.separator') ?? ':'
    this.#nullMarker = properties.get('null.marker') ?? null
    this.#ensureDistinct()
  }

  #ensureDistinct(): void {
    const delimiter = ['headers.delimiter', this.#headersDelimiter] as const
    const separator = ['headers.separator', this.#headersSeparator] as const
    const keySeparator = ['headers.key.separator', this.#headersKeySeparator] as const
    const marker = ['null.marker', this.#nullMarker] as const
    const pairs = [
      [delimiter, separator],
      [delimiter, keySeparator],
      [separator, keySeparator],
      [marker, ['key.separator', this.#keySeparator]],
      [marker, separator],
      [marker, delimiter],
      [marker, keySeparator],
    ] as const
    for (const [[name, value], [otherName, otherValue]] of pairs) {
      if (value === otherValue) throw kafkaError(`${name} and ${otherName} may not be equal`)
    }
  }

  /** @throws ToolError for a line that lacks a separator, unless `ignore.error` */
  parse(line: string): ParsedRecord {
    this.#lineNumber += 1
    const headers = this.#parseHeaders
      ? this.#upTo(line, 0, this.#headersDelimiter, 'headers delimiter')
      : null
    const keyStart = headers === null ? 0 : headers.length + this.#headersDelimiter.length
    const key = this.#parseKey
      ? this.#upTo(line, keyStart, this.#keySeparator, 'key separator')
      : null
    const value = line.slice(keyStart + (key === null ? 0 : key.length + this.#keySeparator.length))
    return {
      key: this.#unmarked(key),
      value: this.#unmarked(value),
      headers: headers === null || headers === this.#nullMarker ? [] : this.#headers(headers),
    }
  }

  #upTo(line: string, start: number, separator: string, name: string): string | null {
    const end = line.indexOf(separator, start)
    if (end >= 0) return line.slice(start, end)
    if (this.#ignoreError) return null
    throw kafkaError(`No ${name} found on line number ${this.#lineNumber}: '${line}'`)
  }

  #unmarked(text: string | null): string | null {
    return text === this.#nullMarker ? null : text
  }

  #headers(text: string): { key: string; value: string | null }[] {
    const pairs = text.split(new RegExp(this.#headersSeparator))
    while (pairs.length > 1 && pairs.at(-1) === '') pairs.pop()
    return pairs.map(pair => this.#header(pair))
  }

  #header(pair: string): { key: string; value: string | null } {
    const at = pair.indexOf(this.#headersKeySeparator)
    if (at < 0) {
      if (this.#ignoreError) return { key: pair, value: null }
      throw kafkaError(
        `No header key separator found in pair '${pair}' on line number ${this.#lineNumber}`,
      )
    }
    const key = pair.slice(0, at)
    if (key === this.#nullMarker) {
      throw kafkaError(
        `Header keys should not be equal to the null marker '${key}' as they can't be null`,
      )
    }
    return { key, value: this.#unmarked(pair.slice(at + this.#headersKeySeparator.length)) }
  }
}

const kafkaError = (message: string) =>
  new ToolError('org.apache.kafka.common.KafkaException', message)
