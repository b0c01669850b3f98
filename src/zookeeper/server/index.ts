export {
  zooKeeperServerDefaults,
  type ZooKeeperServerConfig,
  type ZooKeeperServerOptions,
} from './config.ts'
export { startZooKeeperServer, type ZooKeeperServer } from './server.ts'
