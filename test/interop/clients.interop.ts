/** Client libraries of every family, unchanged, against one broker. */
import { after, before, test } from 'node:test'
import {
  aiokafka,
  confluentKafka,
  franzGo,
  javascriptClients,
  kafkaPython,
} from '../peers/catalog.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import {
  checkClient,
  clientSource,
  type ClientFamily,
  type ClientProgram,
} from './client-contract.ts'

const python = async (source: string, interpreter: Promise<string>): Promise<ClientProgram> => ({
  command: await interpreter,
  args: [clientSource(source)],
})

const javascript = async (source: string): Promise<ClientProgram> => ({
  command: process.execPath,
  args: [clientSource(source)],
  env: { PEER_PACKAGES: await javascriptClients(), KAFKAJS_NO_PARTITIONER_WARNING: '1' },
})

const families: readonly ClientFamily[] = [
  {
    name: 'kafka-python 3.0.12',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', kafkaPython('3.0.12')),
  },
  {
    name: 'kafka-python 2.0.2',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', kafkaPython('2.0.2')),
  },
  {
    name: 'kafka-python 1.4.7',
    codecs: ['none', 'gzip', 'snappy', 'lz4'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', kafkaPython('1.4.7')),
  },
  {
    name: 'aiokafka 0.14.0',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'aiokafka',
    install: () => python('aiokafka_client.py', aiokafka()),
  },
  {
    name: 'confluent-kafka 2.16.1',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'confluent',
    install: () => python('confluent_client.py', confluentKafka()),
  },
  {
    name: 'KafkaJS 2.2.4',
    codecs: ['none', 'gzip', 'snappy'],
    origin: 'kafkajs',
    install: () => javascript('kafkajs.mjs'),
  },
  {
    name: '@platformatic/kafka 1.35.0',
    codecs: ['none', 'gzip', 'snappy', 'lz4'],
    origin: 'platformatic',
    install: () => javascript('platformatic.mjs'),
  },
  {
    name: 'franz-go 1.22.2',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'franz-go',
    install: async () => ({
      command: await franzGo(clientSource('franz.go')),
      args: [],
    }),
  },
]

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

for (const family of families) {
  test(`${family.name} produces, reads from the beginning, commits and resumes`, t =>
    checkClient(t, subject, family))
}
