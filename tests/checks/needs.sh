# What the library asks of the program's process: the C library alone, no heap, no stdio, no locks, and 256 bytes of each
# thread's memory.
failed=0
fail()
{
    echo "$*"
    failed=1
}

needed=$(readelf -dW "$LEAKWATCH_LIBRARY" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for library in $needed; do
    case $library in
    libc.so.6 | ld-linux*) ;;
    *) fail "it needs $library" ;;
    esac
done

forbidden='malloc|calloc|realloc|free|[fdv]*printf|v?asprintf|puts|fputs|fwrite|perror|pthread_(mutex|rwlock|spin|cond)_.*|setlocale'
called=$(nm -D --undefined-only "$LEAKWATCH_LIBRARY" | awk '{print $2}' | sed 's/@.*//' | grep -xE "$forbidden")
[ -z "$called" ] || fail "it calls $called"

thread_local=$(readelf -lW "$LEAKWATCH_LIBRARY" | awk '$1 == "TLS" {print $6}')
if [ $((thread_local)) -eq 0 ] || [ $((thread_local)) -gt 256 ]; then
    fail "it has $((thread_local)) bytes of each thread"
fi
readelf -dW "$LEAKWATCH_LIBRARY" | grep -q 'STATIC_TLS' || fail "its thread-local data is not initial-exec"
readelf -dW "$LEAKWATCH_LIBRARY" | grep -q 'TEXTREL' && fail "its code has relocations"
readelf -dW "$LEAKWATCH_LIBRARY" | grep -q 'BIND_NOW\|NOW' || fail "its symbols are bound lazily"
readelf -dW "$LEAKWATCH_LIBRARY" | grep -q 'NODELETE' || fail "it can be unloaded"
readelf -lW "$LEAKWATCH_LIBRARY" | grep -q 'GNU_STACK.*RWE' && fail "its stack is executable"
exit $failed
