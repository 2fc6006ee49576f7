#!/bin/bash
# curl against Python's web server, both watched; the server is ended by its number.
# needs: curl python3
# stderr: ignored
# expect: all pages came
python3 -c 'print("page\n" * 20000)' >page.txt
cat >server.py <<'END'
import http.server
import os
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
with open("port.tmp", "w") as file:
    print(server.server_port, file=file)
os.rename("port.tmp", "port")
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
base=http://127.0.0.1:$(cat port)
curl -sS "$base/page.txt" | cksum
curl -sS -o /dev/null -w '%{http_code}\n' "$base/missing"
curl -sS -I "$base/page.txt" | grep -i content-length
requests=()
for i in $(seq 20); do requests+=(-o "got.$i" "$base/page.txt"); done
curl -sS --parallel --parallel-max 8 "${requests[@]}"
cksum got.* | cut -d' ' -f1,2 | sort | uniq -c
curl -sS --max-time 2 http://127.0.0.1:1/ || echo "curl gave $?"
for _ in $(seq 20); do curl -sS "$base/page.txt" >/dev/null || echo failed; done
kill "$server"
wait "$server"
echo "the server ended with $?"
rm -f port got.*
echo "all pages came"
