# The command and its tests, built with AddressSanitizer and UndefinedBehaviorSanitizer.
. "$SOURCE_DIR/tests/checks/second_build"
second_build sanitized -DCMAKE_C_COMPILER="$CC" -DLEAKWATCH_SANITIZE=ON -DLEAKWATCH_TEST_ROOMS="unit;cli"
# The programs that these tests watch are the same in both builds: no sanitizer is for them.
programs=$BUILD_DIR/sanitized/tests/programs
[ -L "$programs" ] || rm -rf "$programs"
ln -sfn "$BUILD_DIR/tests/programs" "$programs"
# Those left out build or run programs for most of their time, and show the command nothing new.
second_ctest sanitized 'unit|cli' -E 'cli.(ctest|growth_.*|fingerprints|launcher)'
