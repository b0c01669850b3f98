/** What the environment of the process tells a server: the variables that Kafka's scripts know. */

/** Those for a JVM make no difference here; a server says so. */
const JVM_SETTINGS = ['KAFKA_HEAP_OPTS', 'KAFKA_OPTS', 'KAFKA_JVM_PERFORMANCE_OPTS', 'JMX_PORT']

export interface ServerEnvironment {
  /** `LOG_DIR`: the folder of the log files. */
  readonly logDir: string | undefined
  /** `KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:...`: the file. */
  readonly log4jFile: string | undefined
  /** `TIDELOG_IGNORE_HANGUP=yes`, which `kafka-run-class.sh` sets under nohup. */
  readonly isHangupIgnored: boolean
  /** The settings for a JVM that are not empty, with their names. */
  readonly jvmSettings: readonly { readonly name: string; readonly value: string }[]
}

export function serverEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): ServerEnvironment {
  const log4jOptions = variables['KAFKA_LOG4J_OPTS'] ?? ''
  return {
    logDir: variables['LOG_DIR'],
    log4jFile: /-Dlog4j\.configuration=(?:file:)?(\S+)/.exec(log4jOptions)?.[1],
    isHangupIgnored: variables['TIDELOG_IGNORE_HANGUP'] === 'yes',
    jvmSettings: JVM_SETTINGS.flatMap(name => {
      const value = variables[name] ?? ''
      return value === '' ? [] : [{ name, value }]
    }),
  }
}
