# What every hook reads stands in one page of the library, at its beginning: each page more is looked up anew after each
# system call. It is one page only as long as what begins it (preload/process/state.c) is linked first.
line=$(readelf -SW "$LEAKWATCH_LIBRARY" | sed 's/\[ */[/' | awk '$2 == ".lw_hot" {print $4, $6}')
[ -n "$line" ] || { echo "there is no section .lw_hot"; exit 1; }
read -r address size <<<"$line"
echo ".lw_hot: $((16#$size)) bytes at 0x$address"
[ $((16#$address % 4096)) -eq 0 ] || { echo "it does not begin with a page"; exit 1; }
[ $((16#$size)) -le 4096 ] || { echo "it is longer than a page"; exit 1; }
