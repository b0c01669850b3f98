/** The build with one rule broken, to see that the simulation notices: modules are changed as they are loaded. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Breakage } from './breaking-loader.ts'

/** A text that stands once in a module below `dist/src`, and what takes its place. */
export const brokenRules: Readonly<Record<string, readonly Breakage[]>> = {
  'acknowledge before the ISR has it': [
    { module: 'replica/producing.js', text: 'if (acks !== 1) {', by: 'if (false) {' },
  ],
  'truncate by high watermark': [
    {
      module: 'replica/fetcher.js',
      text: 'const knowsEpochs = cluster.knowsLeaderEpochs && epochOf(followed) >= 0',
      by: 'const knowsEpochs = false',
    },
    {
      module: 'replica/fetcher.js',
      text: 'mustCompare: !cluster.tellsDivergence || partition.log.latestEpoch === undefined',
      by: 'mustCompare: true',
    },
    {
      module: 'replica/fetcher.js',
      text: 'const lastFetchedEpoch = this.#options.cluster.tellsDivergence ? (log.latestEpoch ?? -1) : -1',
      by: 'const lastFetchedEpoch = -1',
    },
  ],
  'elect outside the ISR': [
    {
      module: 'controller/elect.js',
      text: 'const unclean = candidates.isUncleanAllowed',
      by: 'const unclean = true',
    },
  ],
  'forget an epoch at restart': [
    {
      module: 'log/log-loader.js',
      text: 'parts.epochs.truncateFromEnd(endOffset)',
      by: 'parts.epochs.truncateFromEnd(parts.epochs.latest?.startOffset ?? 0)',
    },
  ],
}

export interface Search {
  readonly from: number
  readonly count: number
}

/** Plays histories of a broken build until one fails. @returns what was said of that; `undefined` when all hold */
export function searchBroken(rule: string, { from, count }: Search): string | undefined {
  const breakages = brokenRules[rule]
  if (breakages === undefined) throw new Error(`no rule ${rule}`)
  const loader = new URL('breaking-loader.js', import.meta.url).href
  const registering =
    `import { register } from 'node:module'\n` +
    `register(${JSON.stringify(loader)}, { data: ${JSON.stringify(breakages)} })`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...['--import', `data:text/javascript,${encodeURIComponent(registering)}`],
      fileURLToPath(new URL('../run.js', import.meta.url)),
      ...['cluster', '--from', String(from), '--count', String(count)],
      ...['--workers', '1', '--failures', '1'],
    ],
    { encoding: 'utf8' },
  )
  if (status === 0) return undefined
  const said = [...stderr.split('\n'), ...stdout.split('\n')]
  const found = said.find(line => /^cluster: seed \d+ fails/.test(line))
  if (found === undefined) throw new Error(`the broken build does not run: ${stderr}`)
  return found
}
