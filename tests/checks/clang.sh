# Everything, built by clang without a warning; the programs and the command's tests pass with it.
command -v clang++ >/dev/null || exit 77
. "$SOURCE_DIR/tests/checks/second_build"
second_build clang -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
# Of the command's tests those whose subject is the library: how the command reports what it reads is seen by the other compiler's.
second_ctest clang 'unit|cli|programs' -R '^(programs.*|unit.preload.*|cli.(any_address|attach|attach_full_table|attach_library|bad_luck.*|cancelled_waits|close_waits|connections|containers|deadlocks|early_locks|every_hook|exhaustion|file_lock_calls|function_scope.*|generated|injections|ledger_file|ledger_growth|limits|lock_costs|lost_writes|nested|place_calls|roll|run|run_ends|sandbox|settings|thread_costs|unwaited_children|usual_roads|workers))$'
