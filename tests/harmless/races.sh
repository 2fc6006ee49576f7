#!/bin/sh
# Under helgrind and drd, with the suppressions that are installed: programs without a race have none, and one that races has
# its own. Arguments: the suppressions, the program that races, others.
# needs: valgrind
# expect: helgrind: race told
# expect: drd: race told
suppressions=$1 racing=$2
shift 2
for tool in helgrind drd; do
    for program in "$racing" "$@"; do
        echo "$tool: $(basename "$program")"
        valgrind -q --tool="$tool" --suppressions="$suppressions" --error-exitcode=9 "$program" >out 2>told
        echo "$?"
        if [ "$program" = "$racing" ]; then
            grep -q 'racing\.c' told && echo "$tool: race told"
        else
            cat told
        fi
    done
done
