"""Opens 2,000 files where only 1,024 are allowed, and ends as Python ends a script that did not expect that.

limit: nofile=1024
expect: fd-exhausted count=1 call=open64|open|openat
expect: fd-leak|stream-leak count=1021 call=open64|open type=file detail=*hoard.txt
expect-exit: 3
"""
import sys

open("hoard.txt", "w").close()
held = []
try:
    for number in range(2000):
        held.append(open("hoard.txt"))
except OSError as error:
    print(error.strerror, "after", len(held), "files", flush=True)
    # The table is full: whatever Python would still import now cannot be opened.
    import os
    os._exit(3)
sys.exit(0)
