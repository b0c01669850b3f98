// Runs a program out of its bundle. V8 is handed the code that it compiled of it when the project was
// built: compiling a megabyte anew costs a third of a tool's whole time. Another version of Node
// refuses that code by itself, and compiles.
'use strict'
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { constants, Script } = require('node:vm')

const codePath = bundle => join(__dirname, `${bundle}.code`)

/** @returns the programs of a bundle by name, and the script that they are of */
function load(bundle) {
  const filename = join(__dirname, `${bundle}.cjs`)
  const script = new Script(
    `(function (exports, require, module, __filename) {${readFileSync(filename, 'latin1')}\n})`,
    {
      filename,
      cachedData: compiledCode(bundle),
      importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  )
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, filename)
  return { script, programs: module.exports }
}

function compiledCode(bundle) {
  try {
    return readFileSync(codePath(bundle))
  } catch {
    return undefined
  }
}

const launch = async (bundle, name) => (await load(bundle).programs[name]()).main()

module.exports = { codePath, launch, load }
