"""What is a number to Python nobody closes: pipes, duplicates, files by os.open, sockets that were detached.

expect: fd-leak level=error count=6 line=pipe call=pipe2|pipe type=pipe
expect: fd-leak level=error count=5 line=duplicate
expect: fd-leak level=error count=7 line=file call=open64|open detail=/etc/group
expect: fd-leak level=error count=3 line=detached call=socket type=socket
expect: fd-leak level=error count=3 line=temporary call=open64|open
expect: fd-leak level=error count=3 line=memory
forbid: late-release
"""
import os
import socket
import tempfile


class Store:
    def take(self):
        return os.open("/etc/group", os.O_RDONLY)  # leak:file


numbers = []
for _ in range(3):
    numbers += os.pipe()  # leak:pipe
for _ in range(5):
    numbers.append(os.dup(0))  # leak:duplicate
for _ in range(7):
    numbers.append(Store().take())
for _ in range(3):
    numbers.append(socket.socket().detach())  # leak:detached
for _ in range(3):
    number, path = tempfile.mkstemp(dir=".")  # leak:temporary
    os.unlink(path)
for _ in range(3):
    numbers.append(os.memfd_create("memory"))  # leak:memory
for _ in range(2):
    for number in os.pipe():
        os.close(number)
