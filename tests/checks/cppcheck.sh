# cppcheck finds nothing in the library and the command.
command -v cppcheck >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
mkdir -p "$BUILD_DIR/cppcheck"
for part in preload analyzer; do
    cppcheck -j 2 --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
        --suppressions-list=tests/checks/cppcheck.txt --cppcheck-build-dir="$BUILD_DIR/cppcheck" --max-configs=1 \
        -D__x86_64__ -D__linux__ -Iinclude -I$part $part || exit 1
done
