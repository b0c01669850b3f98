#!/bin/sh
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] server.properties [--override property=value]*"
  exit 1
fi

case "$1" in
  -daemon)
    shift
    exec "$(dirname "$0")/kafka-run-class.sh" -daemon -name kafkaServer kafka.Kafka "$@"
    ;;
esac
exec "$(dirname "$0")/kafka-run-class.sh" kafka.Kafka "$@"
