#!/bin/bash
# sort and xz with several threads, and git, whose search has some.
# options: objects=1
# needs: sort xz git
# expect: all threads came back
seq 1 300000 | rev >numbers.txt
sort --parallel=4 -S 1M numbers.txt | cksum
xz -T2 --block-size=262144 -1 -k numbers.txt
xz -T2 -dc numbers.txt.xz | cksum
xz -T2 --block-size=262144 -1 numbers.txt -c | cksum
git init -q -b main work
(cd work && for i in $(seq 200); do seq "$i" "$((i + 50))" >"file$i"; done && git add . &&
    git -c pack.threads=4 -c user.name=a -c user.email=a@b commit -q -m all &&
    git -c grep.threads=4 grep -c 150 | cksum && git -c pack.threads=4 repack -q -a -d)
rm -rf work
echo "all threads came back"
