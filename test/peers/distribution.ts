/**
 * A folder like an unpacked Kafka distribution: `bin/` with the scripts of one genuine release over
 * its Maven jars, so that a command can be typed as printed. The jars hold no scripts and no
 * configuration: the scripts are ours and start the class that the release's own script starts.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { installOnce } from './cache.ts'
import { isBefore, kafkaJars, shortLivedJvm } from './maven.ts'

/** The folder whose `bin/` has the tools and servers of `version`. */
export async function genuineDistribution(version: string): Promise<string> {
  const jars = await kafkaJars(version)
  // Named as its jars: another set of them is another distribution.
  return installOnce(join('distribution', '8', basename(jars.folder)), async folder => {
    mkdirSync(join(folder, 'bin'))
    const logging = isBefore(version, '4.0') ? log4j1(folder) : log4j2(folder)
    for (const [script, mainClass] of Object.entries(mainClassesOf(version))) {
      const jvm = script.endsWith('-server-start.sh')
        ? [
            '${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC} $KAFKA_HEAP_OPTS',
            '-Dkafka.logs.dir="$LOG_DIR"',
            `\${KAFKA_LOG4J_OPTS:-${logging.server}}`,
          ]
        : [...shortLivedJvm, logging.tool]
      const command = ['exec java', ...jvm, `-cp '${jars.classpath}'`, mainClass, '"$@"'].join(' ')
      const file = join(folder, 'bin', script)
      // The settings lie beside the script: the folder gets its final name after it is written.
      const text = `#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")/..\n${command}\n`
      writeFileSync(file, text)
      chmodSync(file, 0o755)
    }
  })
}

/**
 * What Kafka's own scripts give a server's JVM. Tests do without: they want a quick start and little
 * memory, and only a comparison of speed or memory needs what people run.
 */
export function stockJvm(script: string): Record<string, string> {
  const heap = script.startsWith('zookeeper') ? '512M' : '1G'
  return {
    KAFKA_HEAP_OPTS: `-Xmx${heap} -Xms${heap}`,
    KAFKA_JVM_PERFORMANCE_OPTS: [
      '-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35',
      '-XX:+ExplicitGCInvokesConcurrent -XX:MaxInlineLevel=15 -Djava.awt.headless=true',
    ].join(' '),
  }
}

function mainClassesOf(version: string): Record<string, string> {
  const isMoved = !isBefore(version, '3.9')
  const isFour = !isBefore(version, '4.0')
  const tools = 'org.apache.kafka.tools'
  const clients: Record<string, string> = {
    'kafka-topics.sh': isMoved ? `${tools}.TopicCommand` : 'kafka.admin.TopicCommand',
    'kafka-configs.sh': 'kafka.admin.ConfigCommand',
    'kafka-console-producer.sh': isFour
      ? `${tools}.ConsoleProducer`
      : 'kafka.tools.ConsoleProducer',
    'kafka-console-consumer.sh': isMoved
      ? `${tools}.consumer.ConsoleConsumer`
      : 'kafka.tools.ConsoleConsumer',
    'kafka-consumer-groups.sh': isMoved
      ? `${tools}.consumer.group.ConsumerGroupCommand`
      : 'kafka.admin.ConsumerGroupCommand',
    'kafka-producer-perf-test.sh': `${tools}.ProducerPerformance`,
    'kafka-consumer-perf-test.sh': isMoved
      ? `${tools}.ConsumerPerformance`
      : 'kafka.tools.ConsumerPerformance',
    'kafka-get-offsets.sh': isMoved ? `${tools}.GetOffsetShell` : 'kafka.tools.GetOffsetShell',
    'kafka-streams-application-reset.sh': isMoved
      ? `${tools}.StreamsResetter`
      : 'kafka.tools.StreamsResetter',
    'kafka-dump-log.sh': isFour ? `${tools}.DumpLogSegments` : 'kafka.tools.DumpLogSegments',
  }
  if (!isBefore(version, '3.0')) clients['kafka-transactions.sh'] = `${tools}.TransactionsCommand`
  if (isMoved) clients['kafka-log-dirs.sh'] = `${tools}.LogDirsCommand`
  if (isMoved)
    clients['kafka-reassign-partitions.sh'] = `${tools}.reassign.ReassignPartitionsCommand`
  if (isMoved) clients['kafka-replica-verification.sh'] = `${tools}.ReplicaVerificationTool`
  if (isFour) return clients
  return {
    ...clients,
    'kafka-server-start.sh': 'kafka.Kafka',
    'zookeeper-server-start.sh': 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
  }
}

interface Logging {
  server: string
  tool: string
}

function log4j1(folder: string): Logging {
  const write = (name: string, level: string, target: string): string => {
    const lines = [
      `log4j.rootLogger=${level}, out`,
      'log4j.appender.out=org.apache.log4j.ConsoleAppender',
      `log4j.appender.out.target=System.${target}`,
      'log4j.appender.out.layout=org.apache.log4j.PatternLayout',
      'log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n',
    ]
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    return `-Dlog4j.configuration="file:$here/${name}"`
  }
  return {
    server: write('log4j.properties', 'INFO', 'out'),
    tool: write('tools-log4j.properties', 'WARN', 'err'),
  }
}

function log4j2(folder: string): Logging {
  const lines = [
    'status = error',
    'appender.console.type = Console',
    'appender.console.name = console',
    'appender.console.target = SYSTEM_ERR',
    'appender.console.layout.type = PatternLayout',
    'appender.console.layout.pattern = [%d] %p %m (%c)%n',
    'rootLogger.level = warn',
    'rootLogger.appenderRef.console.ref = console',
  ]
  writeFileSync(join(folder, 'tools-log4j2.properties'), `${lines.join('\n')}\n`)
  const option = '-Dlog4j2.configurationFile="$here/tools-log4j2.properties"'
  return { server: option, tool: option }
}
