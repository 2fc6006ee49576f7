"""Opens and closes a file DEPTH Python functions deep: python_opens.py DEPTH COUNT [ROUNDS] prints nanoseconds of one, the best
round's."""
import os
import sys
import time


def opens(count):
    for _ in range(count):
        os.close(os.open("/dev/null", os.O_RDONLY))


def below(depth, count):
    return below(depth - 1, count) if depth else opens(count)


def main():
    depth, count = int(sys.argv[1]) - 3, int(sys.argv[2])  # the module, this function and the innermost one are three
    best = float("inf")
    for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1):
        start = time.perf_counter_ns()
        below(depth - 1, count)
        best = min(best, (time.perf_counter_ns() - start) / count)
    print(best)


main()
