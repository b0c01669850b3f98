/** Where users begin: one description of a cluster, from which clients are made. */
import type { Host, Log } from '../host/index.ts'
import { nodeHost } from '../host/node/index.ts'
import { Admin } from './admin/admin.ts'
import type { Consumer } from './consumer/consumer.ts'
import { KafkaConsumer } from './consumer/kafka-consumer.ts'
import {
  givenOf,
  type AdminOptions,
  type ConsumerOptions,
  type ProducerOptions,
} from './options.ts'
import { KafkaProducer } from './producer/kafka-producer.ts'
import type { Producer, Transaction } from './producer/producer.ts'
import { TransactionalProducers } from './producer/transactional-producers.ts'
import type { Bytes, Deserialized, Serializable } from './serialization.ts'

export type KafkaOptions = AdminOptions & {
  /** Default: this process, as Node gives it. */
  readonly host?: Host
  /** Where clients say what goes wrong; default: nowhere. Not beside `host`, which has its own. */
  readonly log?: Log
}

export interface TransactionOptions {
  /**
   * Other producers with this id are fenced, and what they left open is ended. Left out: an id that nobody
   * else has, which fences nobody.
   */
  readonly transactionalId?: string | undefined
}

export class Kafka implements AsyncDisposable {
  readonly #host: Host
  readonly #transactional: TransactionalProducers
  readonly #defaults: AdminOptions
  /** For the names of clients that are given none: `adminclient-1`. */
  readonly #made = { admin: 0, producer: 0, consumer: 0 }

  constructor({ host, log, ...defaults }: KafkaOptions) {
    this.#host = host ?? nodeHost(log === undefined ? {} : { log })
    this.#defaults = defaults
    this.#transactional = new TransactionalProducers(this.#host.random, transactionalId =>
      this.#producer<Bytes, Bytes>({ transactionalId }),
    )
  }

  /** @throws ConfigError for a bad option */
  admin(options: AdminOptions = {}): Admin {
    this.#made.admin += 1
    return new Admin(this.#host, this.#given(options), `adminclient-${this.#made.admin}`)
  }

  /**
   * Sends bytes and text. Other types of keys and values come with a serializer of Kafka's:
   * `kafka.producer<string, bigint>({ valueSerializer: 'org...serialization.LongSerializer' })`.
   *
   * @throws ConfigError for a bad option
   */
  producer<K extends Serializable = Bytes, V extends Serializable = Bytes>(
    options: ProducerOptions = {},
  ): Producer<K, V> {
    return this.#producer<K, V>(options)
  }

  #producer<K extends Serializable, V extends Serializable>(
    options: ProducerOptions,
  ): KafkaProducer<K, V> {
    this.#made.producer += 1
    const name = `producer-${this.#made.producer}`
    return new KafkaProducer<K, V>(this.#host, this.#given(options), name)
  }

  /**
   * Runs `body` as one transaction: commits when it returns, aborts when it throws. Its producer is kept for
   * the next ones, until `close`; with other options than the defaults, or to send values of other types, make
   * one by `producer` and call its `transaction`. At most sixteen run at once, further ones wait; of one
   * `transactionalId` only one runs at a time.
   *
   * @throws what `body` throws; what `Producer.transaction` throws; KafkaError ILLEGAL_STATE
   */
  transaction<T>(
    body: (transaction: Transaction) => Promise<T>,
    { transactionalId }: TransactionOptions = {},
  ): Promise<T> {
    return this.#transactional.run(transactionalId, body)
  }

  /**
   * Gives bytes. Other types of keys and values come with a deserializer of Kafka's, and must be named
   * as it gives them: string, number (of 16 and 32 bits, float, double), bigint (long), boolean.
   *
   * @throws ConfigError for a bad option
   */
  consumer<K extends Deserialized = Buffer, V extends Deserialized = Buffer>(
    options: ConsumerOptions = {},
  ): Consumer<K, V> {
    this.#made.consumer += 1
    return new KafkaConsumer<K, V>(this.#host, this.#given(options), `${this.#made.consumer}`)
  }

  /** Closes the producers of `transaction`; clients that were made here are closed by who made them. */
  close(): Promise<void> {
    return this.#transactional.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #given(options: object): Map<string, string> {
    return givenOf(this.#defaults, options as AdminOptions)
  }
}
