/** When a log file is set aside, and under which name: log4j's daily and size rolling. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dateFormat } from './date-format.ts'
import type { Rolling } from './settings.ts'

export interface Roller {
  /** Sets the file aside when it is due. @returns true when the path is free for a new file */
  rollIfDue(wallMs: number, nextLineSizeBytes: number): boolean
}

export function rollerOf(path: string, rolling: Rolling): Roller {
  switch (rolling.by) {
    case 'never':
      return { rollIfDue: () => false }
    case 'date':
      return new DateRoller(path, dateFormat(rolling.datePattern))
    case 'size':
      return new SizeRoller(path, rolling.maxSizeBytes, rolling.maxBackups)
  }
}

const minuteMs = 60_000

/** Renames `server.log` to `server.log.2026-11-21-10` at the first line of the next hour (or day, as the pattern says). */
class DateRoller implements Roller {
  readonly #path: string
  readonly #format: (wallMs: number) => string
  #suffix: string | undefined
  #nextCheckMs = 0

  constructor(path: string, format: (wallMs: number) => string) {
    this.#path = path
    this.#format = format
  }

  rollIfDue(wallMs: number): boolean {
    if (wallMs < this.#nextCheckMs) return false
    // No pattern changes within a minute, whatever the zone.
    this.#nextCheckMs = wallMs - (wallMs % minuteMs) + minuteMs
    const suffix = this.#format(wallMs)
    const previous = this.#suffix ?? this.#suffixOfFile() ?? suffix
    this.#suffix = suffix
    if (previous === suffix || !existsSync(this.#path)) return false
    renameSync(this.#path, this.#path + previous)
    return true
  }

  /** A file that an earlier process left belongs to the hour of its last line. */
  #suffixOfFile(): string | undefined {
    const status = statSync(this.#path, { throwIfNoEntry: false })
    return status === undefined ? undefined : this.#format(status.mtimeMs)
  }
}

/** Renames `a.log` to `a.log.1`, `a.log.1` to `a.log.2`, and so on; the oldest goes. */
class SizeRoller implements Roller {
  readonly #path: string
  readonly #maxSizeBytes: number
  readonly #maxBackups: number
  #sizeBytes: number | undefined

  constructor(path: string, maxSizeBytes: number, maxBackups: number) {
    this.#path = path
    this.#maxSizeBytes = maxSizeBytes
    this.#maxBackups = maxBackups
  }

  rollIfDue(_wallMs: number, nextLineSizeBytes: number): boolean {
    this.#sizeBytes ??= statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
    const isDue = this.#sizeBytes >= this.#maxSizeBytes
    if (isDue) this.#shift()
    this.#sizeBytes = (isDue ? 0 : this.#sizeBytes) + nextLineSizeBytes
    return isDue
  }

  #shift(): void {
    rmSync(this.#nameOf(this.#maxBackups), { force: true })
    for (let number = this.#maxBackups - 1; number >= 0; number--) {
      if (existsSync(this.#nameOf(number)))
        renameSync(this.#nameOf(number), this.#nameOf(number + 1))
    }
  }

  #nameOf(number: number): string {
    return number === 0 ? this.#path : `${this.#path}.${number}`
  }
}
