"""A daemon thread waits in the opening of a FIFO while the interpreter ends: daemon.py WHEN

    modules    an object's __del__ lets it go on, as the modules are taken down
    later      the destructor of latecomer.so does, after the interpreter's end"""
import os
import sys
import threading
import time

FIFO = os.path.abspath("fifo")
FLAGS = os.O_WRONLY
entered = threading.Event()


def waiting(started):
    started.set()
    os.open(FIFO, os.O_RDONLY)


class LetsGo:
    def __init__(self):
        self.open, self.sleep, self.fifo, self.flags = os.open, time.sleep, FIFO, FLAGS

    def __del__(self):
        self.open(self.fifo, self.flags)
        self.sleep(0.2)


os.mkfifo(FIFO)
if sys.argv[1] == "modules":
    sys.lets_go = LetsGo()
for _ in range(8):
    threading.Thread(target=waiting, args=(entered,), daemon=True).start()
entered.wait()
time.sleep(0.3)
