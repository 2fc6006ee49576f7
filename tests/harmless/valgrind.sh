#!/bin/sh
# Programs under Valgrind, with and without handlers: leakwatch reads nothing that was never written. Arguments: programs.
# needs: valgrind
# options: check=1
for program; do
    valgrind -q --error-exitcode=9 "$program" >out
    echo "$? $(wc -l <out)"
done
