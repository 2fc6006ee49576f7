# The packages, as an operator meets them: built, clean to lintian, installed by apt in a Debian 12 that has nothing else,
# used there, and gone without a trace when they are removed. The tarball is unpacked and used as well.
set -e
here=$SOURCE_DIR/tests/checks/debian
command -v lintian >/dev/null || { echo "lintian is not installed"; exit 77; }
if [ -z "${LEAKWATCH_PACKAGES_INSIDE-}" ]; then
    unshare --mount true || { echo "only root can make a root for chroot"; exit 77; }
    exec env LEAKWATCH_PACKAGES_INSIDE=1 unshare --mount bash "$0"
fi

room=$(mktemp -d)
root=/mnt # seen by this test alone
trap 'rm -rf "$room"' EXIT
trap 'exit 1' HUP INT TERM

echo "- they are built"
"$here/packages" "$BUILD_DIR" "$room"
version=$(echo "$room"/leakwatch_*.deb)
version=${version#"$room/leakwatch_"}
version=${version%.deb}
packages=("libleakwatch_$version.deb" "libleakwatch-dev_$version.deb" "leakwatch_$version.deb")

echo "- lintian finds nothing"
(cd "$room" && LC_ALL=C.UTF-8 lintian --allow-root --fail-on error,warning --tag-display-limit 0 "${packages[@]}")

echo "- the tarball works where it is unpacked"
mkdir "$room/unpacked"
tar -xzf "$room"/leakwatch-*.tar.gz -C "$room/unpacked" --strip-components=1
unset LEAKWATCH_LIBRARY LEAKWATCH_OPTIONS
"$CC" -g -o "$room/leaker" "$SOURCE_DIR/tests/checks/leaker.c"
line=$(grep -n 'open(' "$SOURCE_DIR/tests/checks/leaker.c" | head -n 1 | cut -d: -f1)
"$room/unpacked/bin/leakwatch" run "$room/leaker" 2>"$room/report"
grep -q "leaker.c:$line in take" "$room/report" || { cat "$room/report"; exit 1; }

# ---- A clean Debian ---------------------------------------------------------------------------------------------------

inside()
{
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
apt()
{
    inside apt-get -q -y --no-install-recommends "$@" >"$room/log" 2>&1
}
install_packages()
{
    apt install python3 libunwind8 "${packages[@]/#//packages/}"
}

echo "- a clean Debian 12 is made, or there already"
"$here/root" "$BUILD_DIR" "$root"
mkdir "$root/packages"
(cd "$room" && cp "${packages[@]}" leaker "$root/packages")

echo "- apt installs them, with what they need"
install_packages || { apt update && install_packages; } || { cat "$room/log"; exit 1; }

echo "- leakwatch run names function and line"
inside leakwatch run /packages/leaker 2>"$room/report"
grep -q "leaker.c:$line in take" "$room/report" || { cat "$room/report"; exit 1; }
inside LD_PRELOAD=libleakwatch.so LEAKWATCH_OPTIONS=dir=/packages /packages/leaker 2>"$room/report"
grep -q '^leakwatch: ' "$room/report" || { cat "$room/report"; exit 1; }
inside leakwatch report /packages >"$room/report"
grep -q "leaker.c:$line in take" "$room/report" || { cat "$room/report"; exit 1; }

echo "- manual pages, completion, headers"
for page in leakwatch leakwatch-report leakwatch-run; do
    gzip -dc "$root/usr/share/man/man1/$page.1.gz" | grep -q '^\.SH NAME'
done
for file in bash-completion/completions/leakwatch zsh/vendor-completions/_leakwatch fish/vendor_completions.d/leakwatch.fish \
    doc/leakwatch/copyright doc/leakwatch/copyright.dygraphs doc/leakwatch/copyright.libiberty; do
    [ -s "$root/usr/share/$file" ] || { echo "not installed: $file"; exit 1; }
done
inside bash -n /usr/share/bash-completion/completions/leakwatch
[ -s "$root/usr/include/leakwatch/leakwatch.h" ]
[ "$(find "$root/usr/lib" -name leakwatch.pc -o -name leakwatchConfig.cmake | wc -l)" -eq 2 ]

echo "- the pages, and all that they name but for sources; what they run"
documents=/usr/share/doc/leakwatch
for page in README.md docs/production.md docs/ci.md docs/desk.md docs/internals.md scripts/fleet/README.md; do
    grep -oE '\]\([^):]+\)' "$root$documents/$page" | tr -d '()]' | sed 's/#.*//' | grep -vE '^(\.\./)?(include|tests)/' | while read -r name; do
        [ -e "$root$documents/$(dirname "$page")/$name" ] || { echo "$page names $name, which is not there"; exit 1; }
    done
done
inside $documents/scripts/fleet/containers/pack /opt/watched
inside /opt/watched/leakwatch run /packages/leaker 2>"$room/report"
grep -q "leaker.c:$line in take" "$room/report" || { cat "$room/report"; exit 1; }
rm -rf "$root/opt/watched"

echo "- the module of Python"
inside python3 -c 'import leakwatch
with leakwatch.scope("request"): pass
print(leakwatch.__file__)' >"$room/report"
grep -qx /usr/lib/python3/dist-packages/leakwatch.py "$room/report" || { cat "$room/report"; exit 1; }
path=$(inside leakwatch --print-python-path)
[ "$path" = /usr/share/leakwatch/python ]
inside PYTHONPATH="$path" python3 -c 'import leakwatch' # which leaves what it compiled, too

echo "- nothing of them is left when they are removed"
apt purge leakwatch libleakwatch libleakwatch-dev || { cat "$room/log"; exit 1; }
rm -rf "$root/packages"
left=$(find "$root" -xdev -path "$root/var/log" -prune -o -path "$root/var/cache" -prune -o -name '*leakwatch*' -print)
[ -z "$left" ] || { echo "left: $left"; exit 1; }
