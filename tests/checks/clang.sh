# Everything, built by clang without a warning; the programs and the command's tests pass with it.
command -v clang++ >/dev/null || exit 77
. "$SOURCE_DIR/tests/checks/second_build"
second_build clang -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
# Those left out try many compilers themselves, or only how the command reports and judges.
second_ctest clang 'unit|cli|programs' -E 'unit.report_budget|cli.(artefacts|baseline.*|completion|config|ctest|docs|fingerprints|fleet_.*|formats.*|gate|growth_.*|html_page|launcher|manual|merge|serve_.*|store.*|top|trend)$'
