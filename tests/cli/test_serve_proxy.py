"""scripts/fleet/nginx.conf before leakwatch serve, by a real nginx: nothing without the password, nothing without TLS, and
with both what is served."""
import base64
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import command
import expositions
from command import TIMEOUT
from test_serve import Serving

CONFIGURATION = os.path.join(os.environ.get("SOURCE_DIR") or os.path.abspath("."), "scripts", "fleet", "nginx.conf")

for program in ("nginx", "openssl"):
    if not shutil.which(program):
        print(f"skipped: there is no {program}")
        sys.exit(77)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Proxy(Serving):
    def proxy(self):
        """Its port, once it answers."""
        port = free_port()
        with open(CONFIGURATION, encoding="utf-8") as text:
            given = text.read()
        self.assertIn("listen 9465 ssl", given)
        self.assertIn("http://127.0.0.1:9464", given)
        places = "pid nginx.pid;\nerror_log error.log;\n"
        temporary = "".join(f"    {name}_temp_path {name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        given = given.replace("9465", f"127.0.0.1:{port}").replace("9464", str(self.port)).replace("http {\n", f"http {{\n    access_log off;\n{temporary}", 1)
        self.write("nginx.conf", places + given)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "leakwatch.key", "-out", "leakwatch.crt",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], cwd=self.place, check=True,
                       capture_output=True, timeout=TIMEOUT)
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "secret"], capture_output=True, text=True, check=True, timeout=TIMEOUT)
        self.write("leakwatch.htpasswd", f"operator:{hashed.stdout}")
        os.chmod(self.place, 0o755)
        server = subprocess.Popen(["nginx", "-p", self.place, "-e", "error.log", "-c", self.path("nginx.conf"), "-g", "daemon off;"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(self.end, server)
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            self.assertIsNone(server.poll(), "nginx has ended")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return port
            except OSError:
                time.sleep(0.1)
        self.fail("nginx does not listen")

    @staticmethod
    def end(server):
        server.terminate()
        server.communicate(timeout=TIMEOUT)

    def ask_proxy(self, port, password=None, scheme="https"):
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}/metrics")
        if password:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"operator:{password}".encode()).decode())
        trusted = ssl.create_default_context(cafile=self.path("leakwatch.crt")) if scheme == "https" else None
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=trusted) as answer:
            return answer.read().decode()

    def test_only_who_has_the_password(self):
        with self.program(), self.server():
            port = self.proxy()
            self.assertIn("leakwatch_open_descriptors", expositions.read(self.ask_proxy(port, "secret"), False))
            for password, scheme, status in ((None, "https", 401), ("wrong", "https", 401), ("secret", "http", 400)):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    self.ask_proxy(port, password, scheme)
                self.assertEqual(refused.exception.code, status)
                refused.exception.close()


if __name__ == "__main__":
    command.main()
