#!/usr/bin/env python3
"""A server that fails as a whole world between a sender and consentd may, for SendersTests.

    faulty_server.py PORT       of the real server; prints the port that it listens at, and ends with its standard input

The first part of a path names the fault; the rest is what is asked of the real server, where it is asked at all. Every answer
that could be taken for a yes has one in it. GET /requests/FAULT tells how many requests there were, and GET /faults/ which
faults there are that are no answer to a question.
"""
import http.client
import http.server
import json
import os
import sys
import threading
import time
from collections import Counter

UPSTREAM = int(sys.argv[1])
ALLOW = {"outcome": "allow", "reasons": []}
GOOD = {"test": False, "business": "acme-viajes", "decisions": [ALLOW]}
YES = json.dumps(GOOD).encode()
# What is answered with status 200 and is no yes.
NO_YES = {
    "test-ledger": GOOD | {"test": True}, "test-missing": {"decisions": [ALLOW]}, "test-null": GOOD | {"test": None},
    "two": GOOD | {"decisions": [ALLOW, ALLOW]}, "none": GOOD | {"decisions": []},
    "no-list": GOOD | {"decisions": ALLOW}, "no-decisions": {"test": False, "outcome": "allow"},
    "other-word": GOOD | {"decisions": [{"outcome": "ALLOW"}]}, "other-type": GOOD | {"decisions": [{"outcome": True}]},
    "null": GOOD | {"decisions": [{"outcome": None}]}, "error": GOOD | {"decisions": [{"outcome": "error", "problem": {}}]},
    "a-text": "allow", "a-list": ["allow"], "no-object": GOOD | {"decisions": ["allow"]},
}
LATER = GOOD | {"decisions": [{"outcome": "defer", "next-allowed-at": "2026-11-24T08:00:00.000Z"}]}
STATUSES = {"status-201", "status-202", "status-203", "status-207", "status-400", "status-401", "status-403",
            "status-500", "status-502", "status-503", "status-504"}
NO_ANSWER = [*NO_YES, *sorted(STATUSES), "redirect", "redirect-307", "no-json", "half", "broken-off", "cut", "silent", "dripping"]
requests = Counter()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, length=None, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def cut(self):
        self.close_connection = True

    def pass_on(self, path, body, keep=lambda: True):
        """Asks the real server, and gives its answer while it comes, as long as `keep` says so."""
        upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM, timeout=60)
        names = ("Authorization", "Content-Type", "Last-Event-ID")
        upstream.request(self.command, path, body, {name: self.headers[name] for name in names if self.headers[name]})
        answer = upstream.getresponse()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for line in answer:
            self.wfile.write(line)
            self.wfile.flush()
            if line == b"\n" and not keep():
                break
        upstream.close()

    def do(self):
        _, fault, path = self.path.split("/", 2)
        path = "/" + path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if fault == "requests":
            return self.answer(200, str(requests[path[1:]]).encode())
        if fault == "faults":
            return self.answer(200, json.dumps(NO_ANSWER).encode())
        requests[fault] += 1
        count = requests[fault]
        if fault == "good":
            return self.pass_on(path, body)
        if fault == "yes":
            return self.answer(200, YES)
        if fault == "later":
            return self.answer(200, json.dumps(LATER).encode())
        if fault in NO_YES:
            return self.answer(200, json.dumps(NO_YES[fault]).encode())
        if fault in STATUSES:
            return self.answer(int(fault.removeprefix("status-")), YES)
        if fault == "redirect":
            return self.answer(302, YES, headers=[("Location", f"http://127.0.0.1:{self.server.server_port}/yes{path}")])
        if fault == "redirect-307":
            return self.answer(307, YES, headers=[("Location", f"http://127.0.0.1:{self.server.server_port}/yes{path}")])
        if fault == "no-json":
            return self.answer(200, b"<html>allow</html>")
        if fault == "half":
            return self.answer(200, YES[:-3])
        if fault == "broken-off":
            # All of a yes, but more was announced.
            self.answer(200, YES, length=len(YES) + 10)
            return self.cut()
        if fault == "cut":
            return self.cut()
        if fault == "silent":
            time.sleep(3600)
        if fault == "dripping":
            # Never silent for long, and never done.
            self.answer(200, YES[:-1], length=100_000)
            while True:
                self.wfile.write(b" ")
                time.sleep(0.2)
        if fault.startswith("lost-"):
            # It is done, and nobody hears of it: twice.
            if count > 2:
                return self.pass_on(path, body)
            upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM, timeout=60)
            upstream.request("POST", path, body, {name: self.headers[name] for name in ("Authorization", "Content-Type")})
            upstream.getresponse().read()
            return self.cut()
        if fault.startswith("busy-"):
            # Twice too much, then as it should be.
            return self.pass_on(path, body) if count > 2 else self.answer(int(fault.split("-")[1]), b"{}")
        if fault == "not-recorded":
            return self.answer(200, json.dumps({"results": [{"outcome": "refused", "index": 1}]}).encode())
        if fault.startswith("short-stream"):
            # The connection ends after every change or two.
            left = iter([True] * (count % 2))
            return self.pass_on(path, body, keep=lambda: next(left, False))
        self.answer(404, b"{}")

    def do_GET(self):
        try:
            self.do()
        except OSError:
            self.cut()

    do_POST = do_GET


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
