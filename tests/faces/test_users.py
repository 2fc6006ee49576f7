#!/usr/bin/env python3
"""leakwatch.h in programs that are built in many ways: as C and as C++, by gcc and clang, position-independent or not,
static, with libraries. Each is built without a warning and run alone, with fake.c preloaded and with libleakwatch.so; what
it prints must be the same for all of them, but for those that cannot be watched."""

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ways import HERE, LIBRARY, build_fake, compile_command, is_cxx, run

ALONE = """\
answer active 0
answer begin null
answer detach null
answer attach 0
answer end 0
answer inside two
answer rounds 2
answer returning 2
answer returning 1
answer without braces 8
answer without braces 7
answer hand over 0
answer hand over 0
answer expect 0
answer label 0
answer held 0, told 0
answer open 0
answer ledger ''
answer unit 0
"""
ALONE_LIBRARY = "answer library 0\n"

BLOCK = "call begin {}, a block\n"
END = "call end 4711\n"
FAKED = ("""\
call active
answer active 1
call begin request
answer begin a scope
call fail 4711: bad request
call detach 4711
answer detach a scope
call attach 4711
answer attach -1
call end 4711
answer end 3
""" + BLOCK.format("first") + BLOCK.format("second") + "answer inside two\n" + 2 * END
    + 3 * (BLOCK.format("round") + END) + "answer rounds 2\n"
    + BLOCK.format("returning") + END + "answer returning 2\n"
    + BLOCK.format("returning") + END + "answer returning 1\n"
    + "answer without braces 8\n" + BLOCK.format("without braces") + END + "answer without braces 7\n" + """\
call hand over kind 1, 5, to 1
answer hand over -1
call hand over kind 1, -1, to 2
answer hand over -1
call expect kind 4, 6: for life
answer expect -1
call label kind 1, 7: spool
answer label -1
call held 2
answer held socket by accept4
answer held 1, told 1
call source users.py, 1
call open count
answer open 42
call ledger
answer ledger 'a.lwl'
""" + BLOCK.format("unit") + "call active\nanswer unit 1\n" + END)
FAKED_LIBRARY = BLOCK.format("library") + "call active\nanswer library 1\n" + END
LAST = "answer errno 0\n"


@dataclass(frozen=True)
class Way:
    """One way to build the program."""

    compiler: str
    flags: str
    library: str = ""  # linked or loaded
    watchable: bool = True

    def __str__(self):
        return " ".join(filter(None, (self.compiler, self.flags, self.library)))

    def uses_dlfcn(self):
        return "DLFCN" in self.flags


def ways():
    for c, cxx in (("gcc", "g++"), ("clang", "clang++")):
        for level in ("-O0", "-O2", "-O2 -flto"):
            yield Way(c, f"-std=c11 {level}")
            yield Way(cxx, f"-std=c++11 {level}")
        yield Way(c, "-std=gnu17 -Os -fno-plt -Wl,-z,now")
        yield Way(c, "-std=c17 -O3 -fexceptions")
        yield Way(cxx, "-std=c++14 -Og -fno-exceptions -fno-rtti")
        yield Way(cxx, "-std=c++17 -O2")
        yield Way(cxx, "-std=c++20 -O2 -fvisibility=hidden")
        for code in ("-fPIE -pie", "-no-pie -fPIC", "-no-pie -fno-pic", "-no-pie -fno-pic -mcmodel=large"):
            for level in ("-O0", "-O2"):
                yield Way(c, f"-std=c11 {level} {code}")
        yield Way(cxx, "-std=c++17 -O2 -no-pie -fno-pic")
        for static in ("-static", "-static-pie"):
            yield Way(c, f"-std=gnu11 -O2 {static}", watchable=False)
            yield Way(cxx, f"-std=gnu++17 -O2 {static}", watchable=False)
            yield Way(c, f"-std=gnu11 -O2 {static} -DLATE_DLFCN", watchable=False)
        for dlfcn in ("EARLY_DLFCN", "LATE_DLFCN"):
            yield Way(c, f"-std=gnu11 -O2 -D{dlfcn}")
            yield Way(cxx, f"-std=gnu++17 -O0 -D{dlfcn}")
            yield Way(c, f"-std=gnu11 -O2 -D{dlfcn} -no-pie -fno-pic -flto")
        for library in ("linked", "loaded"):
            yield Way(c, "-std=c11 -O2", library)
            yield Way(c, "-std=gnu11 -O0 -no-pie -fno-pic", library)
            yield Way(cxx, "-std=c++17 -O2 -flto", library)


