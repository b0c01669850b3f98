// An esbuild plugin that imports past the faces of rooms. A bundler that splits code follows a face
// (`config/index.ts`) to every file behind it, so that one error class would make a tool load the
// tables of all properties. Modules do nothing when they are loaded, so the way past is the same.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const IMPORT = /^import \{([^}]*)\} from '(\.[^']*\/index\.ts)'/gm
const REEXPORT = /^export \{([^}]*)\} from '(\.[^']*)'/gm

export const pastFaces = {
  name: 'past-faces',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(IMPORT, (_, names, face) =>
        imported(names, face, dirname(path)),
      ),
      loader: 'ts',
    }))
  },
}

/** On one line, so that line numbers stay. Names that a face does not list by name are left to it. */
function imported(names, face, folder) {
  const behind = behindFace(resolve(folder, face))
  return valuesIn(names)
    .map(({ name, as }) => {
      const { name: own, file } = behind.get(name) ?? { name, file: face }
      return `import { ${own} as ${as} } from '${file}'`
    })
    .join('; ')
}

const known = new Map()

function behindFace(face) {
  const found = known.get(face)
  if (found !== undefined) return found
  const text = readFileSync(face, 'utf8')
  const behind = new Map(
    [...text.matchAll(REEXPORT)].flatMap(([, names, from]) =>
      valuesIn(names).map(({ name, as }) => [as, { name, file: resolve(dirname(face), from) }]),
    ),
  )
  known.set(face, behind)
  return behind
}

function valuesIn(names) {
  return names
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '' && !part.startsWith('type '))
    .map(part => {
      const [name, as = name] = part.split(' as ')
      return { name, as }
    })
}
