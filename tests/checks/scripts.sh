# The shell scripts are as shellcheck wants them.
command -v shellcheck >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
grep -lE '^#!/bin/(sh|bash)' -r .ci scripts tests | xargs shellcheck || exit 1

# Those in harmless/ are workloads, written to do what shells can do, not to please.
find tests -path tests/harmless -prune -o -name '*.sh' -print0 |
    xargs -0 shellcheck --shell=bash --external-sources --exclude=SC2148,SC1091
