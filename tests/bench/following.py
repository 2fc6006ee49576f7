"""Living processes, each with a ledger, and a program that reads all of these again and again."""

import contextlib
import re
import subprocess
import urllib.request


def converse(process, line=""):
    """What it answers to a line; nothing is said where that is empty."""
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"{process.args}: ended without an answer")
    return answer.strip()


@contextlib.contextmanager
def living(driver, count, environment, held=6):
    """So many processes, as a function that lets each of them do some work."""
    command = [driver, str(count), str(held)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        converse(process)
        yield lambda: converse(process, "work")
        process.stdin.close()


@contextlib.contextmanager
def follower(driver, room, *how, prefix=()):
    """A function that reads all ledgers of the room again, and says what it saw: a dict of figures."""
    command = [*prefix, driver, room, *how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        def look(line="again"):
            try:
                answer = converse(process, line)
            except RuntimeError as error:
                raise RuntimeError(f"{error}: {process.stderr.read()}") from error
            return {name: float(value) for name, value in (field.split("=") for field in answer.split())}
        look("")
        yield look
        process.stdin.close()
        process.said = process.stderr.read()
        look.said = process.said


@contextlib.contextmanager
def serving(leakwatch, room):
    """A function that asks a server for the metrics of that room's processes."""
    command = [leakwatch, "serve", "--processes", "100000", "--listen", "127.0.0.1:0", room]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stderr.readline())

        def scrape():
            with urllib.request.urlopen(address.group(), timeout=60) as answer:
                return answer.read()
        try:
            scrape()
            yield scrape
        finally:
            process.terminate()
