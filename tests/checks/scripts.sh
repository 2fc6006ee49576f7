# shellcheck finds nothing in the shell scripts.
command -v shellcheck >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
grep -lE '^#!/bin/(sh|bash)' -r .ci scripts tests | xargs shellcheck || exit 1
find tests -name '*.sh' -print0 | xargs -0 shellcheck --shell=bash --exclude=SC2148
