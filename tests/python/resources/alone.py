"""A log and a connection that last as long as the program: a note each, which no gate is red for.

expect: late-release level=note count=1 line=log later="closed only as the interpreter ended"
expect: late-release level=note count=1 line=database later="closed only as the interpreter ended"
forbid: late-release
forbid: fd-leak
"""
import sqlite3

log = open("log", "w", encoding="utf-8")  # leak:log
log.write("begun\n")
base = sqlite3.connect("base")  # leak:database
base.execute("create table if not exists visits(day)")
