"""Reads a log with software that is not ours: tlog-scales for checkpoint, tiles and proofs, cbor2 for the records,
pycose for the statements. Says how many it checked; any difference is an exception.

    oracles.py LOG
"""

import hashlib
import json
import pathlib
import sys

import cbor2
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash


def canonical(encoded):
    """The value, if cbor2 writes the very same bytes again."""
    value = cbor2.loads(encoded)
    assert cbor2.dumps(value, canonical=True) == encoded, "not the deterministic encoding"
    return value


def check_tree(log, checkpoint, reader):
    """Roots of every kept checkpoint, an inclusion proof an entry, consistency between all kept sizes."""
    checkpoint.verify(Vkey.from_string((log / "log.vkey").read_text().strip()))
    reader.set_size(checkpoint.size)
    root = reader.calculate_root_hash()
    assert root == checkpoint.root_hash, "the tiles lead to another root"
    for index in range(checkpoint.size):
        reader.get_inclusion_proof(index, checkpoint.size).check(leaf_hash(reader.get_entry(index)), root)
    kept = []
    for path in sorted((log / "checkpoints").iterdir()):
        old = type(checkpoint).from_text(path.read_text())
        old.verify(Vkey.from_string((log / "log.vkey").read_text().strip()))
        kept.append(old)
    for old, new in zip(kept, kept[1:]):
        reader.get_consistency_proof(old.size, new.size).check(old.root_hash, new.root_hash)
    return len(kept)


def check_statements(entries, origin):
    """Decodes every record and verifies every statement under a key that the log itself names."""
    ledger_id = leaf_hash(entries[0])
    keys = {}
    kinds = set()

    def add(public):
        keys[hashlib.sha256(public).digest()[:16]] = public

    for index, entry in enumerate(entries):
        version, position, _recorded_at, links, statement = canonical(entry)
        assert (version, position) == (1, index), "a record in another place"
        message = Sign1Message.from_cose_obj(canonical(statement), allow_unknown_attributes=False)
        event = canonical(message.payload)
        kinds.add(event[1])
        if index == 0:
            for public in event[34]:
                add(public)
        assert message.phdr[Algorithm] is EdDSA and message.phdr[ContentType] == "application/consent-event+cbor"
        business = next((identity.decode() for kind, identity, *_ in links if kind == 1), "")
        handles = [identity for kind, identity, *_ in links if kind == 2]
        message.external_aad = cbor2.dumps(
            ["consent-ledger/statement/v1", origin, b"" if index == 0 else ledger_id, business, handles],
            canonical=True,
        )
        message.key = OKPKey(crv=Ed25519, x=keys[message.phdr[KID]])
        assert message.verify_signature(), f"the signature of record {index} does not verify"
        if event[1] == 6 or event[1] == 2:
            add(event[39])
    return len(kinds)


def main():
    log = pathlib.Path(sys.argv[1])
    reader = TilesReader(LocalBackend(log))
    checkpoint = reader.get_checkpoint()
    kept = check_tree(log, checkpoint, reader)
    entries = [reader.get_entry(index) for index in range(checkpoint.size)]
    kinds = check_statements(entries, checkpoint.origin)
    print(json.dumps({"entries": len(entries), "checkpoints": kept, "event-types": kinds}))


main()
