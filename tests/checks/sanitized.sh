# The command and its tests, built with AddressSanitizer and UndefinedBehaviorSanitizer.
. "$SOURCE_DIR/tests/checks/second_build"
second_build sanitized -DCMAKE_C_COMPILER="$CC" -DLEAKWATCH_SANITIZE=ON
second_ctest sanitized 'unit|cli'
