# Under Valgrind, memcheck finds nothing to say about a watched program, and the program runs as it does alone.
command -v valgrind >/dev/null || exit 77
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
$CC -O1 -g -o "$room/leaker" "$SOURCE_DIR/tests/checks/leaker.c" || exit 1

# checked PROGRAM [ARGUMENT…]: its output under leakwatch and memcheck.
checked()
{
    LD_PRELOAD=$LEAKWATCH_LIBRARY LEAKWATCH_OPTIONS=dir=$room:keep=all:quiet=1 \
        valgrind --quiet --error-exitcode=99 --leak-check=no --log-file="$room/memcheck" "$@"
}

for program in "$room/leaker 5" "/bin/ls /" "/bin/sh -c ls"; do
    # shellcheck disable=SC2086 # a command and its words
    alone=$($program) && watched=$(checked $program)
    status=$?
    if [ $status -ne 0 ] || [ -s "$room/memcheck" ] || [ "$alone" != "$watched" ]; then
        echo "$program: status $status, output $watched"
        cat "$room/memcheck"
        exit 1
    fi
done
[ -n "$(ls "$room"/*.lwl)" ]
