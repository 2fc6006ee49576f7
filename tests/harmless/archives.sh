#!/bin/sh
# tar, gzip, xz, perl, awk, sed, find and friends over a tree of files.
# needs: tar gzip xz perl
# expect: the same again
set -e
mkdir -p tree/a/b tree/c
for i in 1 2 3 4 5 6 7 8 9; do seq 1 "$((i * 999))" >"tree/a/b/f$i"; echo "$i" >"tree/c/g$i"; done
tar -C tree --sort=name --mtime=@0 --owner=0 --group=0 -cf - . | gzip -n9 | cksum
tar -C tree -cJf tree.tar.xz .
mkdir again
tar -C again -xJf tree.tar.xz
diff -r tree again && echo "the same again"
xz -T2 -k tree/a/b/f9
xz -dc tree/a/b/f9.xz | cksum
perl -e 'for my $i (1..300) { open(my $h, "<", "tree/a/b/f1") or die $!; local $/; $s += length(<$h>) } print "$s\n"'
perl -e 'open(my $p, "-|", "seq 1 5") or die; print map { $_ * 2, "\n" } <$p>; close $p; print "status $?\n"'
perl -e 'my $pid = fork; if (!$pid) { exec "sh", "-c", "exit 7" } waitpid $pid, 0; print $? >> 8, "\n"'
perl -MSocket -e 'socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC); syswrite $a, "hello\n"; print scalar <$b>'
perl -MFile::Temp=tempfile -e '($h, $n) = tempfile(UNLINK => 1); print $h "x"; close $h; print -s $n, "\n"'
awk '{ s += $1; print | "sort -n | tail -1" } END { close("sort -n | tail -1"); print s }' tree/a/b/f5
sed -i 's/1/one/' tree/c/g1
cat tree/c/g1
find tree -name 'f*' -exec cksum {} + | sort | head -3
split -n 3 tree/a/b/f9 part.
cat part.* | cmp - tree/a/b/f9 && rm part.*
