"""How many stacks were remembered: from the lanes of ledgers, by `leakwatch dump`."""

import glob
import os
import re
import subprocess

COUNTERS = ("stacks_remembered", "stacks_full", "stacks_unlearnt", "stacks_bare")


def sums(leakwatch, ledgers):
    """The counters of all ledgers, added up."""
    total = dict.fromkeys(COUNTERS, 0)
    for ledger in ledgers:
        dump = subprocess.run([leakwatch, "dump", ledger], stdout=subprocess.PIPE, text=True, errors="replace", check=True)
        for line in dump.stdout.splitlines():
            if line.startswith("lane "):
                for counter in COUNTERS:
                    total[counter] += int(re.search(rf"\b{counter}=(\d+)", line).group(1))
    return total


def share(total):
    """(share of remembered stacks, number of stacks); (None, 0) where there is none."""
    stacks = sum(total.values())
    return (total["stacks_remembered"] / stacks if stacks else None), stacks


def rate(leakwatch, ledgers):
    return share(sums(leakwatch, ledgers))


def ledgers_in(directory):
    return glob.glob(os.path.join(directory, "leakwatch.*.lwl"))
