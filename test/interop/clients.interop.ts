/** Client libraries of every family, unchanged, against one broker. */
import { after, before, test } from 'node:test'
import { goProgram } from '../peers/go.ts'
import { npmPackages } from '../peers/npm.ts'
import { pythonWith } from '../peers/python.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import {
  checkClient,
  clientSource,
  type ClientFamily,
  type ClientProgram,
} from './client-contract.ts'

const python = async (source: string, ...packages: string[]): Promise<ClientProgram> => ({
  command: await pythonWith(...packages),
  args: [clientSource(source)],
})

const javascript = async (source: string): Promise<ClientProgram> => ({
  command: process.execPath,
  args: [clientSource(source)],
  env: {
    PEER_PACKAGES: await npmPackages(
      'kafkajs@2.2.4',
      'kafkajs-snappy@1.1.0',
      '@platformatic/kafka@1.35.0',
    ),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  },
})

/** What kafka-python and aiokafka need for the codecs that Python itself does not have. */
const pythonCodecs = ['python-snappy==0.7.3', 'lz4==4.4.5', 'zstandard==0.25.0']

const families: readonly ClientFamily[] = [
  {
    name: 'kafka-python 3.0.12',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', 'kafka-python==3.0.12', ...pythonCodecs),
  },
  {
    name: 'kafka-python 2.0.2',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', 'kafka-python==2.0.2', ...pythonCodecs),
  },
  {
    name: 'kafka-python 1.4.7',
    codecs: ['none', 'gzip', 'snappy', 'lz4'],
    origin: 'kafka-python',
    install: () => python('kafka_python_client.py', 'kafka-python==1.4.7', ...pythonCodecs),
  },
  {
    name: 'aiokafka 0.14.0',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'aiokafka',
    install: () => python('aiokafka_client.py', 'aiokafka[snappy,lz4,zstd]==0.14.0'),
  },
  {
    name: 'confluent-kafka 2.16.1',
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    origin: 'confluent',
    install: () => python('confluent_client.py', 'confluent-kafka==2.16.1'),
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
      command: await goProgram(clientSource('franz.go'), 'github.com/twmb/franz-go@v1.22.2'),
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
