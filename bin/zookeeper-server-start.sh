#!/bin/sh
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] zookeeper.properties"
  exit 1
fi

case "$1" in
  -daemon)
    shift
    exec "$(dirname "$0")/kafka-run-class.sh" -daemon -name zookeeper org.apache.zookeeper.server.quorum.QuorumPeerMain "$@"
    ;;
esac
exec "$(dirname "$0")/kafka-run-class.sh" org.apache.zookeeper.server.quorum.QuorumPeerMain "$@"
