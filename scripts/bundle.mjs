// Bundles every entry of src/main/ into one file each under dist/bin/: loading hundreds of small
// modules would cost a tool more time than its work. Dependencies stay outside the bundles.
import { build } from 'esbuild'
import { existsSync, readdirSync } from 'node:fs'

const folder = 'src/main'
const entries = existsSync(folder)
  ? readdirSync(folder).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  : []
await build({
  entryPoints: entries.map(name => `${folder}/${name}`),
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
})
