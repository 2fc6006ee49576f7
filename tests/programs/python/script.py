"""A script that forgets descriptors in several ways: by number, from sockets that were detached, in a subprocess.

expect: fd-leak count=3 call=open64|open type=file detail=*script.txt
expect: fd-leak count=5 call=socket type=socket
expect: fd-leak count=1 call=pipe2|pipe type=pipe
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading

with open("script.txt", "w") as out:
    print("text", file=out)
for _ in range(3):
    print(os.open("script.txt", os.O_RDONLY))
for _ in range(5):
    print(socket.socket(socket.AF_UNIX).detach())
reader, writer = os.pipe()
os.close(reader)


def work():
    for _ in range(50):
        with open("script.txt") as source, tempfile.TemporaryFile() as copy:
            copy.write(source.read().encode())


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for _ in range(5):
    print(subprocess.run(["cat", "script.txt"], capture_output=True, check=True).stdout)
print(subprocess.run([sys.executable, "-c", "print('child')"], capture_output=True, check=True).stdout)
