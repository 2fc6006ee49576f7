"""Syntax of 3.10 and later."""
from contextlib import nullcontext

from noting import O_RDONLY, held, kept, os


class Point:
    __match_args__ = ("x",)

    @property
    def x(self):
        kept.append(os.open(held("matched attribute"), O_RDONLY))
        return 1


def matching(subject):
    match subject:
        case [1, 2]:
            return 0
        case Point(x=2):
            return 1
        case Point(x=1) if kept.append(os.open(held("guard"), O_RDONLY)) is None:
            return os.open(held("case"), O_RDONLY)


original = held


def held(tag, seen=[]):  # noqa: B006
    seen.append(tag)
    return original(f"{tag} {len(seen)}")


with (
    nullcontext(open(held("with one"))) as one,
    nullcontext(open(held("with two"))) as two,
):
    kept.append((one, two))
kept.append(matching(Point()))
kept.append([open(original("kept one")), open(original("kept two"))])
