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
parts=$SOURCE_DIR/tests/checks/aarch64
root=/usr/aarch64-linux-gnu
libraries=$sysroot/usr/lib/aarch64-linux-gnu:$sysroot/lib/aarch64-linux-gnu
build()
{
    aarch64-linux-gnu-gcc -O2 -g -Wl,--build-id -fno-optimize-sibling-calls "$@"
}
watch()
{
    qemu-aarch64 -L $root -E LD_PRELOAD="$library" -E LD_LIBRARY_PATH="$libraries" \
        -E LEAKWATCH_OPTIONS="dir=$room:keep=all:quiet=1:check=1" "$@"
}

# Each way to build frames: with records or without them, and with return addresses that are signed. Every stack that is
# remembered is unwound again.
ways=(-O2 -O0 -fomit-frame-pointer -mbranch-protection=standard -mbranch-protection=pac-ret+leaf+b-key)
for way in "${ways[@]}"; do
    rm -f "$room"/*.lwl
    build "$way" -o "$room/leaker" "$SOURCE_DIR/tests/checks/leaker.c"
    [ "$(watch "$room/leaker" 3)" = "3 left open" ] || { echo "$way: the program did not run as it does alone"; exit 1; }
    ledger=$(echo "$room"/leakwatch.leaker.*.lwl)
    "$LEAKWATCH" dump "$ledger" >"$room/dump" || exit 1
    held=$(grep -c '^slot .*/\./dev/null' "$room/dump" || true)
    [ "$held" = 3 ] || { echo "$way: 3 files were left open, $held are in the ledger:"; cat "$room/dump"; exit 1; }
    grep -q 'stacks_remembered=6 stacks_full=3 stacks_unlearnt=0 stacks_bare=0 checks=9 differences=0' "$room/dump" ||
        { echo "$way: 6 of 9 stacks are to be remembered, all right:"; grep '^lane' "$room/dump"; exit 1; }
    "$LEAKWATCH" report "$room" >"$room/report" || exit 1
    for frame in take work main; do
        grep -q "^ *$frame .*leaker\.c:" "$room/report" || { echo "$way: no frame $frame in"; cat "$room/report"; exit 1; }
    done
done

# What is read of unwind tables is what binutils reads of them.
frames=()
for way in "${ways[@]}"; do
    aarch64-linux-gnu-gcc -O2 "$way" -D"NAME(x)=x##_${#frames[@]}" -c -o "$room/frames${#frames[@]}.o" "$parts/frames.c"
    frames+=("$room/frames${#frames[@]}.o")
done
build -D_GNU_SOURCE -I"$SOURCE_DIR/preload" -I"$SOURCE_DIR/include" -o "$room/tables" "$parts/tables.c" \
    "$SOURCE_DIR/preload/stack/unwind_table.c" "${frames[@]}" -Wl,--no-as-needed -lstdc++ -lm
qemu-aarch64 -L $root "$room/tables" >"$room/places"
python3 "$parts/tables.py" "$room/tables" $root <"$room/places"

# Instructions, as qemu logs them, one at a time: what a hundred more opens and closes take, with the library and without.
build -o "$room/loop" "$parts/loop.c"
instructions()
{
    qemu-aarch64 -L $root -singlestep -d exec,nochain -D /dev/stdout "${@:2}" -E LD_LIBRARY_PATH="$libraries" \
        -E LEAKWATCH_OPTIONS="dir=$room:keep=all:quiet=1" "$room/loop" "$1" | grep -c '^Trace'
}
added()
{
    echo $((($(instructions 300 "$@") - $(instructions 200 "$@")) / 100))
}
alone=$(added)
watched=$(added -E LD_PRELOAD="$library")
echo "an open and a close, 12 frames deep: $alone instructions alone, $watched watched"
if [ "$alone" -lt 100 ] || [ $((watched - alone)) -gt 3000 ]; then
    echo "more than 3,000 are added: where stacks are not remembered it is half a million"
    exit 1
fi
