# An installation, moved to another place, can be used: by its command, by pkg-config and by find_package.
set -e
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

cmake --install "$BUILD_DIR" --prefix "$room/first" >"$room/log" || { cat "$room/log"; exit 1; }
mv "$room/first" "$room/moved"
installed=$(cd "$room/moved" && find . -type f | sort)
headers=$(cd "$SOURCE_DIR" && find ./include -name '*.h' -o -name '*.hpp')
modules='./share/leakwatch/python/leakwatch.py ./share/leakwatch/python/leakwatch_exits.py'
completions='./share/bash-completion/completions/leakwatch ./share/zsh/site-functions/_leakwatch
    ./share/fish/vendor_completions.d/leakwatch.fish'
pages='./share/man/man1/leakwatch.1 ./share/man/man1/leakwatch-report.1'
for file in ./bin/leakwatch $headers $modules $pages $completions ./share/leakwatch/valgrind.supp ./share/doc/leakwatch/LICENSE; do
    grep -qxF "$file" <<<"$installed" || { echo "not installed: $file, only"; echo "$installed"; exit 1; }
done
library=$room/moved/$(grep '/libleakwatch.so$' <<<"$installed")

echo "- the command finds its library"
"$room/moved/bin/leakwatch" run -- /bin/echo watched | grep -qx watched

echo "- and its module of Python"
[ "$("$room/moved/bin/leakwatch" --print-python-path)" = "$(realpath "$room/moved/share/leakwatch/python")" ]

echo "- find_package"
major=$(sed -n 's/^#define LW_MAJOR \([0-9]*\).*/\1/p' "$SOURCE_DIR/include/leakwatch/ledger.h")
cmake -S "$SOURCE_DIR/tests/checks/consumer" -B "$room/consumer" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_PREFIX_PATH="$room/moved" >"$room/log" 2>&1 || { cat "$room/log"; exit 1; }
cmake --build "$room/consumer" >"$room/log" 2>&1 || { cat "$room/log"; exit 1; }
[ "$("$room/consumer/consumer")" = "ledger format $major, not watched" ]
"$room/moved/bin/leakwatch" run -- "$room/consumer/consumer" 2>/dev/null | grep -qx "ledger format $major, watched"
(cd "$room/consumer" && ctest --output-on-failure >"$room/log" 2>&1) || { cat "$room/log"; exit 1; }
grep -q '100% tests passed' "$room/log"

echo "- pkg-config"
if command -v pkg-config >/dev/null; then
    PKG_CONFIG_PATH=$(dirname "$library")/pkgconfig
    export PKG_CONFIG_PATH
    [ "$(realpath "$(pkg-config --variable=preload leakwatch)")" = "$(realpath "$library")" ]
    # shellcheck disable=SC2046 # a list of words
    $CC -o "$room/by_pkg_config" "$SOURCE_DIR/tests/checks/consumer/consumer.c" $(pkg-config --cflags --libs leakwatch)
    [ "$("$room/by_pkg_config")" = "ledger format $major, not watched" ]
fi

echo "- with DESTDIR, as packagers do"
DESTDIR=$room/staged cmake --install "$BUILD_DIR" --prefix /usr >"$room/log" || { cat "$room/log"; exit 1; }
[ -x "$room/staged/usr/bin/leakwatch" ]
