"""Code that is made, run and forgotten: the next one stands where the last one stood. Under the auditor.

    generated.py SHAPE ROUNDS"""
import os
import sys
import types

TEXT = "def {name}():\n    os.close(os.open('/dev/null', os.O_RDONLY))\n{name}()\n"


def other_files(number):
    return TEXT.format(name="made"), f"<generated {number}>"


def other_functions(number):
    return TEXT.format(name=f"made_{number % 26:04d}"), "<generated>"


def other_directories(number):
    """The same name of a file in ever other places: they differ far from their end."""
    return TEXT.format(name="made"), f"/srv/{number:06d}/application/templates/pages/index.html"


def other_lines(number):
    return "\n" * (number % 7) + TEXT.format(name="made"), "<generated>"


def other_texts(number):
    return "x = 1\n" * (number % 5) + "\n" * (number % 3) + TEXT.format(name="made"), f"<{'generated' * (number % 4)}>"


def lines_inside(number):
    """Only the table of lines is another one."""
    body = "\n" * (number % 9) + "    os.close(os.open('/dev/null', os.O_RDONLY))\n"
    return f"def made():\n{body}made()\n", "<generated>"


class Name(str):
    """A text of a class of its own has its characters elsewhere."""


LONG = Name("<generated>" * 2000000)


def own_class(number):
    return TEXT.format(name="made"), LONG


def opens(depth):
    return opens(depth - 1) if depth else os.close(os.open("/dev/null", os.O_RDONLY))


def through(depth):
    return opens(depth)


def deep(rounds):
    """More frames than a ledger has room for: each line has all of them below it once more. Without that line it would be the
    stack of a call that was made as well."""
    for number in range(rounds):
        made = types.FunctionType(through.__code__.replace(co_firstlineno=number + 1), globals())
        for function in opens, made:
            function(55)


SHAPES = {shape.__name__: shape for shape in (other_files, other_functions, other_directories, other_lines, other_texts,
                                              lines_inside, own_class)}


def run(shape, rounds):
    for number in range(rounds):
        text, name = shape(number)
        exec(compile(text, name, "exec"), {"os": os})


if sys.argv[1] == "deep":
    deep(int(sys.argv[2]))
else:
    run(SHAPES[sys.argv[1]], int(sys.argv[2]))
