/**
 * Makes golden-bytes.ts anew after a message was added or changed:
 * `npm run build && node dist/test/differential/protocol/write-golden-bytes.js`.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../peers/cache.ts'
import { describedVersions } from './example.ts'
import { genuineBytes } from './genuine-bytes.ts'

const golden = await genuineBytes()
const lines = describedVersions.map(({ key }) => {
  const { full = '', empty = '' } = golden[key] ?? {}
  return `  '${key}': { full: '${full}', empty: '${empty}' },`
})
writeFileSync(
  join(projectRoot, 'test', 'differential', 'protocol', 'golden-bytes.ts'),
  `// prettier-ignore
/** Made by write-golden-bytes.ts: the examples of example.ts as written by Kafka's own classes, in hex. */
export const goldenBytes: Record<string, { full: string; empty: string }> = {
${lines.join('\n')}
}
`,
)
