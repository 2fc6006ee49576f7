# In loops whose functions have no frame pointer and keep ordinary data in rbp, at least 99 of 100 stacks are remembered,
# and a remembered stack is the one that unwinding gives.
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
for operation in open fopen socket pipe; do
    rm -f "$room"/*
    LD_PRELOAD=$LEAKWATCH_LIBRARY LEAKWATCH_OPTIONS=dir=$room:keep=all:quiet=1:check=10 \
        "$BUILD_DIR/tests/bench/calls" $operation 2000 3 >"$room/out" || exit 1
    "$LEAKWATCH" dump "$room"/leakwatch.calls.*.lwl >"$room/dump" || exit 1
    awk -v operation=$operation '
        function value(name) { return match($0, name "=[0-9]+") ? substr($0, RSTART + length(name) + 1,
                                                                          RLENGTH - length(name) - 1) : 0 }
        /^lane / {
            remembered += value("stacks_remembered"); checks += value(" checks"); differences += value("differences")
            all += value("stacks_remembered") + value("stacks_full") + value("stacks_unlearnt") + value("stacks_bare")
        }
        END {
            print operation ": " remembered " of " all " stacks remembered, " differences " of " checks " checks differ"
            exit !(all >= 13000 && remembered >= 0.99 * all && checks > 0 && differences == 0)
        }' "$room/dump" || { grep '^lane ' "$room/dump"; exit 1; }
done
