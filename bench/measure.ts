/** Medians and spread of a repeated piece of work, with the machine they were taken on. */
import { arch, cpus, platform } from 'node:os'

export interface Figure {
  /** Millions of bytes a second. */
  readonly megabytesPerSecond: number
  /** CPU seconds of this process for 10^9 bytes. */
  readonly cpuSecondsPerGigabyte: number
}

const ROUNDS = 7
const ROUND_MS = 400

export function describeMachine(): string {
  const [cpu] = cpus()
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${platform()} ${arch()}, Node ${process.version}`
}

/** Runs `work`, which takes `bytes` through it, for some rounds after a warm-up; prints one line. */
export function measure(name: string, bytes: number, work: () => void): void {
  runFor(ROUND_MS, bytes, work)
  const figures = Array.from({ length: ROUNDS }, () => runFor(ROUND_MS, bytes, work))
  const speed = summary(
    figures.map(figure => figure.megabytesPerSecond),
    0,
  )
  const cpu = summary(
    figures.map(figure => figure.cpuSecondsPerGigabyte),
    3,
  )
  console.log(`${name.padEnd(44)} ${speed.padEnd(28)} MB/s   ${cpu} CPU s/GB`)
}

function runFor(durationMs: number, bytes: number, work: () => void): Figure {
  const cpuBefore = process.cpuUsage()
  const start = process.hrtime.bigint()
  let elapsedNs = 0
  let runs = 0
  while (elapsedNs < durationMs * 1e6) {
    for (let count = 0; count < 20; count += 1) work()
    runs += 20
    elapsedNs = Number(process.hrtime.bigint() - start)
  }
  const cpu = process.cpuUsage(cpuBefore)
  return {
    megabytesPerSecond: (runs * bytes * 1e3) / elapsedNs,
    cpuSecondsPerGigabyte: ((cpu.user + cpu.system) * 1e3) / (runs * bytes),
  }
}

/** Median, and the whole range in brackets. */
function summary(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => (sorted[index] ?? NaN).toFixed(digits)
  return `${at(sorted.length >> 1)} (${at(0)} .. ${at(sorted.length - 1)})`
}
