# The library exports every function of the hook table, and nothing else but leakwatch_*.
hooked=$(sed -n 's/^LW_HOOK[A-Z_]*( *\([A-Za-z0-9_]*\).*/\1/p' "$SOURCE_DIR/preload/hooks.def" | sort)
exported=$(nm -D --defined-only "$LEAKWATCH_LIBRARY" | awk '{print $3}' | sed 's/@.*//' | grep -v '^leakwatch_' | sort)
[ -n "$hooked" ] || { echo "the hook table is empty"; exit 1; }
if [ "$hooked" != "$exported" ]; then
    echo "hooked (<) is not what is exported (>):"
    diff <(echo "$hooked") <(echo "$exported")
    exit 1
fi
echo "$(echo "$hooked" | wc -l) functions hooked, and exported"
