"""Two functions that C code cannot tell apart: both leak."""
import os


def first():
    return os.open("/dev/null", os.O_RDONLY)


def second():
    return os.open("/dev/null", os.O_RDONLY)


for function in (first, second, first, second):
    function()