class Trial:
    """One way, built and run in a directory of its own."""

    def __init__(self, way, room):
        self.way, self.room = way, room
        self.compile = compile_command(way.compiler, way.flags)
        self.language = ["-x", "c++"] if is_cxx(way.compiler) else ["-x", "c"]

    def path(self, name):
        return os.path.join(self.room, name)

    def sources(self, *names):
        return [*self.language, *(os.path.join(HERE, name) for name in names), "-x", "none"]

    def build(self):
        """What went wrong, or None."""
        units, extra = ["user.c", "user_unit.c"], []
        if self.way.library:
            library = self.path("libuser.so")
            flags = [flag for flag in self.compile if flag not in ("-no-pie", "-fno-pic")]
            status, output = run([*flags, "-fPIC", "-shared", "-o", library, *self.sources("user_library.c")])
            if status:
                return output
            if self.way.library == "linked":
                extra = ["-DLINKED_LIBRARY", library, f"-Wl,-rpath,{self.room}"]
            else:
                units.append("user_loader.c")
                extra = [f'-DLOADED_LIBRARY="{library}"']
        status, output = run([*self.compile, *self.sources(*units), "-o", self.path("user"), *extra])
        return output if status else None

    def output(self, preload, **more):
        status, output = run([self.path("user")], preload, **more)
        return output if status == 0 else f"{output}exit status {status}\n"

    def expected(self, watched):
        text = ""
        if self.way.uses_dlfcn():
            text = f"answer dlerror nothing\nanswer dlsym {'found' if watched else 'not found'}\n"
        text += FAKED if watched else ALONE
        if self.way.library:
            text += FAKED_LIBRARY if watched else ALONE_LIBRARY
        return text + LAST

    def troubles(self, fake, old_fake):
        trouble = self.build()
        if trouble:
            yield f"does not build:\n{trouble}"
            return
        runs = (
            ("alone", self.output(None), self.expected(False)),
            ("with the fake", self.output(fake), self.expected(self.way.watchable)),
            ("with a library that is too old", self.output(old_fake),
             self.expected(False).replace("dlsym not found", "dlsym found" if self.way.watchable else "dlsym not found")),
        )
        for what, output, expected in runs:
            if output != expected:
                yield f"{what}, it prints\n{output}instead of\n{expected}"
        if self.way.watchable:
            output = self.output(LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.room}:quiet=1")
            for line in ("answer active 1", "answer begin a scope", "answer attach 0", "answer end 0", "answer unit 1",
                         "answer errno 0") + (("answer library 1",) if self.way.library else ()):
                if line + "\n" not in output:
                    yield f"with libleakwatch.so, it does not print '{line}' but\n{output}"


def main():
    with tempfile.TemporaryDirectory(prefix="leakwatch-users.") as room:
        fake = build_fake(room)
        old_fake = build_fake(room, "libold.so", "-DFAKE_SIZE=16")
        trials = []
        for number, way in enumerate(ways()):
            if shutil.which(way.compiler):
                directory = os.path.join(room, str(number))
                os.mkdir(directory)
                trials.append(Trial(way, directory))
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = list(pool.map(lambda trial: list(trial.troubles(fake, old_fake)), trials))
    bad = 0
    for trial, troubles in zip(trials, results):
        for trouble in troubles:
            bad += 1
            print(f"{trial.way}: {trouble}\n")
    print(f"{len(trials)} ways to build the program, {bad} troubles")
    return 1 if bad or not trials else 0


if __name__ == "__main__":
    sys.exit(main())
