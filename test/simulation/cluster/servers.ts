/** The servers of the cluster, as programs of simulated machines. */
import { Broker } from '../../../src/broker/broker.ts'
import type { Host, Log } from '../../../src/host/index.ts'
import { startZooKeeperServer, type ZooKeeperServer } from '../../../src/zookeeper/index.ts'
import type { Program } from './machine.ts'
import { brokerConfig, coordinationOptions, type BrokerTraits } from './settings.ts'

export class Coordination implements Program {
  readonly #host: Host
  readonly #exit: () => void
  #server: ZooKeeperServer | undefined

  constructor(host: Host, exit: () => void) {
    this.#host = host
    this.#exit = exit
  }

  async start(): Promise<void> {
    this.#server = await startZooKeeperServer(this.#host, coordinationOptions)
    void this.#server.failed.then(this.#exit)
  }

  async stop(): Promise<void> {
    await this.#server?.close()
  }
}

/** A broker says so when it has shut itself down. */
const LAST_WORDS = /shut down completed$/

export function brokerProgram(
  id: number,
  traits: BrokerTraits,
  onWarning: (event: string) => void,
): (host: Host, exit: () => void) => Broker {
  return (host, exit) => {
    const log = watched(host.log, {
      info: event => {
        if (LAST_WORDS.test(event)) exit()
      },
      warn: onWarning,
    })
    const broker = new Broker({ host: { ...host, log }, config: brokerConfig(id, traits) })
    void broker.halted.then(exit)
    return broker
  }
}

type Told = Readonly<Record<'info' | 'warn', (event: string) => void>>

/** Passes on all but what fills pages: the configuration. */
function watched(log: Log, told: Told): Log {
  return {
    ...log,
    named: name => watched(log.named(name), told),
    info: (event, fields) => {
      told.info(event)
      if (!event.startsWith('KafkaConfig values')) log.info(event, fields)
    },
    warn: (event, fields) => {
      told.warn(event)
      log.warn(event, fields)
    },
  }
}
