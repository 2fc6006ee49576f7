#!/usr/bin/env python3
"""What the library reads of unwind tables of 64-bit ARM is what binutils' readelf reads of them.

    tables.py PROGRAM PREFIX < what tables.c printed          PREFIX: where that machine's libraries are
"""
import bisect
import re
import subprocess
import sys

UNKNOWN, INVOLVED, REFUSED, NOT, PLAIN, ALONE = range(6)
SIGNED = 8


def dump(path, how):
    command = ["readelf", "--wide", f"--debug-dump={how}", path]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def outermost(path):
    """Where functions begin of which it is said that nobody called them."""
    found, begin = set(), 0
    for line in dump(path, "frames"):
        entry = re.search(r"FDE cie=\w+ pc=(\w+)", line)
        begin = int(entry[1], 16) if entry else begin
        if re.search(r"DW_CFA_undefined: r30\b", line):
            found.add(begin)
    return found


def entries(path):
    """(begin, end, its rows as (place, CFA, x29, return address)) of each function, in order. None: it is a signal's."""
    found, signals, rows, columns = {}, set(), None, []
    for line in dump(path, "frames-interp"):
        words = line.split()
        if " CIE " in line and re.search(r'CIE "\w*S', line):
            signals.add(words[0])
        entry = re.search(r"FDE cie=(\w+) pc=(\w+)\.\.(\w+)", line)
        if entry or " CIE " in line:
            rows = []
        if entry:
            begin, end = int(entry[2], 16), int(entry[3], 16)
            found[begin] = (begin, end, None if entry[1] in signals else rows)
        elif words[:2] == ["LOC", "CFA"]:
            columns = words
        elif rows is not None and re.fullmatch(r"[0-9a-f]{16}", words[0] if words else ""):
            row = dict(zip(columns, words))
            rows.append((int(row["LOC"], 16), row["CFA"], row.get("x29", "u"), row.get("ra", "u")))
    return [found[begin] for begin in sorted(found)]


def below(rule):
    """How far below the caller's stack something is saved; None: it is not, or otherwise."""
    saved = re.fullmatch(r"c-(\d+)", rule)
    return int(saved[1]) if saved else None


def leaving(row):
    """In the library's words: kind, distance, by_fp and saved_at. NOT: the return address is nowhere, or in its register."""
    _, cfa, frame, returned = row
    base = re.fullmatch(r"(sp|x29)\+(\d+)", cfa)
    if not base or below(returned) is None or int(base[2]) < 8:
        return (NOT if returned == "u" else INVOLVED, 0, 0, 0)
    distance, by_fp = int(base[2]), int(base[1] == "x29")
    if frame in ("u", "s"):
        return ALONE, distance, by_fp, -below(returned) // 8
    if below(frame) == below(returned) + 8 and below(frame) % 8 == 0 and below(frame) // 8 <= 1 << 15:
        return PLAIN, distance, by_fp, -below(frame) // 8
    return INVOLVED, 0, 0, 0


def wanted(table, begins, place):
    at = bisect.bisect_right(begins, place) - 1
    if at < 0 or place >= table[at][1]:
        return UNKNOWN, 0, 0, 0
    if table[at][2] is None:
        return INVOLVED, 0, 0, 0
    rows = [row for row in table[at][2] if row[0] <= place]
    return leaving(rows[-1]) if rows else (INVOLVED, 0, 0, 0)


def agrees(ours, theirs, is_outermost):
    """The library may call more involved, but not what is plain the outermost one."""
    return ours[0] in (INVOLVED, REFUSED) or (ours == theirs and (ours[0] != NOT or is_outermost))


def main():
    program, prefix = sys.argv[1:]
    counts, signed, failures, beyond, table, begins, ends, module = [0] * 6, 0, 0, 0, [], [], set(), ""
    for line in sys.stdin:
        if line.startswith("module"):
            module = line.split(maxsplit=1)[1].strip() if line.strip() != "module" else program
            path = module if module.startswith(prefix) or module == program else prefix + module
            table, ends = entries(path), outermost(path)
            begins = [entry[0] for entry in table]
            continue
        place, *ours = line.split()
        kind, *ours = map(int, ours)
        ours, theirs = (kind & ~SIGNED, *ours), wanted(table, begins, int(place, 16))
        signed += kind & SIGNED != 0
        function = begins[bisect.bisect_right(begins, int(place, 16)) - 1]
        counts[ours[0]] += 1
        beyond += ours[0] in (INVOLVED, REFUSED) and theirs[0] in (PLAIN, ALONE)
        if not agrees(ours, theirs, function in ends):
            failures += 1
            if failures < 10:
                print(f"{module} at {place}: {ours}, readelf: {theirs}")
    print(f"{counts[PLAIN]} plain, {counts[ALONE]} alone, {signed} of them signed, "
          f"{counts[NOT]} outermost, {counts[INVOLVED]} involved, "
          f"{beyond} of them more than by readelf, {failures} differences")
    has_all = counts[PLAIN] >= 5000 and counts[ALONE] and counts[NOT] and signed
    return 0 if has_all and not failures and beyond * 100 <= counts[PLAIN] else 1


if __name__ == "__main__":
    sys.exit(main())
