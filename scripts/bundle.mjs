// Bundles every entry of src/main/ into one file each under dist/bin/: loading hundreds of small
// modules would cost a tool more time than its work. Dependencies stay outside the bundles.
import { build } from 'esbuild'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pastFaces } from './faces.mjs'

const folder = 'src/main'
const entries = existsSync(folder)
  ? readdirSync(folder).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  : []
const outdir = 'dist/bin'
const { metafile } = await build({
  entryPoints: entries.map(name => `${folder}/${name}`),
  outdir,
  metafile: true,
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  plugins: [pastFaces],
  logLevel: 'warning',
})

// Chunks are named by what is in them: those of earlier builds would pile up.
const made = new Set(Object.keys(metafile.outputs).map(path => resolve(path)))
for (const name of readdirSync(outdir)) {
  const path = join(outdir, name)
  if (!made.has(resolve(path))) rmSync(path)
}
