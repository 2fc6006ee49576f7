#!/bin/bash
# postgres: a cluster is made, a few transactions go through two connections, and it stops.
# needs: postgres psql
# stderr: ignored
# expect: 200 rows
programs=$(dirname "$(readlink -f "$(command -v postgres)")")
as=()
if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || { echo "there is no user postgres"; exit 77; }
    as=(setpriv --reuid postgres --regid postgres --clear-groups --)
    mkdir data && chown postgres data && chmod 755 .
fi
"${as[@]}" "$programs/initdb" -D "$PWD/data" -A trust -N >/dev/null || echo "initdb gave $?"
"${as[@]}" "$programs/pg_ctl" -D "$PWD/data" -w -l "$PWD/data/log" -o "-k $PWD/data -c listen_addresses= -F" start >/dev/null
ask() { "${as[@]}" psql -h "$PWD/data" -At postgres "$@"; }
ask -c 'create table t (n int)' -c 'insert into t select generate_series(1, 100)'
"${as[@]}" psql -h "$PWD/data" -At postgres -c 'insert into t select n + 100 from t'
echo "$(ask -c 'select count(*) from t') rows"
[ -x "$programs/pgbench" ] && "${as[@]}" "$programs/pgbench" -h "$PWD/data" -i -q postgres 2>/dev/null &&
    "${as[@]}" "$programs/pgbench" -h "$PWD/data" -c 4 -j 2 -t 25 postgres | grep 'actually processed'
"${as[@]}" "$programs/pg_ctl" -D "$PWD/data" -w -m fast stop >/dev/null
echo "postgres stopped with $?"
rm -rf data
