"""Puts the vectors and the damaged ledgers before the independent verifier, and prints what it makes of them as JSON.

    independent.py VERIFIER vectors DIRECTORY
    independent.py VERIFIER broken DIRECTORY

Of a vector: `accept`, or `reject` and the layer. Of a ledger: for each level `holds`, or the lowest layer that found
something and the codes there.
"""

import argparse
import calendar
import hashlib
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

LEVELS = ["structure", "tree", "signatures", "replay"]


def load(path):
    spec = importlib.util.spec_from_file_location("verify", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify"] = module
    spec.loader.exec_module(module)
    return module


class MemoryReader:
    """The files of a log by their paths, as a reader."""

    def __init__(self, files):
        self.files = files

    def read(self, path):
        return self.files.get(path)

    def list(self, directory):
        prefix = f"{directory}/" if directory else ""
        names = {path[len(prefix) :].split("/")[0] for path in self.files if path.startswith(prefix)}
        return sorted(names) if names else None


def lowest(findings):
    """The lowest level with findings, and the codes there."""
    found = [level for level in LEVELS if any(finding.level == level for finding in findings)]
    codes = sorted({finding.code for finding in findings if found and finding.level == found[0]})
    return (found[0], codes) if found else ("holds", [])


# Vectors


class Refused(Exception):
    """Refused at a layer by what this file asks of the verifier's functions."""

    def __init__(self, layer, code):
        super().__init__(code)
        self.layer = layer


class Case:
    """A vector's file."""

    def __init__(self, members):
        self.members = members

    def __getitem__(self, name):
        return self.members[name]

    def __contains__(self, name):
        return name in self.members or f"{name}-hex" in self.members

    def bytes(self, name):
        if name in self.members:
            return self.members[name].encode()
        return bytes.fromhex(self.members[f"{name}-hex"])

    def list(self, name):
        return [bytes.fromhex(item) for item in self.members[f"{name}-hex"]]


def require(condition, layer, code):
    if not condition:
        raise Refused(layer, code)


def encoding(verify, case):
    value, depth = verify.decode_with_depth(case.bytes("item"), "encoding")
    require(depth <= 8, "structure", "encoding")


def statement(verify, case):
    parsed = verify.parse_statement(case.bytes("statement"))
    verify.parse_event(parsed.payload)
    key = case.bytes("public-key")
    message = verify.signed_bytes(
        parsed, case["origin"], case.bytes("ledger-id"), case["business"], case.list("handles")
    )
    is_named = parsed.key_identifier == verify.key_identifier(key)
    require(is_named and verify.ed25519_verify(key, message, parsed.signature), "signatures", "bad-signature")


def record(verify, case):
    parsed = verify.parse_record(case.bytes("record"))
    require(parsed.index == case["index"], "structure", "wrong-index")
    verify.parse_event(verify.parse_statement(parsed.statement).payload)


def links(verify, case):
    entries = case.list("entries")
    checkpoint, size = case.bytes("checkpoint"), len(entries)
    files = {
        "checkpoint": checkpoint,
        f"checkpoints/{size:020}": checkpoint,
        "log.vkey": case["vkey"].encode() + b"\n",
        verify.tile_path("entries", 0, size): b"".join(len(e).to_bytes(2, "big") + e for e in entries),
        verify.tile_path(0, 0, size): b"".join(map(verify.leaf_hash, entries)),
    }
    report = verify.Log(MemoryReader(files), verify.parse_vkey(case["vkey"])).verify("tree")
    layer, codes = lowest(report.findings)
    require(layer == "holds", layer, ",".join(codes))


def merkle(verify, case):
    if case["kind"] == "root":
        leaves = [verify.leaf_hash(entry) for entry in case.list("entries")]
        found = verify.root_of(leaves) if leaves else verify.EMPTY_ROOT
        require(found == case.bytes("root"), "tree", "does-not-verify")
    elif case["kind"] == "inclusion":
        holds = case["size"] <= verify.MAX_SIZE and verify.verify_inclusion(
            case["index"], case["size"], case.bytes("leaf-hash"), case.list("proof"), case.bytes("root")
        )
        require(holds, "tree", "does-not-verify")
    elif case["kind"] == "consistency":
        holds = verify.verify_consistency(
            case["old-size"], case["size"], case.bytes("old-root"), case.bytes("root"), case.list("proof")
        )
        require(holds, "tree", "does-not-verify")
    else:
        entries = verify.parse_bundle(case.bytes("bundle"))
        require(entries is not None and len(entries) == case["count"], "structure", "malformed")


def signers(verify, parsed, keys):
    found = verify.signers_of(parsed, keys)
    require(found, "tree", "not-signed")
    return found


def note(verify, case):
    parsed = verify.parse_checkpoint(case.bytes("note"))
    signers(verify, parsed, [verify.parse_vkey(key) for key in case["vkeys"]])


def checkpoint(verify, case):
    parsed = verify.parse_checkpoint(case.bytes("checkpoint"))
    require(parsed.origin == case["origin"], "structure", "wrong-origin")
    if "size" in case:
        assert (parsed.size, parsed.root) == (case["size"], case.bytes("root")), "read as another checkpoint"
    signers(verify, parsed, [verify.parse_vkey(case["vkey"])])


def cosignature(verify, case):
    parsed = verify.parse_checkpoint(case.bytes("checkpoint"))
    key = verify.parse_vkey(case["witness"])
    signers(verify, parsed, [key])
    if "time" in case:
        times = [int.from_bytes(s[:8], "big") for name, i, s in parsed.note.signatures if (name, i) == (key.name, key.id)]
        assert times == [case["time"]], "cosigned at another time"


def policy(verify, case):
    parsed = verify.parse_policy(case.bytes("policy"))
    found = signers(verify, verify.parse_checkpoint(case.bytes("checkpoint")), parsed.keys)
    require(any(key.type == verify.LOG_KEY for key in found), "tree", "not-signed")
    parsed.check_quorum(found)


def trusted(verify, case):
    """The pinned key and the policy: one of them."""
    if "policy" in case:
        return None, verify.parse_policy(case.bytes("policy"))
    return verify.parse_vkey(case["vkey"]), None


def proof(verify, case):
    pinned = case.bytes("ledger-id") if "ledger-id" in case else None
    try:
        report = verify.verify_proof_file(case.bytes("proof"), *trusted(verify, case), pinned)
    except verify.BadInput as error:
        raise Refused("structure", str(error)) from error
    layer, codes = lowest(report.findings)
    require(layer == "holds", layer, ",".join(codes))


def clearance(verify, case):
    try:
        report = verify.verify_proof_file(
            case.bytes("clearance"), *trusted(verify, case), case.bytes("ledger-id"), case["at"]
        )
    except verify.BadInput as error:
        raise Refused("structure", str(error)) from error
    layer, codes = lowest(report.findings)
    require(layer == "holds", layer, ",".join(codes))


def openssl(folder, *arguments):
    """What OpenSSL's program prints; None if it fails. The usual configuration would give names to policies."""
    pathlib.Path(folder, "conf").touch()
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, env={"OPENSSL_CONF": "conf", "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def der_length(data):
    """How many bytes the first value has; 0 if it does not say so in DER."""
    if len(data) < 2:
        return 0
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7f
    return 2 + count + int.from_bytes(data[2:2 + count], "big")


def stamp(verify, case):
    """verify.py looks at no time stamps: OpenSSL's own program does, told what SPEC.md says."""
    note = case.bytes("checkpoint").decode()
    text, lines = note.rsplit("\n\n", 1)
    origin = text.split("\n", 1)[0]
    signature = next(line for line in lines.splitlines() if line.split(" ")[1] == origin)
    digest = hashlib.sha256(f"{text}\n\n{signature}\n".encode()).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        place.joinpath("tsr").write_bytes(case.bytes("response"))
        place.joinpath("pem").write_text(case["roots"], encoding="utf-8")
        shown = openssl(folder, "ts", "-reply", "-in", "tsr", "-text")
        require(shown and der_length(case.bytes("response")) == len(case.bytes("response")), "structure", "malformed")
        require("Status: Granted" in shown, "structure", "not granted")
        data = shown.split("Message data:", 1)[1].split("Serial number", 1)[0]
        rows = re.findall(r"^ +[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -])+)", data, re.MULTILINE)
        require(re.sub("[ -]", "", "".join(rows)) == digest, "tree", "other bytes")
        told = re.search(r"Time stamp: (\w+ +\d+ [\d:]+)(\.\d+)? (\d+) GMT", shown)
        moment = calendar.timegm(time.strptime(f"{told[1]} {told[3]}", "%b %d %H:%M:%S %Y"))
        verified = openssl(
            folder, "ts", "-verify", "-in", "tsr", "-digest", digest, "-CAfile", "pem", "-attime", str(moment))
        require(verified is not None, "signatures", "does not verify")
        openssl(folder, "ts", "-reply", "-in", "tsr", "-token_out", "-out", "token")
        signed = openssl(folder, "pkcs7", "-inform", "der", "-in", "token", "-print", "-noout")
        require(not re.search(r"digest_alg: *\n *algorithm: sha1 ", signed), "signatures", "SHA-1")
        nonce = re.search(r"Nonce: (?:0x)?([0-9A-F]+)", shown)
        if "nonce-hex" in case.members:
            require(nonce and int(nonce[1], 16) == int.from_bytes(case.bytes("nonce"), "big"), "signatures", "nonce")
        if "policy" in case.members:
            require(f"Policy OID: {case['policy']}\n" in shown, "signatures", "policy")
        if "latest" in case.members:
            milliseconds = moment * 1000 + round(float(told[2] or 0) * 1000)
            require(case["earliest"] == milliseconds - 1500 and case["latest"] == milliseconds + 1500, "replay", "time")


def clearance_directory(verify, case):
    """Through the command line's own function: which files are there is part of it."""
    with tempfile.TemporaryDirectory() as directory:
        for name in "clearance", "leaves":
            if name in case:
                pathlib.Path(directory, name).write_bytes(case.bytes(name))
        options = argparse.Namespace(
            path=directory, vkey=case["vkey"], policy=None, ledger_id=case["ledger-id-hex"], at=str(case["at"]),
            level="replay", anchored_in=None, anchor=None
        )
        try:
            report = verify.judge(options)
        except (verify.BadInput, OSError) as error:
            raise Refused("structure", str(error)) from error
    layer, codes = lowest(report.findings)
    require(layer == "holds", layer, ",".join(codes))


def anchor(verify, case):
    parsed = verify.parse_record(case.bytes("record"))
    event = verify.parse_event(verify.parse_statement(parsed.statement).payload)
    path = verify.parse_anchor(case.bytes("anchor")) if "anchor" in case else None
    anchoring = verify.Anchoring(verify.parse_clearance(case.bytes("clearance")), path)
    anchoring.see(parsed.index, parsed, event)
    codes = [finding.code for finding in anchoring.findings()]
    require(not codes, "tree", ",".join(codes))


AREAS = [
    encoding, statement, record, links, merkle, note, checkpoint, cosignature, policy, proof, clearance,
    clearance_directory, anchor, stamp
]


def judge(verify, area, case):
    try:
        area(verify, case)
        return "accept", ""
    except Refused as refused:
        return f"reject {refused.layer}", str(refused)
    except verify.Invalid as invalid:
        return f"reject {invalid.level}", invalid.code


def judge_vectors(verify, directory):
    verdicts = {}
    for area in AREAS:
        name = area.__name__.replace("_", "-")
        for path in sorted((directory / name).iterdir()):
            case = Case(json.loads(path.read_text(encoding="utf-8")))
            verdict, code = judge(verify, area, case)
            verdicts[f"{name}/{path.name}"] = {"verdict": verdict, "code": code}
    return verdicts


# Ledgers


def judge_ledger(verify, directory):
    pins = dict(line.split(" ", 1) for line in (directory / "pins").read_text(encoding="utf-8").splitlines())
    log = directory / "log"
    verdicts = {}
    for level in LEVELS:
        report = verify.Log(
            verify.DirectoryReader(str(log)), verify.parse_vkey(pins["vkey"]), bytes.fromhex(pins["ledger-id"])
        ).verify(level)
        layer, codes = lowest(report.findings)
        verdicts[level] = {"layer": layer, "codes": codes}
    return verdicts


def main():
    verify, what, directory = load(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    if what == "vectors":
        verdicts = judge_vectors(verify, directory)
    else:
        verdicts = {path.name: judge_ledger(verify, path) for path in sorted(directory.iterdir()) if path.is_dir()}
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
