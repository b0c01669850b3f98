/**
 * The words that a person may type at the client port instead of a session. Only those that are
 * listed (`4lw.commands.whitelist`) are answered, and `srvr` always, because zkServer.sh asks it.
 */
import type { ZooKeeperServerConfig } from '../config.ts'
import type { Storage } from '../disk/storage.ts'
import { hexOf } from '../disk/file-names.ts'
import type { ServerState } from '../request/state.ts'
import type { ClientConnection } from './client-connection.ts'
import type { Traffic } from './statistics.ts'

/** Everything that words tell about. */
export interface WordSources {
  config: ZooKeeperServerConfig
  state: ServerState
  storage: Storage
  traffic: Traffic
  connections: ReadonlySet<ClientConnection>
  /** Requests that wait for their answer. */
  outstandingCount: number
  port: number
  uptimeMs: number
  /** Adds to a monotonic moment to get a wall clock's. */
  wallOffsetMs: number
}

type Word = (sources: WordSources) => string

const words: ReadonlyMap<string, Word> = new Map<string, Word>([
  ['ruok', () => 'imok'],
  ['srvr', server],
  ['stat', stat],
  ['conf', configuration],
  ['cons', connections],
  ['crst', resetConnections],
  ['srst', resetServer],
  ['dump', dump],
  ['wchs', watchSummary],
  ['wchc', watchesByClient],
  ['wchp', watchesByPath],
  ['dirs', directories],
  ['isro', () => 'rw'],
  // The trace mask of log4j means nothing here; this is its value in a server nobody has touched.
  ['gtmk', () => '306'],
  ['mntr', monitor],
])

/** Known to ZooKeeper too, and not served here. */
const otherWords: ReadonlySet<string> = new Set(['envi', 'hash', 'stmk'])

export function isFourLetterWord(text: string): boolean {
  return words.has(text) || otherWords.has(text)
}

/** The answer to a word, line ends included. */
export function answerWord(word: string, sources: WordSources): string {
  const allowed = sources.config.fourLetterWords
  if (word !== 'srvr' && !allowed.includes('*') && !allowed.includes(word)) {
    return `${word} is not executed because it is not in the whitelist.\n`
  }
  return words.get(word)?.(sources) ?? `${word} is not served by this server.\n`
}

function server(sources: WordSources): string {
  return `Zookeeper version: ${sources.config.version}\n${summary(sources)}`
}

function stat(sources: WordSources): string {
  const clients = [...sources.connections].map(each => `${brief(each)}\n`).join('')
  const { version } = sources.config
  return `Zookeeper version: ${version}\nClients:\n${clients}\n${summary(sources)}`
}

function summary({ state, traffic, connections: all, outstandingCount }: WordSources): string {
  const { minMs, avgMs, maxMs } = traffic.latency
  return lines([
    `Latency min/avg/max: ${Math.round(minMs)}/${javaDouble(avgMs)}/${Math.round(maxMs)}`,
    `Received: ${traffic.received}`,
    `Sent: ${traffic.sent}`,
    `Connections: ${all.size}`,
    `Outstanding: ${outstandingCount}`,
    `Zxid: 0x${hexOf(state.tree.lastZxid)}`,
    'Mode: standalone',
    `Node count: ${countAsZooKeeper(state)}`,
  ])
}

function configuration({ config, storage, port }: WordSources): string {
  return lines([
    `clientPort=${port}`,
    'secureClientPort=-1',
    `dataDir=${storage.snapshotFolder}`,
    `dataDirSize=${storage.sizeBytesOf(storage.snapshotFolder)}`,
    `dataLogDir=${storage.logFolder}`,
    `dataLogSize=${storage.sizeBytesOf(storage.logFolder)}`,
    `tickTime=${config.tickTimeMs}`,
    `maxClientCnxns=${config.maxClientCnxns}`,
    `minSessionTimeout=${config.minSessionTimeoutMs}`,
    `maxSessionTimeout=${config.maxSessionTimeoutMs}`,
    `clientPortListenBacklog=${config.clientPortListenBacklog}`,
    'serverId=0',
  ])
}

function connections({ connections: all }: WordSources): string {
  return `${[...all].map(each => `${detailed(each)}\n`).join('')}\n`
}

/** Address, whether it is read from, and its packets. */
function brief(connection: ClientConnection): string {
  const { received, sent } = connection.traffic
  const interest = connection.isReading && !connection.isClosed ? 1 : 0
  return ` ${connection.remoteAddress}[${interest}](queued=${connection.outstandingCount},recved=${received},sent=${sent})`
}

