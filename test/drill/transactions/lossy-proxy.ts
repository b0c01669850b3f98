/**
 * Stands between clients and broker and can lose answers: what the broker says is withheld for a moment,
 * then the connections are cut. What was asked has been done, and nobody has heard.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class LossyProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Map<Socket, Socket>()
  #isLosing = false

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens on `port`, and passes on to `brokerPort`. */
  static async open(port: number, brokerPort: number): Promise<LossyProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new LossyProxy(server)
    server.on('connection', client => proxy.#accept(client, brokerPort))
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  #accept(client: Socket, brokerPort: number): void {
    const broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true })
    this.#sockets.set(client, broker)
    const end = (): void => {
      this.#sockets.delete(client)
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) socket.on('error', end).on('close', end)
    client.on('data', bytes => pass(client, broker, bytes))
    broker.on('data', bytes => {
      if (!this.#isLosing) pass(broker, client, bytes)
    })
  }

  /** Loses all answers for `forMs`, then cuts every connection. @returns how many were cut */
  async loseAnswers(forMs: number): Promise<number> {
    this.#isLosing = true
    await new Promise(resolve => setTimeout(resolve, forMs))
    const cut = [...this.#sockets]
    for (const [client, broker] of cut) {
      client.destroy()
      broker.destroy()
    }
    this.#isLosing = false
    return cut.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [client, broker] of this.#sockets) {
      client.destroy()
      broker.destroy()
    }
    await new Promise(resolve => this.#server.close(resolve))
  }
}

/** Reads no faster than the other side takes it. */
function pass(from: Socket, to: Socket, bytes: Buffer): void {
  if (to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}
