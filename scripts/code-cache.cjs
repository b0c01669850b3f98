// Keeps the code that V8 compiles of the bundles while the servers and a tool start once.
'use strict'
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { codePath, load } = require('../dist/bin/launch.cjs')

async function keepCode() {
  const servers = load('servers')
  const tools = load('tools')
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-build-'))
  try {
    const running = await (await servers.programs.rehearsal()).rehearse(folder)
    await (await tools.programs.rehearsal()).rehearse(running.address)
    await running.stop()
    writeFileSync(codePath('servers'), servers.script.createCachedData())
    writeFileSync(codePath('tools'), tools.script.createCachedData())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

keepCode()
