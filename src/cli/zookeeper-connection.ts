/** A tool's connection to the ZooKeeper of a cluster: `--zookeeper`. */
import { NetworkError, type Host } from '../host/index.ts'
import { ZooKeeperConnection, Znodes } from '../znodes/index.ts'
import { ToolError } from './java-text.ts'

/** As Kafka's tools have it. */
const TIMEOUT_MS = 30_000

/** @throws ToolError when no server answers in time */
export async function openZnodes(
  host: Host,
  servers: string,
): Promise<{ znodes: Znodes; connection: ZooKeeperConnection; close: () => Promise<void> }> {
  try {
    const options = { servers, sessionTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS }
    const connection = await ZooKeeperConnection.open(host, options)
    return { znodes: new Znodes(connection), connection, close: () => connection.close() }
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    throw new ToolError(
      'kafka.zookeeper.ZooKeeperClientTimeoutException',
      'Timed out waiting for connection while in state: CONNECTING',
      error,
    )
  }
}
