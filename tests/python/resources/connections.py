"""Sockets, connections of sqlite3, selectors, temporary and compressed files that are kept to the end.

expect: late-release level=warning count=9 line=socket type=socket
expect: late-release level=warning count=9 line=database detail=*base
expect: late-release level=warning count=9 line=selector
expect: late-release level=warning count=9 line=temporary
expect: late-release level=warning count=9 line=compressed detail=numbers.gz
forbid: late-release
forbid: fd-leak
"""
import gzip
import selectors
import socket
import sqlite3
import tempfile

kept = []


def connect():
    connection = sqlite3.connect("base")  # leak:database
    connection.execute("select 1 from sqlite_master").fetchall()
    return connection


def unpack():
    return gzip.open("numbers.gz", "rt")  # leak:compressed


def watch():
    return selectors.DefaultSelector()  # leak:selector


for _ in range(9):
    kept.append(socket.socket())  # leak:socket
for _ in range(9):
    kept.append(connect())
for _ in range(9):
    kept.append(watch())
for _ in range(9):
    kept.append(tempfile.TemporaryFile(dir="."))  # leak:temporary
with gzip.open("numbers.gz", "wt") as written:
    written.write("1 2 3")
for _ in range(9):
    kept.append(unpack())
for made in (socket.socket(), connect(), watch(), tempfile.TemporaryFile(dir="."), unpack()):
    made.close()
