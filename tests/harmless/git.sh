#!/bin/sh
# git: init, commit, branch, merge, rebase, stash, clone, fetch, gc and fsck of a small repository.
# needs: git
# expect: nothing is lost
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1
set -e
git init -q -b main work
cd work
for i in 1 2 3 4 5 6 7 8 9 10; do
    mkdir -p "dir$i"
    seq 1 "$((i * 50))" >"dir$i/numbers"
    git add .
    git commit -q -m "commit $i"
done
git checkout -q -b side HEAD~3
echo side >side.txt
git add side.txt
git commit -q -m side
git checkout -q main
git merge -q -m merged side
git tag -a -m tagged v1
echo changed >>dir1/numbers
git stash -q
git stash pop -q
git diff --stat
git commit -q -a -m changed
git rebase -q HEAD~2
git log --oneline --stat | cat
git blame -s dir1/numbers | tail -2
git grep -n '^49$' | head -5
cd ..
git clone -q work copy 2>&1
git clone -q --bare "file://$PWD/work" bare.git 2>&1
cd copy
echo more >more.txt
git add more.txt
git commit -q -m more
git push -q ../bare.git main 2>&1
git fetch -q ../bare.git 2>&1
git gc -q --aggressive --prune=now 2>&1
git fsck --full 2>&1
git archive HEAD | tar -tf - | sort | tail -3
git rev-parse HEAD
git status --short
git bisect start HEAD HEAD~5 >/dev/null
git bisect run sh -c 'test ! -f more.txt' | grep 'first bad'
git bisect reset 2>&1 | tail -1
echo "nothing is lost"
