# The library can be built for 64-bit ARM, and watches a small program there, as far as qemu-user can tell.
command -v aarch64-linux-gnu-gcc >/dev/null || exit 77
sysroot=$BUILD_DIR/aarch64-sysroot
[ -e "$sysroot/usr/include/aarch64-linux-gnu/libunwind.h" ] || { echo "no libunwind for aarch64 in $sysroot"; exit 77; }
. "$SOURCE_DIR/tests/checks/second_build"
second_build aarch64 --toolchain "$SOURCE_DIR/scripts/cmake/aarch64.cmake" -DAARCH64_SYSROOT="$sysroot" \
    -DLEAKWATCH_ANALYZER=OFF
library=$BUILD_DIR/aarch64/libleakwatch.so
readelf -h "$library" | grep -q AArch64 || { echo "it was built for another machine"; exit 1; }

command -v qemu-aarch64 >/dev/null || exit 0
set -e
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
aarch64-linux-gnu-gcc -O2 -g -Wl,--build-id -o "$room/leaker" "$SOURCE_DIR/tests/checks/leaker.c"
libraries=$sysroot/usr/lib/aarch64-linux-gnu:$sysroot/lib/aarch64-linux-gnu
watch()
{
    qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_PRELOAD="$library" -E LD_LIBRARY_PATH="$libraries" \
        -E LEAKWATCH_OPTIONS="dir=$room:keep=all:quiet=1" "$@"
}
[ "$(watch "$room/leaker" 3)" = "3 left open" ] || { echo "the program did not run as it does alone"; exit 1; }
ledger=$(echo "$room"/leakwatch.leaker.*.lwl)
"$LEAKWATCH" dump "$ledger" >"$room/dump" || exit 1
held=$(grep -c '^slot .*/\./dev/null' "$room/dump" || true)
[ "$held" = 3 ] || { echo "3 files were left open, $held are in the ledger:"; cat "$room/dump"; exit 1; }
"$LEAKWATCH" report "$room" >"$room/report" || exit 1
for frame in take work main; do
    grep -q "^ *$frame .*leaker\.c:" "$room/report" || { echo "no frame $frame in"; cat "$room/report"; exit 1; }
done
