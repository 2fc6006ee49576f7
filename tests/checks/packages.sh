# The packages, as an operator meets them: built, clean to lintian, installed by apt in a Debian 12 that has nothing else,
# used there, and gone without a trace when they are removed. The tarball is unpacked and used as well.
#
# The clean Debian is made by debootstrap once and kept in the build directory, and made anew after a test that was cut short.
set -e
for tool in cpack lintian debootstrap dpkg-shlibdeps; do
    command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
[ -e "$BUILD_DIR/manual/done" ] || { echo "the build has no manual pages"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "only root can make a root for chroot"; exit 77; }

room=$(mktemp -d)
root=$BUILD_DIR/debian-12
clean_up()
{
    if mountpoint -q "$root/proc"; then
        umount "$root/proc"
    fi
    rm -rf "$room"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

echo "- they are built"
# Everything is built by now: with this generator CPack does not ask for that once more.
(cd "$BUILD_DIR" && cpack --config CPackConfig.cmake -B "$room" -D CPACK_CMAKE_GENERATOR=Ninja) >"$room/log" 2>&1 ||
    { cat "$room/log"; exit 1; }
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

# Where apt has this machine's Debian 12 from; nothing, if it has no lists.
mirror()
{
    # shellcheck disable=SC2016 # apt puts these in
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian bookworm main //p' | head -n 1
}
# dpkg need not wait for the disk: a root that is cut short is made anew.
make_root()
{
    local from
    from=$(mirror)
    from=${from:-http://deb.debian.org/debian}
    if mountpoint -q "$root/proc"; then
        umount "$root/proc"
    fi
    rm -rf --one-file-system "$root"
    debootstrap --foreign --variant=minbase bookworm "$root" "$from" >"$room/log" 2>&1 ||
        { tail -n 5 "$room/log"; echo "debootstrap cannot fetch Debian 12 from $from"; exit 77; }
    mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    chroot "$root" /debootstrap/debootstrap --second-stage >"$room/log" 2>&1 ||
        { tail -n 5 "$room/log"; echo "debootstrap cannot make a root here"; exit 77; }
    touch "$root/made"
}
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

if [ -e "$root/made" ] && [ ! -e "$root/in-use" ]; then
    echo "- a clean Debian 12 is there"
else
    echo "- a clean Debian 12 is made"
    make_root
fi
touch "$root/in-use"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
rm -rf "$root/packages"
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
    doc/leakwatch/examples/fleet/prometheus.yml doc/leakwatch/copyright \
    doc/leakwatch/copyright.dygraphs doc/leakwatch/copyright.libiberty; do
    [ -s "$root/usr/share/$file" ] || { echo "not installed: $file"; exit 1; }
done
inside bash -n /usr/share/bash-completion/completions/leakwatch
[ -s "$root/usr/include/leakwatch/leakwatch.h" ]
[ "$(find "$root/usr/lib" -name leakwatch.pc -o -name leakwatchConfig.cmake | wc -l)" -eq 2 ]

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

# The next test has to find out again whether they bring what they need.
apt autoremove --purge python3 libunwind8 || { cat "$room/log"; exit 1; }
rm "$root/in-use"
