/** The server of `network-read.bench.ts`, in a process of its own so that its processor time can be told. Takes `shared` or `data`, and `sink` or `echo`. */
import { NodeNetwork } from '../src/host/node/index.ts'

const [reading, answer] = process.argv.slice(2)
const network = new NodeNetwork({ sharesReads: reading === 'shared' })
const { port } = await network.listen({
  host: '127.0.0.1',
  port: 0,
  onConnection: connection =>
    connection.start({
      onBytes: chunk => {
        if (answer === 'echo') connection.write(Buffer.from(chunk))
      },
      onClose: () => undefined,
    }),
})
process.send?.({ port })
process.once('disconnect', () => process.exit())
