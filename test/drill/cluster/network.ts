/**
 * A network of the drill's own: a bridge in a namespace, and a namespace for each broker that is plugged
 * into it. Clients, the drill itself among them, reach it from outside by a plug too. A broker whose plug is pulled
 * out of the bridge keeps its link: what it sends and what is sent to it is dropped without a word.
 */
import { runOk } from '../../peers/process.ts'

/** The coordination service lives where the bridge is. */
export const HUB = 'hub'

export class DrillNetwork implements AsyncDisposable {
  readonly #name: string
  readonly #subnet: string
  readonly #namespaces: string[] = []

  private constructor(name: string, subnet: string) {
    this.#name = name
    this.#subnet = subnet
  }

  /** @throws where this user may not make namespaces */
  static async open(brokers: number): Promise<DrillNetwork> {
    const number = process.pid % 250
    const network = new DrillNetwork(`tdl${process.pid}`, `10.213.${number}`)
    try {
      await network.#makeHub()
      for (let id = 0; id < brokers; id += 1) await network.#makeBroker(id)
      return network
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
  }

  get hubAddress(): string {
    return `${this.#subnet}.1`
  }

  addressOf(broker: number): string {
    return `${this.#subnet}.${10 + broker}`
  }

  /** Words before a command, so that it runs there, under the process id that it is started with. */
  within(place: number | typeof HUB): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#namespaceOf(place)}`]
  }

  async isolate(broker: number): Promise<void> {
    await this.#ip('-n', this.#namespaceOf(HUB), 'link', 'set', `b${broker}`, 'nomaster')
  }

  async heal(broker: number): Promise<void> {
    await this.#ip('-n', this.#namespaceOf(HUB), 'link', 'set', `b${broker}`, 'master', 'bridge')
  }

  /** Plugs go with the namespaces that they are in. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces) await this.#ip('netns', 'del', namespace)
  }

  #namespaceOf(place: number | typeof HUB): string {
    return `${this.#name}-${place === HUB ? HUB : `b${place}`}`
  }

  async #makeHub(): Promise<void> {
    const hub = await this.#makeNamespace(HUB)
    await this.#ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge')
    await this.#ip('-n', hub, 'address', 'add', `${this.hubAddress}/24`, 'dev', 'bridge')
    await this.#ip('-n', hub, 'link', 'set', 'bridge', 'up')
    await this.#ip('link', 'add', this.#name, 'type', 'veth', 'peer', 'name', 'out', 'netns', hub)
    await this.#plugIn('out')
    await this.#ip('address', 'add', `${this.#subnet}.2/24`, 'dev', this.#name)
    await this.#ip('link', 'set', this.#name, 'up')
  }

  async #makeBroker(id: number): Promise<void> {
    const broker = await this.#makeNamespace(id)
    const plug = `b${id}`
    const hub = this.#namespaceOf(HUB)
    await this.#ip('-n', broker, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', plug, 'netns', hub) // prettier-ignore
    await this.#ip('-n', broker, 'address', 'add', `${this.addressOf(id)}/24`, 'dev', 'eth0')
    await this.#ip('-n', broker, 'link', 'set', 'eth0', 'up')
    await this.#plugIn(plug)
  }

  async #plugIn(plug: string): Promise<void> {
    const hub = this.#namespaceOf(HUB)
    await this.#ip('-n', hub, 'link', 'set', plug, 'master', 'bridge', 'up')
  }

  async #makeNamespace(place: number | typeof HUB): Promise<string> {
    const namespace = this.#namespaceOf(place)
    await this.#ip('netns', 'add', namespace)
    this.#namespaces.push(namespace)
    await this.#ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }

  async #ip(...args: readonly string[]): Promise<void> {
    await runOk('ip', args)
  }
}
