"""A small C2SP witness (tlog-witness, tlog-cosignature) that shares no code with what it is asked by: PyNaCl and the standard library.

    witness.py DIR NAME SEED

SEED is 64 hexadecimal digits. DIR/logs has a vkey a line: the logs that it knows. What it cosigned is kept in DIR/state. Each request
is noted in DIR/requests, a JSON object a line. DIR/manner says how it behaves, if it is there: "honest", or one of the lies below. It
prints its port, and ends when its standard input does. DIR/vkey has its key from then on."""

import base64
import hashlib
import http.server
import json
import os
import sys
import threading
import time

import nacl.signing
import nacl.exceptions

DIRECTORY, NAME, SEED = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
KEY = nacl.signing.SigningKey(SEED)
LOCK = threading.Lock()


def path(name):
    return os.path.join(DIRECTORY, name)


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def logs():
    known = {}
    with open(path("logs"), encoding="utf-8") as file:
        for line in file.read().split():
            name, _, encoded = line.split("+", 2)
            material = base64.b64decode(encoded)
            assert material[0] == 1
            known.setdefault(name, []).append(material[1:])
    return known


def read_state():
    try:
        with open(path("state"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def write_state(state):
    with open(path("state.new"), "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path("state.new"), path("state"))


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(m, n, old, new, proof):
    """RFC 6962 section 2.1.2, by recursion over the definition of SUBPROOF: gives both roots from the proof."""
    rest = list(proof)

    def walk(m, n, complete):
        # The root over the first m leaves, and over all n, of this subtree.
        if m == n:
            if complete:
                return old, old
            value = rest.pop(0)
            return value, value
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            # Its proof comes first, the right subtree's hash after it.
            left_old, left_new = walk(m, k, complete)
            right = rest.pop(0)
            return left_old, node(left_new, right)
        right_old, right_new = walk(m - k, n - k, False)
        left = rest.pop(0)
        return node(left, right_old), node(left, right_new)

    try:
        found = walk(m, n, True)
    except IndexError:
        return False
    return not rest and found == (old, new)


class Refusal(Exception):
    def __init__(self, status, body=b"", kind="text/plain"):
        super().__init__(status)
        self.status, self.body, self.kind = status, body, kind


def decide(body):
    """The status and body of the answer to an honest request; what was asked."""
    head, _, note = body.partition(b"\n\n")
    lines = head.decode().split("\n")
    if not lines[0].startswith("old ") or not note:
        raise Refusal(400)
    old = int(lines[0][4:])
    if str(old) != lines[0][4:] or len(lines) > 64:
        raise Refusal(400)
    proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    origin, size_text, root_text = text.decode().split("\n")[:3]
    size, root = int(size_text), base64.b64decode(root_text, validate=True)
    asked = {"old": old, "proof": len(proof), "size": size, "lines": signatures.count(b"\n")}
    keys = logs().get(origin)
    if keys is None:
        raise Refusal(404)
    verified = False
    for line in signatures.decode().splitlines():
        _, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        for key in keys:
            if name == origin and signature[:4] == key_id(origin, 1, key):
                try:
                    nacl.signing.VerifyKey(key).verify(text, signature[4:])
                except nacl.exceptions.BadSignatureError:
                    raise Refusal(403)
                verified = True
    if not verified:
        raise Refusal(403)
    if old > size:
        raise Refusal(400)
    with LOCK:
        state = read_state()
        known = state.get(origin, {"size": 0, "root": ""})
        if old != known["size"]:
            raise Refusal(409, b"%d\n" % known["size"], "text/x.tlog.size")
        if size == 0 and root != hashlib.sha256(b"").digest():
            raise Refusal(422)
        if old == 0:
            if proof:
                raise Refusal(422)
        elif old == size:
            if proof or root.hex() != known["root"]:
                raise Refusal(422)
        elif not consistent(old, size, bytes.fromhex(known["root"]), root, proof):
            raise Refusal(422)
        state[origin] = {"size": size, "root": root.hex()}
        write_state(state)
    return text, asked


def cosignature(text, name=NAME, key=KEY, at=None):
    at = int(time.time()) if at is None else at
    message = b"cosignature/v1\ntime %d\n" % at + text
    payload = key_id(name, 4, bytes(key.verify_key)) + at.to_bytes(8, "big") + key.sign(message).signature
    return ("— %s %s\n" % (name, base64.b64encode(payload).decode())).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="text/plain; charset=utf-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            with open(path("manner"), encoding="utf-8") as file:
                manner, *words = file.read().split()
        except FileNotFoundError:
            manner, words = "honest", []
        noted = {"path": self.path, "body": body.decode()}
        try:
            if self.path != "/api/add-checkpoint":
                raise Refusal(404)
            text, asked = decide(body)
            noted.update(asked)
            status, answer, kind = 200, self.lie(manner, words, text), "text/plain; charset=utf-8"
            if isinstance(answer, tuple):
                status, answer, kind = answer
        except Refusal as refusal:
            status, answer, kind = refusal.status, refusal.body, refusal.kind
        noted["status"] = status
        with open(path("requests"), "a", encoding="utf-8") as file:
            file.write(json.dumps(noted) + "\n")
        if manner == "silent":
            threading.Event().wait()
        if manner == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
                return
        if manner == "redirect":
            self.send_response(302)
            self.send_header("Location", words[0])
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if manner == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer) + 100))
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = True
            return
        self.answer(status, answer, kind)

    def lie(self, manner, words, text):
        other = nacl.signing.SigningKey(bytes(31) + b"\x07")
        honest = cosignature(text)
        now = int(time.time())
        return {
            "bad-signature": lambda: cosignature(text + b"x\n"),
            "other-size": lambda: cosignature(text.replace(b"\n", b"\n1", 1)),
            "other-key": lambda: cosignature(text, key=other),
            "other-name": lambda: cosignature(text, name="another.example"),
            "beside-others": lambda: cosignature(text, name="another.example", key=other) + honest,
            "twice": lambda: honest + honest,
            "early": lambda: cosignature(text, at=now - 7200),
            "late": lambda: cosignature(text, at=now + 7200),
            "timeless": lambda: cosignature(text, at=0),
            "empty": lambda: b"",
            "no-newline": lambda: honest[:-1],
            "extra-line": lambda: honest + b"\n",
            "first-line": lambda: b"\n" + honest,
            "junk": lambda: b"<html>hello</html>\n",
            "binary": lambda: bytes(range(256)),
            "status": lambda: (int(words[0]), b"no\n", "text/plain"),
            "claims": lambda: (409, words[0].encode() + b"\n", "text/x.tlog.size"),
            "claims-plainly": lambda: (409, words[0].encode() + b"\n", "text/plain"),
            "claims-junk": lambda: (409, b"many\n", "text/x.tlog.size"),
        }.get(manner, lambda: honest)()


with open(path("vkey"), "w", encoding="utf-8") as vkey:
    public = bytes(KEY.verify_key)
    vkey.write("%s+%s+%s\n" % (NAME, key_id(NAME, 4, public).hex(), base64.b64encode(b"\x04" + public).decode()))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
