#!/bin/bash
# redis-server under redis-benchmark: saves in a forked child, rewrites its log, and gives back what was stored.
# needs: redis-server redis-benchmark redis-cli
# stderr: ignored
# expect: 500 keys
redis-server --unixsocket "$PWD/socket" --port 0 --save '' --appendonly yes --daemonize no --dir "$PWD" >redis.log &
server=$!
say() { redis-cli -s "$PWD/socket" "$@"; }
for _ in $(seq 100); do [ "$(say ping 2>/dev/null)" = PONG ] && break; sleep 0.05; done
redis-benchmark -s "$PWD/socket" -q -n 20000 -c 20 -P 4 -t set,get,incr,lpush,lrange_100 >benchmark.txt 2>&1
echo "the benchmark ended with $?"
grep -c 'requests per second' <(tr '\r' '\n' <benchmark.txt)
say flushall
for i in $(seq 500); do echo "set key:$i value:$i"; done | say | sort | uniq -c
say save
say bgrewriteaof >/dev/null
for _ in $(seq 100); do [ "$(say info persistence | grep -c 'aof_rewrite_in_progress:0')" = 1 ] && break; sleep 0.05; done
say config get maxclients
echo "$(say dbsize | tr -dc 0-9) keys"
say get key:77
say shutdown
wait "$server"
echo "redis-server ended with $?"
[ -s dump.rdb ] && echo "the snapshot is there"
rm -f benchmark.txt redis.log socket
