/** The coordination service on its own: `zookeeper-server-start.sh zookeeper.properties`. */
import { parseZooCfg } from '../config/index.ts'
import { readProperties, runServer } from './process/server-process.ts'
import { startFromZooCfg } from './process/zookeeper.ts'

export async function main(): Promise<void> {
  const [file] = process.argv.slice(2)
  if (file === undefined) {
    console.error('Usage: zookeeper-server-start.sh zookeeper.properties')
    process.exit(2)
  }

  await runServer({
    logger: 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    start: async host => {
      const log = host.log.named('org.apache.zookeeper.server.quorum.QuorumPeerConfig')
      log.info(`Reading configuration from: ${file}`)
      const { cfg, review } = parseZooCfg(readProperties(file))
      const [refusal] = review.refusals
      if (refusal !== undefined) throw refusal
      for (const { property, because } of review.warnings) log.warn(`${property}: ${because}`)
      return startFromZooCfg(host, cfg)
    },
  })
}
