/** What has to be on a disk before anything runs: runtime and packages, ours and genuine Kafka's. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../test/peers/cache.ts'
import { referenceVersion } from '../test/peers/catalog.ts'
import { kafkaJars } from '../test/peers/maven.ts'
import type { Benchmark } from './measure.ts'

/** A Java 17 runtime without the tools of a JDK, of the kind that distributions ship. */
const JRE_MB = 183

export const benchmark: Benchmark = {
  question: 'How much has to be installed, compared with genuine Kafka 3.9?',
  rounds: 1,
  async run() {
    const node = statSync(process.execPath).size / 1e6
    const packages = installedMb()
    const jars = (await kafkaJars(referenceVersion)).classpath
    const jarsMb = sizeMb(jars.replace(/\/\*$/, ''))
    const ours = node + packages
    const theirs = JRE_MB + jarsMb
    console.log(`tidelog: node ${mb(node)} + packages ${mb(packages)} = ${mb(ours)}`)
    console.log(`genuine: JRE ${mb(JRE_MB)} + jars ${mb(jarsMb)} = ${mb(theirs)}`)
    console.log(`ratio ${(ours / theirs).toFixed(2)}`)
  },
}

/** What `npm install --omit=dev` of the packed project leaves. */
function installedMb(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-install-'))
  try {
    const npm = (...args: string[]): string =>
      execFileSync('npm', [...args, '--silent'], { cwd: folder, encoding: 'utf8' })
    const file = npm('pack', projectRoot).trim().split('\n').at(-1) ?? ''
    npm('install', '--omit=dev', '--no-audit', '--no-fund', `./${file}`)
    return sizeMb(join(folder, 'node_modules'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sizeMb(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return bytes / 1e6
}

function mb(size: number): string {
  return `${size.toFixed(1)} MB`
}
