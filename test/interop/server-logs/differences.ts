/** Lines that only one of the two brokers writes, each with its reason. */
import type { LogFile } from './scenario.ts'

export interface Difference {
  readonly files: readonly LogFile[]
  readonly pattern: RegExp
  readonly because: string
  /** What a race decides may be missing; anything else that matches no line is to be taken out. */
  readonly isSometimes?: true
}

const server = ['server.log'] as const
const controller = ['controller.log'] as const
const stateChange = ['state-change.log'] as const

/** What genuine Kafka writes, and we do not. */
export const onlyTheirs: readonly Difference[] = [
  {
    files: server,
    pattern: /\(org\.apache\.zookeeper\./,
    because: 'the Java client of ZooKeeper tells of its JVM and of each step of a connection',
  },
  {
    files: server,
    pattern:
      /: (Starting|Shutting down|Stopped|Shutdown completed) \(kafka\.(server|common|coordinator)\./,
    because: 'threads and purgatories that are not there: one event loop does their work',
  },
  {
    files: server,
    pattern: /kafka-log-cleaner-thread-N\]: Shut/,
    because: 'a cleaner between two cleanings holds no thread that would have to be waited for',
  },
  {
    files: server,
    pattern: /AppInfoParser|Metrics\)|BrokerTopicStats|MBean|ConnectionQuotas/,
    because: 'JMX and the version of a build of Kafka, which this is not',
  },
  {
    files: server,
    pattern:
      /\((kafka\.server\.(Kafka(Apis|RequestHandlerPool)|Replica\w+|NodeToController\w+)|org\.apache\.kafka\.clients\.NetworkClient)\)/,
    because: 'request threads, fetchers and connections to oneself: one broker has none of them',
  },
  {
    files: server,
    pattern: /controlled shutdown|Controlled shutdown|\] (Start|End) processing \w+/,
    because:
      'nobody else is there to lead on, and nothing is waited for between opening and serving',
  },
  {
    files: server,
    pattern: /Feature|Rewriting |Stat of the created znode|Successfully created \/controller_epoch/,
    because: 'steps of the first start that the lines around them imply',
  },
  {
    files: server,
    pattern: /Error processing create topic request CreatableTopic\(name='__/,
    because:
      'asked for a coordinator before it knows the cluster again, it sees neither topic nor broker',
    isSometimes: true,
  },
  {
    files: server,
    pattern: /\[LogLoader |\[ProducerStateManager |\(kafka\.cluster\.Partition\)/,
    because: 'steps within "Created log" and "Completed load of Log", which are told',
  },
  {
    files: server,
    pattern: /Completed load of Log\(dir=\S+-delete,/,
    because: 'a log that is on its way out is not opened any more',
  },
  {
    files: server,
    pattern: /Loading group metadata for|Loaded member MemberMetadata/,
    because:
      'a line for each group and former member costs a restart with 10,000 more than loading them',
  },
  {
    files: server,
    pattern:
      /Creating new marker queue|Transaction State Manager N\]: Shutdown|Shutting down socket server/,
    because:
      'markers have no queues and managers no shutdown apart from their coordinator and server',
  },
  {
    files: controller,
    pattern: /^(DEBUG|TRACE) /,
    because: 'what only who debugs the controller of Kafka itself can use',
  },
  {
    files: controller,
    pattern: /RequestSendThread|ControllerEventThread|[Ss]tateMachine|Channel manager/,
    because: 'threads, machines and channels that are not there: one broker tells itself',
  },
  {
    files: controller,
    pattern:
      /Registering|Deleting (isr|log dir)|Initializing|Creating Feature|Fetching topic|shutting brokers|ineligible|Sending update|controller scheduler/,
    because: 'steps of an election: what comes of them is told',
  },
  {
    files: controller,
    pattern: /preferred replica|replica leader election/,
    because: 'with one replica the preferred one leads: nothing is elected',
  },
  {
    files: controller,
    pattern: /Shutting down broker N/,
    because: 'controlled shutdown, which one broker has no use for',
  },
  {
    files: controller,
    pattern: /New topics: \[Set\(\)\]/,
    because: 'Kafka tells that a topic went as that none came',
  },
  {
    files: stateChange,
    pattern:
      /Sending \w+ request|Handling \w+ request|in response to UpdateMetadata|LeaderAndIsr ?[Rr]equest|become-follower request/,
    because: 'requests of the controller to its own broker, which are calls here',
  },
  {
    files: stateChange,
    pattern: /after removing replica N from the ISR as part of transition to OfflineReplica/,
    because: 'a topic that is deleted gets no last state: its znodes are removed at once',
  },
]

/** What we write, and genuine Kafka does not. */
export const onlyOurs: readonly Difference[] = [
  {
    files: server,
    pattern: /Session establishment complete on server [^/]/,
    because: 'Java writes an address with a slash before it',
  },
]
