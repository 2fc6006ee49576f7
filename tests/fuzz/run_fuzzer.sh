#!/bin/bash
# Runs the fuzzer of ledgers on fresh seeds and what earlier runs have found.
#
#     run_fuzzer.sh BUILD-DIRECTORY [SECONDS]      77: there is no fuzzer, because clang's libFuzzer is missing
#
# An input that breaks the reader stays in BUILD-DIRECTORY/found/.
set -eu
build=$1
seconds=${2:-20}
[ -x "$build/ledger_fuzzer" ] || exit 77
mkdir -p "$build/seeds" "$build/corpus" "$build/found"
"$build/leakwatch_seed_corpus" "$build/seeds"
log=$build/fuzzer.log
if nice -n 19 "$build/ledger_fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=200000 \
    -artifact_prefix="$build/found/" "$build/corpus" "$build/seeds" >"$log" 2>&1; then
    grep '^Done' "$log"
else
    status=$?
    grep -v '^#' "$log" | head -n 60
    exit "$status"
fi
