#!/bin/sh
# Sends SIGNAL (TERM by default) to the brokers of ours on this machine: all of them, or those
# whose server.properties names --node-id=N (broker.id or node.id) or --process-role=R (process.roles).
node_id=''
role=''
for argument in "$@"; do
  case "$argument" in
    --node-id=*) node_id=${argument#*=} ;;
    --process-role=*) role=${argument#*=} ;;
    *)
      echo "USAGE: $0 [--process-role=broker|controller] [--node-id=N]" >&2
      exit 1
      ;;
  esac
done

# The value of one of the keys $2 (an expression) in the server.properties of process $1.
setting() {
  file=$(ps -o args= -p "$1" | tr ' ' '\n' | grep '\.properties$' | head -n 1)
  case "$file" in
    /*) ;;
    *) file=$(readlink "/proc/$1/cwd" 2> /dev/null)/$file ;;
  esac
  sed -n -E "s/^[[:space:]]*($2)[[:space:]]*[=:][[:space:]]*//p" "$file" 2> /dev/null | tail -n 1
}

pids=''
for pid in $(ps ax -o pid= -o args= | grep 'dist/bin/kafka-server\.cjs' | grep -v grep | awk '{print $1}'); do
  if [ -n "$node_id" ] && [ "$(setting "$pid" 'broker\.id|node\.id')" != "$node_id" ]; then continue; fi
  if [ -n "$role" ] && ! setting "$pid" 'process\.roles' | grep -q "$role"; then continue; fi
  pids="$pids $pid"
done

if [ -z "$pids" ]; then
  echo "No kafka server to stop"
  exit 1
fi
# shellcheck disable=SC2086 # one word a process
kill -s "${SIGNAL:-TERM}" $pids
