#!/bin/bash
# memcached with four threads, asked by several at once over a socket of its own, and ended by SIGTERM.
# needs: memcached python3
# expect: 2000 values came back
# stderr: ignored
cat >client.py <<'END'
import os, socket, sys, threading, time
place = os.path.abspath("socket")
for _ in range(200):
    if os.path.exists(place):
        break
    time.sleep(0.05)
got = []
def asks(number):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        file = connection.makefile("rwb")
        for i in range(250):
            value = b"%d" % (number * 1000 + i)
            file.write(b"set key%d 0 0 %d\r\n%s\r\nget key%d\r\n" % (number, len(value), value, number))
            file.flush()
            lines = [file.readline() for _ in range(4)]
            got.append(lines[2].strip() == value)
threads = [threading.Thread(target=asks, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(got), "values came back")
END
user=()
[ "$(id -u)" = 0 ] && user=(-u root)
memcached -t 4 -s "$PWD/socket" "${user[@]}" &
server=$!
python3 client.py
kill "$server"
wait "$server"
echo "memcached ended with $?"
rm -f socket
