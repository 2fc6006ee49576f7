"""A finaliser opens a file while the collector runs as a frame, or a generator, is being made: it has not begun."""
import gc
import os


class Finalised:
    def __init__(self):
        self.itself = self

    def __del__(self):
        os.close(os.open("/dev/null", os.O_RDONLY))


def generator(number):
    def inner():
        return number
    yield inner


def cells(number):
    def inner():
        return number
    return inner


gc.set_threshold(1, 0, 0)
for turn in range(3000):
    Finalised()
    generator(turn)
    cells(turn)
