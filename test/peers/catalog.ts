/** Every peer that the tests use, with its release: the one place to look when one is to be raised. */
import { join } from 'node:path'
import { kcat } from './debian.ts'
import { genuineDistribution } from './distribution.ts'
import { goProgram } from './go.ts'
import { kafkaJars, streamsJars, zookeeperJars, type Jars } from './maven.ts'
import { npmPackages } from './npm.ts'
import { pythonWith } from './python.ts'

/** The genuine release that decides. */
export const referenceVersion = '3.9.2'

/** The newest genuine release, which decides where the reference has nothing to say. */
export const newestVersion = '4.3.1'

/** The last release of each Kafka line whose clients and tools are tested. */
export const kafkaVersions = [
  '0.9.0.1',
  '0.10.2.2',
  '0.11.0.3',
  '1.1.1',
  '2.1.1',
  '2.6.3',
  '3.1.2',
  referenceVersion,
  newestVersion,
] as const

/** The first release with all guarantees of Kafka Streams, and the reference. */
export const streamsVersions = ['2.6.3', referenceVersion] as const

/** The releases of kafka-python that a lab may meet: newest, and those that install on old machines. */
export const kafkaPythonReleases = ['3.0.12', '2.0.2', '1.4.7'] as const

/** The interpreter with one kafka-python, every codec it can load, and numpy. */
export async function kafkaPython(release: (typeof kafkaPythonReleases)[number]): Promise<string> {
  const codecs = ['python-snappy==0.7.3', 'lz4==4.4.5', 'zstandard==0.25.0']
  return pythonWith(`kafka-python==${release}`, ...codecs, 'numpy==1.26.4')
}

/** The interpreter with confluent-kafka, librdkafka under Python. */
export async function confluentKafka(): Promise<string> {
  return pythonWith('confluent-kafka==2.16.1')
}

/** The interpreter with aiokafka. */
export async function aiokafka(): Promise<string> {
  return pythonWith('aiokafka[snappy,lz4,zstd]==0.14.0')
}

/** The folder whose `node_modules` has KafkaJS and @platformatic/kafka. */
export async function javascriptClients(): Promise<string> {
  return npmPackages('kafkajs@2.2.4', 'kafkajs-snappy@1.1.0', '@platformatic/kafka@1.35.0')
}

/** The binary of a Go source over franz-go. */
export async function franzGo(source: string): Promise<string> {
  return goProgram(
    source,
    'github.com/twmb/franz-go@v1.22.2',
    'github.com/twmb/franz-go/pkg/kadm@v1.18.0',
  )
}

/** The binary of the newest Node with long-term support; the tests themselves run on the oldest that will do. */
export async function newestNode(): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`
  const folder = await npmPackages(`${name}@24.21.0`)
  return join(folder, 'node_modules', name, 'bin', 'node')
}

/** Apache ZooKeeper as brokers are told to use it. */
export async function referenceZooKeeper(): Promise<Jars> {
  return zookeeperJars('3.8.4')
}

/** Each peer by name, as a task that installs it. */
export function installations(
  franzGoSources: readonly string[],
): [string, () => Promise<unknown>][] {
  return [
    ['franz-go', async () => Promise.all(franzGoSources.map(franzGo))],
    ['JavaScript clients', javascriptClients],
    ['kcat', kcat],
    ['confluent-kafka', confluentKafka],
    ['aiokafka', aiokafka],
    ['ZooKeeper', referenceZooKeeper],
    ['Node', newestNode],
    ...streamsVersions.map(
      version =>
        [`Kafka Streams ${version}`, () => streamsJars(version)] as [
          string,
          () => Promise<unknown>,
        ],
    ),
    ...kafkaPythonReleases.map(
      release =>
        [`kafka-python ${release}`, () => kafkaPython(release)] as [string, () => Promise<unknown>],
    ),
    ...kafkaVersions.map(
      version =>
        [
          `Kafka ${version}`,
          async () => {
            await kafkaJars(version)
            await genuineDistribution(version)
          },
        ] as [string, () => Promise<unknown>],
    ),
  ]
}
