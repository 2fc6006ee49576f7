#!/bin/bash
# nginx with two workers, which read files in threads, serves at least 10,000 requests to wrk, reloads its configuration under load, and quits.
# needs: nginx wrk curl
# stderr: ignored
# expect: 10,000 requests or more, no error
page=$(printf 'x%.0s' {1..2000})
mkdir -p root logs temp
echo "$page" >root/index.html
for port in $(shuf -i 20000-29999 -n 20); do
    (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
cat >nginx.conf <<END
pid $PWD/nginx.pid;
worker_processes 2;
error_log $PWD/logs/error.log;
events { worker_connections 512; }
http {
    access_log $PWD/logs/access.log; aio threads; sendfile on;
    open_file_cache max=100;
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    server { listen 127.0.0.1:$port; root $PWD/root; location /proxy { proxy_pass http://127.0.0.1:$port/index.html; } }
}
END
[ "$(id -u)" = 0 ] && sed -i '1i user root;' nginx.conf
nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/logs/start.log" -g 'daemon off;' &
server=$!
base=http://127.0.0.1:$port
for _ in $(seq 100); do curl -sf "$base/" >/dev/null && break; sleep 0.05; done
curl -sS "$base/" | cksum
curl -sS "$base/proxy" | cksum
curl -sS -o /dev/null -w '%{http_code}\n' "$base/missing"
total=0
for round in 1 2 3 4 5 6; do
    wrk -t2 -c32 -d1s "$base/" >wrk.txt 2>&1
    [ "$round" = 1 ] && kill -HUP "$server"
    total=$((total + $(awk '/requests in/ { print $1 }' wrk.txt)))
    grep -E 'Non-2xx|Socket errors' wrk.txt
    ((total >= 10000)) && break
done
((total >= 10000)) && echo "10,000 requests or more, no error" || echo "only $total requests"
curl -sS "$base/proxy" | cksum
kill -QUIT "$server"
wait "$server"
echo "nginx ended with $?"
grep -cE 'emerg|alert|crit' logs/error.log
rm -rf temp logs
