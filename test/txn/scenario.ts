/**
 * Plays a script against the transaction machine: lines that begin with `> ` are commands, the lines after
 * them what they lead to, `#` begins a comment. A test holds the script to be what comes out.
 *
 * Producers are named; `id=` is the transactional id, `t` where it is not given.
 */
import type { ErrorCode } from '../../src/protocol/index.ts'
import type { TopicPartition } from '../../src/txn/index.ts'
import { nameOf } from '../group/rig.ts'
import { addPartitions, endTransaction } from './questions.ts'
import { Rig } from './rig.ts'

interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

export function play(script: string): string {
  const player = new Player()
  const output: string[] = []
  for (const line of script.split('\n')) {
    if (line.startsWith('> ')) output.push(line, ...player.run(line.slice(2).split(' ')))
    else if (line === '' || line.startsWith('#')) output.push(line)
  }
  return output.join('\n')
}

class Player {
  readonly #rig = new Rig()
  readonly #producers = new Map<string, Producer>()

  run([verb = '', ...words]: readonly string[]): string[] {
    const before = this.#rig.log.length
    const markers = this.#rig.markers.length
    const said = this.#do(verb, words)
    const records = this.#rig.log.slice(before).map(({ metadata, transactionalId }) => {
      if (metadata === null) return `  stored: ${transactionalId} is forgotten`
      const { phase, producerId, producerEpoch } = metadata
      return `  stored: ${transactionalId} ${phase} of ${producerId}/${producerEpoch}`
    })
    const known = verb === 'restart' ? 0 : markers
    const asked = this.#rig.markers.slice(known).map(({ committed, partitions }) => {
      const places = partitions.map(({ topic, partition }) => `${topic}-${partition}`)
      return `  markers: ${committed ? 'commit' : 'abort'} to ${places.join(', ')}`
    })
    return [...records, ...asked, ...(said === undefined ? [] : [`  ${said}`])]
  }

  #do(verb: string, words: readonly string[]): string | undefined {
    const [first = '', ...rest] = words
    switch (verb) {
      case 'init':
        return this.#init(first, rest[0] ?? 't')
      case 'add':
        return this.#code(addPartitions(this.#producer(first), this.#about(first, rest)))
      case 'commit':
      case 'abort': {
        const { transactionalId } = this.#producer(first)
        const committed = verb === 'commit'
        return this.#code(endTransaction(this.#producer(first), { transactionalId, committed }))
      }
      case 'marked':
        this.#rig.answerMarkers(topic => (words.includes(`not-${topic}`) ? 'again' : 'done'))
        return undefined
      case 'log':
        this.#rig.appends = first === 'fails' ? 19 : 'durable'
        return undefined
      case 'wait':
        this.#rig.advance(Number(first))
        for (const type of ['check-timeout', 'check-expiry'] as const) {
          for (const transactionalId of [...this.#rig.shard.transactions.keys()]) {
            this.#rig.tell({ type, transactionalId })
          }
        }
        return undefined
      case 'restart':
        this.#rig.restart()
        return undefined
      default:
        throw new Error(`no command ${verb}`)
    }
  }

  #init(name: string, transactionalId: string): string {
    const { errorCode, producerId, producerEpoch } = this.#rig.init(transactionalId)
    if (producerId < 0) return nameOf(errorCode)
    this.#producers.set(name, { transactionalId, producerId, producerEpoch })
    return `${name} is ${producerId}/${producerEpoch}`
  }

  #producer(name: string): Producer {
    const producer = this.#producers.get(name)
    if (producer === undefined) throw new Error(`no producer ${name}`)
    return producer
  }

  #about(name: string, places: readonly string[]) {
    const partitions = places.map((place): TopicPartition => {
      const [topic = '', partition = '0'] = place.split('-')
      return { topic, partition: Number(partition) }
    })
    return { transactionalId: this.#producer(name).transactionalId, partitions }
  }

  #code(question: Parameters<Rig['code']>[0]): string {
    const errorCode: ErrorCode = this.#rig.code(question)
    return nameOf(errorCode)
  }
}
