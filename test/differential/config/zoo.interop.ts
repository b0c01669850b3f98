/** zoo.cfg, compared with what QuorumPeerConfig of the genuine ZooKeeper makes of it. */
import { test } from 'node:test'
import { ConfigError } from '../../../src/config/config-error.ts'
import { parseZooCfg } from '../../../src/config/zoo-cfg.ts'
import { peerOrSkip } from '../../peers/cache.ts'
import { assertSame } from './compare.ts'
import { configOracle } from './oracle.ts'

type Values = Readonly<Record<string, string>>
const base = { dataDir: '/tmp/zookeeper', clientPort: '2181' }

const cases: readonly Values[] = [
  {},
  base,
  { clientPort: '2181' },
  { dataDir: '/d' },
  { ...base, maxClientCnxns: '0', 'admin.enableServer': 'false' },
  { ...base, tickTime: '2000', initLimit: '10', syncLimit: '5' },
  { ...base, tickTime: '0' },
  { ...base, tickTime: 'x' },
  { ...base, tickTime: ' 500 ' },
  { ...base, minSessionTimeout: '5000', maxSessionTimeout: '4000' },
  { ...base, minSessionTimeout: '70000' },
  { ...base, dataLogDir: '/log', clientPortListenBacklog: '7' },
  { ...base, 'autopurge.snapRetainCount': '1', 'autopurge.purgeInterval': '24' },
  { ...base, 'autopurge.snapRetainCount': '5' },
  { ...base, electionAlg: '2' },
  { ...base, peerType: 'Observer' },
  { ...base, peerType: 'leader' },
  { ...base, clientPort: '0' },
  { dataDir: '/d', clientPortAddress: '127.0.0.1' },
  { ...base, standaloneEnabled: 'maybe' },
  { ...base, 'server.1': 'h:2888:3888' },
  { ...base, 'server.1': 'h:2888:2888' },
  { ...base, 'server.1': 'h:2888' },
  { ...base, 'server.1': 'h:2888:3888:boss' },
  { ...base, 'server.x': 'h:2888:3888' },
]

/** ZooKeeper says less: what is compared is that both refuse. */
const refused = { refused: true }

test('the same files are taken, with the same values, and the same refused', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return

  const answers = await oracle.askAll(cases.map(given => ({ do: 'zoo', given })))

  const ours = (values: Values) => {
    try {
      return { ...parseZooCfg(new Map(Object.entries(values))).cfg }
    } catch (error) {
      if (error instanceof ConfigError) return refused
      throw error
    }
  }
  const shared = (outcome: object, members: readonly string[]) =>
    Object.fromEntries(Object.entries(outcome).filter(([name]) => members.includes(name)))
  const members = (index: number) => ['refused', ...Object.keys(answers[index] ?? {})]
  assertSame(
    cases,
    index => shared(ours(cases[index] ?? {}), members(index)),
    index => (answers[index]?.error === undefined ? (answers[index] ?? {}) : refused),
  )
})
