"""Serves a directory as any static web server does, on the loopback, and does it badly where it is told to.

    served_log.py DIR CONTROL

CONTROL/manner, if it is there, has one fault a line, "PATH FAULT": what is asked for at PATH (or at "*") is "gone", "endless", "silent",
"cut", "moved", "broken" (a 500), or "refused". CONTROL/requests has the path of each request, a line each. It prints its port, and ends when its standard input does."""

import http.server
import os
import sys
import threading

DIRECTORY, CONTROL = sys.argv[1], sys.argv[2]
LOCK = threading.Lock()


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=DIRECTORY)

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = self.path.lstrip("/")
        with LOCK:
            with open(os.path.join(CONTROL, "requests"), "a", encoding="utf-8") as file:
                file.write(path + "\n")
        try:
            with open(os.path.join(CONTROL, "manner"), encoding="utf-8") as file:
                faults = dict(line.split() for line in file.read().splitlines())
        except FileNotFoundError:
            faults = {}
        fault = faults.get(path, faults.get("*"))
        if fault is None:
            return super().do_GET()
        if fault == "silent":
            threading.Event().wait()
        if fault == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
                return
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"short")
            self.close_connection = True
            return
        status = {"gone": 404, "moved": 302, "broken": 500, "refused": 401}[fault]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/checkpoint")
        self.send_header("Content-Length", "0")
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
