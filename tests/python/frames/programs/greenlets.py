"""Greenlets: stacks that are taken away and put back."""
import greenlet

from noting import take


def leaf(tag):
    take(tag + " before")
    greenlet.getcurrent().parent.switch()
    take(tag + " after")


def branch(tag, depth):
    if depth:
        branch(tag, depth - 1)
    else:
        leaf(tag)


def twig(tag):
    sorted([1], key=lambda _: branch(tag, 3))


def run():
    greens = [greenlet.greenlet(lambda number=number: branch(f"green {number}", number)) for number in range(6)]
    greens += [greenlet.greenlet(lambda number=number: twig(f"through C {number}")) for number in range(3)]
    for _ in range(2):
        for green in greens:
            green.switch()
        take(f"main {_}")


run()
