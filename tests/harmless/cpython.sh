#!/bin/bash
# A slice of CPython's own tests, those that open, fork, spawn, pass and close most. Arguments: the tests to run.
# needs: python3
# stderr: ignored
# expect: all done
python=python3
for candidate in /usr/bin/python3 python3; do
    "$candidate" -c 'import test.test_os, test.test_subprocess' 2>/dev/null && python=$candidate && break
done
if ! "$python" -c 'import test.test_os, test.test_subprocess' 2>/dev/null; then
    echo "CPython's tests are not installed (libpython3.11-testsuite)"
    exit 77
fi
for name in "$@"; do
    "$python" -m unittest -v "test.$name" >log.txt 2>&1 </dev/null
    echo "$name ended with $?"
    # How many ran, what failed, what was skipped and why; lines of tests that are ok get mixed with what they print.
    sed -En -e 's/^Ran ([0-9]+ tests?).*/\1/p' -e 's/@test_[0-9]*/@test_PID/g' \
        -e '/\.\.\. skipped|^(FAIL|ERROR): |^OK|^FAILED/p' log.txt | sort
    rm -f log.txt
done
ls
echo "all done"
