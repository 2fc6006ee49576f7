# clang-tidy (with the checks of .clang-tidy) finds nothing in the library and the command. Its analyzer follows so many steps of
# each function's ways: an eighth of its usual number takes a third of the time. LEAKWATCH_TIDY_STEPS is for more.
command -v clang-tidy >/dev/null && command -v clang >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
steps=${LEAKWATCH_TIDY_STEPS:-30000}
room=$BUILD_DIR/tidy_$steps
if ! cmake -S . -B "$room" -DCMAKE_C_COMPILER=clang -DLEAKWATCH_TESTS=OFF >"$room.log" 2>&1; then
    cat "$room.log"
    exit 1
fi
find preload analyzer -name '*.c' -print0 |
    xargs -0 -n 4 -P 2 clang-tidy --quiet -p "$room" \
        --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang "--extra-arg=max-nodes=$steps" >"$room.log" 2>/dev/null && exit 0
grep -E -A 2 '(error|warning): ' "$room.log"
exit 1
