/** The programs that load servers, each in a process of its own, and what the servers spent meanwhile. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { proportionalBytesOf, usageOf } from '../measure.ts'

const run = promisify(execFile)

export const GB = 1e9

/** Free memory is given back to the host after a while, so touching much more is in vain. */
const MAX_TOUCHED_BYTES = 8 * GB

export interface Throughput {
  readonly mbPerSecond: number
  /** User and system time of the servers for each GB of record values or answers. */
  readonly cpuPerGb: number
}

export function throughput(bytes: number, seconds: number, cpuSeconds: number): Throughput {
  return { mbPerSecond: bytes / 1e6 / seconds, cpuPerGb: cpuSeconds / (bytes / GB) }
}

/** Runs one of the programs beside this module; `cpuSeconds` are those of the servers with these pids. */
export async function runProgram(
  program: string,
  options: object,
  pids: readonly number[],
): Promise<{ result: unknown; cpuSeconds: number }> {
  const before = cpuSecondsOf(pids)
  const path = join(import.meta.dirname, `${program}.js`)
  const { stdout } = await run(process.execPath, [path, JSON.stringify(options)])
  return { result: JSON.parse(stdout) as unknown, cpuSeconds: cpuSecondsOf(pids) - before }
}

function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + usageOf(pid).cpuSeconds, 0)
}

/** Of these processes together, in MiB: resident memory, and without counting shared pages twice. */
export function memoryOf(pids: readonly number[]): { resident: number; proportional: number } {
  const sum = (bytesOf: (pid: number) => number): number =>
    pids.reduce((total, pid) => total + bytesOf(pid), 0) / 2 ** 20
  return { resident: sum(pid => usageOf(pid).rssBytes), proportional: sum(proportionalBytesOf) }
}

/**
 * On a virtual machine the first touch of a page costs more than the work itself: memory is filled
 * and freed before it is used in a comparison.
 */
export async function touchMemory(sizeBytes: number): Promise<void> {
  const path = join(import.meta.dirname, 'touch.js')
  await run(process.execPath, [path, String(Math.min(sizeBytes, MAX_TOUCHED_BYTES))])
}
