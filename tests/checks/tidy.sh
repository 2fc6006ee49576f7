# clang-tidy (with the checks of .clang-tidy) finds nothing in the library and the command.
command -v clang-tidy >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
find preload analyzer -name '*.c' -print0 |
    xargs -0 -n 4 -P 2 clang-tidy --quiet -p "$BUILD_DIR" --extra-arg=-Wno-ignored-optimization-argument \
        --extra-arg=-Wno-unknown-warning-option 2>/dev/null
