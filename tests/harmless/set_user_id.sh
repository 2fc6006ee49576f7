#!/bin/sh
# A set-user-ID program drops the preload silently: it works as ever, unwatched, and prints no trouble.
# needs: root setpriv su
# expect: it ran
exec 2>&1
for program in /usr/bin/su /usr/bin/passwd /usr/bin/chsh; do
    [ -u "$program" ] || continue
    env -u LD_PRELOAD setpriv --reuid=65534 --regid=65534 --clear-groups \
        env ${LD_PRELOAD:+LD_PRELOAD="$LD_PRELOAD"} "$program" --help | head -3
done
echo "it ran"
