// Bundles the programs of src/main/ into two files, servers and tools: loading hundreds of small
// modules would cost a tool more time than its work. Dependencies go with them, except those that
// have a native part; what is taken in stands with its licence in THIRD-PARTY-LICENSES. In dist/bin/:
//   <program>.cjs               one line a program
//   launch.cjs                  loads a bundle, with the code of it that is already compiled
//   servers.cjs, tools.cjs      the bundles
//   servers.code, tools.code    that code, for this very version of Node
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pastFaces } from './faces.mjs'

const native = ['@node-rs/crc32', '@toondepauw/node-zstd', 'lz4-napi', 'snappy']
const outdir = 'dist/bin'

const programs = readdirSync('src/main')
  .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map(name => name.slice(0, -'.ts'.length))
const servers = programs.filter(name => /-(server|start)$/.test(name))
const tools = programs.filter(name => !servers.includes(name))

rmSync(outdir, { recursive: true, force: true })
mkdirSync(outdir, { recursive: true })
copyFileSync('scripts/launch.cjs', join(outdir, 'launch.cjs'))
const inputs = [...(await bundle('servers', servers)), ...(await bundle('tools', tools))]
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES'), licencesOf(inputs))
keepCode()

/** @returns what went into it */
async function bundle(name, programs) {
  const { metafile } = await build({
    stdin: { contents: tableOf(name, programs), resolveDir: 'src/main', loader: 'ts' },
    outfile: join(outdir, `${name}.cjs`),
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: native,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
    plugins: [pastFaces],
    logLevel: 'warning',
  })
  const text = readFileSync(join(outdir, `${name}.cjs`), 'utf8')
  // One such character doubles the memory and the time that V8 takes to read all of it.
  if (/[^\0-\x7f]/.test(text)) throw new Error(`${name}.cjs has characters beyond ASCII`)
  for (const program of programs) {
    const line = `require('./launch.cjs').launch('${name}', '${program}')\n`
    writeFileSync(join(outdir, `${program}.cjs`), line)
  }
  return Object.keys(metafile.inputs)
}

/** A module that exports a function for each program, which loads no more than that program. */
function tableOf(bundled, programs) {
  const entries = programs.map(name => `  '${name}': () => import('./${name}.ts'),\n`)
  return `module.exports = {\n${entries.join('')}  rehearsal: () => import('./rehearsal/${bundled}.ts'),\n}\n`
}

function keepCode() {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/code-cache.cjs'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the programs do not start:\n${stderr}`)
}

function licencesOf(paths) {
  const folders = paths.flatMap(
    path => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(folders)].sort().map(licenceOf).join('\n')
}

function licenceOf(folder) {
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no licence to go into the bundle with it`)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`
}