function detailed(connection: ClientConnection): string {
  if (connection.sessionId === 0n) return brief(connection)
  const { latency } = connection.traffic
  const fields = [
    `sid=0x${hexOf(connection.sessionId)}`,
    `lop=${connection.lastOperation}`,
    `est=${connection.establishedMs}`,
    `to=${connection.sessionTimeoutMs}`,
    ...(connection.lastXid >= 0 ? [`lcxid=0x${connection.lastXid.toString(16)}`] : []),
    `lzxid=0x${hexOf(connection.lastZxid)}`,
    `lresp=${Math.round(connection.lastResponseMs)}`,
    `llat=${Math.round(connection.lastLatencyMs)}`,
    `minlat=${Math.round(latency.minMs)}`,
    `avglat=${Math.floor(latency.avgMs)}`,
    `maxlat=${Math.round(latency.maxMs)}`,
  ]
  return `${brief(connection).slice(0, -1)},${fields.join(',')})`
}

function resetConnections({ connections: all }: WordSources): string {
  for (const connection of all) connection.traffic.reset()
  return 'Connection stats reset.\n'
}

function resetServer({ traffic }: WordSources): string {
  traffic.reset()
  return 'Server stats reset.\n'
}

function dump(sources: WordSources): string {
  const { state, connections: all, wallOffsetMs } = sources
  const buckets = state.sessions.buckets()
  const expiry = buckets.flatMap(([deadlineMs, sessions]) => [
    `${sessions.length} expire at ${javaDate(deadlineMs + wallOffsetMs)}:`,
    ...sessions.map(({ id }) => `\t0x${hexOf(id)}`),
  ])
  const owners = [...state.tree.ephemeralOwners()]
  const ephemerals = owners.flatMap(([owner, paths]) => [
    `0x${hexOf(owner)}:`,
    ...[...paths].map(path => `\t${path}`),
  ])
  return lines([
    'SessionTracker dump:',
    `Session Sets (${buckets.length})/(${state.sessions.count}):`,
    ...expiry,
    'ephemeral nodes dump:',
    `Sessions with Ephemerals (${owners.length}):`,
    ...ephemerals,
    'Connections dump:',
    `Connections Sets (1)/(${all.size}):`,
    `${all.size} expire at ${javaDate(state.sessions.nextDeadlineMs + wallOffsetMs)}:`,
    ...[...all].map(each => `\tip: ${each.remoteAddress} sessionId: 0x${hexOf(each.sessionId)}`),
  ])
}

/** Of data watches alone, as in ZooKeeper. */
function watchSummary({ state }: WordSources): string {
  const { watcherCount, pathCount, size } = state.dataWatches
  return lines([`${watcherCount} connections watching ${pathCount} paths`, `Total watches:${size}`])
}

function watchesByClient({ state }: WordSources): string {
  const blocks = [...state.dataWatches.byWatcher()].flatMap(([client, paths]) => [
    `0x${hexOf(client.sessionId)}`,
    ...[...paths].map(path => `\t${path}`),
  ])
  return `${lines(blocks)}\n`
}

function watchesByPath({ state }: WordSources): string {
  const blocks = [...state.dataWatches.byPath()].flatMap(([path, clients]) => [
    path,
    ...[...clients].map(({ sessionId }) => `\t0x${hexOf(sessionId)}`),
  ])
  return `${lines(blocks)}\n`
}

function directories({ storage }: WordSources): string {
  return lines([
    `datadir_size: ${storage.sizeBytesOf(storage.snapshotFolder)}`,
    `logdir_size: ${storage.sizeBytesOf(storage.logFolder)}`,
  ])
}

/** The figures of `mntr` that a stand-alone server without a metrics provider has. */
function monitor(sources: WordSources): string {
  const { config, state, traffic, connections: all, outstandingCount, uptimeMs } = sources
  const { latency } = traffic
  const figures: [string, string | number][] = [
    ['version', config.version],
    ['server_state', 'standalone'],
    ['ephemerals_count', state.tree.ephemeralCount],
    ['num_alive_connections', all.size],
    ['avg_latency', javaDouble(latency.avgMs)],
    ['outstanding_requests', outstandingCount],
    ['znode_count', countAsZooKeeper(state)],
    ['global_sessions', state.sessions.count],
    ['packets_sent', traffic.sent],
    ['packets_received', traffic.received],
    ['watch_count', state.dataWatches.size + state.childWatches.size],
    ['min_latency', Math.round(latency.minMs)],
    ['approximate_data_size', state.tree.dataSizeBytes],
    ['local_sessions', 0],
    ['uptime', Math.round(uptimeMs)],
    ['max_latency', Math.round(latency.maxMs)],
  ]
  return lines(figures.map(([name, value]) => `zk_${name}\t${value}`))
}

/** ZooKeeper's map of nodes has the root twice, as '' and as '/'. */
function countAsZooKeeper(state: ServerState): number {
  return state.tree.nodeCount + 1
}

/** At most four decimals, and at least one. */
function javaDouble(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded)
}

/** `Tue Nov 21 11:54:12 UTC 2023`, as `java.util.Date` prints. */
function javaDate(wallMs: number): string {
  const [weekday, day, month, year, time] = new Date(wallMs).toUTCString().split(/,? /)
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}

function lines(parts: readonly string[]): string {
  return parts.map(part => `${part}\n`).join('')
}
