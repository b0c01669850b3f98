/**
 * Genuine Apache Kafka and ZooKeeper as Maven Central has them, and Java programs run against them.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installOnce } from './cache.ts'
import { runOk, run, type Outcome, type RunOptions } from './process.ts'

/** A folder of jars that belong together. */
export interface Jars {
  folder: string
  classpath: string
}

/** `group:artifact:version`. */
export type Coordinate = `${string}:${string}:${string}`

const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/**
 * Server, tools and clients of one Kafka release with all that they need at run time, in the Scala
 * build that this release was mostly used in. Releases before 4.0 bring ZooKeeper along.
 */
export async function kafkaJars(version: string): Promise<Jars> {
  const coordinates: Coordinate[] = [
    `org.apache.kafka:kafka_${scalaVersionOf(version)}:${version}`,
    `org.apache.kafka:kafka-tools:${version}`,
  ]
  // From 4.0 on the logging back end is part of the distribution only.
  if (!isBefore(version, '4.0')) {
    coordinates.push('org.apache.logging.log4j:log4j-slf4j-impl:2.25.4')
  }
  // Their brokers use a class that Java has no longer had since 11.
  if (isBefore(version, '1.0')) coordinates.push('javax.xml.bind:jaxb-api:2.3.1')
  // The client of its own, 3.4.13, cannot read how Java has printed addresses since 14.
  if (version.startsWith('2.1.')) coordinates.push('org.apache.zookeeper:zookeeper:3.4.10')
  return mavenJars(`kafka-${version}`, coordinates)
}

/** Kafka Streams of one release; it logs nothing. */
export async function streamsJars(version: string): Promise<Jars> {
  return mavenJars(`kafka-streams-${version}`, [
    `org.apache.kafka:kafka-streams:${version}`,
    'org.slf4j:slf4j-nop:1.7.36',
  ])
}

/** A stand-alone Apache ZooKeeper with the logging and metrics libraries of its distribution. */
export async function zookeeperJars(version: string): Promise<Jars> {
  return mavenJars(`zookeeper-${version}`, [
    `org.apache.zookeeper:zookeeper:${version}`,
    'io.dropwizard.metrics:metrics-core:4.1.12.1',
    'org.xerial.snappy:snappy-java:1.1.10.5',
    // For zkCli.
    'commons-cli:commons-cli:1.5.0',
  ])
}

/** The jars of `coordinates` and of everything they need at run time. */
export async function mavenJars(name: string, coordinates: readonly Coordinate[]): Promise<Jars> {
  const key = hashOf(coordinates.join('\n'))
  const folder = await installOnce(join('maven', `${name}-${key}`), async target => {
    writeFileSync(join(target, 'pom.xml'), pom(coordinates))
    const outcome = await runOk(
      'mvn',
      ['-B', '-q', copyDependencies, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
      { cwd: target, timeoutMs: 300_000 },
    )
    if (!readdirSync(target).some(file => file.endsWith('.jar'))) {
      throw new Error(`Maven copied no jar\n${outcome.stdout}`)
    }
  })
  return { folder, classpath: join(folder, '*') }
}

/** One jar of a release, for its contents rather than its classes. */
export function jarFile(jars: Jars, artifact: string): string {
  const file = readdirSync(jars.folder).find(
    name => name.startsWith(`${artifact}-`) && /^\d/.test(name.slice(artifact.length + 1)),
  )
  if (file === undefined) throw new Error(`no ${artifact} jar in ${jars.folder}`)
  return join(jars.folder, file)
}

/**
 * Compiles Java sources against `jars`; the class path that runs them. Compiled once for the same
 * sources and jars, and again whenever one of them changes.
 */
export async function compileJava(sources: readonly string[], jars: Jars): Promise<string> {
  const key = hashOf(jars.folder, ...sources.map(file => readFileSync(file, 'utf8')))
  const folder = await installOnce(join('java', key), async target => {
    await runOk('javac', ['-nowarn', '-d', target, '-cp', jars.classpath, ...sources])
  })
  return [folder, jars.classpath].join(':')
}

/**
 * Options for a short-lived JVM: the quick compiler only and a simple collector, because a tool ends
 * before better code would pay.
 */
export const shortLivedJvm: readonly string[] = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
]

/** Runs a Java class to its end, whatever its exit code. */
export async function runJava(
  classpath: string,
  mainClass: string,
  args: readonly string[] = [],
  options: RunOptions & { jvmOptions?: readonly string[] } = {},
): Promise<Outcome> {
  const { jvmOptions = shortLivedJvm, ...rest } = options
  return run('java', [...jvmOptions, '-cp', classpath, mainClass, ...args], rest)
}

/** True when release `version` is older than `other`, both dotted numbers. */
export function isBefore(version: string, other: string): boolean {
  const [left, right] = [version, other].map(text => text.split('.').map(Number)) as [
    number[],
    number[],
  ]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function scalaVersionOf(version: string): string {
  if (isBefore(version, '0.10')) return '2.11'
  return isBefore(version, '2.4') ? '2.12' : '2.13'
}

function pom(coordinates: readonly Coordinate[]): string {
  const dependencies = coordinates.map(coordinate => {
    const [group, artifact, version] = coordinate.split(':') as [string, string, string]
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project><modelVersion>4.0.0</modelVersion>',
    '<groupId>peers</groupId><artifactId>peers</artifactId><version>1</version>',
    `<dependencies>${dependencies.join('')}</dependencies></project>`,
  ].join('\n')
}

function hashOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}
