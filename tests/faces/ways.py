"""What the tests share that build programs in many ways: warnings, compilers, the fake library."""

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(os.environ["SOURCE_DIR"], "include")
LIBRARY = os.environ["LEAKWATCH_LIBRARY"]

WARNINGS = ("-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wpedantic -Wundef -Wcast-qual -Wunused -Wredundant-decls "
            "-Wmissing-declarations -Wfloat-equal -Wnull-dereference -Werror").split()
C_WARNINGS = "-Wdeclaration-after-statement -Wmissing-prototypes -Wstrict-prototypes -Wc++-compat".split()
CXX_WARNINGS = "-Wold-style-cast -Wzero-as-null-pointer-constant -Wnon-virtual-dtor".split()


def is_cxx(compiler):
    return compiler.endswith("++")


def compile_command(compiler, flags):
    """The command's beginning, with all warnings that a user may have switched on."""
    return [compiler, "-I", INCLUDE, *WARNINGS, *(CXX_WARNINGS if is_cxx(compiler) else C_WARNINGS), *flags.split()]


def run(command, preload=None, **more):
    """Exit status and all output; without the caller's own preload."""
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"} | more
    if preload:
        environment["LD_PRELOAD"] = preload
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900,
                          check=False)
    return done.returncode, done.stdout


def build_fake(room, name="libfake.so", *flags):
    path = os.path.join(room, name)
    subprocess.run([os.environ.get("CC", "cc"), "-I", INCLUDE, "-Wall", "-Wextra", "-Werror", *flags, "-fPIC", "-shared",
                    "-o", path, os.path.join(HERE, "fake.c")], check=True)
    return path
