# The command and its tests, built with AddressSanitizer and UndefinedBehaviorSanitizer.
. "$SOURCE_DIR/tests/checks/second_build"
second_build sanitized -DCMAKE_C_COMPILER="$CC" -DLEAKWATCH_SANITIZE=ON
# Those left out build programs for most of their time, and show the command nothing new.
second_ctest sanitized 'unit|cli' -E 'cli.(ctest|fingerprints|launcher)'
