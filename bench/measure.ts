/**
 * What every benchmark needs: contenders measured by turns, processor time and memory of a process,
 * and a table with medians, spread and ratios. A single number without its spread says nothing.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** One measurement: a figure for each metric, named with its unit (`MB/s`, `CPU s/GB`). */
export type Sample = Readonly<Record<string, number>>

export interface Contender {
  readonly name: string
  /** Measures once. */
  readonly measure: () => Promise<Sample>
}

export interface Benchmark {
  /** What the reader wants to know, in one sentence. */
  readonly question: string
  /** Rounds that count, unless the command line says otherwise. */
  readonly rounds: number
  /** @param rounds how often each contender is measured */
  run(rounds: number): Promise<void>
}

/** Used processor time and memory of a process. */
export interface Usage {
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** @throws when the process is gone, or where there is no /proc */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // Fields are counted behind the command's name, which may hold spaces: utime is the 14th, stime the 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuSeconds: ticks / ticksPerSecond(), rssBytes: rssKb * 1024 }
}

/** Memory of a process in which a page that several share counts as its part only. @throws as `usageOf` */
export function proportionalBytesOf(pid: number): number {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  return Number(/^Pss:\s+(\d+) kB$/m.exec(memory)?.[1] ?? 0) * 1024
}

/** This process, in microseconds instead of ticks. */
export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() }
}

let ticks: number | undefined

function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return ticks
}

/**
 * Measures all contenders in each round, every second round in reverse order, so that a machine that
 * slows down or warms up meanwhile favours nobody. With `warmUp`, one round before them does not count.
 */
export async function byTurns(
  contenders: readonly Contender[],
  { rounds, warmUp = true }: { rounds: number; warmUp?: boolean },
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const { name, measure } of order) {
      const sample = await measure()
      showProgress(round < 0 ? `warming up: ${name}` : `round ${round + 1} of ${rounds}: ${name}`)
      if (round >= 0) samples.get(name)?.push(sample)
    }
  }
  showProgress('')
  return samples
}

/** One line that is written over, for somebody who watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** How long a `repeated` piece of work runs for one sample. */
const sampleMs = 400

/** A contender whose work is a function of this process that takes so many bytes through it. */
export function repeated(name: string, sizeBytes: number, work: () => void): Contender {
  return {
    name,
    measure: async () => {
      const before = ownUsage()
      const startMs = performance.now()
      let runs = 0
      let elapsedMs = 0
      for (; elapsedMs < sampleMs; elapsedMs = performance.now() - startMs) {
        for (let count = 0; count < 20; count++) work()
        runs += 20
      }
      const cpuSeconds = ownUsage().cpuSeconds - before.cpuSeconds
      const bytes = runs * sizeBytes
      return { 'MB/s': bytes / 1e3 / elapsedMs, 'CPU s/GB': (cpuSeconds * 1e9) / bytes }
    },
  }
}

export interface Figures {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @throws RangeError for no values */
export function figuresOf(values: readonly number[]): Figures {
  if (values.length === 0) throw new RangeError('no values to summarise')
  const sorted = values.toSorted((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 }
}

/** A line for each contender and metric; the ratio is that of the median to the first contender's. */
export function tableOf(samples: ReadonlyMap<string, readonly Sample[]>): string {
  const rows = [['', 'metric', 'median', 'min', 'max', 'ratio']]
  const first = new Map<string, number>()
  for (const [name, measured] of samples) {
    for (const metric of Object.keys(measured[0] ?? {})) {
      const { median, min, max } = figuresOf(measured.map(sample => sample[metric] ?? Number.NaN))
      if (!first.has(metric)) first.set(metric, median)
      const ratio = median / (first.get(metric) ?? median)
      rows.push([name, metric, ...[median, min, max].map(shown), ratio.toFixed(2)])
    }
  }
  return aligned(rows)
}

/** Three significant digits, without an exponent. */
function shown(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return value.toFixed(Math.min(digits, 6))
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => row[column]?.length ?? 0)),
  )
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The lines a reader needs to compare with another machine. */
export function machine(): string {
  const [processor] = cpus()
  const memoryGb = (totalmem() / 2 ** 30).toFixed(1)
  return [
    `${cpus().length} x ${processor?.model ?? 'unknown processor'}, ${memoryGb} GB`,
    `${process.platform} ${release()}, Node ${process.versions.node}`,
  ].join('\n')
}
