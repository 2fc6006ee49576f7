"""What a scope leaves in cycles is closed by the collector, after its end: a note that says how long after. What is kept longer
than its scope is left by the scope.

expect: late-release level=note count=3 line=cycle scope=request later="closed by the garbage collector" late=3
    delay=0.1..60 late_call=close left=3
expect: scope-leak level=warning count=5 line=kept scope=request late=5
forbid: late-release
forbid: fd-leak
"""
import gc
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *3 * [os.pardir], "include", "leakwatch"))
import leakwatch  # noqa: E402 (found by the line above)

kept = []


class Reader:
    def __init__(self):
        self.itself = self
        self.file = open("/etc/group", encoding="utf-8")  # leak:cycle


def keep():
    kept.append(open("/etc/passwd", encoding="utf-8"))  # leak:kept


gc.disable()
for i in range(10):
    with leakwatch.scope("request"):
        if i % 3 == 1:
            Reader()
        elif i % 3 == 2 or i > 5:
            keep()
time.sleep(0.2)
print(gc.collect() > 0)
