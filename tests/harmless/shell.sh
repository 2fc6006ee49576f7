#!/bin/bash
# A long tour through bash: pipes, here-documents, substitutions, co-processes, job control, traps, redirections.
# expect: the tour is over
# A tour through what scripts do, good style or not:
# shellcheck disable=SC1091,SC2005,SC2016,SC2018,SC2019,SC2046,SC2116,SC2154
set -u

# Redirections of all kinds, numbers above 9 and named ones included.
echo one >file.txt
echo two >>file.txt
exec 3<file.txt 4>copy.txt
while read -r line <&3; do echo "read $line" >&4; done
exec 3<&- 4>&-
cat copy.txt
exec 12<>both.txt
echo through-twelve >&12
exec 12>&-
cat both.txt
exec {named}>named.txt
echo "by name" >&"$named"
exec {named}>&-
cat named.txt
{ echo to-stdout; echo to-stderr >&2; } >joined.txt 2>&1
sort joined.txt
ls /no/such/file 2>/dev/null || echo "ls failed with $?"
cat <&5 2>/dev/null || echo "5 is not open"

# Here-documents and here-strings, long enough for a pipe as for a file.
cat <<END
a here-document with $((6 * 7))
END
cat <<-'END'
	no $expansion here
	END
cat <<<"a here-string"
text=$(printf 'x%.0s' {1..100000})
wc -c <<<"$text"

# Pipelines, their statuses, and many at once.
seq 1 10000 | grep 7 | sort -r | head -3
true | false | (exit 3) | true
echo "statuses ${PIPESTATUS[*]}"
for i in 1 2 3 4 5 6 7 8 9 10; do
    echo "line $i" | tr a-z A-Z | sed "s/LINE/number/"
done
set -o pipefail
false | true && echo "pipefail failed" || echo "pipefail works"
set +o pipefail
(echo outer; (echo inner; (echo innermost; exit 5); echo "gave $?"); exit 6)
echo "subshell gave $?"

# Command and process substitutions.
echo "today is $(echo some) $(echo $(echo nested)) day"
diff <(seq 1 5) <(seq 1 5) && echo "no difference"
diff <(seq 1 3) <(seq 2 4)
tee >(wc -l >counted.txt) <file.txt >/dev/null
sleep 0.2
cat counted.txt
paste <(seq 1 3) <(seq 4 6) <(seq 7 9)
mapfile -t lines < <(seq 11 15)
echo "${lines[@]}"

# Co-processes.
coproc DOUBLER { while read -r n; do echo $((n * 2)); done; }
doubler=$DOUBLER_PID
for n in 3 5 7; do
    echo "$n" >&"${DOUBLER[1]}"
    read -r answer <&"${DOUBLER[0]}"
    echo "$n doubled is $answer"
done
eval "exec ${DOUBLER[1]}>&-"
wait "$doubler"
echo "co-process ended with $?"

# Jobs.
set -m
sleep 0.1 &
first=$!
(exit 9) &
second=$!
wait "$second"
echo "second job gave $?"
wait "$first"
echo "first job gave $?"
set +m
(set -m; sleep 30 & kill %+; wait "$!"; echo "killed job gave $?") 2>/dev/null
jobs=()
for i in 1 2 3 4 5 6 7 8; do
    (sleep 0.0$i; exit "$i") &
    jobs+=("$!")    # "jobs -p" no longer names one that has ended by then, which is a matter of time
done
sum=0
for job in "${jobs[@]}"; do
    wait "$job"
    sum=$((sum + $?))
done
echo "sum of statuses $sum"

# Traps and signals.
trap 'echo "got USR1"' USR1
kill -USR1 $$
trap - USR1
(trap 'echo "cleaning up"' EXIT; echo working; exit 4)
echo "trapped subshell gave $?"
bash -c 'kill -TERM $$'
echo "terminated shell gave $?"
bash -c 'ulimit -n 10; for i in 1 2 3; do echo $i | cat; done'

# Functions, arrays, arithmetic: nothing that opens, and then again what opens a lot.
fibonacci() {
    local n=$1
    ((n < 2)) && echo "$n" && return
    echo $(($(fibonacci $((n - 1))) + $(fibonacci $((n - 2)))))
}
fibonacci 10
declare -A ages=([ada]=36 [alan]=41)
for name in $(printf '%s\n' "${!ages[@]}" | sort); do echo "$name ${ages[$name]}"; done
i=0
while ((i < 300)); do
    : >"many.$((i % 20))"
    read -r _ <file.txt
    i=$((i + 1))
done
echo "opened often"
printf '%s\n' many.* | wc -l
rm many.*

# Sourcing, exec and the environment.
echo 'sourced=yes' >sourced.sh
. ./sourced.sh
echo "sourced $sourced"
(exec 9>nine.txt; exec sh -c 'echo written >&9')
cat nine.txt
(exec printf 'replaced by %s\n' printf)
env -i PATH="$PATH" bash -c 'echo "clean environment: ${HOME-none}"'
nohup true >/dev/null 2>&1
echo "nohup gave $?"

# Sockets and reading with timeouts.
(echo >/dev/tcp/127.0.0.1/1) 2>/dev/null || echo "refused"
read -r -t 0.05 _ < <(sleep 0.3) || echo "timed out"

# Other shells.
dash -c 'exec 3>dash.txt; echo from dash >&3; exec 3>&-; cat dash.txt; echo $(echo a | tr a b)'
sh -c 'trap "echo bye" 0; cat <<X
sh here-document
X
exit 3'
echo "sh gave $?"
find . -type f -print0 | sort -z | xargs -0 -n 3 echo
echo "the tour is over"
