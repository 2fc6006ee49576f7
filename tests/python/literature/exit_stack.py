"""An ExitStack whose callbacks are taken out with pop_all, to be called later, and forgotten.

expect: fd-leak level=error count=5 line=broken call=open64|open
forbid: late-release
"""
import contextlib
import os

PATHS = ["/dev/null", "/dev/zero", "/etc/passwd", "/etc/group", "/etc/hostname"]


def open_broken(paths):
    with contextlib.ExitStack() as stack:
        descriptors = []
        for path in paths:
            descriptors.append(os.open(path, os.O_RDONLY))  # leak:broken
            stack.callback(os.close, descriptors[-1])
        stack.pop_all()
    return descriptors


def open_mended(paths):
    with contextlib.ExitStack() as stack:
        descriptors = []
        for path in paths:
            descriptors.append(os.open(path, os.O_RDONLY))
            stack.callback(os.close, descriptors[-1])
        return descriptors, stack.pop_all()


print(len(open_broken(PATHS)))
opened, closing = open_mended(PATHS)
with closing:
    print(len(opened))
