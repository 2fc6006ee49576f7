# clang-tidy (with the checks of .clang-tidy) finds nothing in the library and the command.
command -v clang-tidy >/dev/null && command -v clang >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
if ! cmake -S . -B "$BUILD_DIR/tidy" -DCMAKE_C_COMPILER=clang -DLEAKWATCH_TESTS=OFF >"$BUILD_DIR/tidy.log" 2>&1; then
    cat "$BUILD_DIR/tidy.log"
    exit 1
fi
find preload analyzer -name '*.c' -print0 |
    xargs -0 -n 4 -P 2 clang-tidy --quiet -p "$BUILD_DIR/tidy" >"$BUILD_DIR/tidy.log" 2>/dev/null && exit 0
grep -E -A 2 '(error|warning): ' "$BUILD_DIR/tidy.log"
exit 1
