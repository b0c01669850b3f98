#!/bin/sh
# Runs one of the programs by the class name that it has in Apache Kafka, in Node.
# The process becomes the program: its id and its signals are the program's own.

if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] [-name servicename] [-loggc] classname [opts]"
  exit 1
fi

base_dir=$(cd "$(dirname "$0")/.." && pwd)
: "${LOG_DIR:=$base_dir/logs}"
export LOG_DIR

daemon=''
name=kafkaServer
while :; do
  case "$1" in
    -name) name=$2; shift 2 ;;
    -loggc) shift ;; # garbage collector logs are a matter of the JVM
    -daemon) daemon=yes; shift ;;
    *) break ;;
  esac
done
class=$1
[ $# -eq 0 ] || shift

case "$class" in
  kafka.Kafka) entry=kafka-server ;;
  org.apache.zookeeper.server.quorum.QuorumPeerMain | \
  org.apache.zookeeper.server.ZooKeeperServerMain) entry=zookeeper-server ;;
  org.apache.zookeeper.ZooKeeperMain | \
  org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka) entry=zookeeper-shell ;;
  kafka.admin.TopicCommand | org.apache.kafka.tools.TopicCommand) entry=kafka-topics ;;
  kafka.tools.ConsoleProducer) entry=kafka-console-producer ;;
  kafka.tools.ConsoleConsumer | org.apache.kafka.tools.consumer.ConsoleConsumer) entry=kafka-console-consumer ;;
  kafka.admin.ConsumerGroupCommand | \
  org.apache.kafka.tools.consumer.group.ConsumerGroupCommand) entry=kafka-consumer-groups ;;
  kafka.admin.ConfigCommand) entry=kafka-configs ;;
  kafka.tools.DumpLogSegments) entry=kafka-dump-log ;;
  org.apache.kafka.tools.VerifiableProducer) entry=kafka-verifiable-producer ;;
  org.apache.kafka.tools.VerifiableConsumer) entry=kafka-verifiable-consumer ;;
  kafka.tools.StreamsResetter | org.apache.kafka.tools.StreamsResetter) entry=kafka-streams-application-reset ;;
  org.apache.kafka.tools.TransactionsCommand) entry=kafka-transactions ;;
  org.apache.kafka.tools.GetOffsetShell) entry=kafka-get-offsets ;;
  kafka.admin.DeleteRecordsCommand | org.apache.kafka.tools.DeleteRecordsCommand) entry=kafka-delete-records ;;
  kafka.admin.BrokerApiVersionsCommand) entry=kafka-broker-api-versions ;;
  kafka.tools.ClusterTool | org.apache.kafka.tools.ClusterTool) entry=kafka-cluster ;;
  kafka.admin.FeatureCommand | org.apache.kafka.tools.FeatureCommand) entry=kafka-features ;;
  kafka.admin.LogDirsCommand | org.apache.kafka.tools.LogDirsCommand) entry=kafka-log-dirs ;;
  org.apache.kafka.tools.MetadataQuorumCommand) entry=kafka-metadata-quorum ;;
  kafka.admin.LeaderElectionCommand | org.apache.kafka.tools.LeaderElectionCommand) entry=kafka-leader-election ;;
  kafka.admin.PreferredReplicaLeaderElectionCommand) entry=kafka-preferred-replica-election ;;
  kafka.admin.ReassignPartitionsCommand | org.apache.kafka.tools.reassign.ReassignPartitionsCommand) entry=kafka-reassign-partitions ;;
  kafka.tools.ReplicaVerificationTool | org.apache.kafka.tools.ReplicaVerificationTool) entry=kafka-replica-verification ;;
  *)
    echo "Error: Could not find or load main class $class" >&2
    echo "Caused by: java.lang.ClassNotFoundException: $class" >&2
    exit 1
    ;;
esac

program=$base_dir/dist/bin/$entry.cjs
# A fresh clone installs and builds itself first.
if [ ! -f "$program" ] || [ ! -d "$base_dir/node_modules" ] && [ -d "$base_dir/src" ]; then
  node "$base_dir/scripts/bootstrap.mjs" || exit 1
fi

# nohup: a terminal that is closed does not end the server. Node takes signals up again by itself.
case "$entry" in
  *-server)
    ignored=$(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/$$/status 2> /dev/null)
    case "$daemon$ignored" in yes* | [13579bdf]) export TIDELOG_IGNORE_HANGUP=yes ;; esac
    ;;
esac

if [ -n "$daemon" ]; then
  mkdir -p "$LOG_DIR"
  nohup node "$program" "$@" > "$LOG_DIR/$name.out" 2>&1 < /dev/null &
else
  exec node "$program" "$@"
fi
