/**
 * One data directory, served by turns: by ours and by genuine ZooKeeper 3.8 and 3.9. Each has to
 * find every node as the other left it, and every session; and the digests in the log must fit.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Log } from '../../src/host/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { SeededRandom } from '../../src/sim/index.ts'
import { CreateMode, startZooKeeperServer, ZooKeeperClient } from '../../src/zookeeper/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { zookeeperJars } from '../peers/maven.ts'
import { freePort } from '../peers/process.ts'
import { temporaryFolder } from '../peers/subject.ts'
import { startGenuineZooKeeper } from '../peers/zookeeper.ts'
import { dumpTree } from '../zookeeper/tree-dump.ts'
import { work } from '../zookeeper/workload.ts'

interface Running {
  /** Stops it, as `way` says, and returns what it complained about. */
  stop(way: 'cleanly' | 'killed'): Promise<string[]>
}

type Start = (options: { dataDir: string; port: number; snapCount: number }) => Promise<Running>

for (const version of ['3.8.4', '3.9.3']) {
  for (const snapCount of [100_000, 40]) {
    const when = snapCount === 40 ? 'snapshots taken meanwhile' : 'logs alone'
    test(`${version} and ours serve one directory by turns, with ${when}`, async t => {
      const jars = await peerOrSkip(t, () => zookeeperJars(version))
      if (jars === undefined) return
      const folder = temporaryFolder('zookeeper-takeover')
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const options = { dataDir: join(folder, 'data'), port: await freePort(), snapCount }
      const random = new SeededRandom(snapCount)
      const turns = [startOurs, genuine(version), startOurs, genuine(version), startOurs]
      const client = new ZooKeeperClient(nodeHost(), {
        servers: `127.0.0.1:${options.port}`,
        sessionTimeoutMs: 60_000,
      })
      t.after(() => client.close())
      let left: string[] | undefined
      let sessionId: bigint | undefined

      for (const [i, startServer] of turns.entries()) {
        const server = await startServer(options)
        try {
          await client.whenConnected()
          sessionId ??= client.sessionId
          const found = await dumpTree(client)
          if (left !== undefined) assert.deepEqual(found, left, `turn ${i}`)
          await client
            .create('/mine', Buffer.from(`${i}`), { mode: CreateMode.EPHEMERAL })
            .catch(() => undefined)
          await work(client, random, 150)
          const absent = await workAndLeave(options.port, random)
          t.after(() => absent.close())
          left = await dumpTree(client)
        } finally {
          const complaints = await server.stop(i % 2 === 0 ? 'killed' : 'cleanly')
          assert.deepEqual(complaints, [], `turn ${i}`)
        }
      }
      assert.equal(client.sessionId, sessionId, 'the session lived through all of it')
      assert.notEqual(client.state, 'expired')
    })
  }
}

/** A session that ends, and one that is left open with its nodes, which is returned. */
async function workAndLeave(port: number, random: SeededRandom): Promise<ZooKeeperClient> {
  const options = { servers: `127.0.0.1:${port}`, sessionTimeoutMs: 40_000 }
  const [ending, staying] = [
    new ZooKeeperClient(nodeHost(), options),
    new ZooKeeperClient(nodeHost(), options),
  ]
  for (const client of [ending, staying]) await work(client, random, 40)
  await ending.close()
  return staying
}

const startOurs: Start = async ({ dataDir, port, snapCount }) => {
  const complaints: string[] = []
  const log = complainingLog(complaints)
  const server = await startZooKeeperServer(nodeHost({ log }), {
    dataDir,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    snapCount,
  })
  return {
    async stop() {
      await server.close()
      return complaints
    },
  }
}

function genuine(version: string): Start {
  return async ({ dataDir, port, snapCount }) => {
    const server = await startGenuineZooKeeper({
      dataDir,
      version,
      port,
      properties: { 'zookeeper.snapCount': String(snapCount) },
    })
    return {
      async stop(way) {
        if (way === 'cleanly') await server.stop()
        else await server.kill()
        const output = server.process.stderr.split('\n')
        return output.filter(line =>
          /digest mismatch|Digests are not|problem reading|partial/i.test(line),
        )
      },
    }
  }
}

/** Keeps what a server says about its files. */
function complainingLog(complaints: string[]): Log {
  const quiet = (): void => undefined
  const keep = (event: string): void => {
    if (/digest|snapshot|partial|error/i.test(event)) complaints.push(event)
  }
  const log: Log = {
    named: () => log,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: keep,
    error: keep,
    fatal: keep,
  }
  return log
}
