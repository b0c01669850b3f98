#!/bin/sh
# Sends SIGNAL (TERM by default) to every ZooKeeper server of ours on this machine.
pids=$(ps ax -o pid= -o args= | grep 'dist/bin/zookeeper-server\.cjs' | grep -v grep | awk '{print $1}')

if [ -z "$pids" ]; then
  echo "No zookeeper server to stop"
  exit 1
fi
# shellcheck disable=SC2086 # one word a process
kill -s "${SIGNAL:-TERM}" $pids
