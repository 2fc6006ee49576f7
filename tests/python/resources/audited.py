"""What the last reference takes with it is told with --audit: ResourceWarning's cases.

options: --audit
expect: late-release level=note count=3 line=file later="closed when the last reference to it went"
expect: late-release level=note count=5 line=socket later="closed when the last reference to it went"
expect: late-release level=note count=7 line=method later="closed when the last reference to it went"
expect: late-release level=note count=9 line=directory later="closed when the last reference to it went"
forbid: late-release
"""
import os
import socket


class Descriptor:
    def __init__(self):
        self.number = os.open("/etc/group", os.O_RDONLY)  # leak:method

    def __del__(self):
        os.close(self.number)


def read(path):
    return open(path, encoding="utf-8").read()  # leak:file


for _ in range(3):
    read("/etc/group")
for _ in range(5):
    socket.socket()  # leak:socket
for _ in range(7):
    Descriptor()
for _ in range(9):
    next(os.scandir("/"))  # leak:directory
with open("/etc/group", encoding="utf-8") as file:
    file.read()
with socket.socket() as closed:
    closed.fileno()
