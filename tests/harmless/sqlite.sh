#!/bin/sh
# sqlite3: tables, transactions, write-ahead log, attach, backup, a damaged file, and two processes at once.
# needs: sqlite3
# expect: ok
set -e
sqlite3 a.db 'create table t(id integer primary key, name text); create index n on t(name);'
sqlite3 a.db 'with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000)
    insert into t select x, hex(x * 7919) from c;'
sqlite3 a.db 'select count(*), sum(length(name)) from t; pragma journal_mode=wal;'
(for _ in 1 2 3 4 5 6 7 8 9 10; do sqlite3 -cmd '.timeout 9000' a.db "insert into t(name) values('one');"; done) &
(for _ in 1 2 3 4 5 6 7 8 9 10; do sqlite3 -cmd '.timeout 9000' a.db "insert into t(name) values('two');"; done) &
wait
sqlite3 a.db "select name, count(*) from t where name in ('one', 'two') group by name order by name;"
sqlite3 a.db '.backup b.db'
sqlite3 a.db "attach 'b.db' as b; select count(*) from main.t join b.t using(id); vacuum; pragma integrity_check;"
sqlite3 b.db .dump | grep -v "'one'\|'two'" | sha256sum
head -c 5000 a.db >broken.db
sqlite3 broken.db 'select count(*) from t;' 2>&1 || echo "refused with $?"
sqlite3 /no/such/directory/x.db 'select 1 from sqlite_master;' 2>&1 || echo "refused with $?"
