"""Name spaces of a test's own: all addresses are free there, what is mounted is gone afterwards, and all that was started ends with
the test."""
import os
import subprocess
import sys

from command import TIMEOUT

INSIDE = "LEAKWATCH_TEST_INSIDE"


def is_inside():
    return INSIDE in os.environ


def enter():
    """This test once more, in them."""
    spaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run([*spaces, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False,
                          timeout=TIMEOUT)
    if done.returncode != 0:
        print(f"skipped: no name spaces here: {done.stderr.strip()}")
        sys.exit(77)
    os.environ[INSIDE] = "1"
    os.execvp(spaces[0], [*spaces, sys.executable, *sys.argv])


def bring_up_network():
    """With an address that is not loopback, which Alertmanager wants."""
    for words in ("link set lo up", "link add outside type veth peer name beyond", "addr add 10.1.2.3/24 dev outside",
                  "link set outside up", "link set beyond up", "route add default via 10.1.2.1"):
        subprocess.run(["ip", *words.split()], check=True)
