#!/bin/sh
# gcc, g++ and clang: compile, link and run, with errors, dependency files, link-time optimisation and a parallel make.
# needs: gcc g++ make
# expect: sum 5050
set -e
cat >main.c <<'END'
#include <stdio.h>
int sum(int n);
int main(void) { printf("sum %d\n", sum(100)); return 0; }
END
cat >sum.c <<'END'
int sum(int n) { int s = 0; for (int i = 1; i <= n; i++) s += i; return s; }
END
cat >many.cpp <<'END'
#include <iostream>
#include <map>
#include <string>
int main() { std::map<std::string, int> m{{"a", 1}, {"b", 2}}; for (auto &p : m) std::cout << p.first << p.second << '\n'; }
END
printf 'int broken( {\n' >broken.c
gcc -O2 -Wall -MMD -pipe -c main.c sum.c
gcc -o plain main.o sum.o
./plain
gcc -flto -O2 -save-temps=obj -o optimised main.c sum.c 2>/dev/null
./optimised
g++ -O1 -o many many.cpp
./many
gcc -c broken.c 2>errors.txt || echo "gcc gave $?"
grep -c error: errors.txt
cat main.d
{
    printf 'all:'
    for i in 1 2 3 4 5 6 7 8; do printf ' o%s.o' "$i"; done
    printf '\n'
    for i in 1 2 3 4 5 6 7 8; do printf 'o%s.o: sum.c\n\t@gcc -O2 -c -o $@ $<\n' "$i"; done
} >Makefile
make -s -j4
cksum <o1.o
ar rc libsum.a sum.o
gcc -o archived main.c -L. -lsum
./archived
if command -v clang >/dev/null; then clang -O2 -o by_clang main.c sum.c && ./by_clang; fi
rm -f optimised-*
