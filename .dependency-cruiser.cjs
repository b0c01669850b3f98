// The borders of the house (ARCHITECTURE.md): a room imports lower layers and itself, never
// sideways, upward or in a circle, and reaches another room only through its index.ts.
const layers = [
  ['host', 'bytes'],
  ['records', 'protocol', 'config'],
  ['log', 'network', 'metadata'],
  ['zookeeper', 'replica', 'group', 'txn', 'controller', 'quota', 'security'],
  ['runtime', 'znodes', 'client'],
  ['broker'],
  ['cli', 'console', 'perf'],
  ['main', 'testing'],
]
const path = names => `^src/(${names.join('|')})/`
const test = '\\.test\\.ts$'

const layering = layers.flatMap((layer, depth) =>
  layer.map(room => ({
    name: `layer-${room}`,
    comment: `${room} is on layer ${depth}: it may import lower layers and itself`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: test },
    to: {
      path: path(
        layers
          .slice(depth)
          .flat()
          .filter(other => other !== room)
          .concat(room === 'testing' ? [] : 'sim'),
      ),
    },
  })),
)

const machines = ['group', 'txn', 'controller', 'quota']
const apart = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: test },
  to,
})

module.exports = {
  forbidden: [
    ...layering,
    apart(
      'no-circles',
      '^src/',
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      'no import circles',
    ),
    apart(
      'rooms-by-their-face',
      '^src/([^/]+)/',
      {
        path: '^src/[^/]+/.+',
        pathNot: [
          '^src/$1/',
          '^src/[^/]+/index\\.ts$',
          '^src/host/node/',
          '^src/protocol/messages/',
        ],
      },
      'other rooms import only the index.ts of a room',
    ),
    apart(
      'machines-are-pure',
      path(machines),
      {
        path: '^src/',
        pathNot: `^src/(protocol|records|config|metadata|bytes|${machines.join('|')})/`,
      },
      'machines know no I/O: protocol, records, config, metadata only',
    ),
    apart(
      'clients-stay-clients',
      path(['client', 'console', 'perf', 'cli']),
      { path: path(['replica', 'group', 'txn', 'controller', 'quota', 'runtime', 'broker']) },
      'clients and tools work against any Kafka: no server room',
    ),
    apart(
      'world-behind-host',
      '^src/(?!host/node/)',
      {
        path: '^(node:)?(fs|fs/promises|net|tls|dgram|timers|timers/promises|child_process|worker_threads|os|http|https)$',
      },
      'only host/node touches the world',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
}
