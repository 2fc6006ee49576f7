#!/bin/bash
# tmux: its server leaves the client by fork and daemon(), runs shells in windows, and is ended by a command.
# needs: tmux
# expect: the window says hello
export TMUX_TMPDIR=$PWD
# As it is watched by default: the ledger begins when something is taken, and in the server not before daemon().
default=${LEAKWATCH_OPTIONS/keep=all:/}
say() {
    (
        for ((i = 1; i <= filler; i++)); do eval "exec $((64 * i + 20))</dev/null"; done
        LEAKWATCH_OPTIONS=$default exec tmux -L "test$filler" -f /dev/null "$@"
    )
}

# Where the client's ledger ends when the server is forked depends on much; descriptors at numbers far apart move it.
for filler in 1 2 3 4 5 6 7 8 9 10; do
    say new-session -d -x 80 -y 24 "exec cat"
    echo "new-session ended with $?"
    say kill-server
done
filler=0
say new-session -d -x 80 -y 24 "sh -c 'echo the window says hello >hello.txt; exec cat'"
for _ in $(seq 200); do [ -s hello.txt ] && break; sleep 0.05; done
cat hello.txt
say new-window "exec cat"
for _ in 1 2 3; do say split-window "sh -c 'seq 100; exec cat'"; say select-layout even-vertical; done
say list-panes -s -F '#{window_index}.#{pane_index}' | sort
say send-keys "echo typed" Enter
say set-buffer "pasted text"
say show-buffer
say kill-server
echo "kill-server ended with $?"
say has-session 2>/dev/null || echo "the server is gone"
rm -rf hello.txt tmux-*
