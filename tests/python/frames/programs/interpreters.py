"""Interpreters in the interpreter: each notes its own frames."""
import os
import sys
import threading

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

from noting import note, take

TEXT = """
import sys
sys.path.insert(0, {directory!r})
from noting import take
def inner(tag):
    take(tag)
class K:
    def method(self, tag):
        return [inner(tag) for _ in range(1)]
K().method({tag!r})
"""


def run(identifier, tag):
    text = TEXT.format(directory=os.getcwd(), tag=tag)
    failed = note("around " + tag), interpreters.run_string(identifier, text)
    if failed[1] is not None:
        raise ValueError(failed)


def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()


def main():
    take("before")
    one, two = interpreters.create(), interpreters.create()
    take("created")
    for number in range(3):
        run(one, f"one {number}")
        take(f"main {number}")
        run(two, f"two {number}")
    in_thread(run, one, "one in a thread")
    in_thread(run, two, "two in a thread")
    in_thread(take, "main in a thread")
    interpreters.destroy(one)
    take("one is gone")
    run(two, "two is left")
    interpreters.destroy(two)
    take("both are gone")
    sys.stdout.write("done\n")


main()
