# The command and its tests, built with AddressSanitizer and UndefinedBehaviorSanitizer.
. "$SOURCE_DIR/tests/checks/second_build"
second_build sanitized -DCMAKE_C_COMPILER="$CC" -DLEAKWATCH_SANITIZE=ON -DLEAKWATCH_TEST_ROOMS="unit;cli"
# The programs that these tests watch are the same in both builds: no sanitizer is for them.
programs=$BUILD_DIR/sanitized/tests/programs
[ -L "$programs" ] || rm -rf "$programs"
ln -sfn "$BUILD_DIR/tests/programs" "$programs"
# Those left out build or run programs for most of their time, and show the command nothing new; and one of memory, which the
# sanitizers take themselves.
second_ctest sanitized 'unit|cli' -E 'unit.report_budget|cli.(any_address|artefacts|attach_library|attach_soak|bad_luck_ends|baseline_programs|close_waits|ctest|deadlock.*|demo|docs|fingerprints|fleet_.*|generated|growth_.*|hangs|healthy_programs|html_page|launcher|lock_costs|readme|thread.*)$'
