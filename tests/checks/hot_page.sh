# Three pages of the library's data. What every hook reads stands in one of them, from its beginning: each page more is looked
# up anew after each system call. It is one page only as long as what begins it (preload/process/state.c) is linked first.
# What every process touches while it starts (LW_START_DATA) shares the page of .data, which the loader has touched already;
# what it touches as its ledger begins (LW_BEGIN_DATA) has a page to itself.
for section in .lw_hot .sbss.begin; do
    line=$(readelf -SW "$LEAKWATCH_LIBRARY" | sed 's/\[ */[/' | awk -v name=$section '$2 == name {print $4, $6}')
    [ -n "$line" ] || { echo "there is no section $section"; exit 1; }
    read -r address size <<<"$line"
    echo "$section: $((16#$size)) bytes at 0x$address"
    [ $((16#$address % 4096)) -eq 0 ] || { echo "it does not begin with a page"; exit 1; }
    [ $((16#$size)) -le 4096 ] || { echo "it is longer than a page"; exit 1; }
done
line=$(readelf -SW "$LEAKWATCH_LIBRARY" | sed 's/\[ */[/' | awk '$2 == ".data" {print $4, $6}')
read -r address size <<<"$line"
echo ".data: $((16#$size)) bytes at 0x$address"
[ $((16#$address % 4096 + 16#$size)) -le 4096 ] || { echo "it goes beyond its page: is anything large in it?"; exit 1; }
