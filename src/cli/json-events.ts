/** What verifiable clients print: one JSON object a line, first when and what. */
import type { ToolEnvironment } from './tool.ts'

/** The value of a field is JSON already where it must look as in Java: a double. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type EventPrinter = (name: string, fields?: Readonly<Record<string, unknown>>) => void

export function eventPrinter({ host, terminal }: ToolEnvironment): EventPrinter {
  return (name, fields = {}) => {
    const members = Object.entries<unknown>({ timestamp: host.clock.wallMs(), name, ...fields })
    const text = members.map(
      ([key, value]) => `"${key}":${value instanceof RawJson ? value.text : JSON.stringify(value)}`,
    )
    terminal.stdout.write(`{${text.join(',')}}\n`)
  }
}
