// swift-format-ignore-file
// Made by tools/embed-verifier from tools/verify.py, byte for byte.

/// The text of the independent verifier.
enum VerifierScriptText {
    static let text = ####"""
#!/usr/bin/env python3
"""An independent verifier of Consent Ledger logs, proof files and evidence bundles.

Written from SPEC.md alone ("The Consent Ledger format, version 1") and, for the answers of bundles, Documentation's
decisions.md and rule-packs.md, with nothing but Python's standard library, so that whoever doubts the ledger's own
verifier has a second one to ask. Read it from top to bottom: bytes, encoding, Ed25519, statement, event, record, tree,
notes, log, signatures and replay, proofs, clearances and what anchors them, time stamps, decisions, bundles, command
line. Headings and docstrings name SPEC.md's sections; "Tree 2" is rule 2 of its section Tree.

    verify.py PATH [--vkey K] [--policy FILE] [--ledger-id I] [--level LEVEL] [--at TIME] [--json]
    verify.py CLEARANCE --anchored-in LOG [--anchor FILE] [--vkey K] [--policy FILE] --ledger-id I [--level LEVEL]
              [--json]

PATH is a `log/`, a folder that holds one, a proof file, a clearance file or directory, or an evidence bundle. LEVEL is
how far to check a log. TIME is when that is sent which a clearance is for, if not now; --at with anything else is a
wrong call. A bundle's answers are computed again, by Documentation/decisions.md and rule-packs.md, and then its page,
whole; it holds but for what would change with counts of messages and asserted bases.

--anchored-in asks whether a record of LOG anchors the clearance, whatever it answers: by itself or, by an anchor FILE,
together with others. LOG is a log, which is verified whole, at the level `tree` at least; or an inclusion proof of that
one record. It holds where LOG does and has the clearance's origin and, where it is a log, its log-root at its log-size;
where the clearance does but for the time of its use; and where the record anchors it and says that it was recorded when
the clearance had not ended.

The exit code is 0 where everything that was asked for holds, but 1 for a clearance file that holds and is a deny, 3 for
a defer, if nothing is asked of an anchor; 2 where something does not hold; 64 for a wrong call; 65 for a file that is
no proof, bundle, clearance or anchor file, as it should be, and for pins that are none; 66 where PATH, LOG or a FILE
does not exist, is a folder without what it should have, or has a file that is missing or cannot be read; and 70 where
this program itself failed, which says nothing of what it was given.
"""
import argparse
import base64
import hashlib
import io
import json
import os
import re
import stat
import sys
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter, namedtuple
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from datetime import datetime, timedelta, timezone
from functools import cached_property, lru_cache, partial
from heapq import heappop, heappush
from itertools import accumulate, islice, pairwise, zip_longest
from struct import Struct
from time import time_ns
from zlib import crc32

LEVELS = ("structure", "tree", "signatures", "replay")

# "Bounds"
MAX_RECORD, MAX_STATEMENT, MAX_EVENT, MAX_LEAF = 65_535, 60_127, 60_000, 60_000
MAX_LINKS, MAX_PAIRS, MAX_UNKNOWN_LEVELS = 4, 128, 8
MAX_NOTE, MAX_NOTE_LINES, MAX_KEYS, MAX_ORIGIN = 1_048_576, 100, 100, 1_024
MAX_PRIVATE, MAX_VALUE = 64, 65_536     # private fields of an event, and the value of one
MAX_ASKED = 1_024                       # of a bundle's request: pairs of a channel and a category; disputed messages
MAX_ANSWERED = 65_536                   # these pairs times the events of its document
MAX_SIZE = 2**63 - 1
MAX_MOMENT = 253_402_300_799_999
MAX_SMALL_PROOF, MAX_ANCHOR, MAX_CHAIN_PROOF, MAX_OBJECT = 2 << 20, 4_096, 256 << 20, 16 << 20
MAX_STAMP, MAX_ATTACHMENT, MAX_CONTACTS = 1 << 20, 200 << 20, 64
MAX_CHECKPOINTS, MAX_JSON_LEVELS = 4_096, 64    # of a bundle: names in `checkpoints/`; arrays and objects in its JSON
MAX_POLICY, MAX_TRUSTED = 1 << 20, 256  # of a policy: bytes; logs, witnesses and groups, each ("Checkpoints")
MAX_DEPTH = 16                          # how deep any CBOR is read: this program's own bound, SPEC.md has none
MAX_FILE = 256 * (2 + MAX_RECORD)       # an entry bundle; every other file of a log is smaller

class Invalid(Exception):
    """Something that breaks a rule: the level it belongs to, a short code, and one sentence."""

    def __init__(self, level, code, sentence):
        super().__init__(f"{level}: {code}: {sentence}")
        self.level, self.code, self.sentence = level, code, sentence

def require(condition, code, sentence, level="structure"):
    if not condition:
        raise Invalid(level, code, sentence)

class WrongCall(Exception):
    exit_code = 64

class BadInput(Exception):              # a pin, a policy or a file that is not what it should be
    exit_code = 65

NOT_COMPARED = "but for what counts of messages and asserted bases would change in its answers, which is not compared"

Finding = namedtuple("Finding", "level code file index sentence")

class Report:
    """"What a verifier checks": what is wrong, what was covered and what was not. A proof's has no level."""

    def __init__(self, level=None):
        self.level, self.findings, self.not_covered, self.facts = level, [], [], {}
        self.size = self.root = self.ledger_id = self.at = None
        self.holds_but = ""             # what "holds" does not say of a bundle
        self.skip = self.not_covered.append

    def covers(self, level):
        return self.level is None or LEVELS.index(level) <= LEVELS.index(self.level)

    def add(self, level, code, file, index, sentence):
        if self.covers(level):
            self.findings.append(Finding(level, code, file, index, sentence))

    def add_invalid(self, invalid, file=None, index=None):
        self.add(invalid.level, invalid.code, file, index, invalid.sentence)

    @property
    def holds(self):
        return not self.findings

    def skip_what_none_shows(self, policy):
        """"What the format does not show", and whom nobody asked."""
        if policy.quorum is None:
            self.skip("Witnesses: there is no policy, or one that asks for none; no cosignature was needed.")
        self.skip("Since when the log is there: this rests on checkpoints that others kept, cosigned or time-stamped; "
                  + ("but for what the policy's witnesses signed, " if policy.witnesses else "") + "none was compared.")
        self.skip("Whether every act was recorded: no log shows it.")
        if self.size is not None:
            self.skip(f"What came after the size {self.size}.")

    def say_seen(self, path, size, seen, newest):
        """"Bounds in time", of cosignatures; what contradicts a clock is reported, and is no finding.

        newest: recorded-at of the last record below the size that is known.
        """
        self.facts.setdefault("seen", []).append(
            f"{path}: shown at {seen[0]}, and its {size} records existed at {seen[1]}, in seconds since 1970 by the "
            "clocks of witnesses")
        if newest // 1000 > seen[1]:
            self.facts.setdefault("contradicts_witnesses", []).append(
                f"{path}: the last record below its size says that it was recorded later than they saw it")

    def finish(self):
        self.findings.sort(key=lambda f: (LEVELS.index(f.level), f.index is None, f.index or 0))
        return self

    def as_json(self):
        return {"holds": self.holds, "level": self.level, "size": self.size, "root": self.root and self.root.hex(),
                "ledger_id": self.ledger_id and self.ledger_id.hex(), "not_covered": self.not_covered,
                "findings": [finding._asdict() for finding in self.findings], "facts": self.facts}

# ==== Bytes ("Conventions") ==========================================================================================

def sha256(data):
    return hashlib.sha256(data).digest()

def parse_hex(text, length):
    """Lower-case hexadecimal of exactly `length` bytes, or None."""
    return bytes.fromhex(text) if re.fullmatch(f"[0-9a-f]{{{2 * length}}}", text) else None

def parse_base64(text, length=None):
    """RFC 4648 §4 in its one spelling, with padding and spare bits of zero, of `length` bytes; or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text and length in (None, len(data)) else None

def parse_decimal(text, most=2**64 - 1):
    """Decimal without leading zeros, or None."""
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,19}", text) and int(text) <= most else None

# ==== "Encoding": CBOR in the core deterministic encoding ============================================================

class CborReader:
    """Reads items and refuses everything that the encoding does not allow."""

    def __init__(self, data, code):
        self.data, self.at, self.code, self.deepest = bytes(data), 0, code, 0

    def require(self, condition, why):
        if not condition:
            raise Invalid("structure", self.code, f"Not in deterministic encoding at byte {self.at}: {why}.")

    def take(self, length):
        self.require(length <= len(self.data) - self.at, "the bytes end early")
        self.at += length
        return self.data[self.at - length:self.at]

    def head(self):
        """Major type and argument, in the shortest form that holds it."""
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        self.require(info <= 27 and major != 7, "an indefinite or reserved length, a float or another simple value")
        argument = int.from_bytes(self.take(1 << (info - 24)), "big")
        self.require(argument >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "a head that is not the shortest")
        return major, argument

    def item(self, level=1):
        self.require(level <= MAX_DEPTH, "nested too deep")
        self.deepest = max(self.deepest, level)
        major, argument = self.head()
        if major < 2:
            return argument if major == 0 else -1 - argument
        if major == 2:
            return self.take(argument)
        if major == 3:
            try:
                return self.take(argument).decode("utf-8")
            except UnicodeDecodeError:
                self.require(False, "text that is not UTF-8")
        if major in (4, 5):     # each item has a byte at least: nothing is allocated for those that cannot be there
            self.require(argument * (major - 3) <= len(self.data) - self.at, "the bytes end early")
            return [self.item(level + 1) for _ in range(argument)] if major == 4 else self.pairs(argument, level)
        self.require(major == 7 and argument in (20, 21), "a tag, a float or another simple value")
        return argument == 21

    def pairs(self, count, level):
        result, before = {}, b""
        for _ in range(count):
            start = self.at
            key = self.item(level + 1)
            encoded = self.data[start:self.at]
            self.require(encoded > before, "map keys that do not ascend")
            before = encoded
            if isinstance(key, (bool, list, dict)):  # no keys of Python's (True would be 1): these stay encoded
                key = ("encoded", encoded)
            result[key] = self.item(level + 1)
        return result

def decode_with_depth(data, code):
    reader = CborReader(data, code)
    value = reader.item()
    reader.require(reader.at == len(reader.data), "something follows the item")
    return value, reader.deepest

def decode_cbor(data, code="malformed-cbor"):
    """The one item that the bytes are, with nothing after it: int, bytes, str, list, dict, True or False."""
    return decode_with_depth(data, code)[0]

def encode_cbor(value):
    """Of what is signed and hashed: byte strings, text, and arrays of such."""
    if isinstance(value, list):
        major, argument, content = 4, len(value), b"".join(map(encode_cbor, value))
    else:
        major, content = (3, value.encode()) if isinstance(value, str) else (2, value)
        argument = len(content)
    if argument < 24:
        return bytes([major << 5 | argument]) + content
    info = next(info for info in range(4) if argument < 1 << (8 << info))
    return bytes([major << 5 | 24 + info]) + argument.to_bytes(1 << info, "big") + content

# ==== Ed25519 ("Which signatures are accepted") ======================================================================

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
SMALL_ORDER_Y = {0, 1, P - 1} | {
    int.from_bytes(bytes.fromhex(y), "little")
    for y in ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}

def decode_point(encoded):
    """RFC 8032 §5.1.3: x and y, or None where it is no point of the curve."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y

BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def add_points(first, second):
    """RFC 8032 §5.1.4, of points (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = first, second
    a, b, c, d = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P, 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

@lru_cache(maxsize=64)
def multiples(x, y):
    """64 rows, one for each hexadecimal digit of a number: 0 to 15 times 16^row times the point."""
    rows, point = [], (x, y, 1, x * y % P)
    for _ in range(64):
        row = [(0, 1, 1, 0)]
        for _ in range(16):
            row.append(add_points(row[-1], point))
        point = row.pop()
        rows.append(row)
    return rows

@lru_cache(maxsize=100_000)             # what was verified before in this process is not verified anew
def ed25519_verify(public_key, message, signature):
    """True exactly if SPEC.md's four rules hold."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(public_key) != 32 or len(signature) != 64 or s >= L:                         # rule 2
        return False
    for y in (int.from_bytes(encoded, "little") & (2**255 - 1) for encoded in (public_key, r)):
        if y >= P or y in SMALL_ORDER_Y:                                                # rule 1
            return False
    a = decode_point(public_key)
    if a is None:                                                                       # rule 3
        return False
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
    total = (0, 1, 1, 0)
    for number, rows in ((s, multiples(*BASE)), (k, multiples(P - a[0], a[1]))):        # [S]B and [k](-A)
        for row in rows:
            if number & 15:
                total = add_points(total, row[number & 15])
            number >>= 4
    x, y, z, _ = total
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == r

# ==== "Statement" and "Proof of possession" ==========================================================================

PROTECTED = bytes.fromhex("a3012703781e6170706c69636174696f6e2f636f6e73656e742d6576656e742b63626f720450")

Statement = namedtuple("Statement", "protected key_identifier payload signature")

def parse_statement(data):
    code = "malformed-statement"
    require(len(data) <= MAX_STATEMENT, code, f"The statement is larger than {MAX_STATEMENT} bytes.")
    value = decode_cbor(data, code)
    require(type(value) is list and len(value) == 4, code, "The statement is not an array of four.")
    protected, unprotected, payload, signature = value
    require(octets(54)(protected) and protected.startswith(PROTECTED), code,
            "The protected header is not the one that every statement has.")
    require(type(unprotected) is dict and not unprotected, code, "The unprotected header is not empty.")
    require(type(payload) is bytes and octets(64)(signature), code,
            "The payload is no byte string, or the signature not one of 64 bytes.")
    return Statement(protected, protected[38:], payload, signature)

def key_identifier(public_key):
    return sha256(public_key)[:16]

def signed_bytes(statement, origin, ledger_id, business, handles):
    """sig-structure, in the context that the record gives."""
    context = encode_cbor(["consent-ledger/statement/v1", origin, ledger_id, business, handles])
    return encode_cbor(["Signature1", statement.protected, context, statement.payload])

# ==== "Events": values, words, fields, types. Each check says whether a value is of its kind. ========================

def number(least=0, most=2**64 - 1):
    return lambda value: type(value) is int and least <= value <= most

def octets(length):
    return lambda value: type(value) is bytes and len(value) == length

def pattern(expression):
    compiled = re.compile(expression)
    return lambda value: type(value) is str and compiled.fullmatch(value) is not None

def text(most):
    """tstr .size (1..most): so many bytes of UTF-8, and no control characters."""
    fits = pattern("[^\x00-\x1f\x7f-\x9f]+")
    return lambda value: fits(value) and len(value.encode()) <= most

def word(words):
    words = frozenset(words.split())
    return lambda value: type(value) is str and value in words

def list_of(most, check):
    return lambda value: type(value) is list and 1 <= len(value) <= most and all(map(check, value))

def once_each(most, check):
    is_list = list_of(most, check)
    return lambda value: is_list(value) and len(set(value)) == len(value)

def ascending(most, check):
    """Those that ascend bytewise (of text, code points and UTF-8 have one order), each once."""
    is_list = list_of(most, check)
    return lambda value: is_list(value) and all(a < b for a, b in zip(value, value[1:]))

def items(*checks):
    return lambda value: (type(value) is list and len(value) == len(checks)
                          and all(check(item) for check, item in zip(checks, value)))

def members(required, optional):
    """A map with these keys: the check of each one's value."""
    checks = {**required, **optional}
    return lambda value: (type(value) is dict and required.keys() <= value.keys() <= checks.keys()
                          and all(checks[key](item) for key, item in value.items()))

def mark(value):
    return value is True

def presentation_parts(value):
    return PRESENTATION(value) and len(value) > 0

is_uint = number()
is_unicode = pattern("[^\ud800-\udfff]+")         # the surrogates stand for bytes that are no UTF-8
identifier = pattern("[a-z0-9-]{1,64}")
moment = number(0, MAX_MOMENT)
country = pattern("[A-Z]{2}")
PRESENTATION = members({}, {1: word("button checkbox link message other signature spoken switch"), 2: mark, 3: mark,
                            4: mark, 5: text(64)})
CHANNELS = "email fax inapp line mms post push rcs sms voice whatsapp"
CLASSES = "authentication marketing service utility"
METHODS = ("api call-agent checkout click-to-chat command-line email-link import in-app in-person ivr keyword offline "
           "one-click-unsubscribe other paper platform-preference point-of-sale provider-signal qr-code web-form "
           "whatsapp-thread")
FLAGS = ("category-unknown channel-unknown duplicate-id notice-text-unknown observed sender-unknown "
         "source-not-authorized time-clamped time-of-webhook time-unknown")

# "Fields", by the kind of their value: the key and the name of each.
FIELD_TABLE = (
    (identifier, "3 source, 21 reason, 41 authorized-source, 50 brand, 51 sender, 53 category, 55 notice-name, "
                 "64 pack, 73 hold"),
    (moment, "14 expires-at, 45 compromised-since, 58 shown-from, 59 shown-until, 67 effective-from, 74 hold-until"),
    (items(moment, number(1, 31_622_400_000)), "4 occurred-at"),
    (number(1, 316_224_000_000), "18 valid-for, 37 longest-unpublished"),
    (number(0, 2**63 - 1), "69 count, 70 covered-size, 84 previous-index"),
    (octets(16), "17 request, 22 concerns, 80 from-handle"),
    (octets(32), "5 commitment, 32 nonce, 36 recovery-digest, 39 public-key, 57 text-digest, 66 pack-digest, 68 root, "
                 "71 covered-root, 72 inputs-digest, 83 previous-ledger, 85 previous-leaf-hash"),
    (octets(64), "44 proof-of-possession"),
    (items(identifier, octets(32)), "9 notice"),
    (mark, "13 imported, 19 do-not-contact, 81 keep-suppression"),
    (presentation_parts, "12 presentation"),
    (text(64), "65 pack-version"),
    (text(200), "48 name"),
    (text(255), "33 origin, 82 previous-origin"),
    (text(512), "40 log-key, 75 template"),
    (country, "49 country"),
    (pattern("[a-z]{2}[A-Za-z0-9-]{0,33}"), "56 language"),
    (word(METHODS), "10 method"),
    (word("code double-opt-in in-thread none signed"), "11 verification"),
    (word("consent contract legal-obligation legitimate-interest"), "20 basis"),
    (word("dismissed opt-out"), "23 outcome"),
    (word(CHANNELS), "24 via"),
    (word("production test"), "38 environment"),
    (word("external ledger"), "42 custody"),
    (word(CLASSES), "54 class"),
    (ascending(10, word(FLAGS)), "6 flags"),
    (ascending(11, word(CHANNELS)), "7 channels"),
    (ascending(64, identifier), "8 categories, 15 senders, 16 brands, 43 businesses"),
    (ascending(16, octets(32)), "34 admin-keys"),
    (ascending(16, text(512)), "35 log-keys"),
    (ascending(16, text(254)), "52 addresses"),
)
FIELDS = {int(key): (name, check) for check, row in FIELD_TABLE
          for key, name in (field.split() for field in row.split(","))}

# "Types": numbers and names, signed by, chains (and "!" where it is a restriction), fields ("?": optional).
# What by-admin, by-either and by-source give every type that is signed so is in SIGNED_BY.
SIGNED_BY = {"admin": "?occurred-at", "either": "?source ?occurred-at",
             "source": "source ?occurred-at commitment ?flags ?method ?reason ?via"}
SCOPE = "?channels ?categories ?senders ?brands"
ASKED = "channels categories ?notice ?verification ?presentation ?imported ?expires-at ?senders ?brands"
TYPE_TABLE = f"""
1 ledger-opened | admin | ledger | nonce origin admin-keys log-keys ?recovery-digest longest-unpublished environment
2 admin-key-added, 3 admin-key-retired | admin | ledger | ?reason public-key
4 log-key-added, 5 log-key-retired | admin | ledger | ?reason log-key
6 source-authorized | admin | ledger | public-key authorized-source custody ?businesses ?proof-of-possession
7 source-revoked | admin | ledger | ?reason ?public-key authorized-source ?compromised-since
8 business-registered | admin | ledger business | name ?country
9 brand-defined | admin | ledger business | name brand
10 sender-defined | admin | ledger business | channels ?brand sender addresses
11 category-defined | admin | ledger business | basis ?name category class
12 category-retired | admin | ledger business | ?reason category
13 notice-published | admin | ledger business | channels categories ?brand notice-name language text-digest
14 notice-reconstructed | admin | ledger business | channels categories ?brand notice-name language text-digest \
shown-from ?shown-until
15 notice-retired | admin | ledger business | ?reason notice-name ?text-digest
16 rulepack-adopted | admin | ledger business? | pack pack-version pack-digest ?effective-from
17 decisions-recorded | either | ledger business? | ?reason root count covered-size covered-root ?inputs-digest
18 hold-added | admin | business contact? | reason hold ?hold-until
19 hold-lifted | admin | business contact? | ?reason hold
20 heads-sealed | either | ledger | root count covered-size
21 template-categorized | either | ledger business | ?category ?class ?language template
32 consent-requested | source | business contact | {ASKED} ?valid-for
33 consent-given, 35 consent-renewed | source | business contact | {ASKED} ?request
34 consent-confirmed | source | business contact | ?channels ?categories ?verification ?presentation ?imported request
36 consent-refused | source | business contact ! | {SCOPE} ?notice ?presentation ?imported ?request
37 consent-withdrawn, 43 objected | source | business contact ! | {SCOPE} ?imported ?do-not-contact ?concerns
38 consent-revoked | source | business contact ! | {SCOPE} ?imported ?concerns
39 consent-resumed | source | business contact | {SCOPE} ?do-not-contact
40 consent-invalidated | source | business contact ! | {SCOPE} ?concerns
41 basis-began | source | business contact | channels categories ?imported ?expires-at ?senders ?brands basis
42 basis-ended | source | business contact ! | {SCOPE} basis
44 complained, 45 blocked, 46 reported | source | business contact ! | {SCOPE} ?imported
47 review-opened | source | business contact ! | {SCOPE}
48 review-decided | source | business contact | {SCOPE} concerns outcome
49 event-voided, 55 evidence-attached | source | business contact | concerns
50 contact-changed | source | business contact contact | from-handle
51 contact-linked, 52 contact-unlinked | source | business contact contact |
53 contact-reassigned | source | business contact ! |
54 contact-erased | source | business contact ! | ?keep-suppression
56 migrated | source | business contact | ?concerns previous-origin previous-ledger previous-index previous-leaf-hash
"""

# chains: for each kind of link, how many at least, and at most. required, allowed: sets of the names of fields.
EventType = namedtuple("EventType", "name chains restriction required allowed")

def event_type(name, signed_by, chains, fields):
    chains, fields = chains.split(), f"{SIGNED_BY[signed_by]} {fields}".split()
    counts = [(chains.count(kind), chains.count(kind) + chains.count(kind + "?"))
              for kind in ("ledger", "business", "contact")]
    return EventType(name, counts, "!" in chains, {field for field in fields if field[0] != "?"},
                     {field.lstrip("?") for field in fields})

TYPES = {int(number): event_type(name, *rest) for names, *rest in (
    map(str.strip, line.split("|")) for line in TYPE_TABLE.strip().splitlines())
    for number, name in (each.split() for each in names.split(","))}

# fields are by name, without type and id; of a type that is not known there are none.
Event = namedtuple("Event", "number name restriction id source fields")

def parse_event(data):
    """"Events", "Fields", "Types" and "Types that are not known"."""
    code = "malformed-event"
    require(len(data) <= MAX_EVENT, code, f"The event is larger than {MAX_EVENT} bytes.")
    value, deepest = decode_with_depth(data, code)
    require(type(value) is dict and all(map(is_uint, value)) and len(value) <= MAX_PAIRS, code,
            f"The event is not a map of at most {MAX_PAIRS} pairs whose keys are unsigned integers.")
    type_number, event_id, source = value.pop(1, None), value.pop(2, None), value.get(3)
    require(is_uint(type_number) and octets(16)(event_id), code, "The event has no type, or no id of 16 bytes.")
    kind = TYPES.get(type_number)
    if kind is None:
        require(3 not in value or identifier(source), code, "The source is no identifier.")
        require(deepest - 1 <= MAX_UNKNOWN_LEVELS, code, f"A value is more than {MAX_UNKNOWN_LEVELS} levels deep.")
        return Event(type_number, f"unknown-type-{type_number}", False, event_id, source, {})
    fields = {}
    for key, item in value.items():
        name, is_of_its_kind = FIELDS.get(key, (key, None))
        require(name in kind.allowed, code, f"{kind.name} has no field {name}.")
        require(is_of_its_kind(item), code, f"The field {name} of {kind.name} is not of its kind.")
        fields[name] = item
    require(kind.required <= fields.keys(), code, f"{kind.name} lacks a field that it must have.")
    return Event(type_number, kind.name, kind.restriction, event_id, source, fields)

# ==== "Record" =======================================================================================================

LEDGER, BUSINESS, CONTACT = 0, 1, 2
IDENTITY = re.compile(b""), re.compile(b"[a-z0-9-]{1,64}"), re.compile(b".{16}", re.DOTALL)

class Link(namedtuple("Link", "kind identity sequence previous_index previous_hash")):
    @property
    def chain(self):
        return self.kind, self.identity

def describe_chain(kind, identity):
    return ("the ledger's chain", f"the chain of business {identity.decode('latin-1')}",
            f"the chain of contact {identity.hex()}")[kind]

class Record(namedtuple("Record", "index recorded_at links statement")):
    @property
    def business(self):
        """The identifier in the link of kind 1, or the empty text."""
        return next((link.identity.decode() for link in self.links if link.kind == BUSINESS), "")

    @property
    def handles(self):
        return [link.identity for link in self.links if link.kind == CONTACT]

def parse_record(data):
    """A record by itself; its statement and event are parsed with `parse_statement` and `parse_event`."""
    code = "malformed-record"
    require(len(data) <= MAX_RECORD, code, f"The record is larger than {MAX_RECORD} bytes.")
    reader = CborReader(data, code)
    major, count = reader.head()
    require(major == 4 and count > 0, code, "The record is not an array of five.")
    version = reader.item()
    require(type(version) is not int or version == 1, "unknown-record-version", "The record's version is not 1.")
    require(count == 5 and type(version) is int, code, "The record is no array of five with its version first.")
    _, index, recorded_at, links, statement = decode_cbor(data, code)
    require(is_uint(index) and moment(recorded_at) and type(statement) is bytes, code,
            "The index, recorded-at or the statement is not of its kind.")
    require(type(links) is list and 1 <= len(links) <= MAX_LINKS, code, f"The record has not 1 to {MAX_LINKS} links.")
    links = [parse_link(link, index) for link in links]
    require(all(a.chain < b.chain for a, b in zip(links, links[1:])) and [a.kind for a in links].count(BUSINESS) <= 1,
            code, "The links do not ascend, a chain is there twice, or two are of businesses.")
    return Record(index, recorded_at, links, statement)

def parse_link(value, index):
    code = "malformed-record"
    require(type(value) is list and len(value) == 5, code, "A link is not an array of five.")
    link = Link(*value)
    require(number(0, 2)(link.kind) and type(link.identity) is bytes and IDENTITY[link.kind].fullmatch(link.identity),
            code, "A link's kind or identity is not one.")
    require(is_uint(link.sequence) and is_uint(link.previous_index) and octets(32)(link.previous_hash), code,
            "A link's sequence, previous-index or previous-leaf-hash is not of its kind.")
    require(link.previous_index < index if link.sequence else link[3:] == (0, bytes(32)), code,
            "A link's previous-index is not less than the record's index, or one with sequence 0 names a record.")
    return link

def leaf_hash(entry):
    return sha256(b"\x00" + entry)

def read_entry(entry):
    """The record, statement and event of an entry."""
    record = parse_record(entry)
    statement = parse_statement(record.statement)
    return record, statement, parse_event(statement.payload)

def wrong_with_link(link, end):
    """Tree 5: what is wrong with a link; end is the index, leaf hash and sequence of the one before it in its chain.

    In a right log each link names the one before it in its chain, so that remembering the ends is enough: no two links
    name the same one then, and only the first has the sequence 0.
    """
    if link.sequence == 0:
        return ("chain-begun-again", "another record has the sequence 0") if end else None
    if end is None or link.sequence != end[2] + 1:
        return "wrong-sequence", "the record with the sequence before this one's is missing"
    return None if (link.previous_index, link.previous_hash) == end[:2] else (
        "broken-link", "the record before it is not the one that it names")

# ==== "Tree and tiles", and the proofs of RFC 6962 ===================================================================

EMPTY_ROOT = sha256(b"")

def node_hash(left, right):
    return sha256(b"\x01" + left + right)

def split_of(size):
    """The largest power of two below a size of more than 1."""
    return 1 << (size - 1).bit_length() - 1

def root_of(hashes):
    """RFC 6962 §2.1, of one hash or more."""
    if len(hashes) == 1:
        return hashes[0]
    split = split_of(len(hashes))
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))

def root_by_path(index, size, leaf, hashes):
    """RFC 6962 §2.1.1: the root to which an audit path leads; None where it has not the length that is due."""
    if size == 1 or not hashes:
        return leaf if size == 1 and not hashes else None
    split = split_of(size)
    if index < split:
        left, right = root_by_path(index, split, leaf, hashes[:-1]), hashes[-1]
    else:
        left, right = hashes[-1], root_by_path(index - split, size - split, leaf, hashes[:-1])
    return left and right and node_hash(left, right)

def roots_by_proof(size1, size2, root1, hashes):
    """RFC 6962 §2.1.2: the roots of both trees, from a proof; None where it has not the length that is due.

    root1 is None below the first step to the right, from where on the proof holds the smaller tree's part.
    """
    if size1 == size2:
        due = hashes if root1 is None else [root1, *hashes]
        return (due[0], due[0]) if len(due) == 1 else None
    if not hashes:
        return None
    split = split_of(size2)
    if size1 <= split:
        both = roots_by_proof(size1, split, root1, hashes[:-1])
        return both and (both[0], node_hash(both[1], hashes[-1]))
    both = roots_by_proof(size1 - split, size2 - split, None, hashes[:-1])
    return both and (node_hash(hashes[-1], both[0]), node_hash(hashes[-1], both[1]))

def verify_inclusion(index, size, leaf, hashes, root):
    if not 0 <= index < size or any(len(item) != 32 for item in (leaf, root, *hashes)):
        return False
    return root_by_path(index, size, leaf, list(hashes)) == root

def verify_consistency(size1, size2, root1, root2, hashes):
    """As under "Consistency": equal sizes, and a smaller one of 0, have no hashes."""
    if not 0 <= size1 <= size2 or (size1 == 0 and root1 != EMPTY_ROOT):
        return False
    if size1 == size2:
        return not hashes and root1 == root2
    if any(len(item) != 32 for item in (root1, root2, *hashes)):
        return False
    return roots_by_proof(size1, size2, root1, list(hashes)) == (root1, root2) if size1 else not hashes

def tile_path(level, tile, width=256):
    """`tile/<L>/<N>[.p/<W>]`, where level is a number or `entries`."""
    groups = [f"{tile % 1000:03}"]
    while tile := tile // 1000:
        groups.insert(0, f"x{tile % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")

def parse_bundle(data):
    """The entries of a bundle, each its length in two bytes and its bytes, and nothing else; None where it is not."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        if len(data) < max(end, at + 2) or len(entries) == 256:
            return None
        entries.append(data[at + 2:end])
        at = end
    return entries

class Tree:
    """The tree over leaf hashes, which are joined."""

    def __init__(self, leaves):
        self.leaves, self.known = leaves, {}

    def over(self, start, size):
        """RFC 6962 §2.1: the root over so many leaves from `start` on."""
        if size == 1:
            return self.leaves[32 * start:32 * start + 32]
        if (start, size) in self.known:
            return self.known[start, size]
        split = split_of(size)
        root = node_hash(self.over(start, split), self.over(start + split, size - split))
        if size % 256 == 0:             # these are asked for again
            self.known[start, size] = root
        return root

    def root(self, size):
        return self.over(0, size) if size else EMPTY_ROOT

    def tile(self, level, number, width):
        return b"".join(self.over((number << 8) + at << 8 * level, 1 << 8 * level) for at in range(width))

# ==== "Checkpoints": signed notes, vkeys, cosignatures; and C2SP's tlog-policy =======================================

# No plus sign, control characters below U+0020, Unicode's spaces, nor the surrogates that stand for what is not UTF-8.
is_key_name = pattern("[^+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+")
LOG_KEY, WITNESS_KEY = 1, 4

VKey = namedtuple("VKey", "name id type key")
Note = namedtuple("Note", "text signatures")            # each signature a name, a key ID and the bytes after it
Checkpoint = namedtuple("Checkpoint", "origin size root note")

def parse_vkey(text, type=None):
    """name + key ID in hexadecimal + base64 of (type ‖ public key), of type 0x01 or 0x04, or of the one named."""
    name, key_id, key = (text.split("+", 2) + ["", ""])[:3]
    code, key_id, key = "malformed-keys", parse_hex(key_id, 4), parse_base64(key, 33)
    require(is_key_name(name) and len(name.encode()) <= MAX_ORIGIN and key_id and key, code,
            "A vkey is not a name, a key ID of 8 hexadecimal digits and base64 of 33 bytes, with + between them.")
    require(key[0] in ((LOG_KEY, WITNESS_KEY) if type is None else (type,)), code,
            "A vkey is not of the type that is due: Ed25519, 0x01 for a log and 0x04 for a witness.")
    require(sha256(name.encode() + b"\n" + key)[:4] == key_id, code, "A vkey's key ID is not that of its name and key.")
    return VKey(name, key_id, key[0], key[1:])

def parse_key_lines(data):
    """Structure 1: the keys in a `log.vkey`, one after the other; the last thing to be judged is how many these are."""
    *lines, end = data[:MAX_NOTE + 1].decode("utf-8", "surrogateescape").split("\n")
    keys = set()
    for line in lines:
        keys.add(key := parse_vkey(line, LOG_KEY))
        if len(keys) > MAX_KEYS:
            break
        yield key
    require(end == "" and 1 <= len(lines) <= MAX_KEYS and len(keys) == len(lines) and len(data) <= MAX_NOTE,
            "malformed-keys", f"It is not 1 to {MAX_KEYS} lines, each once and with a newline.")

LINE = "([^\x00-\x1f\ud800-\udfff]++)\n"
NOTE_FORM = re.compile(f"({LINE * 3}(?:{LINE})*+)\n((?:\u2014 [^\x00-\x20]++ [^\x00-\x20]++\n){{1,{MAX_NOTE_LINES}}})")

def parse_note(data, code):
    """A signed note, and the lines of its text, which are three or more and not empty."""
    note = NOTE_FORM.fullmatch(data.decode("utf-8", "surrogateescape")) if len(data) <= MAX_NOTE else None
    require(note, code, f"It is not three lines, an empty one, and 1 to {MAX_NOTE_LINES} of signatures, all text.")
    signatures = []
    for _, name, blob in (line.split(" ") for line in note[6].split("\n")[:-1]):
        blob = parse_base64(blob)
        require(is_key_name(name) and blob and len(blob) > 4, code,
                "A signature line is not a dash, a key name and base64.")
        signatures.append((name, blob[:4], blob[4:]))
    return Note(note[1].encode(), signatures), note[1].split("\n")[:-1]

def parse_checkpoint(data):
    """A signed note whose text is an origin, a size, a root and lines of no meaning here."""
    code = "malformed-checkpoint"
    note, (origin, size, root, *_) = parse_note(data, code)
    size, root = parse_decimal(size, MAX_SIZE), parse_base64(root, 32)
    require(len(origin.encode()) <= MAX_ORIGIN, code, f"The origin is longer than {MAX_ORIGIN} bytes.")
    require(size is not None and root, code,
            "The size is not a decimal up to 2^63 - 1, or the root not base64 of 32 bytes.")
    require(size > 0 or root == EMPTY_ROOT, code, "The size is 0, and the root is not that of the empty tree.")
    return Checkpoint(origin, size, root, note)

def line_verifies(key, text, signature):
    if key.type == LOG_KEY:
        return len(signature) == 64 and ed25519_verify(key.key, text, signature)
    seconds = int.from_bytes(signature[:8], "big")
    return (len(signature) == 72 and seconds < 2**63
            and ed25519_verify(key.key, b"cosignature/v1\ntime %d\n%b" % (seconds, text), signature[8:]))

def signers_of(checkpoint, keys):
    """Those of the known keys that signed. Lines of no known key are passed over.

    A line of a known key that does not verify or is there twice condemns; so do two known keys with its name and ID.
    """
    known, signers = {}, set()
    for key in set(keys):
        if key.type != LOG_KEY or key.name == checkpoint.origin:
            known.setdefault((key.name, key.id), []).append(key)
    for name, key_id, signature in checkpoint.note.signatures:
        if (name, key_id) not in known:
            continue
        (key, *others), line = known[name, key_id], f"The line of the known key {name}+{key_id.hex()}"
        require(not others and key not in signers and line_verifies(key, checkpoint.note.text, signature),
                "bad-checkpoint-signature", f"{line} does not verify, is there twice, or is of two known keys.", "tree")
        signers.add(key)
    return signers

class Policy(namedtuple("Policy", "logs witnesses groups quorum")):
    """Whom a verifier trusts: any one of the logs, and the quorum of witnesses (C2SP tlog-policy).

    witnesses has a vkey for each name, groups how many of which members, in the order of their definition.
    """

    @property
    def keys(self):
        return {*self.logs, *self.witnesses.values()}

    def is_quorum(self, witnesses):
        met = {None, *witnesses}
        for name, (least, members) in self.groups.items():
            if sum(member in met for member in members) >= least:
                met.add(name)
        return self.quorum in met

    def check_quorum(self, signers):
        require(self.is_quorum(name for name, key in self.witnesses.items() if key in signers), "quorum-not-reached",
                "The policy's quorum of witnesses did not sign it.", "tree")

    def seen(self, checkpoint, signers):
        """"Bounds in time": e and t, in seconds, of all witnesses that signed; None where these are no quorum."""
        said = {(name, key_id): int.from_bytes(line[:8], "big") for name, key_id, line in checkpoint.note.signatures}
        times = {name: said[key.name, key.id] for name, key in self.witnesses.items() if key in signers}
        return (min(times.values()), max(times.values())) if times and self.is_quorum(times) else None

def trusted(vkey, policy):
    """The policy to go by: a pinned vkey stands in place of the policy's log keys."""
    policy = policy or Policy([], {}, {}, None)
    return policy._replace(logs=[vkey]) if vkey else policy

def parse_policy(data):
    """C2SP tlog-policy: lines `log`, `witness`, `group` and exactly one `quorum`; names are bytes."""
    policy, quorums, grouped = Policy([], {}, {}, None), [], {b"none"}

    def due(condition, why):
        require(condition, "malformed-policy", f"Of the policy, {why}.")

    def add_key(type, name, text):
        key = parse_vkey(text.decode("utf-8", "surrogateescape"), type)
        others = policy.logs if type == LOG_KEY else policy.witnesses.values()
        due(all(key.key != other.key for other in others), "a key is there twice")
        if type == LOG_KEY:
            policy.logs.append(key)
        else:
            policy.witnesses[name] = key

    due(len(data) <= MAX_POLICY and not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data), "it is too large, or no text")
    due(data.endswith(b"\n"), "the last line has no newline")
    for line_number, line in enumerate(data.split(b"\n"), 1):
        keyword, *words = line.split() or [b"#"]
        if keyword.startswith(b"#"):
            continue
        defined, where = {b"none", *policy.witnesses, *policy.groups}, f"line {line_number}"
        is_new = bool(words) and words[0] not in defined
        if keyword == b"log" and len(words) in (1, 2):
            add_key(LOG_KEY, None, words[0])
        elif keyword == b"witness" and len(words) in (2, 3) and is_new:
            add_key(WITNESS_KEY, *words[:2])
        elif keyword == b"group" and len(words) >= 3 and is_new:
            name, least, *members = words
            due(len(set(members)) == len(members) and set(members) <= defined - grouped,
                f"{where}: a member is not defined before, or is in a group already")
            grouped.update(members)
            least = {b"any": 1, b"all": len(members)}.get(least, parse_decimal(least.decode("latin-1")))
            due(least is not None and 1 <= least <= len(members), f"{where}: not `any`, `all` or their number")
            policy.groups[name] = (least, members)
        elif keyword == b"quorum" and len(words) == 1 and words[0] in defined:
            quorums.append(None if words[0] == b"none" else words[0])
        else:
            due(False, f"{where}: no log, witness, group or quorum with what these need")
        due(max(map(len, (policy.logs, policy.witnesses, policy.groups))) <= MAX_TRUSTED,
            f"{where}: there are more than {MAX_TRUSTED} logs, witnesses or groups")
    due(len(quorums) == 1, "there is not exactly one quorum line")
    return policy._replace(quorum=quorums[0])

# ==== "Ledger directory" and "What a verifier checks", Structure and Tree: a whole log ===============================

class DirectoryReader:
    """Reads files below a folder, and follows no link there. Another object with `read` and `list` may stand in."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, path):
        """The file's bytes, or None where there is no such file. Of a huge one, just enough to be refused."""
        return read_file(self.place(path, stat.S_ISREG), MAX_FILE + 1)

    def list(self, path):
        """The names in a folder, or None where there is no such folder."""
        with suppress(FileNotFoundError):
            return os.listdir(self.place(path, stat.S_ISDIR))

    def place(self, path, is_due):
        """"Ledger directory": where a path leads, through directories alone, to what is due, if to anything."""
        parts = path.split("/") if path else []
        for count in range(1, len(parts) + 1):
            with suppress(FileNotFoundError):
                mode = os.lstat(os.path.join(self.folder, *parts[:count])).st_mode
                require(is_due(mode) if count == len(parts) else stat.S_ISDIR(mode), "not-a-file",
                        "A link or something else stands in the place of it, or of a directory on the way to it.",
                        "replay" if parts[0] == "object" else "structure")
        return os.path.join(self.folder, path)

def read_file(path, most):
    """None where there is no such file."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                return file.read(most)

TIME_STAMP = re.compile(r"checkpoints/[0-9]{20}\.[0-9a-f]{64}\.tsr")    # "Time stamps"

def kept_path(size):
    return f"checkpoints/{size:020}"

def check_object(data, path):
    """Replay 6: what is named by a hash has that hash."""
    require(len(data) <= MAX_OBJECT, "object-too-large", f"The object is larger than {MAX_OBJECT} bytes.", "replay")
    require(path.endswith(sha256(data).hex()), "altered-object", "It has not the hash that it is named by.", "replay")

class Tile(namedtuple("Tile", "level number path code hashes entries")):
    """Hashes of the tree, joined: of a hash tile, or of the entries in a bundle, which is at level 0.

    code: what is wrong where the tree has other hashes.
    """

    def differs(self, tree):
        """At which places the tree has another hash."""
        right = tree.tile(self.level, self.number, len(self.hashes) // 32)
        return [] if self.hashes == right else [
            at // 32 for at in range(0, len(right), 32) if self.hashes[at:at + 32] != right[at:at + 32]]

class Log:
    """A `log/` under its pins: a vkey, a policy, and a ledger-id. `verify` gives a Report."""

    def __init__(self, reader, vkey=None, ledger_id=None, policy=None):
        self.reader, self.ledger_id, self.policy = reader, ledger_id, trusted(vkey, policy)

    def read(self, path):
        self.paths.add(path)
        return self.reader.read(path)

    def list(self, path):
        try:
            return sorted(self.reader.list(path) or [])
        except Invalid as invalid:
            self.report.add_invalid(invalid, path)
            return []

    def wrong_at(self, level, code, index, sentence, file=None):
        """A finding about an entry."""
        bundle = self.bundles.get(index >> 8)
        self.report.add(level, code, file or bundle and bundle.path, index, sentence)

    def verify(self, level="replay", see=None):
        """see: called with each entry's index, record and event, in their order, where it is a record."""
        self.report = report = Report(level)
        self.see = see
        self.tree = None                # the tree over the records, where it has the root of `checkpoint`
        self.paths = set()              # the files that were asked for
        self.bundles = {}               # by number, without the entries
        self.newest = {}                # by the size of a checkpoint, recorded-at of the last record below it
        self.tiles = []                 # hash tiles, and partial bundles that are narrower than what the size asks for
        self.ends = {}                  # of each chain, as in wrong_with_link
        self.unread = set()             # entries that are no records with statement and event
        for above, what in (("tree", "Roots, links, and who signed the checkpoints"),
                            ("signatures", "Who signed the records"),
                            ("replay", "Whether each event is valid in its place, and objects")):
            if not report.covers(above):
                report.skip(f"{what}: the level asked for is {level}.")
        if not self.policy.logs:
            report.skip("Identity: no log key is pinned; the log was only held against itself.")
        if self.ledger_id is None:
            report.skip("Identity: no ledger-id is pinned.")
        self.file_keys = self.read_keys()
        self.known_keys = self.policy.keys.union(() if self.policy.logs else self.file_keys)
        self.checkpoint, self.kept = self.read_checkpoints()
        if self.checkpoint is None:
            report.skip("Without a checkpoint there is no size, and nothing else was covered.")
            report.skip_what_none_shows(self.policy)
            return report.finish()
        report.size, report.root = self.checkpoint.size, self.checkpoint.root
        self.ledger = Ledger(self.checkpoint.origin, self.wrong_at, self.read)
        self.read_entries()
        self.tiles += [tile for level in range(8) for tile in self.read_tiles(level)]
        if report.covers("tree"):
            self.check_tree()
        if report.covers("signatures"):
            self.check_opening()
            self.ledger.summary(report)
        if report.covers("replay"):
            self.check_other_objects()
        self.say_what_is_not_covered()
        report.facts.update(origin=self.checkpoint.origin, kept_checkpoints=len(self.kept), holds_up_to=min(
            [report.size] + [finding.index or 0 for finding in report.findings]))
        return report.finish()

    # Structure 1

    def read_keys(self):
        """`log.vkey`, a convenience, never a pin."""
        keys = []
        try:
            data = self.read("log.vkey")
            require(data is not None, "missing-file", "There is no such file.")
            for key in parse_key_lines(data):
                keys.append(key)
        except Invalid as invalid:
            self.report.add_invalid(invalid, "log.vkey")
        return keys

    def read_checkpoints(self):
        """`checkpoint`, and by their sizes those in `checkpoints/` whose name is a size."""
        origins = {key.name for key in self.policy.logs}
        newest = self.read_checkpoint("checkpoint", origins)
        if newest:
            origins = {newest.origin}
        names = self.list("checkpoints")
        self.stamps = sum(bool(TIME_STAMP.fullmatch(f"checkpoints/{name}")) for name in names)
        sizes = [int(name) for name in names if re.fullmatch("[0-9]{20}", name)]
        kept = {size: self.read_checkpoint(kept_path(size), origins, size) for size in sizes if size <= MAX_SIZE}
        if newest and kept and newest.size not in kept:
            self.report.add("structure", "missing-file", kept_path(newest.size), None,
                            "The published checkpoint is not kept, though others are.")
        return newest, {size: checkpoint for size, checkpoint in kept.items() if checkpoint}

    def read_checkpoint(self, path, origins, size=None):
        try:
            data = self.read(path)
            require(data is not None, "missing-file", "There is no such file.")
            checkpoint = parse_checkpoint(data)
            require(not origins or checkpoint.origin in origins, "wrong-origin", "Its origin is not the one due.")
            require(size in (None, checkpoint.size), "malformed-checkpoint", "Its size is not the one in its name.")
            return checkpoint
        except Invalid as invalid:
            self.report.add_invalid(invalid, path)
            return None

    # Structure 2

    def read_tiles(self, level):
        """Each tile of a level, or bundle where the level is `entries`, and after it the narrower ones in its place.

        After a thousand that are missing in a row no more is looked for, so that a huge size costs no more than a log.
        """
        shift, missing = 0 if level == "entries" else 8 * level, 0
        count = self.checkpoint.size >> shift
        for number in range((count + 255) >> 8):
            most = min(256, count - (number << 8))
            kept = {(size >> shift) - (number << 8) for size in self.kept if most < 256}
            full = tile_path(level, number)
            there = {int(name) for name in self.list(f"{full}.p") if re.fullmatch("[1-9][0-9]{0,2}", name)}
            for width in [most] + sorted(width for width in kept | there if 0 < width < most):
                try:
                    if width in kept - there and width < most:
                        require(self.read(full) is not None, "missing-file", "There is no such file.")
                    else:
                        yield self.read_tile(level, number, width, most)
                    missing = 0
                except Invalid as invalid:
                    missing = missing + 1 if invalid.code == "missing-file" else 0
                    if missing < 2 and (missing == 0 or width == most or width in kept):    # others may be gone by now
                        self.report.add_invalid(invalid, tile_path(level, number, width), number << 8 + shift)
            if missing > 1000:
                break

    def read_tile(self, level, number, width, most):
        """What is so wide or, if that is missing where the size asks for it, the beginning of the full one."""
        path, due, is_bundle = tile_path(level, number, width), width, level == "entries"
        data = self.read(path)
        if data is None and width == most:
            path, due = tile_path(level, number), 256
            data = self.read(path)
        require(data is not None, "missing-file", "There is no such file.")
        entries = parse_bundle(data) or [] if is_bundle else []
        hashes = b"".join(map(leaf_hash, entries)) if is_bundle else data
        code, rank = (("stale-partial", "tree") if width < most else
                      ("malformed-bundle" if is_bundle else "malformed-tile", "structure"))
        require(len(hashes) == 32 * due, code, f"{path} does not hold {due} of them and nothing else.", rank)
        return Tile(0 if is_bundle else level, number, path, "altered-tile" if width == most else "stale-partial",
                    hashes[:32 * width], entries[:width])

    # Structure 3, and in the same pass Tree 5, "Signatures" 1 to 4 and "Replay"

    def read_entries(self):
        time_before, opened = 0, False
        for bundle in self.read_tiles("entries"):
            if bundle.code == "stale-partial":
                self.tiles.append(bundle._replace(entries=[]))
                continue
            self.bundles[bundle.number] = bundle._replace(entries=[])
            for index, entry in enumerate(bundle.entries, bundle.number << 8):
                try:
                    record, statement, event = read_entry(entry)
                except Invalid as invalid:
                    self.report.add_invalid(invalid, bundle.path, index)
                    self.unread.add(index)
                    continue
                if record.index != index:
                    self.wrong_at("structure", "wrong-index", index, f"It says that its index is {record.index}.")
                if record.recorded_at < time_before:
                    self.wrong_at("structure", "time-goes-back", index, "It was recorded before the record before it.")
                time_before, opened = record.recorded_at, opened or index == 0
                if index + 1 in self.kept or index + 1 == self.checkpoint.size:
                    self.newest[index + 1] = time_before
                self.check_links(index, record)
                if self.see:
                    self.see(index, record, event)
                if opened and self.report.covers("signatures"):
                    opened = self.ledger.take(index, self.leaf(index), record, statement, event)
        self.report.ledger_id = self.leaf(0)

    def leaf(self, index):
        """The leaf hash of an entry, or None where it could not be read."""
        return self.bundles[index >> 8].hashes[32 * (index & 255):][:32] if index >> 8 in self.bundles else None

    def check_links(self, index, record):
        """Tree 5."""
        for link in record.links:
            wrong = wrong_with_link(link, self.ends.get(link.chain))
            if wrong and link.sequence:
                wrong = self.wrong_with_place(index, link)
            if wrong:
                self.wrong_at("tree", wrong[0], index, f"In {describe_chain(*link.chain)}, {wrong[1]}.")
            self.ends[link.chain] = index, self.leaf(index), link.sequence

    def wrong_with_place(self, index, link):
        """Which record a link names that does not name the one before it; None where it could not be read anyway."""
        place = link.previous_index
        leaf = self.leaf(place) if place < index else b""
        if leaf is None or place in self.unread:
            return None
        if leaf != link.previous_hash:
            return "broken-link", f"the record at {place} has another leaf hash"
        others = parse_record(parse_bundle(self.read(self.bundles[place >> 8].path))[place & 255]).links
        sequence = next((other.sequence for other in others if other.chain == link.chain), None)
        if sequence is None:
            return "link-to-other-chain", f"the record at {place} is not"
        return (("forked-chain", f"another record follows the one at {place} already") if sequence + 1 == link.sequence
                else ("wrong-sequence", f"the sequence is {link.sequence}, and {sequence} at {place}"))

    # Tree 1 to 4, "Signatures" 5

    def check_tree(self):
        """Over the records; or over the tiles, where only these have the root of `checkpoint` and so its word."""
        by_tiles = {tile.number: tile for tile in self.tiles if tile.level == 0 and tile.code == "altered-tile"}
        trees = [self.tree_over({**by_tiles, **self.bundles}), self.tree_over(by_tiles)]
        tree = next((tree for tree in trees if tree and tree.root(self.checkpoint.size) == self.checkpoint.root),
                    trees[0])
        if tree is None:
            self.report.skip("Roots and tiles: entries are missing, and so are their leaf hashes.")
        else:
            self.tree = tree if tree.root(self.checkpoint.size) == self.checkpoint.root else None
            for number, bundle in sorted(self.bundles.items()):
                for at in bundle.differs(tree):
                    self.wrong_at("tree", "altered-record", (number << 8) + at,
                                  "The record is not the one whose leaf hash is in the tree.")
            for tile in self.tiles:
                for at in tile.differs(tree)[:1]:
                    self.report.add("tree", tile.code, tile.path, (tile.number << 8) + at << 8 * tile.level,
                                    f"Its hash {at} is not that of the tree over the records.")
        self.check_checkpoint("checkpoint", self.checkpoint, tree)
        for size, kept in sorted(self.kept.items()):
            if size <= self.checkpoint.size:
                self.check_checkpoint(kept_path(size), kept, tree)
            else:
                self.check_beyond(kept_path(size), kept)

    def tree_over(self, tiles):
        numbers = range((self.checkpoint.size + 255) >> 8)
        return Tree(b"".join(tiles[number].hashes for number in numbers)) if len(tiles) == len(numbers) else None

    def check_checkpoint(self, path, checkpoint, tree):
        """Tree 2 and 3 and "Signatures" 5, of `checkpoint` or one that is kept, up to its size."""
        newest, level, known = path == "checkpoint", "tree", self.known_keys
        if tree and tree.root(checkpoint.size) != checkpoint.root:
            self.report.add("tree", "wrong-root" if newest else "inconsistent-checkpoint", path, None,
                            "The tree over the records has another root at its size.")
        try:
            signers = signers_of(checkpoint, known)
            if newest or (self.report.level == "tree" and not self.policy.logs):
                require(any(key.type == LOG_KEY for key in signers), "checkpoint-not-signed",
                        "No log key that is pinned or known signed it.", "tree")
            if newest:
                self.policy.check_quorum(signers)
            seen = self.policy.seen(checkpoint, signers)
            if seen and tree and tree.root(checkpoint.size) == checkpoint.root:
                self.report.say_seen(path, checkpoint.size, seen, self.newest.get(checkpoint.size, 0))
            if self.report.covers("signatures") and self.ledger.admins:
                level, counting = "signatures", self.ledger.log_keys_for(checkpoint.size, checkpoint)
                require(signers_of(checkpoint, known | counting) & counting, "log-key-not-in-force",
                        "No log key of the ledger that counts for its size signed it.", "signatures")
        except Invalid as invalid:
            self.report.add(level, invalid.code, path, None, invalid.sentence)

    def check_beyond(self, path, checkpoint):
        """Tree 4: `checkpoint` is read again, as the ledger may be written now."""
        for level in "tree", "signatures":
            def is_signed(checkpoint):
                keys = self.known_keys
                if level == "signatures":
                    keys = keys | self.ledger.log_keys_for(self.checkpoint.size, checkpoint)
                return any(key.type == LOG_KEY for key in signers_of(checkpoint, keys))
            try:
                if self.report.covers(level) and is_signed(checkpoint):
                    again = self.read_checkpoint("checkpoint", {checkpoint.origin})
                    require(again and again.size >= checkpoint.size and is_signed(again), "rolled-back",
                            "A signed checkpoint beyond the size is kept: the newest records are withheld.")
                    return
            except Invalid as invalid:
                return self.report.add(level, invalid.code, path, None, invalid.sentence)
        self.report.skip(f"{path}: it is beyond the size, and signed by no log key that is known.")

    def check_opening(self):
        """"Signatures" 1, and of 5 that every key in `log.vkey` is or was the ledger's."""
        if self.ledger_id is not None and self.leaf(0) not in (None, self.ledger_id):
            self.wrong_at("signatures", "wrong-ledger-id", 0, "The leaf hash of entry 0 is not the pinned ledger-id.")
        if not self.ledger.admins:
            # Where entry 0 is signed and only not valid, the next one is the first without a key.
            signed = self.ledger.statements > 0 and self.checkpoint.size > 1
            self.wrong_at("signatures", "not-opened", int(signed), "No entry 0 opens the ledger by an event that is "
                          "valid, so that no key counts.")
            self.report.skip("Signatures and replay: they rest on entry 0.")
            return
        for key in set(self.file_keys) - self.ledger.log_keys_ever.keys():
            self.report.add("signatures", "log-key-not-in-force", "log.vkey", None,
                            f"It names a key that never was the ledger's: {key.name}+{key.id.hex()}.")

    def check_other_objects(self):
        """Replay 6, of objects that no record names."""
        for path in (f"object/{name}" for name in self.list("object") if parse_hex(name, 32)):
            try:
                data = self.reader.read(path) if path not in self.paths else None
                if data is not None:
                    check_object(data, path)
            except Invalid as invalid:
                self.report.add_invalid(invalid, path)

    def say_what_is_not_covered(self):
        if self.stamps:
            self.report.skip(f"Time stamps ({self.stamps}): they take certificates of authorities; none was looked at.")
        read = sum(len(bundle.hashes) for bundle in self.bundles.values()) // 32 - len(self.unread)
        if read < self.checkpoint.size:
            self.report.skip(f"What {self.checkpoint.size - read} entries say that could not be read; findings about "
                             "other ones may follow from that.")
        self.report.skip_what_none_shows(self.policy)
        self.report.skip("Whether kept checkpoints but the newest were removed: no log shows it.")
        self.report.skip("Whose the handles are: what opens the commitments is kept outside the log.")
        extra = list(islice(self.files_below(""), 1000))
        objects = [path for path in extra if path.startswith("object/")]
        for what, paths in (("Objects that no record names, as far as records were read", objects),
                            ("Files that the log's size does not ask for", sorted(set(extra) - set(objects)))):
            if paths:
                self.report.skip(f"{what} ({len(paths)}), the first is {paths[0]}.")

    def files_below(self, folder, depth=0):
        """What lies in `log/` and was not asked for."""
        for name in sorted(self.reader.list(folder) or []):
            path = f"{folder}/{name}" if folder else name
            if path not in self.paths and not TIME_STAMP.fullmatch(path):
                try:
                    names = self.reader.list(path) if depth < 8 else None
                except (Invalid, OSError):
                    names = None
                yield from [path] if names is None else self.files_below(path, depth + 1)

# ==== "Signatures" and "Replay": what the ledger has said so far, and whether the next event is valid in its place ===

DEFINES = {9: "brand", 10: "sender", 11: "category"}
DECISIVE = {6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 21}     # what decisions ask of governance

class SourceKey:
    """A public key that a `source-authorized` named."""

    def __init__(self, index, fields):
        self.index = index              # of the record that authorised it
        self.source, self.businesses = fields["authorized-source"], fields.get("businesses")
        self.custody, self.possession = fields["custody"], "proof-of-possession" in fields
        self.revoked, self.compromised_since = False, None
        self.times = array("Q")         # recorded-at of the events it signed that are no restrictions

class Notice:
    """One that was published or reconstructed."""

    def __init__(self, recorded_at, fields):
        self.fields, self.in_force, self.reconstructed = fields, True, "shown-from" in fields
        self.key = [fields.get(name) for name in ("notice-name", "text-digest", "shown-from", "shown-until")]
        self.first, self.last = fields.get("shown-from", recorded_at), fields.get("shown-until", MAX_MOMENT)

class Business:
    def __init__(self, fields):
        self.fields, self.brands = fields, []   # of its registration, and the names of its brands
        self.defined = {"brand": {}, "sender": {}, "category": dict.fromkeys(CLASSES.split(), True)}  # whether in force
        self.notices = {}               # name: every Notice, in order
        self.channels = set()           # that its senders and notices name, retired ones too

    def to_retire(self, fields):
        return [notice for notice in self.notices.get(fields["notice-name"], ())
                if notice.in_force and fields.get("text-digest") in (None, notice.fields["text-digest"])]

DECISIONS = "Decisions under the roots of decisions-recorded"

class Ledger:
    """Takes records in the order of the log; reports findings; changes by what is valid."""

    def __init__(self, origin, add, read=None):
        self.origin, self.add, self.read = origin, add, read
        self.id = self.environment = None       # the leaf hash of entry 0, and what it says
        self.admins = {}                # public key: whether in force
        self.sources = {}               # public key: SourceKey
        self.source_names = set()
        self.by_identifier = {}         # key identifier: the public keys above that have it
        self.log_keys = {}              # vkey: [(index, whether it is in force from there on)]
        self.businesses = {}
        self.ids = {}                   # event id: whether governance had it
        self.valid = set()              # indexes of governance that changed something
        self.signer = None              # the public key that signed the last record
        self.statements = self.in_custody = 0
        self.types = {}                 # how many events of each type number
        self.said = []                  # valid governance, as decisions ask: index, record, event, key

    def take(self, index, leaf, record, statement, event):
        """One record that is well formed. False where entry 0 does not open the ledger: nothing can be judged then."""
        if index == 0 and event.number != 1:
            return False
        self.id, signer, problems = leaf if index == 0 else self.id, None, []
        try:
            signer = self.check_signature(index, record, statement, event)
        except Invalid as invalid:
            problems.append((invalid.level, invalid.code, invalid.sentence))
        self.statements, self.signer = self.statements + 1, signer
        self.types[event.number] = self.types.get(event.number, 0) + 1
        if signer in self.sources:
            key = self.sources[signer]
            self.in_custody += key.custody == "ledger"
            if not event.restriction:
                key.times.append(record.recorded_at)
        problems += [("replay", *problem) for problem in self.check_place(index, record, event)]
        # Replay 3. To change nothing, governance needs to have the id of other governance.
        governance = 1 <= event.number <= 21
        changes_something = governance and not problems and not self.ids.get(event.id)
        if event.id in self.ids:
            problems.append(("replay", "repeated-event", "Its event id is that of an earlier record."))
        self.ids[event.id] = governance or self.ids.get(event.id, False)
        for level, code, sentence in problems:
            self.add(level, code, index, sentence)
        if index == 0 and problems:
            return False
        if changes_something:
            self.valid.add(index)
            self.apply(index, record, event)
        self.check_objects(index, event)
        return True

    # "Signatures"

    def check_signature(self, index, record, statement, event):
        """Rules 1 to 4: the key that signed and counts at this index."""
        require(index == 0 or event.source in (None, *self.source_names), "unknown-source",
                f"The source {event.source} was authorised with no key before.", "signatures")
        keys = event.fields["admin-keys"] if index == 0 else [
            key for key in self.by_identifier.get(statement.key_identifier, ()) if self.is_of_signer(key, event)]
        candidates = [key for key in keys if key_identifier(key) == statement.key_identifier]
        require(candidates, "unknown-key", "No key that its signer had before has its key identifier.", "signatures")
        message = signed_bytes(statement, self.origin, b"" if index == 0 else self.id, record.business, record.handles)
        good = [key for key in candidates if ed25519_verify(key, message, statement.signature)]
        require(good, "bad-signature", "The statement's signature does not verify.", "signatures")
        good = [key for key in good if index == 0 or self.counts(key, record, event)]
        require(good, "not-authorized", f"The key that signed this {event.name} does not count here.", "signatures")
        return good[0]

    def is_of_signer(self, key, event):
        """Whether it ever was an admin's, or of the source that the event names (rules 2 and 3, their beginnings)."""
        return key in self.admins if event.source is None else (
            key in self.sources and self.sources[key].source == event.source)

    def counts(self, key, record, event):
        """Whether a key of the signer does so here."""
        if event.source is None:
            return self.admins[key]                                         # rule 2
        if event.restriction or event.number not in TYPES:
            return True                                                     # rule 4
        granted = self.sources[key]
        return not granted.revoked and (                                    # rule 3
            not record.business or granted.businesses is None or record.business in granted.businesses)

    @cached_property
    def log_keys_ever(self):
        """Rule 5, once all is read: the vkeys of type 0x01 under the origin that are or were the ledger's, and when."""
        keys = {}
        for text, changes in self.log_keys.items():
            with suppress(Invalid):     # what is no vkey counts for nothing
                keys[parse_vkey(text, LOG_KEY)] = changes
        return {key: changes for key, changes in keys.items() if key.name == self.origin}

    @cached_property
    def log_keys_by_id(self):
        keys = {}
        for key in self.log_keys_ever:
            keys.setdefault(key.id, []).append(key)
        return keys

    def log_keys_for(self, size, checkpoint):
        """Rule 5: those that count for that size, of the ones that a line of the checkpoint names: all may be many."""
        return {key for key_id in {key_id for _, key_id, _ in checkpoint.note.signatures}
                for key in self.log_keys_by_id.get(key_id, ())
                if [in_force for index, in_force in self.log_keys_ever[key] if index < size][-1:] == [True]}

    # "Replay". Each of these yields the code and a sentence for what is wrong.

    def check_place(self, index, record, event):
        """Rules 1 and 2, and 4 to 9 by type, without the objects."""
        if event.number not in TYPES:
            return
        number, fields, business = event.number, event.fields, self.businesses.get(record.business)
        counts = [sum(link.kind == kind for link in record.links) for kind in (LEDGER, BUSINESS, CONTACT)]
        if not all(least <= count <= most for count, (least, most) in zip(counts, TYPES[number].chains)):
            yield "wrong-links", f"The record's links are not those of {event.name}."
        elif number == 50 and fields["from-handle"] not in record.handles:
            yield "wrong-links", "from-handle is none of the record's two handles."
        elif number == 1 and index != 0:
            yield "misplaced", "A ledger-opened is not entry 0."
        elif number == 1 and fields["origin"] != self.origin:
            yield "wrong-origin", "The origin of ledger-opened is not the log's."
        elif number == 8 and business:
            yield "already-defined", "The business is registered already."
        elif number != 8 and record.business and not business:
            yield "unknown-business", f"The business {record.business} is not registered before."
        elif 2 <= number <= 7:
            yield from self.check_keys(number, fields)
        elif 9 <= number <= 15 or number == 21:
            yield from self.check_definition(number, fields, business)
        elif number >= 32:
            yield from self.check_consent(record, event, business)

    def check_keys(self, number, fields):
        """Rule 4, and of rule 5 that `businesses` name registered ones."""
        key, log_key, source = fields.get("public-key"), fields.get("log-key"), fields.get("authorized-source")
        if number == 2 and (self.admins.get(key) or key in self.sources):
            yield "already-defined", "The admin key that is added is in force already, or is a source's."
        elif number == 3 and not self.admins.get(key):
            yield "unknown-key", "The admin key that is retired is not in force."
        elif number == 3 and sum(self.admins.values()) == 1:
            yield "misplaced", "The last admin key is retired."
        elif number in (4, 5) and self.log_keys.get(log_key, [(-1, False)])[-1][1] != (number == 5):
            yield (("already-defined", "The log key that is added is in force already.") if number == 4 else
                   ("unknown-key", "The log key that is retired is not in force."))
        elif number == 6:
            if key in self.admins or key in self.sources:
                yield "already-defined", "The public key is an admin's, or was authorised for a source before."
            if not set(fields.get("businesses", ())) <= self.businesses.keys():
                yield "unknown-business", "A business that the source speaks for is not registered before."
            proof = fields.get("proof-of-possession")
            possession = encode_cbor(["consent-ledger/source-possession/v1", self.origin, self.id, source, key])
            if proof and not ed25519_verify(key, possession, proof):
                yield "bad-signature", "The proof of possession does not verify."
        elif number == 7:
            if source not in self.source_names:
                yield "unknown-source", "The source that is revoked was not authorised before."
            elif key is not None and (key not in self.sources or self.sources[key].source != source):
                yield "unknown-key", "The key that is revoked was not authorised for the source before."

    def check_definition(self, number, fields, business):
        """Rules 5 and 6."""
        kind = DEFINES.get(number)
        if kind and fields[kind] in business.defined[kind]:
            yield "already-defined", f"The {kind} {fields[kind]} is defined already."
        if number != 9 and "brand" in fields and fields["brand"] not in business.defined["brand"]:
            yield "unknown-brand", f"The brand {fields['brand']} is not defined before."
        in_force = [fields["category"]] if number in (12, 21) and "category" in fields else fields.get("categories", ())
        if not all(business.defined["category"].get(name) for name in in_force):
            yield "unknown-category", "A category that is retired, or that a notice or template names, is not in force."
        if number == 21 and not fields.keys() & {"category", "class"}:
            yield "missing-field", "A template has neither a category nor a class."
        if number in (13, 14):
            new = Notice(0, fields)
            if any(new.key == notice.key for notice in business.to_retire(fields)):
                yield "already-defined", "A notice of the same name, text and dates is in force."
            if new.last < new.first:
                yield "misplaced", "shown-until is before shown-from."
        elif number == 15 and not business.to_retire(fields):
            yield "unknown-notice", "The notice that is retired is not in force."

    def check_consent(self, record, event, business):
        """Rules 7, 8 and 9."""
        fields = event.fields
        for names, kind in ("categories", "category"), ("senders", "sender"), ("brands", "brand"):
            for name in fields.get(names, ()):
                if name not in business.defined[kind]:
                    yield f"unknown-{kind}", f"The {kind} {name} is not defined before."
        start = fields["occurred-at"][0] if "occurred-at" in fields else 0
        if not event.restriction and start > record.recorded_at + 300_000:
            yield "from-the-future", "The event starts more than five minutes after its recorded-at."
        if "notice" not in fields or event.restriction:
            return
        name, digest = fields["notice"]
        notices = [notice for notice in business.notices.get(name, ()) if notice.fields["text-digest"] == digest]
        if not notices:
            yield "unknown-notice", f"The notice {name} was not published before."
            return
        earliest = min(start, record.recorded_at)
        shown = [notice for notice in notices if notice.first <= earliest <= notice.last]
        shown.sort(key=lambda notice: notice.reconstructed)                 # published ones first, each in order
        notice = shown[0] if shown else notices[-1]
        for names in ("channels", "categories"):
            if not set(fields.get(names, ())) <= set(notice.fields[names]):
                yield "wider-than-notice", f"The event's {names} are not among those of the notice."
        if not shown and "imported" not in fields:
            yield "older-than-notice", "The notice could not be shown at the event's earliest moment."

    def check_objects(self, index, event):
        """Rule 6: the objects. One that is not right is a finding, and does not undo the notice."""
        digest = event.fields.get({13: "text-digest", 14: "text-digest", 16: "pack-digest"}.get(event.number))
        if digest is None or self.read is None:
            return
        path = f"object/{digest.hex()}"
        try:
            data = self.read(path)
            require(data is not None, "missing-object", "The object that it names is not there.")
            check_object(data, path)
            require(event.number == 16 or is_unicode(data.decode("utf-8", "surrogateescape")), "malformed-notice",
                    "The notice's text is empty, or not UTF-8.")
        except Invalid as invalid:
            self.add("replay", invalid.code, index, invalid.sentence, path)

    def apply(self, index, record, event):
        """What valid governance changes, from the next index on."""
        number, fields, business = event.number, event.fields, self.businesses.get(record.business)
        key = fields.get("public-key")
        if number in DECISIVE:
            self.said.append((index, record._replace(statement=None), event, self.signer))
        if number == 1:
            self.environment, self.admins = fields["environment"], dict.fromkeys(fields["admin-keys"], True)
            self.log_keys = {text: [(-1, True)] for text in fields["log-keys"]}
        elif number in (2, 3):
            self.admins[key] = number == 2
        elif number in (4, 5):
            self.log_keys.setdefault(fields["log-key"], []).append((index, number == 4))
        elif number == 6:
            self.sources[key] = SourceKey(index, fields)
            self.source_names.add(fields["authorized-source"])
        elif number == 7:
            for held, granted in self.sources.items():
                if granted.source == fields["authorized-source"] and key in (None, held):
                    times = fields.get("compromised-since"), granted.compromised_since
                    granted.compromised_since = min((time for time in times if time is not None), default=None)
                    granted.revoked = True
        elif number == 8:
            self.businesses[record.business] = Business(fields)
        elif number in DEFINES:
            business.brands += [fields["name"]] if number == 9 else []
            business.defined[DEFINES[number]][fields[DEFINES[number]]] = True
        elif number == 12:
            business.defined["category"][fields["category"]] = False
        elif number in (13, 14):
            business.notices.setdefault(fields["notice-name"], []).append(Notice(record.recorded_at, fields))
        elif number == 15:
            for notice in business.to_retire(fields):
                notice.in_force = False
        if number in (10, 13, 14):
            business.channels.update(fields["channels"])
        for added in fields["admin-keys"] if number == 1 else [key] if number in (2, 6) else ():
            self.by_identifier.setdefault(key_identifier(added), set()).add(added)

    def summary(self, report):
        """Facts and what is not covered, as "Signatures", "Sealed heads" and "Types that are not known" ask."""
        report.facts["statements"] = self.statements
        report.facts["signed_in_custody_ledger"] = self.in_custody
        report.facts["permit_nothing_since_compromise"] = sum(
            sum(time >= key.compromised_since for time in key.times)
            for key in self.sources.values() if key.compromised_since is not None)
        for number, count in sorted(self.types.items()):
            if number not in TYPES:
                report.skip(f"Events of the unknown type {number} ({count}): what they mean, and what they touch.")
        bare = sum(not key.possession for key in self.sources.values())
        if bare:
            report.skip(f"Who holds the keys of sources: {bare} of {len(self.sources)} have no proof of possession.")
        for number, what in ((20, "Sealed heads"), (17, DECISIONS)):
            if number in self.types:
                report.skip(f"{what} were not compared ({self.types[number]}).")

# ==== "Proof files" ==================================================================================================

HASHES = rb"((?:[^\n]{44}\n){0,%d})"
NOTE = rb"((?:[^\n]++\n)++\n(?:[^\n]++\n)++)"
CHAIN_RECORD = re.compile(rb"record ([^ \n]*) ([^ \n]*)\n" + HASHES % 63)

def need(condition, sentence):
    """What has another form is no proof file, which is another answer than that a proof does not hold."""
    require(condition, "malformed-proof", sentence)

def known(value):
    need(value is not None, "What should be a decimal, hexadecimal or base64 is not, or has another length.")
    return value

def decimal_in(data, most=2**64 - 1):
    return known(parse_decimal(data.decode("latin-1"), most))

def base64_in(data, length=None):
    return known(parse_base64(data.decode("latin-1"), length))

def hashes_in(data):
    return [base64_in(line, 32) for line in data.split(b"\n")[:-1]]

def checkpoint_in(data, report, policy, quorum=True):
    """A signed checkpoint, signed as the verifier asks."""
    try:
        checkpoint = parse_checkpoint(data)
    except Invalid as invalid:
        need(False, invalid.sentence)
    report.size, report.root, report.facts["origin"] = checkpoint.size, checkpoint.root, checkpoint.origin
    try:
        check_signed(checkpoint, policy, quorum)
    except Invalid as invalid:
        report.add_invalid(invalid)
    return checkpoint

def check_signed(checkpoint, policy, quorum=True):
    require(checkpoint.origin in {key.name for key in policy.logs}, "wrong-origin",
            "The checkpoint's origin is not that of a log that is trusted.")
    signers = signers_of(checkpoint, policy.keys)
    require(not signers.isdisjoint(policy.logs), "checkpoint-not-signed", "No trusted log key signed it.", "tree")
    if quorum:
        policy.check_quorum(signers)

def check_pin(leaf, ledger_id, report, file=None):
    """The ledger-id, where the file holds entry 0."""
    report.ledger_id = leaf
    if ledger_id not in (None, leaf):
        report.add("signatures", "wrong-ledger-id", file, 0, "The leaf hash of entry 0 is not the pinned ledger-id.")

def verify_inclusion_file(match, data, policy, ledger_id, report):
    """"Inclusion"."""
    extra, index, hashes, note = match.groups()
    entry = None if extra is None else base64_in(extra)
    index, hashes = decimal_in(index), hashes_in(hashes)
    checkpoint = checkpoint_in(note, report, policy)
    require(entry is not None, "missing-entry", "Without an extra line nothing is proved of a record.")
    if index == 0:
        check_pin(leaf_hash(entry), ledger_id, report)
    if not verify_inclusion(index, checkpoint.size, leaf_hash(entry), hashes, checkpoint.root):
        report.add("tree", "wrong-path", None, index, "The hashes do not lead from the entry to the checkpoint's root.")
    record, _, event = read_entry(entry)
    require(record.index == index, "wrong-index", f"The record says that its index is {record.index}.")
    report.facts.update(index=index, type=event.name)
    report.skip("Whether the signature of the record's statement counts: for this one needs the ledger's chain.")
    report.skip("Whether its links and its event are right beside the other records, and what these say: none is here.")

def verify_consistency_file(match, data, policy, ledger_id, report):
    """"Consistency"."""
    hashes = hashes_in(match[1])
    smaller = checkpoint_in(match[2], report, policy, quorum=False)
    larger = checkpoint_in(match[3], report, policy)
    require(smaller.origin == larger.origin, "wrong-origin", "The two checkpoints are not of one origin.")
    if not verify_consistency(smaller.size, larger.size, smaller.root, larger.root, hashes):
        report.add("tree", "wrong-path", None, None, "The larger tree does not begin with the smaller one.")
    report.facts["smaller_size"] = smaller.size
    report.skip("The records: none was seen or judged, only that the larger tree begins with the smaller one.")
    if policy.quorum is not None:
        report.skip("Witnesses of the smaller checkpoint: the quorum is asked of the larger one only.")

def chain_records(data, at):
    """(index, entry, hashes) of each record, one at a time: a file may be large."""
    before = -1
    while at < len(data):
        match = CHAIN_RECORD.match(data, at)
        need(match, "What follows a record and its hashes, at most 63, is no record.")
        index, entry, hashes = decimal_in(match[1], MAX_SIZE), base64_in(match[2]), hashes_in(match[3])
        need(index > before, "The records do not ascend by index.")
        yield index, entry, hashes
        at, before = match.end(), index

def verify_chain_file(match, data, policy, ledger_id, report):
    """"Chain", its rules 1 to 6."""
    is_contact, since = match[1] == b"contact", decimal_in(match[3])
    kind, identity = (CONTACT, parse_hex(match[2].decode(), 16)) if is_contact else (BUSINESS, match[2])
    need(identity is not None and not (is_contact and since), "A contact is no handle, or not asked for since 0.")
    checkpoint = checkpoint_in(match[4], report, policy)                                        # rule 1

    def add(level, code, index, sentence):
        # Rules 5 and 6 ask for these two of "Replay". Entry 0 has to be right in every way, to open the ledger.
        if level != "replay" or code in ("wrong-links", "repeated-event") or index == 0:
            report.add(level, code, None, index, sentence)

    ledger, ends, opened, in_chain = Ledger(checkpoint.origin, add), {}, False, 0
    for index, entry, hashes in chain_records(data, match.end()):
        leaf = leaf_hash(entry)
        if not verify_inclusion(index, checkpoint.size, leaf, hashes, checkpoint.root):         # rule 2
            add("tree", "wrong-path", index, "The hashes do not lead from the record to the checkpoint's root.")
        if index == 0:                                                                          # rule 3
            check_pin(leaf, ledger_id, report)
        try:
            record, statement, event = read_entry(entry)
            opened = opened or index == 0
        except Invalid as invalid:
            report.add_invalid(invalid, None, index)
            continue
        if record.index != index:
            add("structure", "wrong-index", index, f"The record says that its index is {record.index}.")
        named = [link for link in record.links if link.chain == (kind, identity) and index >= since]
        in_chain += len(named)
        due = [link for link in record.links if link.kind == LEDGER] + named
        if not due:
            add("tree", "not-in-chain", index, "It is neither in the ledger's chain nor in what is asked of the other.")
        for link in due:                                                                        # rules 3 and 4
            first_of_named = link.chain not in ends and link in named and link.previous_index < since
            wrong = None if first_of_named else wrong_with_link(link, ends.get(link.chain))
            if wrong:
                add("tree", wrong[0], index, f"In {describe_chain(*link.chain)}, {wrong[1]}.")
            ends[link.chain] = index, leaf, link.sequence
        opened = opened and ledger.take(index, leaf, record, statement, event)                  # rules 5 and 6
    if not ledger.admins:
        add("signatures", "not-opened", 0, "There is no entry 0 that opens the ledger by an event that is valid.")
    if not in_chain:
        add("tree", "broken-link", None, "The file has no record of the chain that it names.")
    report.facts.update(chain=describe_chain(kind, identity), records_of_the_chain=in_chain)
    ledger.summary(report)
    report.skip("What came after the last record shown, in either chain: whoever makes the file can leave it away.")
    report.skip("The other records: whether those shown are right beside them, and whether any repeats their events.")
    report.skip("Whether the events shown are valid in their place (Replay), but for links and ids; and objects.")

# ==== "Clearances" ===================================================================================================

DAY = 86_400_000
purpose = word("confirmation-request opt-out-confirmation")
categories = once_each(64, identifier)
counted_use = members({1: moment, 2: word(CHANNELS), 3: categories, 4: word(CLASSES)},
                      {5: identifier, 6: purpose, 7: is_uint})
local_clock = items(text(64), list_of(64, items(moment, lambda value: type(value) is int and abs(value) < 86_400)))
question_map = members(
    {1: octets(32), 2: identifier, 3: text(320), 6: word(CHANNELS), 11: moment},
    {4: octets(16), 5: list_of(64, octets(16)), 7: categories, 8: identifier, 9: text(512), 10: purpose,
     12: word("contract legal-obligation legitimate-interest"), 13: moment, 14: country, 15: list_of(64, local_clock),
     16: moment, 17: list_of(512, counted_use), 18: text(200)})
reason_map = members({1: identifier}, {2: list_of(1024, is_uint), 3: moment, 4: items(octets(32), text(64)),
                                       5: identifier})
answer_map = members({1: word("allow defer deny"), 2: list_of(256, reason_map)},
                     {3: moment, 4: moment, 5: list_of(64, items(identifier, text(64), octets(32), is_uint))})

# inputs: the hash of the salted question. records: the indexes that reasons, packs and counted uses name.
Decision = namedtuple("Decision", "leaf question answer inputs records")

class Clearance(namedtuple("Clearance", (
        "origin", "ledger_id", "count", "root", "log_size", "log_root", "decided_at", "not_after", "inputs", "note"))):
    @property
    def summary(self):
        """What the record has that anchors it by itself."""
        return self.root, self.count, self.log_size, self.log_root, self.inputs

def anchored_by_itself(index, event):
    """"Anchoring": the summary of the clearance that a record anchors by itself, or None."""
    fields = event.fields
    if event.number == 17 and "inputs-digest" in fields and index >= fields["covered-size"]:
        return tuple(map(fields.get, ("root", "count", "covered-size", "covered-root", "inputs-digest")))

def parse_decision(leaf):
    """"Decisions": a leaf of the tree."""
    need(len(leaf) <= MAX_LEAF, f"A leaf is larger than {MAX_LEAF} bytes.")
    value, tag = decode_cbor(leaf, "malformed-proof"), "consent-ledger/decision/v1"
    need(items(lambda value: value == tag, octets(32), question_map, answer_map)(value), "A leaf is no decision.")
    _, salt, question, answer = value
    packs = answer.get(5, [])
    need(question.keys() & {7, 9} or question.get(10) == "opt-out-confirmation",
         "The question names neither categories nor a template, and confirms no opt-out.")
    need(all(a[0] < b[0] for a, b in zip(packs, packs[1:])), "The packs do not ascend by name.")
    need({reason[4][0] for reason in answer[2] if 4 in reason} <= {pack[2] for pack in packs},
         "A reason names a pack that is not in force.")
    for key, outcome in ((3, "defer"), (4, "allow")):
        need(key not in answer or (answer[1] == outcome and answer[key] > question[11]),
             "When it is allowed next, or lapses, is not of this outcome, or not after `at`.")
    reader = CborReader(leaf, "malformed-proof")
    reader.at = start = len(b"\x84" + encode_cbor(tag) + encode_cbor(salt))
    reader.item()
    inputs = sha256(b"\x83" + encode_cbor("consent-ledger/question/v1") + encode_cbor(salt) + leaf[start:reader.at])
    records = [index for reason in answer[2] for index in reason.get(2, [])] + [adoption for *_, adoption in packs]
    records += [use[7] for use in question.get(17, []) if 7 in use]
    return Decision(leaf, question, answer, inputs, records)

def parse_clearance(data):
    """"The signed part": ten lines, and their signatures."""
    note, (_, *lines) = parse_note(data, "malformed-proof")
    names = "origin ledger-id count root log-size log-root decided-at not-after inputs".split()
    values = [line.removeprefix(name + " ") for name, line in zip(names, lines)]
    need(len(lines) == len(names) and [f"{name} {value}" for name, value in zip(names, values)] == lines,
         "The lines are not those of a clearance.")
    origin, *values = values
    count, log_size = (known(parse_decimal(values[place], MAX_SIZE)) for place in (1, 3))
    decided_at, not_after = (known(parse_decimal(values[place], MAX_MOMENT)) for place in (5, 6))
    ledger_id, root, log_root, inputs = (known(parse_hex(values[place], 32)) for place in (0, 2, 4, 7))
    need(1 <= len(origin.encode()) <= MAX_ORIGIN and not origin.startswith("consent-ledger/"), "It has no origin.")
    need(count and log_size and 0 <= not_after - decided_at <= DAY, "It has no leaves, no records, or no due end.")
    return Clearance(origin, ledger_id, count, root, log_size, log_root, decided_at, not_after, inputs, note)

NO_LOG = "Whether the log has that root at that size, and has the record that anchors it: no log was read."

def check_clearance(clearance, policy, ledger_id, report):
    """"What holds", rules 1 and 2 of what is signed; and what a clearance does not show."""
    report.size, report.root, report.ledger_id = clearance.log_size, clearance.log_root, clearance.ledger_id
    report.facts.update(origin=clearance.origin, count=clearance.count, decided_at=clearance.decided_at,
                        not_after=clearance.not_after, sent_at=report.at,
                        shows="who held the log's key stated this, over this log")
    try:
        signers = signers_of(Checkpoint(clearance.origin, None, None, clearance.note), policy.logs)
        require(signers, "clearance-not-signed", "The log's key, by the name of its origin, did not sign it.", "tree")
    except Invalid as invalid:
        report.add_invalid(invalid)
    if clearance.ledger_id != ledger_id:
        report.add("signatures", "wrong-ledger-id", None, None, "The ledger-id is not the pinned one.")
    if report.at is None:
        report.skip("Whether it may be acted on: this takes the moment of sending, and none is given.")
    for sentence in ("Whether the answer is right: the operator's own key says so. Computing it again shows it.",
                     "When it was made, before a checkpoint kept elsewhere covers the record that anchors it.",
                     "Witnesses: none is asked of a clearance.",
                     NO_LOG,
                     "Whether what the question states is true, and whether a message was sent, and which.",
                     "Whether these are all questions that were asked."):
        report.skip(sentence)

def check_decision(decision, clearance, file, index, report):
    """"What holds", rules 2, 4 and 5 of one leaf."""
    at, lapses = decision.question[11], decision.answer.get(4, MAX_MOMENT + 1)
    for holds, level, code, sentence in (
            (decision.question[1] == clearance.ledger_id, "signatures", "wrong-ledger-id", "It is of another ledger."),
            (clearance.decided_at <= at <= clearance.not_after, "replay", "asked-out-of-time",
             "The moment asked about is before it was decided, or after it ends."),
            (all(record < clearance.log_size for record in decision.records), "replay", "record-beyond-size",
             "It rests on a record that could not be known."),
            (report.at is None or at <= report.at <= clearance.not_after and report.at < lapses, "replay",
             "not-at-this-time", "At the time given it does not hold yet, or no longer.")):
        if not holds:
            report.add(level, code, file, index, sentence)

def verify_clearance_file(match, data, policy, ledger_id, report):
    """"A clearance file"."""
    clearance = parse_clearance(data[:match.end(1)])
    index, decision, hashes = decimal_in(match[2]), parse_decision(base64_in(match[3])), hashes_in(match[4])
    check_clearance(clearance, policy, ledger_id, report)
    if not verify_inclusion(index, clearance.count, leaf_hash(decision.leaf), hashes, clearance.root):         # rule 3
        report.add("tree", "wrong-path", None, index, "The hashes do not lead from the leaf to the root.")
    if clearance.count == 1 and clearance.inputs != sha256(decision.inputs):
        report.add("tree", "wrong-inputs", None, index, "The question is not the one in `inputs`.")
    check_decision(decision, clearance, None, index, report)
    if clearance.count > 1:
        report.skip("Whether `inputs` is that of all questions: this takes all leaves.")
    question, answer = decision.question, decision.answer
    report.facts.update(
        index=index, outcome=answer[1], reasons=[reason[1] for reason in answer[2]], business=question[2],
        channel=question[6], at=question[11], lapses=answer.get(4), next_allowed=answer.get(3))
    if answer[1] != "allow":
        report.skip(f"It is no yes: a {answer[1]} shows that somebody asked.")

def leaves_in(file, most):
    """"A clearance directory": the leaves in `leaves`, one at a time, up to so many. What comes then stays unread."""
    for _ in range(most):
        length = file.read(2)
        if not length:
            return
        leaf = file.read(int.from_bytes(length, "big"))
        need(len(length) == 2 and leaf and len(leaf) == int.from_bytes(length, "big"),
             "The leaves end within one, or one has no bytes.")
        yield leaf

def verify_clearance_folder(leaves, match, data, policy, ledger_id, report):
    """"A clearance directory": the signed note, and all leaves with their lengths."""
    clearance, hashes, inputs, outcomes = parse_clearance(data), bytearray(), hashlib.sha256(), Counter()
    check_clearance(clearance, policy, ledger_id, report)
    index = -1
    try:
        for index, leaf in enumerate(leaves_in(leaves, clearance.count + 1)):
            if index == clearance.count:    # one too many: it counts, whatever its bytes are
                break
            hashes += leaf_hash(leaf)
            try:
                decision = parse_decision(leaf)
            except Invalid as invalid:  # "only a `clearance` that is no signed part makes it none"
                report.add("structure", "wrong-leaves", "leaves", index, invalid.sentence)
                continue
            check_decision(decision, clearance, "leaves", index, report)
            inputs.update(decision.inputs)
            outcomes[decision.answer[1]] += 1
    except Invalid as invalid:
        report.add("structure", "wrong-leaves", "leaves", index + 1, invalid.sentence)
    count = index + 1
    if count != clearance.count:
        report.add("tree", "wrong-count", "leaves", None, f"{count} were read, and {clearance.count} are signed.")
    elif Tree(bytes(hashes)).root(count) != clearance.root:
        report.add("tree", "wrong-root", "leaves", None, "Their tree has another root.")
    if sum(outcomes.values()) < min(count, clearance.count):
        report.skip("Whether `inputs` is that of all questions: some of the leaves are none.")
    elif inputs.digest() != clearance.inputs:
        report.add("tree", "wrong-inputs", "leaves", None, "The questions are not those in `inputs`.")
    report.facts.update((outcome, outcomes[outcome]) for outcome in ("allow", "defer", "deny"))

# ==== Which file it is ===============================================================================================

INCLUSION = b"c2sp.org/tlog-proof@v1"
CHAIN, CLEARANCE = b"consent-ledger/chain-proof/v1", b"consent-ledger/clearance/v1"
PROOFS = {  # the first line: what follows it, how large the file may be, and what verifies it
    INCLUSION: (
        rb"(?:extra ([^\n]+)\n)?index ([^\n]*)\n" + HASHES % 63 + b"\n" + NOTE, MAX_SMALL_PROOF, verify_inclusion_file),
    b"consent-ledger/consistency-proof/v1": (
        HASHES % 127 + b"\n" + NOTE + b"\n" + NOTE, MAX_SMALL_PROOF, verify_consistency_file),
    CHAIN: (rb"chain (business|contact) ([a-z0-9-]{1,64})\nsince ([^\n]*)\n\n" + NOTE + b"\n(?=record )",
            MAX_CHAIN_PROOF, verify_chain_file),
    CLEARANCE: (NOTE + rb"\nindex ([^\n]*)\nleaf ([^\n]*)\n" + HASHES % 63, MAX_NOTE, verify_clearance_file),
    (CLEARANCE, "leaves"): (NOTE, MAX_NOTE, verify_clearance_folder),
}

def match_proof(kind, data):
    """The parts of a file of one kind."""
    form, most, _ = PROOFS[kind]
    match = data.startswith(kind + b"\n") and len(data) <= most and re.compile(form).fullmatch(data, len(kind) + 1)
    need(match, "Its lines are not those of a proof of its kind.")
    return match

AT_ALONE = "--at is for clearances alone."
COMPARED_WITH_NOTHING = "Identity: the ledger-id given was compared with nothing; no entry 0 was found in the file."

def verify_proof_file(data, vkey=None, policy=None, ledger_id=None, at=None, leaves=None):
    """A Report on a proof file; on a clearance, for sending at a time in milliseconds, or for no sending.

    leaves: of a clearance directory, the bytes of that file or, to be read piece by piece, the file. Without vkey and
    policy nothing is judged. A finding `malformed-proof` says that the file has another form, and is no proof; others
    say that it does not hold.
    """
    kind, in_folder, report, trust = data.split(b"\n", 1)[0], leaves is not None, Report(), trusted(vkey, policy)
    proof = PROOFS.get((kind, "leaves") if in_folder else kind)
    if not in_folder and proof is None:
        raise BadInput("It is neither a log nor a proof file nor an evidence bundle.")
    if not in_folder and kind != CLEARANCE and at is not None:
        raise WrongCall(AT_ALONE)
    if vkey is None and policy is None:
        raise WrongCall("A proof needs --vkey or --policy.")
    if (in_folder or kind == CLEARANCE) and ledger_id is None:
        raise WrongCall("A clearance needs --ledger-id.")
    if not trust.logs:
        raise BadInput("The policy names no log.")
    if proof is None:
        raise BadInput("The file `clearance` is no signed part of a clearance.")
    (form, most, check), start = proof, len(kind) + 1
    if in_folder:
        check = partial(check, io.BytesIO(leaves) if isinstance(leaves, bytes) else leaves)
    report.facts["proof"], report.at = kind.decode(), at
    try:
        need(len(data) <= most, "The file is larger than a proof of its kind may be.")
        form = re.compile(form)
        match = form.match(data, start, MAX_SMALL_PROOF) if kind == CHAIN else form.fullmatch(data, start)
        need(match, "Its lines are not those of a proof of its kind.")
        check(match, data, trust, ledger_id, report)
    except Invalid as invalid:
        report.add_invalid(invalid)
    if ledger_id is not None and report.ledger_id is None:
        report.skip(COMPARED_WITH_NOTHING)
    if ledger_id is None:
        report.skip("Identity: no ledger-id is pinned.")
    if kind != CLEARANCE:
        report.skip_what_none_shows(trust)
    return report.finish()

# ==== "Anchoring" ====================================================================================================

ANCHOR = b"consent-ledger/clearance-anchor/v1"

Anchor = namedtuple("Anchor", "record index hashes")

def parse_anchor(data):
    """"An anchor file"."""
    match = len(data) <= MAX_ANCHOR and re.fullmatch(
        ANCHOR + rb"\nrecord ([^\n]*)\nindex ([^\n]*)\n" + HASHES % 63, data)
    need(match, "Its lines are not those of an anchor file.")
    return Anchor(decimal_in(match[1], MAX_SIZE), decimal_in(match[2], MAX_SIZE), hashes_in(match[3]))

class Anchoring:
    """Whether a record anchors a clearance: the one that the anchor file names or, without, the first that does."""

    def __init__(self, clearance, anchor):
        self.clearance, self.anchor, self.seen = clearance, anchor, None

    def see(self, index, record, event):
        """A record that is shown, in the order of the log."""
        if self.seen is None and (anchored_by_itself(index, event) == self.clearance.summary if self.anchor is None
                                  else index == self.anchor.record):
            self.seen = index, record, event

    def check_log(self, report, tree):
        """That the root of the log's first log-size records is log-root. tree: the one with its checkpoint's root."""
        size, finding = self.clearance.log_size, partial(Finding, "tree", "wrong-log-root", "clearance", None)
        if report.size is not None and size > report.size:
            report.findings.append(finding("It rests on more records than the log has."))
        elif tree is None:
            report.skip("Whether the log has, at the clearance's size, that root: no tree here has its checkpoint's.")
        elif tree.root(size) != self.clearance.log_root:
            report.findings.append(finding("The log has another root at its log-size."))

    def findings(self):
        """What keeps the record that was seen from anchoring the clearance, and from being in time."""
        clearance, anchor = self.clearance, self.anchor
        if self.seen is None:
            yield Finding("replay", "not-anchored", None, anchor and anchor.record, (
                "No record that is shown anchors it by itself. Whether one does with others takes an anchor file."
                if anchor is None else "The record that the anchor file names is not shown."))
            return
        index, record, event = self.seen
        fields, finding = event.fields, partial(Finding, file="anchor", index=index)
        if anchor is not None:
            if event.number != 17 or "inputs-digest" in fields:                                 # rule 1
                yield finding("replay", "not-anchored", sentence="The record is none that anchors clearances together.")
                return
            if not verify_inclusion(anchor.index, fields["count"], leaf_hash(clearance.note.text), anchor.hashes,
                                    fields["root"]):
                yield finding("tree", "wrong-path", sentence="The hashes do not lead from the clearance to the "
                              "record's root.")
            covered_size, covered_root = fields["covered-size"], fields["covered-root"]
            if clearance.log_size >= covered_size and (
                    clearance.log_size, clearance.log_root) != (covered_size, covered_root):    # rule 2
                yield finding("replay", "not-covered", sentence="The clearance rests on more of the log than the "
                              "record covers, or on another log.")
            if index < covered_size:                                                            # rule 3
                yield finding("replay", "record-beyond-size", sentence="The record covers records that come after it, "
                              "or itself.")
        if record.recorded_at > clearance.not_after:
            yield finding("replay", "too-late", file=None, sentence="It was recorded after the clearance ended: that "
                          "shows nothing for its time.")

    def facts(self, report, tree):
        """What was found. It is anchored only where all holds but for the time; tree is the log's, if that is here."""
        clearance = self.clearance
        facts = {"proof": "anchored clearance", "together": self.anchor is not None, "anchored_by": None,
                 "recorded_at": None, "in_time": None, "log_size": clearance.log_size,
                 "log_root": clearance.log_root.hex()}
        if self.seen is not None:
            index, record, event = self.seen
            if event.number == 17 and self.anchor is not None:
                size, root = event.fields["covered-size"], event.fields["covered-root"]
                facts["covered_root_is_the_logs"] = tree.root(size) == root if tree and size <= report.size else None
            if all(finding.code == "too-late" for finding in report.findings):
                facts.update(anchored_by=index, recorded_at=record.recorded_at,
                             in_time=record.recorded_at <= clearance.not_after)
        return facts

def verify_anchoring(data, shown, anchor=None, vkey=None, policy=None, ledger_id=None, level="replay", leaves=None):
    """A Report on whether a clearance is anchored: "Anchoring", and rules 1 to 4 of "What holds".

    data and leaves are a clearance's, as of verify_proof_file. shown is what shows the record: the bytes of an
    inclusion proof, or what reads a log, which is verified at the level given. anchor: the bytes of an anchor file. As
    there, a finding `malformed-proof` says that one of the files has another form.
    """
    if LEVELS.index(level) < LEVELS.index("tree"):
        raise WrongCall("What is below the level `tree` shows no record: it asks for no root and no signature.")
    if leaves is None and not data.startswith(CLEARANCE + b"\n"):
        raise BadInput("It is no clearance.")
    if type(shown) is bytes and not shown.startswith(INCLUSION + b"\n"):
        raise BadInput("What is to show the record is neither a log nor an inclusion proof.")

    stated = verify_proof_file(data, vkey, policy, ledger_id, None, leaves)
    stated.findings = [finding._replace(file=finding.file or "clearance") for finding in stated.findings]
    try:
        anchor = None if anchor is None else parse_anchor(anchor)
    except Invalid as invalid:
        stated.add_invalid(invalid, "anchor")
    if any(finding.code == "malformed-proof" for finding in stated.findings):
        return stated.finish()
    clearance = parse_clearance(data if leaves is not None else data[:match_proof(CLEARANCE, data).end(1)])
    anchoring = Anchoring(clearance, anchor)
    if type(shown) is bytes:
        report, tree = verify_proof_file(shown, vkey, policy, ledger_id), None
        report.findings = [finding._replace(file="proof") for finding in report.findings]
        if any(finding.code == "malformed-proof" for finding in report.findings):
            return report
        report.facts = {"origin": report.facts.get("origin")}
        report.skip("Whether the log has that ledger-id and, at the clearance's size, that root: one record is here.")
        with suppress(Invalid):         # which the report has
            extra, index, *_ = match_proof(INCLUSION, shown).groups()
            record, _, event = read_entry(base64_in(extra or b""))
            anchoring.see(decimal_in(index), record, event)
    else:
        log = Log(shown, vkey, ledger_id, policy)
        report, tree = log.verify(level, anchoring.see), log.tree
        if level == "tree" and report.ledger_id not in (None, ledger_id):   # above it the log is asked for it anyway
            report.findings.append(Finding("signatures", "wrong-ledger-id", None, 0,
                                           "The leaf hash of entry 0 is not the pinned ledger-id."))
        anchoring.check_log(report, tree)
    if report.facts.get("origin") not in (None, clearance.origin):
        report.findings.append(Finding("tree", "wrong-origin", "clearance", None,
                                       "It is of another origin than what shows the record."))
    report.findings += [*stated.findings, *anchoring.findings()]
    report.ledger_id = report.ledger_id or clearance.ledger_id
    found = anchoring.facts(report, tree)
    report.facts = {**found, **stated.facts, **report.facts, **found}
    answered = NO_LOG, DECISIONS, COMPARED_WITH_NOTHING
    report.not_covered[:] = [sentence for sentence in dict.fromkeys(stated.not_covered + report.not_covered)
                             if not sentence.startswith(answered)]
    report.skip("Whether the record was there at its recorded-at: that is the ledger's word. A checkpoint that has the "
                "record, and that somebody else kept, shows it.")
    report.skip("What else the record anchors, or other records do: this clearance alone was asked about.")
    return report.finish()

# ==== "Time stamps" (RFC 3161): what can be seen without a key and a certificate =====================================

SHA_256, SIGNED_DATA, TST_INFO = (bytes.fromhex(oid) for oid in (
    "608648016503040201", "2a864886f70d010702", "2a864886f70d0109100104"))
INTEGER, OCTETS, OID, GENERALIZED_TIME, SEQUENCE, SET = 2, 4, 6, 24, 0x30, 0x31
GEN_TIME = re.compile(rb"([0-9]{14})(?:\.([0-9]+))?Z")

def due_in_stamp(condition):
    if not condition:
        raise ValueError("It is no time stamp.")

def der(data):
    """The tags and contents of what DER has here, one after the other; ValueError where it is not DER."""
    found, at = [], 0
    while at < len(data):
        due_in_stamp(len(data) - at >= 2 and data[at] & 31 < 31)
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= 128:
            encoded, at = data[at:at + length - 128], at + length - 128
            length = int.from_bytes(encoded, "big")
            due_in_stamp(encoded and encoded[0] and length >= 128)
        due_in_stamp(length <= len(data) - at)
        found.append((tag, data[at:at + length]))
        at += length
    return found

def of_tag(tag, item):
    due_in_stamp(item[0] == tag)
    return item[1]

def inside(tag, item):
    return der(of_tag(tag, item))

def der_number(item, tag=INTEGER):
    content = of_tag(tag, item)
    due_in_stamp(content and (len(content) == 1 or content[0] not in (0, 255) or (content[0] ^ content[1]) & 128))
    return int.from_bytes(content, "big", signed=True)

def optional(found, *tags):
    """By their tags, parts each of which may be absent, in the order of these tags."""
    parts = dict(found)
    due_in_stamp([tag for tag, _ in found] == [tag for tag in tags if tag in parts])
    return parts

def stamp_bounds(data, stamped):
    """"Time stamps", rules 2 to 4, of a TimeStampResp, and no more of it: e and t in milliseconds; else ValueError."""
    response, = der(data)
    status, token = inside(SEQUENCE, response)
    granted, *texts = inside(SEQUENCE, status)
    optional(texts, SEQUENCE, 3)
    due_in_stamp(der_number(granted) in (0, 1))
    kind, explicit = inside(SEQUENCE, token)
    signed, = inside(0xA0, explicit)
    version, digests, content, *others, signers = inside(SEQUENCE, signed)
    optional(others, 0xA0, 0xA1)
    due_in_stamp((kind, version[0], digests[0], signers[0]) == ((OID, SIGNED_DATA), INTEGER, SET, SET))
    kind, explicit = inside(SEQUENCE, content)
    octets, = inside(0xA0, explicit)
    info, = der(of_tag(OCTETS, octets))
    version, policy, imprint, serial, time, *others = inside(SEQUENCE, info)
    others = optional(others, SEQUENCE, 1, INTEGER, 0xA0, 0xA1)     # accuracy, ordering, nonce, tsa, extensions
    due_in_stamp(kind == (OID, TST_INFO) and der_number(version) == 1 and (policy[0], serial[0]) == (OID, INTEGER))
    algorithm, hashed = inside(SEQUENCE, imprint)
    algorithm, *parameters = inside(SEQUENCE, algorithm)
    due_in_stamp(algorithm == (OID, SHA_256) and parameters in ([], [(5, b"")]) and hashed == (OCTETS, sha256(stamped)))
    match = GEN_TIME.fullmatch(of_tag(GENERALIZED_TIME, time))
    due_in_stamp(match)
    second = datetime.strptime(match[1].decode(), "%Y%m%d%H%M%S") - datetime(1970, 1, 1)
    moment = second // timedelta(milliseconds=1) + int((match[2] or b"").ljust(3, b"0")[:3])
    is_finer = bool((match[2] or b"")[3:].strip(b"0"))
    accuracy = optional(der(others.get(SEQUENCE, b"")), INTEGER, 0x80, 0x81)
    seconds, thousandths, millionths = (
        der_number((tag, accuracy.get(tag, b"\0")), tag) for tag in (INTEGER, 0x80, 0x81))
    accuracy = 1000 * seconds + thousandths + (millionths > 0)          # rounded up
    due_in_stamp(moment >= 0 and seconds >= 0 and 0 <= thousandths <= 999 and 0 <= millionths <= 999
                 and accuracy <= DAY)
    return max(moment - accuracy, 0), min(moment + is_finer + accuracy, MAX_MOMENT)

def stamped_bytes(checkpoint):
    """What is stamped of it: its text and the first of its lines whose name is the origin."""
    line = next((key_id + signature for name, key_id, signature in checkpoint.note.signatures
                 if name == checkpoint.origin), b"")
    return checkpoint.note.text + f"\n\u2014 {checkpoint.origin} {base64.b64encode(line).decode()}\n".encode()

# ==== "Evidence bundles": the archive, and JSON ======================================================================

ZIP, EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
LOCAL, DIRECTORY, END = Struct("<4s5H3L2H"), Struct("<4s6H3L5H2L"), Struct("<4s4H2LH")
ENTRY_NAME = re.compile(rb"(?=.{1,255}\Z)[A-Za-z0-9_-][A-Za-z0-9._-]*+(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*+)*+")
MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY, MAX_COUNTED, MAX_SIDE_FILE = 2**32 - 1, 65_535, 256 << 20, 1 << 30, 32 << 20

# "The files", in their order: how many bytes each may have and, of a folder, the names in it.
FIXED_FILES = {**dict.fromkeys(("evidence.html", "evidence.json", "VERIFY.txt", "SHA256SUMS", "verify.py"),
                               MAX_SIDE_FILE), "log.vkey": MAX_NOTE, "checkpoint": MAX_NOTE}
INDEX, HASH = "(0|[1-9][0-9]{0,18})", "([0-9a-f]{64})"
ENDINGS = {b"image/png": ".png", b"image/jpeg": ".jpg", b"image/tiff": ".tiff", b"application/pdf": ".pdf",
           b"text/plain": ".txt", b"audio/mpeg": ".mp3", b"audio/ogg": ".ogg", b"audio/wav": ".wav",
           b"video/mp4": ".mp4"}
FOLDERS = {
    "records": (MAX_RECORD, INDEX), "proofs": (MAX_SMALL_PROOF, INDEX + r"\.tlog-proof"),
    "private": (MAX_SIDE_FILE, INDEX + r"\.json"), "objects": (MAX_OBJECT, HASH),
    "clearances": (MAX_NOTE, INDEX + r"\.clearance"),
    "checkpoints": (MAX_SMALL_PROOF, INDEX + r"\.consistency-proof"),
    "stamps": (MAX_STAMP, INDEX + rf"\.{HASH}\.tsr"),
    "attachments": (MAX_ATTACHMENT, HASH + f"(?:{'|'.join(map(re.escape, ENDINGS.values()))})?")}

# at: where its bytes begin. folder: of FOLDERS, with the match of the rest of the name. most: bytes that it may have.
Entry = namedtuple("Entry", "at size crc folder match most")

def entry_of(name, *header):
    """An entry by its name. What has no name of a bundle's file has no bound of its own."""
    folder, _, rest = name.partition("/")
    most, form = FOLDERS.get(folder, (MAX_ENTRY, "(?!)"))
    match = re.fullmatch(form, rest)
    return Entry(*header, *((folder, match, most) if match else (None, None, FIXED_FILES.get(name, MAX_ENTRY))))

class Archive(Mapping):
    """"The archive": a file that is read piece by piece, by the names of its entries, in their order."""

    def __init__(self, file):
        self.file, self.entries = file, {}      # by name: an Entry
        file.seek(0, os.SEEK_END)
        end, at, headers = file.tell(), 0, bytearray()
        self.due(end <= MAX_ARCHIVE, "the archive is too large")
        while self.take(at, 4) == ZIP:
            start, head = at, self.take(at, LOCAL.size)
            self.due(len(head) == LOCAL.size, "a local header is cut short")
            crc, size, _, length, _ = LOCAL.unpack(head)[6:]
            name = self.take(at + LOCAL.size, length)
            self.due(len(name) == length and ENTRY_NAME.fullmatch(name), f"the name of entry {len(self)} is none")
            self.due(head == LOCAL.pack(ZIP, 10, 0, 0, 0, 0x21, crc, size, size, length, 0),
                     f"the local header of {name.decode()} is not in the one form")
            self.due(size <= MAX_ENTRY, f"{name.decode()} is too large")
            at += LOCAL.size + length + size
            self.due(at <= end and name.decode() not in self, f"{name.decode()} is cut short, or there twice")
            self.entries[name.decode()] = entry_of(name.decode(), at - size, size, crc)
            self.due(len(self) <= MAX_ENTRIES, "it has too many entries")
            headers += DIRECTORY.pack(b"PK\x01\x02", 0x30A, 10, 0, 0, 0, 0x21, crc, size, size, length, 0, 0, 0, 0,
                                      0x81A40000, start) + name
        headers += END.pack(EMPTY_ZIP, 0, 0, len(self), len(self), len(headers), at, 0)
        self.due(self.take(at, len(headers) + 1) == headers,
                 "the directory or the end is not in the one form, or something follows it")
        counted = sum(entry.size for name, entry in self.entries.items() if entry.size <= entry.most
                      and (name in FIXED_FILES or entry.folder not in (None, "attachments")))
        self.due(counted <= MAX_COUNTED, f"it has more than {MAX_COUNTED} bytes beside contents of attachments")
        self.due(sum(entry.folder == "checkpoints" for entry in self.entries.values()) <= MAX_CHECKPOINTS,
                 f"it has more than {MAX_CHECKPOINTS} files in checkpoints/")

    def due(self, condition, why):
        need(condition, f"It is no evidence bundle: {why}.")

    def take(self, at, length):
        self.file.seek(at)
        return self.file.read(length)

    def __contains__(self, name):
        return name in self.entries

    def __iter__(self):
        return iter(self.entries)

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, name):
        self.check_size(name)
        return self.take(*self.entries[name][:2])

    def check_size(self, name):
        entry = self.entries[name]
        require(entry.size <= entry.most, "file-too-large",
                f"It has {entry.size} bytes; such a file has {entry.most} at most.")

    def sums(self, name):
        """Whether the bytes have the CRC-32 that is stated, and their SHA-256."""
        at, left, stated = self.entries[name][:3]
        crc, digest = 0, hashlib.sha256()
        while left:
            piece = self.take(at, min(left, 1 << 20))
            self.due(piece, f"{name} is cut short while it is read")
            crc, at, left = crc32(piece, crc), at + len(piece), left - len(piece)
            digest.update(piece)
        return crc == stated, digest.hexdigest()

UNSEEN = [number for first, _, last in (each.partition("-") for each in (
    "0-1f 7f-9f ad 600-605 61c 6dd 70f 890-891 8e2 180e 200b 200e-200f 2028-202e 2060-206f feff fff9-fffb 110bd 110cd "
    "13430-1343f 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f").split())
    for number in range(int(first, 16), int(last or first, 16) + 1)]
JSON_ESCAPES = str.maketrans({
    **{number: re.sub("(.{4})", r"\\u\1", chr(number).encode("utf-16-be").hex()) for number in UNSEEN},
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"})

def json_string(text):
    return f'"{text.translate(JSON_ESCAPES)}"'

def past(data, at, text):
    """Where a text ends that is due at that place; ValueError where it is not there."""
    text = text.encode()
    if not data.startswith(text, at):
        raise ValueError(f"At byte {at} something else is due.")
    return at + len(text)

def past_json(data, at, value):
    """"JSON": the same of a value in its one form. What is due is never whole in memory, since it may be large."""
    if isinstance(value, (dict, list)):
        is_map = isinstance(value, dict)
        at = past(data, at, "[{"[is_map])
        for number, name in enumerate(sorted(value) if is_map else range(len(value))):
            at = past(data, at, "," * (number > 0) + (json_string(name) + ":" if is_map else ""))
            at = past_json(data, at, value[name])
        return past(data, at, "]}"[is_map])
    if isinstance(value, float):
        raise ValueError("Numbers are whole.")
    return past(data, at, json_string(value) if isinstance(value, str) else json.dumps(value))

def levels_of(value):
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(levels_of, value.values() if isinstance(value, dict) else value), default=0)

def read_json(data, **how):
    """RFC 8259, within MAX_JSON_LEVELS and without a name twice in one object; else ValueError or RecursionError."""
    def object_of(pairs):
        members = dict(pairs)
        if len(members) < len(pairs):
            raise ValueError("A name is there twice.")
        return members

    value = json.loads(data.decode(), object_pairs_hook=object_of, **how)
    if levels_of(value) > MAX_JSON_LEVELS:
        raise ValueError("It has too many levels.")
    return value

def parse_json(data):
    """"JSON": parsed, and compared with what it has to be."""
    try:
        value = read_json(data)
        same = past(data, past_json(data, 0, value), "\n") == len(data)
    except (ValueError, RecursionError):
        same = False
    require(same, "malformed-json", f"It is not JSON in its one form, or has more than {MAX_JSON_LEVELS} levels.")
    return value

FORMAT = "consent-ledger/evidence/v"

def is_of_another_version(data):
    """Whether it is JSON, in this form or another, and of a version of the document that is not known here."""
    def refuse(constant):
        raise ValueError(f"{constant} is not JSON.")

    with suppress(ValueError, RecursionError):
        document = read_json(data, parse_int=len, parse_float=len, parse_constant=refuse)
        stated = document.get("format") if type(document) is dict else None
        return type(stated) is str and stated.startswith(FORMAT) and stated != FORMAT + "1"
    return False

# ==== "Evidence bundles": the forms of the document (ledger/evidence.schema.json) ====================================

def each(check, most=MAX_SIZE):
    return lambda value: type(value) is list and len(value) <= most and all(map(check, value))

def rising(check):
    """A list of any length that ascends, each once (code points and UTF-8 have one order)."""
    return lambda value: each(check)(value) and all(a < b for a, b in pairwise(value))

def or_null(check):
    return lambda value: value is None or check(value)

def one_of(*checks):
    return lambda value: any(check(value) for check in checks)

def record_of(**required):
    """An object with exactly these members; an underscore stands for a dash or, at the end, for nothing."""
    return members({name.rstrip("_").replace("_", "-"): check for name, check in required.items()}, {})

def map_of(check):
    return lambda value: type(value) is dict and all(map(check, value.values()))

is_text = pattern("[^\ud800-\udfff]*")
handle_text, digest_text = pattern("[0-9a-f]{32}"), pattern("[0-9a-f]{64}")
seconds_east = number(-86_399, 86_399)

def time_text(value):
    """RFC 3339 in UTC, with milliseconds only where they are not 0."""
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z"
    if type(value) is not str or not re.fullmatch(form, value):
        return False
    with suppress(BadInput):
        return moment_text(parse_time(value)) == value
    return False

recipient = record_of(country=or_null(country), clocks=each(record_of(
    zone=is_text, offsets=each(record_of(since=time_text, seconds=seconds_east)))))
send = record_of(at=time_text, channel=is_text, category=or_null(is_text), template=or_null(is_text),
                 sender=or_null(is_text), reference=or_null(is_text), recipient=recipient)
reason = record_of(code=identifier, records=each(is_uint), time=or_null(time_text), category=or_null(is_text),
                   pack=or_null(digest_text), rule=or_null(is_text))
answer = record_of(outcome=or_null(word("allow deny defer")), problem=or_null(is_text), reasons=each(reason),
                   next_allowed_at=or_null(time_text), lapses_at=or_null(time_text))
sighting = record_of(at=time_text, by=or_null(is_text), size=is_uint)
piece = one_of(record_of(words=is_text), record_of(value=is_text),
               record_of(value=is_text, record=is_uint, field=is_text))
pieces = each(piece)

def kind_of(kind, optional=(), **required):
    required = {"kind": lambda value: value == kind, **{name.rstrip("_"): check for name, check in required.items()}}
    return members(required, dict(optional))

block = one_of(
    kind_of("paragraph", {"style": word("yes no wait note")}, pieces=pieces),
    kind_of("heading", pieces=pieces),
    kind_of("facts", facts=each(record_of(name=is_text, pieces=pieces))),
    kind_of("table", columns=each(is_text), rows=each(each(pieces))),
    kind_of("quote", piece=piece),
    kind_of("list", items=each(pieces)),
    kind_of("signature", lines=each(is_text)),
    kind_of("timeline", title=is_text, caption=is_text, from_=moment, to=moment,
            ticks=each(record_of(at=moment, text=is_text)),
            marks=each(record_of(at=moment, kind=word("grant stop send other"), text=is_text)),
            rows=each(record_of(label=is_text, spans=each(
                record_of(from_=moment, to=moment, state=word("allow defer")))))))

DOCUMENT = {
    "format": is_text,
    "request": record_of(
        language=word("en es"), made_at=time_text, business=identifier, contact=or_null(is_text), handle=handle_text,
        other_handles=rising(handle_text), at=time_text, channels=rising(is_text), categories=rising(is_text),
        fields=or_null(rising(identifier)), sends=each(send, MAX_ASKED), recipient=recipient,
        local=each(record_of(zone=is_text, offsets=each(record_of(at=time_text, seconds=seconds_east))))),
    "ledger": record_of(origin=is_text, ledger_id=or_null(digest_text), size=is_uint, root=digest_text,
                        test=lambda value: type(value) is bool),
    "subject": record_of(
        business=record_of(id=identifier, name=is_text, country=or_null(is_text), brands=each(is_text)),
        contact=or_null(is_text), contact_shown_by=or_null(is_uint), erased_by=or_null(is_uint),
        chains=each(record_of(handle=handle_text, why=word("contact same-line linked"), records=is_uint))),
    "answers": each(record_of(channel=is_text, category=is_text, answer=answer, carried=each(record_of(
        from_=time_text, until=or_null(time_text), waiting=lambda value: type(value) is bool)))),
    "sends": each(record_of(then=answer, today=answer), MAX_ASKED),
    "events": each(record_of(
        record=is_uint, recorded_at=time_text, type=is_text, event_id=handle_text, handles=each(handle_text),
        key=handle_text, custody=or_null(word("external ledger")), authorized_by=or_null(is_uint),
        fields=map_of(one_of(is_text, each(is_text))), private=or_null(map_of(is_text)), not_shown=or_null(is_uint),
        words=or_null(is_text), attachment=or_null(is_text), existed_by=or_null(sighting),
        not_shown_at=or_null(sighting))),
    "clearances": each(record_of(
        decided_at=time_text, at=time_text, contact=is_text, channel=is_text, categories=each(is_text),
        outcome=word("allow deny defer"), anchored_by=or_null(is_uint))),
    "proof": record_of(source_statements=is_uint, ledger_held=is_uint, governance_records=is_uint,
                       checkpoints=each(record_of(
                           size=is_uint, root=digest_text, sha_256=digest_text,
                           cosigned=each(record_of(name=is_text, at=or_null(time_text))),
                           stamped=each(record_of(sha_256=digest_text, earliest=or_null(time_text),
                                                  latest=or_null(time_text)))))),
    "page": record_of(language=is_text, title=is_text, sections=each(
        record_of(id=pattern("[a-z-]+"), heading=is_text, blocks=each(block)))),
}

def parse_document(data):
    """"The document"."""
    document = parse_json(data)
    require(type(document) is dict and document.keys() == DOCUMENT.keys() and document["format"] == FORMAT + "1",
            "malformed-document", "It is no document of an evidence bundle, version 1.")
    for name, check in DOCUMENT.items():
        require(check(document[name]), "malformed-document", f"Its member {name} is not in its form.")
    request = document["request"]
    pairs = len(request["channels"]) * len(request["categories"])
    require(pairs <= MAX_ASKED and pairs * len(document["events"]) <= MAX_ANSWERED, "malformed-document",
            f"Its request asks for more than {MAX_ASKED} pairs of a channel and a category, or these times its events "
            f"are more than {MAX_ANSWERED}.")
    require(request["handle"] not in request["other-handles"]
            and all(parse_time(a["at"]) < parse_time(b["at"])
                    for zone in request["local"] for a, b in pairwise(zone["offsets"])),
            "malformed-document", "Its request names the handle as another one, or has offsets that do not ascend.")
    blocks = [block for section in document["page"]["sections"] for block in section["blocks"]]
    require(all(block["from"] < block["to"] for block in blocks if block["kind"] == "timeline")
            and all(len(row) == len(block["columns"]) for block in blocks if block["kind"] == "table"
                    for row in block["rows"]), "malformed-document",
            "On the page a timeline ends before it begins, or a row has not one cell for each column.")
    return document

# ==== "The document": the texts of fields ============================================================================

MOMENTS = {name for name, check in FIELDS.values() if check is moment}

def moment_text(milliseconds, on_page=False):
    time = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    fraction = f".{milliseconds % 1000:03}" if milliseconds % 1000 else ""
    return f"{time:%Y-%m-%d %H:%M:%S}{fraction} UTC" if on_page else f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"

def texts_of(name, value, on_page=False):
    """The texts of a field: several of a list or a presentation, else one."""
    if name in MOMENTS:
        return moment_text(value, on_page)
    if name == "occurred-at":
        start, precision = value
        if precision == DAY and start % DAY == 0:
            return moment_text(start)[:10]
        ends = [start] if precision <= 1000 else [start, min(start + precision, MAX_MOMENT)]
        return (" – " if on_page else "/").join(moment_text(end, on_page) for end in ends)
    if name == "notice":
        return value[0]
    if name == "presentation":
        marks = {2: "pre-ticked", 3: "bundled", 4: "condition-of-purchase"}
        return [marks.get(key, value[key]) for key in sorted(value)]
    if isinstance(value, list):
        return [texts_of(None, item) for item in value]
    return value.hex() if isinstance(value, bytes) else "true" if value is True else str(value)

# ==== "The phrases", "The sections" and "The picture": the page again =================================================

# ledger/evidence-words.json, byte for byte.
PHRASES = r"""{
  "en": {
    "answer": "The answer",
    "answer.caps": "How many messages were sent is not in the log: limits on their number are not considered here. Neither is a basis that a sender only asserts.",
    "answer.cell": "%1 %2, since %3",
    "answer.cell.until": "%1 %2, since %3, until %4",
    "answer.columns.answer": "Allowed?",
    "answer.columns.how": "Channel",
    "answer.columns.since": "Carried from – until",
    "answer.columns.what": "About",
    "answer.columns.why": "Why",
    "answer.none": "At %1, of all the categories and channels asked about, nothing recorded allowed %2 to send %3 a message.",
    "answer.person": "this person",
    "answer.rest": "Everything else that was asked about, %1 combinations of category and channel, was never allowed, and no record speaks of it.",
    "answer.rest.one": "The other combination of category and channel that was asked about (%1) was never allowed, and no record speaks of it.",
    "answer.some": "At %1, what is recorded allowed %2 to send %3 messages about:",
    "channel.email": "by e-mail",
    "channel.fax": "by fax",
    "channel.inapp": "in the app",
    "channel.line": "on LINE",
    "channel.mms": "by MMS",
    "channel.post": "by post",
    "channel.push": "by push notification",
    "channel.rcs": "by RCS",
    "channel.sms": "by SMS",
    "channel.voice": "by voice call",
    "channel.whatsapp": "on WhatsApp",
    "clearances": "Clearances",
    "clearances.columns.about": "Question",
    "clearances.columns.anchor": "Anchored in the log",
    "clearances.columns.answer": "Answer",
    "clearances.columns.decided": "Decided",
    "clearances.intro": "Before a message, a sender can ask the ledger and keep its signed answer. These were given with this file.",
    "clearances.none": "no",
    "custodian": "Statement of the custodian",
    "custodian.name": "Name and position",
    "custodian.place": "Place and date",
    "custodian.signature": "Signature",
    "custodian.text": "I am responsible for the ledger named above. This file was produced from it by its software in the ordinary course of business, and to the best of my knowledge the records in it were made at or near the times stated.",
    "custody.external": "the source, outside the ledger",
    "custody.ledger": "the ledger itself",
    "event.attached": "Attached file",
    "event.attached.here": "in this bundle, beside this page, as %1 (%2 bytes)",
    "event.attached.missing": "its content is not in this bundle",
    "event.attached.to": "; it is evidence of record %1",
    "event.every-channel": "every channel",
    "event.everything": "everything",
    "event.happened": "Happened",
    "event.happened.unknown": "not known",
    "event.imported": "taken over from records kept elsewhere, not witnessed by the ledger at the time",
    "event.key": "Signing key",
    "event.local": "local time %1",
    "event.local-between": "local time between %1 (%2) and %3 (%4)",
    "event.method": "Captured by",
    "event.other": "Also said",
    "event.place": "Place in the log",
    "event.place.value": "record %1, number %2 of its contact's chain, leaf hash %3",
    "event.presentation": "Presented as",
    "event.private": "Private evidence: %1",
    "event.private.closed": "committed to; it is not shown here",
    "event.private.count": "%1 fields are committed to and not shown here",
    "event.private.count.one": "%1 field is committed to and not shown here",
    "event.private.hidden": "Private evidence",
    "event.recorded": "Recorded",
    "event.scope": "About",
    "event.seen": "Seen by others",
    "event.seen.cosigned": "it was there on %1 at the latest, as the signature of %2 on the log of size %3 says",
    "event.seen.stamped": "it was there on %1 at the latest, as a time stamp of the log of size %2 says",
    "event.source": "Stated by",
    "event.source.custody": "%1, authorised by record %2; the private key in custody of: %3",
    "event.source.unknown": "%1, which no record authorises",
    "event.unknown": "This version does not know what records of this type mean.",
    "event.unseen.cosigned": "it was not in the log of size %3, which %2 signed on %1",
    "event.unseen.stamped": "it was not in the log of size %2, which was stamped on %1 at the earliest",
    "event.verification": "Made sure by",
    "event.words": "Words shown",
    "event.words.attested": "The time it was shown is attested afterwards.",
    "event.words.missing": "The words are not in this file.",
    "event.words.notice": "notice %1, in %2, known to the ledger since record %3 (%4)",
    "events": "What happened, event by event",
    "events.linked": "Records of linked contacts",
    "events.linked.intro": "These are under other handles. They are shown because a stop recorded there binds here, and so that nothing is missing between the first and the last. Private evidence of theirs is not shown.",
    "instructions": "How to verify this bundle of evidence\n=====================================\n\nevidence.html is for people. It is made from evidence.json, which is made from the records beside it, each of\nwhich is proven to be in the log that the file “checkpoint” signs. Verifying as under 1 or 2 finds a page that was\ndoctored, whatever else was changed with it; 3 finds what is not as the records have it.\n\nWhat must be known from elsewhere\n---------------------------------\nEverything in this file could be false as a whole. So ask the business, its auditor, or a witness of the log,\nby another way than this file, for these three, and compare:\n\n    origin      %1\n    ledger-id   %2\n    log's keys, of which one must be the pinned one (VKEY below):\n%3\n\n1. With the program consent\n---------------------------\n    consent evidence verify FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID\n\nIt exits with 0 if everything holds, and else names each file and record that does not. With --policy (witnesses\nthat you trust) and --roots (certificates of time-stamping authorities that you trust) it also says when each\nrecord is shown to have existed.\n\n2. With verify.py, which others wrote from the specification\n------------------------------------------------------------\nIt needs Python 3.11 or later and nothing else. Take it from the project rather than from this bundle if you can:\na forger can have changed the one in here. It looks at every record, proof and field, and computes the answers and\nthe page again; what it leaves out, it says.\n\n    python3 verify.py FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID\n\n3. By hand, and with any transparency-log software\n--------------------------------------------------\n    unzip FILE.zip -d bundle && cd bundle && sha256sum -c SHA256SUMS\n\nsays that the files are those that were put in. Then, for each record, here %4:\n\n- records/%4 is the record itself, in CBOR. Its leaf hash (RFC 6962) is\n\n      { printf '\\0'; cat records/%4; } | sha256sum\n\n  and is also on the page.\n- proofs/%4.tlog-proof is a C2SP tlog-proof (https://c2sp.org/tlog-proof): the line “extra” is the record in\n  base64, the lines after “index” are the audit path, and the checkpoint follows. Any software for C2SP\n  tlog-proof says whether the path leads from the leaf hash to the checkpoint's root, under the log's vkey. Or:\n      consent verify-proof proofs/%4.tlog-proof --vkey 'VKEY' --ledger-id LEDGER_ID\n- checkpoint is a signed note (https://c2sp.org/signed-note): its first three lines are origin, size and root,\n  and the line after the empty one is the log's Ed25519 signature over them. Others' lines are cosignatures\n  (https://c2sp.org/tlog-cosignature).\n- checkpoints/, if it is there, has older checkpoints that others have seen, each in a proof that the log only\n  grew from it. Or, for each of them:\n      consent verify-proof checkpoints/SIZE.consistency-proof --vkey 'VKEY'\n- stamps/, if it is there, has time stamps (RFC 3161) of these checkpoints, named by size and SHA-256. What is\n  stamped is the checkpoint's text, an empty line, and the log's signature line; with these in the file STAMPED:\n      openssl ts -verify -in stamps/SIZE.SHA256.tsr -data STAMPED -CAfile ROOTS.pem\n- private/%4.json, if there is one, opens what the record only commits to: SPEC.md of the project, “Commitments”,\n  has the hashes.\n- objects/ has the words that the person was shown and the rules that were adopted, each named by its SHA-256:\n  sha256sum objects/* shows the same as their names. So it is with attachments/, which has the files that were\n  attached as evidence: the private fields of a record say their SHA-256. Open them as you would a file from a\n  stranger.\n\nSPEC.md of the project, “Evidence bundles”, has every detail; one can write a verifier from it alone.\n",
    "method.api": "an interface of the business",
    "method.call-agent": "a call agent",
    "method.checkout": "a checkout",
    "method.click-to-chat": "click to chat",
    "method.command-line": "typed in by the operator",
    "method.email-link": "a link in an e-mail",
    "method.import": "an import",
    "method.in-app": "an app",
    "method.in-person": "in person",
    "method.ivr": "a telephone menu",
    "method.keyword": "a keyword",
    "method.offline": "offline",
    "method.one-click-unsubscribe": "one-click unsubscribe",
    "method.other": "another way",
    "method.paper": "paper",
    "method.platform-preference": "a preference on the platform",
    "method.point-of-sale": "a point of sale",
    "method.provider-signal": "a signal of the provider",
    "method.qr-code": "a QR code",
    "method.web-form": "a web form",
    "method.whatsapp-thread": "a WhatsApp thread",
    "open-end": "open",
    "outcome.allow": "Yes",
    "outcome.defer": "Not now",
    "outcome.deny": "No",
    "outcome.none": "No answer",
    "problem.contradictory-question": "what is said of the message contradicts itself",
    "problem.missing-text": "the words of a notice are not there",
    "problem.not-covered": "a record is of a type that this version does not know",
    "problem.unknown-business": "the ledger did not know the business then",
    "problem.unknown-category": "the ledger did not know the category then",
    "problem.unknown-channel": "there is no such channel",
    "problem.unknown-sender": "the ledger did not know the sender then",
    "problem.unknown-template": "the ledger did not know then what messages made from the template are about",
    "proof": "What is proven, and what could still be doubted",
    "proof.chain": "The contact's records are linked one to the other from the first on. None is missing between the first and the last one shown; that nothing came after the last is not proven.",
    "proof.doubt.columns.can": "could",
    "proof.doubt.columns.cannot": "could not, unseen",
    "proof.doubt.columns.who": "Who, if dishonest or robbed",
    "proof.doubt.log.can": "sign a second history",
    "proof.doubt.log.cannot": "forge a source's statement",
    "proof.doubt.log.who": "the log's key",
    "proof.doubt.maker.can": "leave out the newest records, private evidence, attached files, signatures and time stamps of others, or state a wrong address where no opened record shows it",
    "proof.doubt.maker.cannot": "change a record, or leave one out between the first and the last",
    "proof.doubt.maker.who": "who made this file",
    "proof.doubt.operator.can": "write a whole false history newer than the oldest checkpoint that anyone else kept, or leave an act out",
    "proof.doubt.operator.cannot": "change what is older than that checkpoint",
    "proof.doubt.operator.who": "the operator, holding all keys",
    "proof.doubt.source.can": "state false events until the key is revoked",
    "proof.doubt.source.cannot": "change or remove what is there, or speak for another source",
    "proof.doubt.source.who": "a source's key",
    "proof.held": " %1 of them were signed with keys that the ledger itself held: for those, source and operator are one.",
    "proof.held.one": " %1 of them was signed with a key that the ledger itself held: for that one, source and operator are one.",
    "proof.keys": "Keys that the log names",
    "proof.ledger-id": "Ledger-id",
    "proof.origin": "Origin of the log",
    "proof.root": "Root hash",
    "proof.seen": "Others have seen the log, as signatures and time stamps in this file say. The records below a size existed when a log of that size was seen, for who trusts those whose signatures and stamps these are. This page judges none of them: consent evidence verify does, with --policy and --roots.",
    "proof.seen.all": "All the contact's records were there on %1 at the latest, as they say.",
    "proof.seen.between": "from %1 to %2",
    "proof.seen.columns.size": "Size of the log",
    "proof.seen.columns.when": "When",
    "proof.seen.columns.who": "Seen by",
    "proof.seen.stamp": "a time-stamping authority (stamp %1)",
    "proof.seen.untimed": "it says no time that can be read",
    "proof.signatures": "%1 statements of sources are in this file.",
    "proof.signatures.one": "%1 statement of a source is in this file.",
    "proof.size": "Size",
    "proof.tree": "Every record in this file is in the log %1 as it was at the size of %2, whose root hash the log's key signed. Changing, removing or adding a record there would change the root.",
    "proof.unanchored": "No outside party is shown in this file to have seen the log. The business itself, holding all keys, could have produced it at any time up to now; who kept an older checkpoint can show otherwise.",
    "proof.unrecorded": "It is not proven that every act was recorded: an act that nobody recorded leaves no trace. Times of events are what their sources stated.",
    "proof.words": "The words that were shown, and each opened piece of private evidence, match the hashes that the records hold.",
    "reason.already-requested": "the person was asked already to confirm the opt-in",
    "reason.basis-asserted": "the sender asserts a basis other than consent and answers for it",
    "reason.basis-recorded": "the category's basis other than consent is on record",
    "reason.blocked": "the person blocked the business",
    "reason.cap-reached": "as many messages were sent as a rule allows",
    "reason.category-retired": "the business no longer sends this category",
    "reason.complained": "the person complained",
    "reason.confirmation-after-withdrawal": "an opt-out lies between the request and its confirmation",
    "reason.confirmation-request": "one message, which must be reserved, may ask the person to confirm the opt-in",
    "reason.confirmation-too-late": "the confirmation is not known to have come while the request was open",
    "reason.consent-confirmed": "the person opted in and confirmed it",
    "reason.consent-given": "the person opted in",
    "reason.consent-renewed": "the person renewed the opt-in",
    "reason.consent-required": "a rule asks for consent, and the basis of the category does not do instead",
    "reason.contact-closed": "the address changed hands or was erased",
    "reason.counts-incomplete": "a rule limits how many messages are sent, and how many were sent is not known for sure",
    "reason.do-not-contact": "the person asked not to be contacted",
    "reason.expired": "the opt-in has expired",
    "reason.held-for-review": "a message that may be an opt-out waits for a person to decide",
    "reason.import-does-not-revive": "an imported opt-in does not revive what the ledger already holds as ended",
    "reason.invalidated": "the consent was found invalid",
    "reason.no-basis": "no record shows the basis that the category rests on, and the sender asserts none",
    "reason.no-consent": "no opt-in covers this channel and category",
    "reason.no-message-to-answer": "a message of class service answers one of the person's, and there is none to answer",
    "reason.no-opt-out-to-confirm": "no opt-out that came by this channel stands, so there is none to confirm",
    "reason.no-pending-request": "no opt-in waits for its confirmation",
    "reason.no-record": "nothing is recorded about this contact",
    "reason.not-decidable": "a rule keeps elsewhere who may be messaged; it is not decidable here",
    "reason.not-verified": "it was not made sure, as a rule asks, that the person at the address opted in",
    "reason.notice-defective": "the words that the person was shown lack what they must say",
    "reason.notice-reconstructed": "the words shown were kept, and the time they were shown is attested afterwards",
    "reason.notice-too-young": "the notice is not known to have been there when the opt-in that names it was given",
    "reason.notice-unknown": "nobody kept the words that the person was shown",
    "reason.notice-unknown-accepted": "nobody kept the words, which the business has said it accepts for a time",
    "reason.objected": "the person objected",
    "reason.opt-in-undated": "nobody knows when the opt-in was given, so not whether the words it names were there then",
    "reason.opt-out-confirmation": "one message, which must be reserved, may confirm the opt-out",
    "reason.opt-out-confirmation-too-late": "the opt-out is too old to be confirmed",
    "reason.opt-out-confirmed": "the opt-out was confirmed already",
    "reason.outside-hours": "it is not an hour at which a rule allows such a message",
    "reason.outside-service-window": "the person's last message is too old to be answered with a message of class service",
    "reason.pending": "an opt-in waits for its confirmation",
    "reason.presentation-refused": "the opt-in was presented in a way that a rule refuses",
    "reason.prohibited": "a rule prohibits such a message",
    "reason.refused": "the person refused",
    "reason.replying": "the person wrote, and this is the answer",
    "reason.reported": "the person reported the business",
    "reason.revoked": "the consent was revoked by someone other than the person",
    "reason.sent-unknown": "counts were lost, so that nobody knows whether the one message that may be sent was sent already",
    "reason.source-compromised": "the source's key may have been in other hands when it was recorded",
    "reason.time-zone-unknown": "a rule allows such a message at certain hours, and what time it is for the person is not known",
    "reason.withdrawn": "the person opted out",
    "record": "record %1",
    "records": "records %1",
    "rule": "rule %1 of %2",
    "sends": "The disputed messages",
    "sends.columns.at": "Sent",
    "sends.columns.number": "No.",
    "sends.columns.then": "Allowed then?",
    "sends.columns.what": "Message",
    "sends.columns.why": "Why",
    "sends.from": "from the sender %1",
    "sends.intro": "For each message, first the answer on what was recorded when it was sent, since nobody can act on more; then, where it is another, the answer on all that is recorded now.",
    "sends.template": "template %1",
    "sends.today": "On all that is recorded now: %1.",
    "test": "This is from a TEST ledger: it says of itself that it is for trying out, and nothing in it need be true.",
    "timeline": "Timeline",
    "timeline.caption": "A full bar: the message was allowed, at the hours that rules allow; an empty one: it had to wait. A thin line: it was not allowed. Triangle: an opt-in; square: an opt-out or another stop; diamond: a disputed message; dot: something else. The numbers are those of the events below. All by what is recorded now; times in UTC. It ends soon after the last change, or at the moment asked about.",
    "timeline.title": "What was allowed when, and what happened",
    "title": "Evidence of consent: %1 and %2",
    "title.handle": "Evidence of consent: %1 and the contact %2",
    "type.basis-began": "Another basis began",
    "type.basis-ended": "Another basis ended",
    "type.blocked": "Sender blocked",
    "type.complained": "Complaint",
    "type.consent-confirmed": "Consent confirmed",
    "type.consent-given": "Consent given",
    "type.consent-invalidated": "Consent found invalid",
    "type.consent-refused": "Consent refused",
    "type.consent-renewed": "Consent renewed",
    "type.consent-requested": "Asked for consent",
    "type.consent-resumed": "Opt-out undone by the person",
    "type.consent-revoked": "Consent revoked by another than the person",
    "type.consent-withdrawn": "Consent withdrawn (opt-out)",
    "type.contact-changed": "Change of address",
    "type.contact-erased": "Contact erased",
    "type.contact-linked": "Two addresses linked",
    "type.contact-reassigned": "Address passed to another person",
    "type.contact-unlinked": "Two addresses unlinked",
    "type.event-voided": "An earlier record voided",
    "type.evidence-attached": "Evidence attached",
    "type.hold-added": "Legal hold",
    "type.hold-lifted": "Legal hold lifted",
    "type.migrated": "Taken over from another log",
    "type.objected": "Objection",
    "type.reported": "Sender reported",
    "type.review-decided": "Review decided",
    "type.review-opened": "Possible opt-out held for review",
    "verification.code": "a code that was sent and entered",
    "verification.double-opt-in": "a double opt-in",
    "verification.in-thread": "an answer in the same thread",
    "verification.none": "nothing",
    "verification.signed": "a signature",
    "verify": "How to verify",
    "verify.text": "This page is made from evidence.json, which is made from the records beside it; a doctored page is found by verifying. VERIFY.txt has the steps. What must be known from elsewhere than this file: the origin, the log's key and the ledger-id.",
    "who": "Who this is about",
    "who.asked": "Asked about",
    "who.brands": "Brands",
    "who.business": "Business",
    "who.chain.ledger": "%1 records of the ledger's own chain: its keys, businesses, notices and rules",
    "who.chain.ledger.one": "%1 record of the ledger's own chain: its keys, businesses, notices and rules",
    "who.chain.linked": "%1 records under the handle %2, which a record links to this contact: what it stopped counts here too",
    "who.chain.linked.one": "%1 record under the handle %2, which a record links to this contact: what it stopped counts here too",
    "who.chain.own": "%1 records under the contact's own handle, from its first to its last, the last being record %2",
    "who.chain.own.one": "%1 record under the contact's own handle, record %2",
    "who.chain.same-line": "%1 records under the handle %2, of another spelling of the same line: what it stopped counts here too",
    "who.chain.same-line.one": "%1 record under the handle %2, of another spelling of the same line: what it stopped counts here too",
    "who.chains": "Records included",
    "who.contact": "Contact",
    "who.contact.shown": "%1, as private evidence opened from record %2 shows",
    "who.contact.stated": "%1, as who made this file states; no opened record shows it",
    "who.contact.unknown": "not known: only its handle is",
    "who.erased": "This contact was erased from the ledger (record %1). The address and the private evidence can no longer be shown by the ledger; the records below are all that is left.",
    "who.handle": "Handle in the log",
    "who.ledger": "Ledger",
    "who.made": "This file was made",
    "who.made.stated": "%1, as who made it states",
    "who.scope": "Categories; channels",
    "who.stated": "SHA-256 of what was asked and stated"
  },
  "es": {
    "answer": "La respuesta",
    "answer.caps": "Cuántos mensajes se enviaron no consta en el registro: aquí no se consideran los límites de su número, ni una base que el remitente solo afirma.",
    "answer.cell": "%1 %2, desde el %3",
    "answer.cell.until": "%1 %2, desde el %3, hasta el %4",
    "answer.columns.answer": "¿Permitido?",
    "answer.columns.how": "Medio",
    "answer.columns.since": "Amparado desde – hasta",
    "answer.columns.what": "Sobre",
    "answer.columns.why": "Por qué",
    "answer.none": "A fecha de %1, para ninguna de las categorías y ninguno de los medios consultados permitía lo registrado a %2 enviar mensajes a %3.",
    "answer.person": "esta persona",
    "answer.rest": "Lo demás que se consultó, %1 combinaciones de categoría y medio, nunca estuvo permitido, y ningún asiento habla de ello.",
    "answer.rest.one": "La otra combinación de categoría y medio que se consultó (%1) nunca estuvo permitida, y ningún asiento habla de ella.",
    "answer.some": "A fecha de %1, lo registrado permitía a %2 enviar a %3 mensajes sobre:",
    "channel.email": "por correo electrónico",
    "channel.fax": "por fax",
    "channel.inapp": "en la aplicación",
    "channel.line": "por LINE",
    "channel.mms": "por MMS",
    "channel.post": "por correo postal",
    "channel.push": "por notificación push",
    "channel.rcs": "por RCS",
    "channel.sms": "por SMS",
    "channel.voice": "por llamada de voz",
    "channel.whatsapp": "por WhatsApp",
    "clearances": "Autorizaciones",
    "clearances.columns.about": "Pregunta",
    "clearances.columns.anchor": "Anclada en el registro",
    "clearances.columns.answer": "Respuesta",
    "clearances.columns.decided": "Decidida",
    "clearances.intro": "Antes de un mensaje, el remitente puede preguntar al registro y guardar su respuesta firmada. Estas se aportaron con este archivo.",
    "clearances.none": "no",
    "custodian": "Declaración del responsable",
    "custodian.name": "Nombre y cargo",
    "custodian.place": "Lugar y fecha",
    "custodian.signature": "Firma",
    "custodian.text": "Soy responsable del registro arriba nombrado. Este archivo se produjo a partir de él con su programa en el curso ordinario de la actividad y, según mi leal saber y entender, sus asientos se hicieron en las fechas indicadas o cerca de ellas.",
    "custody.external": "la fuente, fuera del registro",
    "custody.ledger": "el propio registro",
    "event.attached": "Archivo adjunto",
    "event.attached.here": "está en este paquete, junto a esta página, como %1 (%2 bytes)",
    "event.attached.missing": "su contenido no está en este paquete",
    "event.attached.to": "; es prueba del asiento %1",
    "event.every-channel": "por cualquier medio",
    "event.everything": "todo",
    "event.happened": "Ocurrió",
    "event.happened.unknown": "no se sabe",
    "event.imported": "tomado de registros llevados en otra parte, sin que este registro lo presenciara entonces",
    "event.key": "Clave que firma",
    "event.local": "hora local %1",
    "event.local-between": "hora local entre %1 (%2) y %3 (%4)",
    "event.method": "Recogido mediante",
    "event.other": "Además dice",
    "event.place": "Lugar en el registro",
    "event.place.value": "asiento %1, número %2 de la cadena de su contacto, huella %3",
    "event.presentation": "Presentado como",
    "event.private": "Prueba privada: %1",
    "event.private.closed": "comprometida; aquí no se muestra",
    "event.private.count": "%1 campos están comprometidos y aquí no se muestran",
    "event.private.count.one": "%1 campo está comprometido y aquí no se muestra",
    "event.private.hidden": "Prueba privada",
    "event.recorded": "Registrado",
    "event.scope": "Sobre",
    "event.seen": "Visto por otros",
    "event.seen.cosigned": "constaba a más tardar el %1, según la firma de %2 sobre el registro de tamaño %3",
    "event.seen.stamped": "constaba a más tardar el %1, según un sello de tiempo del registro de tamaño %2",
    "event.source": "Declarado por",
    "event.source.custody": "%1, autorizado por el asiento %2; la clave privada está en poder de: %3",
    "event.source.unknown": "%1, que ningún asiento autoriza",
    "event.unknown": "Esta versión no sabe qué significan los asientos de este tipo.",
    "event.unseen.cosigned": "no estaba en el registro de tamaño %3, que %2 firmó el %1",
    "event.unseen.stamped": "no estaba en el registro de tamaño %2, que se selló, como pronto, el %1",
    "event.verification": "Comprobado mediante",
    "event.words": "Texto mostrado",
    "event.words.attested": "El tiempo en que se mostró se atestiguó después.",
    "event.words.missing": "El texto no está en este archivo.",
    "event.words.notice": "aviso %1, en %2, conocido por el registro desde el asiento %3 (%4)",
    "events": "Qué ocurrió, hecho por hecho",
    "events.linked": "Asientos de contactos enlazados",
    "events.linked.intro": "Están bajo otros seudónimos. Se muestran porque un freno registrado allí obliga también aquí, y para que no falte nada entre el primero y el último. Sus pruebas privadas no se muestran.",
    "instructions": "Cómo se comprueba este paquete de pruebas\n=========================================\n\nevidence.html es para las personas. Sale de evidence.json, y este de los asientos que lo acompañan, de cada uno de\nlos cuales se prueba que está en el registro que firma el archivo “checkpoint”. Al comprobar como en 1 o en 2 se\ndescubre una página amañada, se cambiara lo que se cambiara con ella; 3 descubre lo que no es como lo tienen los\nasientos.\n\nLo que hay que conocer por otra vía\n-----------------------------------\nTodo lo de este archivo podría ser falso en su conjunto. Por eso, pida a la empresa, a su auditor o a un testigo\ndel registro, por otra vía que este archivo, estos tres datos, y compárelos:\n\n    origen                  %1\n    id. del registro        %2\n    claves del registro, de las que una ha de ser la conocida (VKEY más abajo):\n%3\n\n1. Con el programa consent\n--------------------------\n    consent evidence verify ARCHIVO.zip --vkey 'VKEY' --ledger-id LEDGER_ID\n\nTermina con 0 si todo se sostiene; si no, nombra cada archivo y asiento que no. Con --policy (los testigos en\nquienes usted confía) y --roots (los certificados de las autoridades de sellado de tiempo en quienes confía) dice\nademás cuándo queda demostrado que existía cada asiento.\n\n2. Con verify.py, que otros escribieron a partir de la especificación\n---------------------------------------------------------------------\nNecesita Python 3.11 o posterior y nada más. Si puede, tómelo del proyecto y no de este paquete: un falsificador\npudo cambiar el que está aquí. Mira cada asiento, prueba y campo, y vuelve a calcular las respuestas y\nla página; lo que deja fuera, lo dice.\n\n    python3 verify.py ARCHIVO.zip --vkey 'VKEY' --ledger-id LEDGER_ID\n\n3. A mano, y con cualquier programa de registros de transparencia\n-----------------------------------------------------------------\n    unzip ARCHIVO.zip -d paquete && cd paquete && sha256sum -c SHA256SUMS\n\ndice que los archivos son los que se pusieron. Después, para cada asiento, aquí el %4:\n\n- records/%4 es el propio asiento, en CBOR. Su huella de hoja (RFC 6962) es\n\n      { printf '\\0'; cat records/%4; } | sha256sum\n\n  y está también en la página.\n- proofs/%4.tlog-proof es un tlog-proof de C2SP (https://c2sp.org/tlog-proof): la línea “extra” es el asiento en\n  base64, las líneas tras “index” son el camino, y sigue el punto de control. Cualquier programa para tlog-proof\n  dice si el camino lleva de la huella de hoja a la raíz del punto de control, con la clave del registro. O bien:\n      consent verify-proof proofs/%4.tlog-proof --vkey 'VKEY' --ledger-id LEDGER_ID\n- checkpoint es una nota firmada (https://c2sp.org/signed-note): sus tres primeras líneas son origen, tamaño y\n  raíz, y la línea tras la vacía es la firma Ed25519 del registro sobre ellas. Las líneas de otros son cofirmas\n  (https://c2sp.org/tlog-cosignature).\n- checkpoints/, si está, tiene puntos de control anteriores que otros han visto, cada uno en una prueba de que el\n  registro solo creció desde él. O bien, para cada uno:\n      consent verify-proof checkpoints/TAMAÑO.consistency-proof --vkey 'VKEY'\n- stamps/, si está, tiene sellos de tiempo (RFC 3161) de esos puntos de control, con el tamaño y el SHA-256 en el\n  nombre. Lo sellado es el texto del punto de control, una línea vacía y la línea de firma del registro; con ello en\n  el archivo SELLADO:\n      openssl ts -verify -in stamps/TAMAÑO.SHA256.tsr -data SELLADO -CAfile RAICES.pem\n- private/%4.json, si está, abre lo que el asiento solo compromete: SPEC.md del proyecto, “Commitments”, tiene las\n  huellas.\n- objects/ tiene los textos que se mostraron a la persona y las reglas que se adoptaron, cada uno con su SHA-256\n  por nombre: sha256sum objects/* muestra lo mismo que sus nombres. Lo mismo vale para attachments/, que tiene los\n  archivos adjuntados como prueba: los campos privados de un asiento dicen su SHA-256. Ábralos como abriría un\n  archivo de un desconocido.\n\nSPEC.md del proyecto, “Evidence bundles”, lo tiene todo al detalle; con él solo se puede escribir un verificador.\n",
    "method.api": "una interfaz de la empresa",
    "method.call-agent": "un agente telefónico",
    "method.checkout": "el pago de una compra",
    "method.click-to-chat": "un enlace para chatear",
    "method.command-line": "lo escribió el operador",
    "method.email-link": "un enlace en un correo",
    "method.import": "una importación",
    "method.in-app": "una aplicación",
    "method.in-person": "en persona",
    "method.ivr": "un menú telefónico",
    "method.keyword": "una palabra clave",
    "method.offline": "sin conexión",
    "method.one-click-unsubscribe": "baja en un clic",
    "method.other": "otra vía",
    "method.paper": "papel",
    "method.platform-preference": "una preferencia en la plataforma",
    "method.point-of-sale": "un punto de venta",
    "method.provider-signal": "una señal del proveedor",
    "method.qr-code": "un código QR",
    "method.web-form": "un formulario web",
    "method.whatsapp-thread": "un hilo de WhatsApp",
    "open-end": "abierto",
    "outcome.allow": "Sí",
    "outcome.defer": "Ahora no",
    "outcome.deny": "No",
    "outcome.none": "Sin respuesta",
    "problem.contradictory-question": "lo que se dice del mensaje se contradice",
    "problem.missing-text": "falta el texto de un aviso",
    "problem.not-covered": "un asiento es de un tipo que esta versión no conoce",
    "problem.unknown-business": "el registro no conocía entonces la empresa",
    "problem.unknown-category": "el registro no conocía entonces la categoría",
    "problem.unknown-channel": "no existe tal medio",
    "problem.unknown-sender": "el registro no conocía entonces al remitente",
    "problem.unknown-template": "el registro no sabía entonces de qué tratan los mensajes de la plantilla",
    "proof": "Qué queda probado, y de qué se podría dudar todavía",
    "proof.chain": "Los asientos del contacto están enlazados uno con otro desde el primero. No falta ninguno entre el primero y el último que se muestran; que no hubiera nada después del último no queda probado.",
    "proof.doubt.columns.can": "podría",
    "proof.doubt.columns.cannot": "no podría sin que se note",
    "proof.doubt.columns.who": "Quién, si fuera deshonesto o le robaran",
    "proof.doubt.log.can": "firmar una segunda historia",
    "proof.doubt.log.cannot": "falsificar la declaración de una fuente",
    "proof.doubt.log.who": "la clave del registro",
    "proof.doubt.maker.can": "omitir los asientos más recientes, pruebas privadas, archivos adjuntos, o firmas y sellos de tiempo de otros, o declarar una dirección equivocada donde ningún asiento abierto la demuestra",
    "proof.doubt.maker.cannot": "cambiar un asiento, ni omitir uno entre el primero y el último",
    "proof.doubt.maker.who": "quien hizo este archivo",
    "proof.doubt.operator.can": "escribir una historia falsa entera más reciente que el punto de control más antiguo que otro guardara, u omitir un acto",
    "proof.doubt.operator.cannot": "cambiar lo anterior a ese punto de control",
    "proof.doubt.operator.who": "el operador, con todas las claves",
    "proof.doubt.source.can": "declarar hechos falsos hasta que se revoque la clave",
    "proof.doubt.source.cannot": "cambiar o quitar lo que hay, ni hablar por otra fuente",
    "proof.doubt.source.who": "la clave de una fuente",
    "proof.held": " %1 de ellas se firmaron con claves que tenía el propio registro: en esas, fuente y operador son uno.",
    "proof.held.one": " %1 de ellas se firmó con una clave que tenía el propio registro: en esa, fuente y operador son uno.",
    "proof.keys": "Claves que nombra el registro",
    "proof.ledger-id": "Identificador del registro",
    "proof.origin": "Origen del registro",
    "proof.root": "Huella raíz",
    "proof.seen": "Otros han visto el registro, según dicen firmas y sellos de tiempo de este archivo. Los asientos por debajo de un tamaño existían cuando se vio un registro de ese tamaño, para quien confíe en quienes firmaron y sellaron. Esta página no juzga a ninguno: lo hace consent evidence verify, con --policy y --roots.",
    "proof.seen.all": "Todos los asientos del contacto constaban a más tardar el %1, según dicen.",
    "proof.seen.between": "del %1 al %2",
    "proof.seen.columns.size": "Tamaño del registro",
    "proof.seen.columns.when": "Cuándo",
    "proof.seen.columns.who": "Visto por",
    "proof.seen.stamp": "una autoridad de sellado de tiempo (sello %1)",
    "proof.seen.untimed": "no dice ninguna hora que se pueda leer",
    "proof.signatures": "En este archivo hay %1 declaraciones de fuentes.",
    "proof.signatures.one": "En este archivo hay %1 declaración de una fuente.",
    "proof.size": "Tamaño",
    "proof.tree": "Cada asiento de este archivo está en el registro %1 tal como era con el tamaño %2, cuya huella raíz firmó la clave del registro. Cambiar, quitar o añadir allí un asiento cambiaría la raíz.",
    "proof.unanchored": "Este archivo no muestra que ningún tercero haya visto el registro. La propia empresa, que tiene todas las claves, pudo haberlo producido en cualquier momento hasta hoy; quien haya guardado un punto de control anterior puede demostrar otra cosa.",
    "proof.unrecorded": "No queda probado que todo acto se registrara: un acto que nadie registró no deja rastro. Las horas de los hechos son las que declararon sus fuentes.",
    "proof.words": "Los textos mostrados y cada prueba privada que se abre coinciden con las huellas que guardan los asientos.",
    "reason.already-requested": "ya se pidió a la persona que confirmara",
    "reason.basis-asserted": "el remitente afirma otra base que el consentimiento y responde de ella",
    "reason.basis-recorded": "consta otra base de la categoría que el consentimiento",
    "reason.blocked": "la persona bloqueó a la empresa",
    "reason.cap-reached": "se enviaron tantos mensajes como una regla permite",
    "reason.category-retired": "la empresa ya no envía esta categoría",
    "reason.complained": "la persona se quejó",
    "reason.confirmation-after-withdrawal": "entre la petición y su confirmación hay una baja",
    "reason.confirmation-request": "un mensaje, que ha de reservarse, puede pedir la confirmación del alta",
    "reason.confirmation-too-late": "no consta que la confirmación llegara mientras la petición estaba abierta",
    "reason.consent-confirmed": "la persona dio su consentimiento y lo confirmó",
    "reason.consent-given": "la persona dio su consentimiento",
    "reason.consent-renewed": "la persona renovó su consentimiento",
    "reason.consent-required": "una regla pide consentimiento, y la base de la categoría no lo suple",
    "reason.contact-closed": "la dirección cambió de manos o fue suprimida",
    "reason.counts-incomplete": "una regla limita cuántos mensajes se envían, y no se sabe con certeza cuántos se enviaron",
    "reason.do-not-contact": "la persona pidió que no se la contacte",
    "reason.expired": "el consentimiento ha caducado",
    "reason.held-for-review": "un mensaje que puede ser una baja espera a que alguien decida",
    "reason.import-does-not-revive": "un consentimiento importado no revive lo que el registro ya tiene por terminado",
    "reason.invalidated": "el consentimiento se declaró inválido",
    "reason.no-basis": "ningún asiento muestra la base de la categoría, y el remitente no afirma ninguna",
    "reason.no-consent": "ningún consentimiento cubre este medio y esta categoría",
    "reason.no-message-to-answer": "un mensaje de la clase service responde a uno de la persona, y no hay ninguno que responder",
    "reason.no-opt-out-to-confirm": "no hay en vigor ninguna baja que llegara por este medio, y por tanto ninguna que confirmar",
    "reason.no-pending-request": "ningún consentimiento espera confirmación",
    "reason.no-record": "nada consta sobre este contacto",
    "reason.not-decidable": "una regla guarda en otra parte a quién se puede escribir; aquí no se puede decidir",
    "reason.not-verified": "no se comprobó, como pide una regla, que consintiera la persona de esa dirección",
    "reason.notice-defective": "al texto que se mostró a la persona le falta lo que debe decir",
    "reason.notice-reconstructed": "el texto mostrado se conservó, y cuándo se mostró se atestiguó después",
    "reason.notice-too-young": "no consta que el aviso existiera cuando se dio el consentimiento que lo nombra",
    "reason.notice-unknown": "nadie conservó el texto que se mostró a la persona",
    "reason.notice-unknown-accepted": "nadie conservó el texto, y la empresa ha dicho que lo acepta por un tiempo",
    "reason.objected": "la persona se opuso",
    "reason.opt-in-undated": "nadie sabe cuándo se dio el consentimiento, ni si el texto que nombra existía entonces",
    "reason.opt-out-confirmation": "un mensaje, que ha de reservarse, puede confirmar la baja",
    "reason.opt-out-confirmation-too-late": "la baja es demasiado antigua para confirmarla",
    "reason.opt-out-confirmed": "la baja ya se confirmó",
    "reason.outside-hours": "no es una hora a la que una regla permita ese mensaje",
    "reason.outside-service-window": "el último mensaje de la persona es demasiado antiguo para responderlo con uno de la clase service",
    "reason.pending": "un consentimiento espera su confirmación",
    "reason.presentation-refused": "el consentimiento se presentó de una forma que una regla rechaza",
    "reason.prohibited": "una regla prohíbe ese mensaje",
    "reason.refused": "la persona se negó",
    "reason.replying": "la persona escribió, y esta es la respuesta",
    "reason.reported": "la persona denunció a la empresa",
    "reason.revoked": "otro que la persona revocó el consentimiento",
    "reason.sent-unknown": "se perdieron los recuentos, y nadie sabe si el único mensaje permitido ya se envió",
    "reason.source-compromised": "la clave de la fuente pudo estar en otras manos cuando se registró",
    "reason.time-zone-unknown": "una regla permite ese mensaje a ciertas horas, y no se sabe qué hora es para la persona",
    "reason.withdrawn": "la persona retiró su consentimiento",
    "record": "asiento %1",
    "records": "asientos %1",
    "rule": "regla %1 de %2",
    "sends": "Los mensajes discutidos",
    "sends.columns.at": "Enviado",
    "sends.columns.number": "N.º",
    "sends.columns.then": "¿Permitido entonces?",
    "sends.columns.what": "Mensaje",
    "sends.columns.why": "Por qué",
    "sends.from": "del remitente %1",
    "sends.intro": "De cada mensaje, primero la respuesta según lo registrado cuando se envió, pues nadie puede actuar con más; después, si es otra, la respuesta según todo lo registrado hoy.",
    "sends.template": "plantilla %1",
    "sends.today": "Según todo lo registrado hoy: %1.",
    "test": "Procede de un registro de PRUEBAS: él mismo declara que sirve para probar, y nada de lo que contiene tiene por qué ser cierto.",
    "timeline": "Línea de tiempo",
    "timeline.caption": "Barra llena: el mensaje estaba permitido, a las horas que las reglas permiten; barra vacía: debía esperar. Línea fina: no estaba permitido. Triángulo: un alta; cuadrado: una baja u otro freno; rombo: un mensaje discutido; punto: otra cosa. Los números son los de los hechos que siguen. Todo según lo registrado hoy; horas en UTC. Acaba poco después del último cambio, o en el momento consultado.",
    "timeline.title": "Qué estuvo permitido y cuándo, y qué ocurrió",
    "title": "Prueba del consentimiento: %1 y %2",
    "title.handle": "Prueba del consentimiento: %1 y el contacto %2",
    "type.basis-began": "Empezó otra base",
    "type.basis-ended": "Terminó otra base",
    "type.blocked": "Remitente bloqueado",
    "type.complained": "Queja",
    "type.consent-confirmed": "Consentimiento confirmado",
    "type.consent-given": "Consentimiento dado",
    "type.consent-invalidated": "Consentimiento declarado inválido",
    "type.consent-refused": "Consentimiento denegado",
    "type.consent-renewed": "Consentimiento renovado",
    "type.consent-requested": "Se pidió el consentimiento",
    "type.consent-resumed": "Baja deshecha por la persona",
    "type.consent-revoked": "Consentimiento revocado por otro que la persona",
    "type.consent-withdrawn": "Consentimiento retirado (baja)",
    "type.contact-changed": "Cambio de dirección",
    "type.contact-erased": "Contacto suprimido",
    "type.contact-linked": "Dos direcciones enlazadas",
    "type.contact-reassigned": "La dirección pasó a otra persona",
    "type.contact-unlinked": "Dos direcciones desenlazadas",
    "type.event-voided": "Asiento anterior anulado",
    "type.evidence-attached": "Prueba añadida",
    "type.hold-added": "Conservación legal",
    "type.hold-lifted": "Fin de la conservación legal",
    "type.migrated": "Tomado de otro registro",
    "type.objected": "Oposición",
    "type.reported": "Remitente denunciado",
    "type.review-decided": "Revisión resuelta",
    "type.review-opened": "Posible baja en revisión",
    "verification.code": "un código enviado e introducido",
    "verification.double-opt-in": "un doble consentimiento",
    "verification.in-thread": "una respuesta en el mismo hilo",
    "verification.none": "nada",
    "verification.signed": "una firma",
    "verify": "Cómo se comprueba",
    "verify.text": "Esta página sale de evidence.json, y este de los asientos que lo acompañan; una página amañada se descubre al comprobar. VERIFY.txt tiene los pasos. Lo que hay que conocer por otra vía que este archivo: el origen, la clave del registro y su identificador.",
    "who": "A quién se refiere",
    "who.asked": "Momento consultado",
    "who.brands": "Marcas",
    "who.business": "Empresa",
    "who.chain.ledger": "%1 asientos de la cadena del propio registro: sus claves, empresas, avisos y reglas",
    "who.chain.ledger.one": "%1 asiento de la cadena del propio registro: sus claves, empresas, avisos y reglas",
    "who.chain.linked": "%1 asientos bajo el seudónimo %2, que un asiento enlaza con este contacto: lo que allí se detuvo cuenta también aquí",
    "who.chain.linked.one": "%1 asiento bajo el seudónimo %2, que un asiento enlaza con este contacto: lo que allí se detuvo cuenta también aquí",
    "who.chain.own": "%1 asientos bajo el seudónimo propio del contacto, del primero al último, que es el asiento %2",
    "who.chain.own.one": "%1 asiento bajo el seudónimo propio del contacto, el asiento %2",
    "who.chain.same-line": "%1 asientos bajo el seudónimo %2, de otra forma de escribir la misma línea: lo que allí se detuvo cuenta también aquí",
    "who.chain.same-line.one": "%1 asiento bajo el seudónimo %2, de otra forma de escribir la misma línea: lo que allí se detuvo cuenta también aquí",
    "who.chains": "Asientos incluidos",
    "who.contact": "Contacto",
    "who.contact.shown": "%1, según la prueba privada abierta del asiento %2",
    "who.contact.stated": "%1, según declara quien hizo este archivo; ningún asiento abierto lo demuestra",
    "who.contact.unknown": "no se conoce: solo se conoce su seudónimo",
    "who.erased": "Este contacto fue suprimido del registro (asiento %1). El registro ya no puede mostrar la dirección ni las pruebas privadas; los asientos siguientes son lo único que queda.",
    "who.handle": "Seudónimo en el registro",
    "who.ledger": "Registro",
    "who.made": "Este archivo se hizo el",
    "who.made.stated": "%1, según declara quien lo hizo",
    "who.scope": "Categorías; medios",
    "who.stated": "SHA-256 de lo preguntado y declarado"
  }
}
"""

def words(text):
    """The one piece words(t)."""
    return [{"words": text}]

def value(text, index=None, field=None):
    """The one piece V(t), or V(t, i, f)."""
    return [{"value": text} if field is None else {"field": field, "record": index, "value": text}]

def joined(parts, between):
    """J(parts, t)."""
    result = []
    for number, part in enumerate(parts):
        result += (words(between) if number else []) + part
    return result

def json_text(value):
    """"JSON": a value in its one form."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_string(name)}:{json_text(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json_string(value) if isinstance(value, str) else json.dumps(value)

def paragraph(pieces, style=None):
    return {"kind": "paragraph", "pieces": pieces, **({"style": style} if style else {})}

# With what a `defer` is carried.
MAY_WAIT = {"outside-hours", "time-zone-unknown", "cap-reached", "counts-incomplete"}

def is_carried(outcome, codes):
    """"The sections": of an answer's outcome and the codes of its reasons."""
    return outcome == "allow" or outcome == "defer" and MAY_WAIT.issuperset(codes)

class Page:
    """The page of a bundle, from the rest of its document and its other files.

    Each section is made when it is asked for; where something is not here that the page says, it raises Invalid.
    """

    TOLD_BY_THEMSELVES = {"source", "occurred-at", "commitment", "channels", "categories", "notice", "method",
                          "verification", "presentation"}
    GRANTS = {"consent-given", "consent-confirmed", "consent-renewed", "consent-resumed", "basis-began"}

    def __init__(self, bundle):
        self.bundle, self.document, self.request = bundle, bundle.document, bundle.document["request"]
        self.subject, self.records, self.events = self.document["subject"], bundle.records, self.document["events"]
        self.phrases = json.loads(PHRASES)[self.request["language"]]
        self.parts, self.packs = {}, {}         # of each phrase, parted at its places; of each pack, name and version
        # How many records a page in that file can name in reasons, each a piece and another of words after it: the
        # lists of these are far shorter than their pieces.
        self.room = 1 + bundle.files.entries["evidence.json"].size // len('{"value":"1"},{"words":", "},')
        self.own = self.subject["chains"][0]["records"] if self.subject["chains"] else 0
        self.due(0 < self.own <= len(self.events) and all(event["record"] in self.records for event in self.events),
                 "its events are not those of records that are here")
        self.due(len(self.request["sends"]) == len(self.document["sends"]), "it has not one item for each of its sends")
        self.clocks = {}                        # by moment: seconds and zone of the least and the greatest offset
        for zone in self.request["local"]:
            for offset in zone["offsets"]:
                at, clock = parse_time(offset["at"]), (offset["seconds"], zone["zone"])
                if moment(at + 1000 * clock[0]):
                    least, greatest = self.clocks.get(at, (clock, clock))
                    self.clocks[at] = (clock if clock[0] < least[0] else least,
                                       clock if clock[0] > greatest[0] else greatest)

    def due(self, condition, why):
        require(condition, "wrong-page", f"The page does not follow from the document: {why}.", "replay")

    # "The phrases"

    def phrase(self, name):
        self.due(name in self.phrases, f"there is no phrase {name[:100]}")
        return self.phrases[name]

    def say(self, name, *places):
        """F(name; p1; …), or W(name)."""
        if name not in self.parts:
            self.parts[name] = re.split("%([1-4])", self.phrase(name))
        result = []
        for number, part in enumerate(self.parts[name]):
            result += places[int(part) - 1] if number % 2 else words(part) if part else []
        return result

    def count(self, name, number, *places):
        """C(name; n; p2; …)."""
        return self.say(f"{name}.one" if number == 1 else name, value(str(number)), *places)

    def word_for(self, kind, word):
        """The word(kind, w)."""
        return self.phrases.get(f"{kind}.{word}", word)

    def with_word(self, kind, word, piece):
        """K(kind, w, p)."""
        return words(f"{self.word_for(kind, word)} (") + piece + words(")")

    def channel(self, channel):
        """Ch(c)."""
        return self.with_word("channel", channel, value(channel))

    def record(self, index):
        """X(i)."""
        return value(str(index), index, "index") if index in self.records else value(str(index))

    def on_clock(self, at):
        """L(t)."""
        def clock(seconds):
            hours, minutes = divmod(abs(seconds) // 60, 60)
            time = moment_text(at + 1000 * seconds, on_page=True).removesuffix("UTC")
            return value(f"{time}{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}")

        if at not in self.clocks:
            return []
        (least, zone), (greatest, other) = self.clocks[at]
        return words(" (") + (
            self.say("event.local", clock(least)) if least == greatest else
            self.say("event.local-between", clock(least), value(zone), clock(greatest), value(other))) + words(")")

    def moment(self, at):
        """M(t), of a moment as the document has it."""
        at = parse_time(at)
        return value(moment_text(at, on_page=True)) + self.on_clock(at)

    def columns(self, name, columns, rows):
        return {"kind": "table", "columns": [self.phrase(f"{name}.{column}") for column in columns.split()],
                "rows": rows}

    def facts(self, *facts):
        """Of pairs of a name, of its phrase, and pieces."""
        return {"kind": "facts", "facts": [{"name": self.phrase(name), "pieces": pieces} for name, pieces in facts]}

    # "The sections"

    def title(self):
        name, whom = ("title.handle", self.request["handle"]) if self.request["contact"] is None else (
            "title", self.request["contact"])
        return "".join(piece["words"] for piece in self.say(name, words(self.subject["business"]["name"]), words(whom)))

    def sections(self):
        """The name of each, and what makes its blocks."""
        sections = {"who": self.who, "answer": self.answer, "sends": self.request["sends"] and self.sends,
                    "timeline": self.timeline, "events": self.own_events,
                    "events.linked": self.events[self.own:] and self.linked_events,
                    "clearances": self.document["clearances"] and self.clearances, "proof": self.proof,
                    "custodian": self.custodian, "verify": lambda: [paragraph(self.say("verify.text"))]}
        return [(name, blocks) for name, blocks in sections.items() if blocks]

    def governance(self, *numbers):
        """Valid governance of the request's business, by the number of the type, in the order of the log."""
        return [(index, shown.event.fields) for index, shown in sorted(self.records.items())
                if shown.event.number in numbers and index in self.bundle.ledger.valid
                and shown.record.business == self.request["business"]]

    def who(self):
        request, subject, ledger = self.request, self.subject, self.document["ledger"]
        contact, shown_by = request["contact"], subject["contact-shown-by"]
        registered = [index for index, _ in self.governance(8)]
        self.due(registered, "the business is not registered by a record that is here")
        brands = [value(fields["name"], index, "name") for index, fields in self.governance(9)]
        own, *others = subject["chains"]
        yield self.facts(
            ("who.business", value(subject["business"]["name"], registered[0], "name") + words(" (")
             + value(request["business"]) + words(")")),
            *([("who.brands", joined(brands, ", "))] if brands else []),
            ("who.contact", self.say("who.contact.unknown") if contact is None else
             self.say("who.contact.stated", value(contact)) if shown_by is None else
             self.say("who.contact.shown", value(contact, shown_by, "private/contact"), self.record(shown_by))),
            ("who.handle", value(request["handle"])),
            ("who.ledger", value(ledger["origin"])),
            ("who.asked", self.moment(request["at"])),
            ("who.scope", value(", ".join(request["categories"])) + words("; ")
             + value(", ".join(request["channels"]))),
            ("who.made", self.say("who.made.stated", self.moment(request["made-at"]))),
            ("who.stated", value(sha256(json_text(request).encode()).hex())),
            ("who.chains", joined([
                self.count("who.chain.own", own["records"], self.record(self.events[self.own - 1]["record"])),
                *(self.count(f"who.chain.{chain['why']}", chain["records"], value(chain["handle"]))
                  for chain in others),
                self.count("who.chain.ledger", self.document["proof"]["governance-records"])], "; ")))
        if subject["erased-by"] is not None:
            yield paragraph(self.say("who.erased", self.record(subject["erased-by"])), "note")
        if ledger["test"]:
            yield paragraph(self.say("test"), "no")

    def is_carried(self, answer):
        return is_carried(answer["outcome"], [reason["code"] for reason in answer["reasons"]])

    @cached_property
    def told(self):
        """The items of `answers` that have a row of their own."""
        named = set()                           # by own events: a category with a channel, None for every one
        for event in self.events[:self.own]:
            fields = self.records[event["record"]].event.fields
            named.update((category, channel) for category in fields.get("categories", ())
                         for channel in fields.get("channels", (None,)))
        return [item for item in self.document["answers"] if self.is_carried(item["answer"]) or item["carried"]
                or not named.isdisjoint(((item["category"], item["channel"]), (item["category"], None)))]

    def pack(self, digest):
        """The name and the version of a pack."""
        if digest not in self.packs:
            stated = {}
            with suppress(ValueError, RecursionError):
                there = digest is not None and f"objects/{digest}" in self.bundle.files
                stated = json.loads(self.bundle.files[f"objects/{digest}"].decode()) if there else {}
            self.due(type(stated) is dict and all(is_unicode(stated.get(name)) for name in ("pack", "version")),
                     "a reason names a pack that is not here, or is none")
            self.packs[digest] = f"{stated['pack']} {stated['version']}"
        return self.packs[digest]

    def reasons(self, answer):
        if answer["outcome"] is None:
            self.due(answer["problem"] is not None, "an answer has neither an outcome nor a problem")
            return self.with_word("problem", answer["problem"], value(answer["problem"]))
        parts = []
        for reason in answer["reasons"]:
            part = [] if reason["category"] is None else value(reason["category"]) + words(": ")
            part += words(self.phrase(f"reason.{reason['code']}")) + words(" (") + value(reason["code"])
            if reason["records"]:
                self.room -= len(reason["records"])
                self.due(self.room >= 0, "its reasons name more records than it can")
                part += words("; ") + self.say("record" if len(reason["records"]) == 1 else "records",
                                               joined(map(self.record, reason["records"]), ", "))
            if reason["rule"] is not None:
                part += words("; ") + self.say("rule", value(reason["rule"]), value(self.pack(reason["pack"])))
            parts.append(part + words(")"))
        return joined(parts, "; ")

    def outcome(self, answer):
        return self.say(f"outcome.{answer['outcome'] or 'none'}")

    def answer(self):
        contact, answers = self.request["contact"], self.document["answers"]
        carried = [item for item in answers if self.is_carried(item["answer"])]
        said = (self.moment(self.request["at"]), value(self.subject["business"]["name"]),
                self.say("answer.person") if contact is None else value(contact))
        if carried:
            yield paragraph(self.say("answer.some", *said), "yes")
            items = []
            for item in carried:
                since = item["carried"][-1]["from"] if item["carried"] else self.request["at"]
                until = item["answer"]["lapses-at"]
                cell = value(item["category"]), self.channel(item["channel"]), self.moment(since)
                items.append(self.say("answer.cell", *cell) if until is None else
                             self.say("answer.cell.until", *cell, self.moment(until)))
            yield {"kind": "list", "items": items}
        else:
            yield paragraph(self.say("answer.none", *said), "no")

        def written(time):
            return value(moment_text(parse_time(time), on_page=True))

        if self.told:
            yield self.columns("answer.columns", "what how answer since why", [
                [value(item["category"]), self.channel(item["channel"]), self.outcome(item["answer"]),
                 joined([written(span["from"]) + words(" – ")
                         + (self.say("open-end") if span["until"] is None else written(span["until"]))
                         for span in item["carried"]], "; "),
                 self.reasons(item["answer"])] for item in self.told])
        if len(self.told) < len(answers):
            yield paragraph(self.count("answer.rest", len(answers) - len(self.told)))
        yield paragraph(self.say("answer.caps"), "note")

    def sends(self):
        yield paragraph(self.say("sends.intro"))
        rows = []
        for number, (send, answers) in enumerate(zip(self.request["sends"], self.document["sends"]), 1):
            what = {"category": value, "template": lambda name: self.say("sends.template", value(name)),
                    "channel": self.channel, "sender": lambda name: self.say("sends.from", value(name)),
                    "reference": value}
            then, today = answers["then"], answers["today"]
            why = self.reasons(then)
            if then != today:
                why += words(". ") + self.say("sends.today",
                                              self.outcome(today) + words(": ") + self.reasons(today))
            rows.append([value(f"S{number}"), self.moment(send["at"]),
                         joined([say(send[name]) for name, say in what.items() if send[name] is not None], ", "),
                         self.outcome(then), why])
        yield self.columns("sends.columns", "number at what then why", rows)

    def own_events(self):
        for number, event in enumerate(self.events[:self.own], 1):
            yield from self.blocks_of(number, event)

    def linked_events(self):
        yield paragraph(self.say("events.linked.intro"))
        for number, event in enumerate(self.events[self.own:], self.own + 1):
            yield from self.blocks_of(number, event)

    def blocks_of(self, number, item):
        """The blocks of one event."""
        index = item["record"]
        shown = self.records[index]
        event, record, fields = shown.event, shown.record, shown.event.fields

        def said(field):
            """R(f)."""
            return value(self.bundle.text_of(shown, field, None), index, field)

        yield {"kind": "heading", "pieces": words(f"{number}. {self.word_for('type', event.name)} (") + said("type")
               + words(")")}
        links = [link for link in record.links if link.kind == CONTACT]
        links = [link for link in links if link.identity == self.bundle.handle] if number <= self.own else links
        self.due(links, f"record {index} has no link to the contact")
        place = "event.place", self.say("event.place.value", self.record(index), value(str(links[0].sequence + 1)),
                                        value(shown.leaf.hex(), index, "leaf-hash"))
        recorded = "event.recorded", said("recorded-at") + self.on_clock(record.recorded_at)
        if event.number not in TYPES:
            yield self.facts(recorded)
            yield paragraph(self.say("event.unknown"), "note")
            yield self.facts(place)
            return
        facts = [("event.happened", said("occurred-at") + self.on_clock(fields["occurred-at"][0])
                  if "occurred-at" in fields else self.say("event.happened.unknown")), recorded]
        if "channels" in TYPES[event.number].allowed and (event.name != "consent-confirmed" or "channels" in fields):
            channels = ", ".join(self.word_for("channel", channel) for channel in fields.get("channels", ()))
            facts.append(("event.scope", (said("categories") if "categories" in fields else
                                          self.say("event.everything")) + words(", ")
                          + (words(f"{channels} (") + said("channels") + words(")") if "channels" in fields else
                             self.say("event.every-channel"))))
        facts += [(f"event.{field}", self.with_word(field, fields[field], said(field)))
                  for field in ("method", "verification") if field in fields]
        if "presentation" in fields:
            facts.append(("event.presentation", said("presentation")))
        if "notice" in fields:
            facts.append(("event.words", self.notice(shown, said("notice"), item["words"] is None)))
        yield self.facts(*facts)
        if item["words"] is not None:
            yield {"kind": "quote", "piece": value(item["words"], index, "notice/text")[0]}
        yield {"kind": "facts", "facts": [
            {"name": name, "pieces": pieces} for name, pieces in self.more_of(item, shown, said)
        ] + self.facts(place)["facts"]}

    def notice(self, shown, named, missing):
        """What is said of the notice that counts by rule 9 of "Replay"."""
        fields, record = shown.event.fields, shown.record
        earliest = min(fields["occurred-at"][0] if "occurred-at" in fields else 0, record.recorded_at)
        before = self.notices.get((record.business, *fields["notice"]), [])
        before = before[:bisect_right(before, record.index, key=lambda pair: pair[0])]
        if not before:
            return named
        could = [pair for pair in before if pair[1].first <= earliest <= pair[1].last]
        index, notice = min(could, key=lambda pair: pair[1].reconstructed, default=before[-1])  # the first of equals
        recorded_at = moment_text(self.records[index].record.recorded_at, on_page=True)
        return (self.say("event.words.notice", named, value(notice.fields["language"], index, "language"),
                         self.record(index), value(recorded_at, index, "recorded-at"))
                + (words(f". {self.phrase('event.words.attested')}") if notice.reconstructed else [])
                + (words(f". {self.phrase('event.words.missing')}") if missing else []))

    @cached_property
    def notices(self):
        """By business, name and text-digest: the valid records of notices, the index and a Notice of each."""
        result = {}
        for index, shown in sorted(self.records.items()):
            if shown.event.number in (13, 14) and index in self.bundle.ledger.valid:
                key = shown.record.business, shown.event.fields["notice-name"], shown.event.fields["text-digest"]
                result.setdefault(key, []).append((index, Notice(shown.record.recorded_at, shown.event.fields)))
        return result

    @cached_property
    def own_by_id(self):
        """By the id of each own event: the first index with it."""
        return {self.records[item["record"]].event.id: item["record"] for item in self.events[self.own - 1::-1]}

    def more_of(self, item, shown, said):
        """The facts of an event after what it was about, but for its place: each one's words, and its pieces."""
        index, fields = shown.record.index, shown.event.fields
        others = [words(f"{name}: ") + said(name)
                  + (words(f" ({self.phrase('event.imported')})") if name == "imported" else [])
                  for name in fields if name not in self.TOLD_BY_THEMSELVES]    # as the encoding has them: by key
        if others:
            yield self.phrase("event.other"), joined(others, "; ")
        if "source" in fields:
            by, custody = item["authorized-by"], item["custody"]
            self.due((by is None) == (custody is None), f"of record {index} it has custody alone, or who authorised it")
            yield self.phrase("event.source"), self.say("event.source.unknown", said("source")) if by is None else (
                self.say("event.source.custody", said("source"), self.record(by),
                         self.with_word("custody", custody, value(custody, by, "custody"))))
        yield self.phrase("event.key"), said("key")
        if item["private"] is not None:
            for name, text in sorted(item["private"].items()):
                yield ("".join(piece["words"] for piece in self.say("event.private", words(name))),
                       value(text, index, f"private/{name}"))
            if item["not-shown"]:
                yield self.phrase("event.private.hidden"), self.count("event.private.count", item["not-shown"])
        elif fields.get("commitment", NO_FIELDS) != NO_FIELDS:
            yield self.phrase("event.private.hidden"), self.say("event.private.closed")
        if index in self.bundle.attached:
            pieces = self.say("event.attached.missing")
            if item["attachment"] is not None:
                there = self.bundle.files.entries.get(item["attachment"])
                self.due(there, f"the content of record {index} is not here")
                pieces = self.say("event.attached.here", value(item["attachment"]), value(str(there.size)))
            if fields["concerns"] in self.own_by_id:
                pieces += self.say("event.attached.to", self.record(self.own_by_id[fields["concerns"]]))
            yield self.phrase("event.attached"), pieces
        seen = [self.say(f"{name}.stamped", self.moment(sighting["at"]), value(str(sighting["size"])))
                if sighting["by"] is None else
                self.say(f"{name}.cosigned", self.moment(sighting["at"]), value(sighting["by"]),
                         value(str(sighting["size"])))
                for name, sighting in (("event.seen", item["existed-by"]), ("event.unseen", item["not-shown-at"]))
                if sighting is not None]
        if seen:
            yield self.phrase("event.seen"), joined(seen, "; ")

    def clearances(self):
        clearances, templates = self.document["clearances"], self.bundle.templates
        self.due(len(clearances) == len(templates), "its clearances are not those that are here")
        yield paragraph(self.say("clearances.intro"))
        yield self.columns("clearances.columns", "decided about answer anchor", [
            [self.moment(item["decided-at"]),
             value(", ".join(item["categories"]) if item["categories"] else template or "") + words(", ")
             + self.channel(item["channel"]),
             self.outcome(item),
             self.say("clearances.none") if item["anchored-by"] is None else
             self.say("record", self.record(item["anchored-by"]))]
            for item, template in zip(clearances, templates)])

    def proof(self):
        ledger, proof = self.document["ledger"], self.document["proof"]
        self.due(ledger["ledger-id"] is not None, "it has no ledger-id")
        size = value(str(ledger["size"]))
        yield {"kind": "list", "items": [
            self.say("proof.tree", value(ledger["origin"]), size), self.say("proof.chain"),
            self.count("proof.signatures", proof["source-statements"])
            + self.count("proof.held", proof["ledger-held"]),
            self.say("proof.words")]}
        if any(checkpoint["cosigned"] or checkpoint["stamped"] for checkpoint in proof["checkpoints"]):
            last = self.events[self.own - 1]["existed-by"]
            yield paragraph(self.say("proof.seen") + (
                words(" ") + self.say("proof.seen.all", self.moment(last["at"])) if last else []), "note")
            yield self.columns("proof.seen.columns", "size who when", list(self.seen_rows(proof["checkpoints"])))
        else:
            yield paragraph(self.say("proof.unanchored"), "note")
        yield paragraph(self.say("proof.unrecorded"))
        yield self.columns("proof.doubt.columns", "who can cannot", [
            [self.say(f"proof.doubt.{who}.{what}") for what in ("who", "can", "cannot")]
            for who in ("operator", "source", "log", "maker")])
        yield self.facts(("proof.origin", value(ledger["origin"])), ("proof.ledger-id", value(ledger["ledger-id"])),
                         ("proof.size", size), ("proof.root", value(ledger["root"])))

    def seen_rows(self, checkpoints):
        for checkpoint in checkpoints:
            size, untimed = value(str(checkpoint["size"])), self.say("proof.seen.untimed")
            for line in checkpoint["cosigned"]:
                yield [size, value(line["name"]), untimed if line["at"] is None else self.moment(line["at"])]
            for stamp in checkpoint["stamped"]:
                earliest, latest = stamp["earliest"], stamp["latest"]
                yield [size, self.say("proof.seen.stamp", value(f"{stamp['sha-256'][:16]}…")),
                       untimed if earliest is None or latest is None else
                       self.moment(earliest) if earliest == latest else
                       self.say("proof.seen.between", self.moment(earliest), self.moment(latest))]

    def custodian(self):
        yield paragraph(self.say("custodian.text"))
        yield {"kind": "signature",
               "lines": [self.phrase(f"custodian.{line}") for line in ("name", "place", "signature")]}

    def instructions(self):
        """`VERIFY.txt`."""
        keys = self.bundle.files.get("log.vkey", b"").decode("utf-8", "surrogateescape").split("\n")
        ledger = self.document["ledger"]
        self.due(ledger["ledger-id"] is not None, "it has no ledger-id")
        pieces = self.say("instructions", *map(words, (
            ledger["origin"].translate(SHOWN), ledger["ledger-id"],
            "\n".join(f"    {key.translate(SHOWN)}" for key in keys if key), str(self.events[0]["record"]))))
        return "".join(piece["words"] for piece in pieces)

    # "The picture"

    def timeline(self):
        """The one block."""
        marks = []
        for number, item in enumerate(self.events[:self.own], 1):
            shown = self.records[item["record"]]
            event, at = shown.event, shown.record.recorded_at
            kind = "grant" if event.name in self.GRANTS else "stop" if event.restriction else "other"
            marks.append((min(at, event.fields.get("occurred-at", (at,))[0]), str(number), kind))
        marks += [(parse_time(send["at"]), f"S{number}", "send")
                  for number, send in enumerate(self.request["sends"], 1)]
        marks.sort()
        asked, times = parse_time(self.request["at"]), [at for at, *_ in marks]
        for item in self.document["answers"]:
            times += [parse_time(span[end]) for span in item["carried"] for end in ("from", "until") if span[end]]
        first, last = min(times + [asked]), max(times, default=asked)
        end = min(max(last, min(asked, last + max((last - first) // 4, 3_600_000))), MAX_MOMENT)
        to = max(end, min(first + 1, MAX_MOMENT))
        start = first if first < to else first - 1
        step, span = (to - start) // 4, to - start
        cut = slice(10) if span >= 5 * DAY else slice(16) if span >= 1_200_000 else slice(11, 19)

        def spans_of(item):
            for span in item["carried"]:
                yield {"from": parse_time(span["from"]),
                       "to": to if span["until"] is None else parse_time(span["until"]),
                       "state": "defer" if span["waiting"] else "allow"}

        def label(text):
            return text if len(text) <= 28 else f"{text[:27]}…"

        yield {"kind": "timeline", "title": self.phrase("timeline.title"), "caption": self.phrase("timeline.caption"),
               "from": start, "to": to,
               "ticks": [{"at": start + number * step, "text": moment_text(start + number * step, on_page=True)[cut]}
                         for number in range(5)],
               "marks": [{"at": at, "kind": kind, "text": text} for at, text, kind in marks],
               "rows": [{"label": label(f"{item['category']}, {item['channel']}"), "spans": list(spans_of(item))}
                        for item in self.told]}

def where_differs(there, due):
    """Where in a block the first difference is: names, and places counted from 1."""
    if type(there) is type(due) is dict and there.keys() == due.keys():
        steps = [(name, there[name], due[name]) for name in due]
    elif type(there) is type(due) is list:
        steps = [(str(number), *pair) for number, pair in enumerate(zip_longest(there, due), 1)]
    else:
        return []
    return next(([name, *where_differs(*pair)] for name, *pair in steps if pair[0] != pair[1]), [])

# ==== "The page as HTML" =============================================================================================

STYLE_SHEET = """\
body { font: 16px/1.45 Georgia, "Times New Roman", "DejaVu Serif", serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1, h2, h3, table, figure, .yes, .no, .wait, .sign { font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #767676; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
p.yes, p.no, p.wait, p.note { padding: .6rem 1rem; border-left: .4rem solid #767676; background: #f4f4f4; }
p.yes { border-color: #14632f; background: #eef6f0; }
p.no { border-color: #9b1c1c; background: #fbefef; }
p.wait { border-color: #8a5a00; background: #fdf6e7; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .8rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #c8c8c8; overflow-wrap: break-word; }
thead th { border-bottom: 2px solid #4a4a4a; }
table.facts { table-layout: fixed; margin: .4rem 0; }
table.facts th { width: 11rem; font-weight: 600; padding-left: 0; }
table.facts th, table.facts td { border-bottom: 0; overflow-wrap: anywhere; }
blockquote { margin: .6rem 0; padding: .6rem 1rem; border: 1px solid #c8c8c8; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
figcaption { font-size: .85rem; }
svg { display: block; width: 100%; height: auto; }
.sign p { margin: 2.6rem 0 0; border-top: 1px solid #1a1a1a; padding-top: .2rem; font-size: .85rem; max-width: 26rem; }
@page { size: A4; margin: 20mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
@media print {
body { font-size: 10pt; margin: 0; max-width: none; padding: 0; }
h2, h3 { break-after: avoid; }
figure, p.yes, p.no, p.wait, p.note, .sign { break-inside: avoid; }
thead { display: table-header-group; }
}
"""

SHOWN = {number: f"\\u{{{number:x}}}" for number in UNSEEN}
HTML_ESCAPES = str.maketrans({**SHOWN,
                              "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})

def escape(text):
    """E(t)."""
    return text.translate(HTML_ESCAPES)

def piece_attributes(piece):
    """A(p)."""
    return f' data-record="{piece["record"]}" data-field="{escape(piece["field"])}"' if "record" in piece else ""

def render_pieces(pieces):
    """P(pieces)."""
    return "".join(escape(piece["words"]) if "words" in piece else
                   f"<bdi{piece_attributes(piece)}>{escape(piece['value'])}</bdi>" for piece in pieces)

def render_block(block):
    """The lines of a block."""
    kind = block["kind"]
    if kind == "paragraph":
        style = f' class="{escape(block["style"])}"' if "style" in block else ""
        yield f"<p{style}>{render_pieces(block['pieces'])}</p>"
    elif kind == "heading":
        yield f"<h3>{render_pieces(block['pieces'])}</h3>"
    elif kind == "facts":
        yield '<table class="facts">'
        for fact in block["facts"]:
            yield f'<tr><th scope="row">{escape(fact["name"])}</th><td>{render_pieces(fact["pieces"])}</td></tr>'
        yield "</table>"
    elif kind == "table":
        heads = "".join(f'<th scope="col">{escape(words)}</th>' for words in block["columns"])
        yield from ("<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>")
        for row in block["rows"]:
            yield "<tr>" + "".join(f"<td>{render_pieces(cell)}</td>" for cell in row) + "</tr>"
        yield from ("</tbody>", "</table>")
    elif kind == "quote":
        piece = block["piece"]
        text = "\n".join(map(escape, piece.get("words", piece.get("value")).split("\n")))
        yield f'<blockquote dir="auto"{piece_attributes(piece)}>{text}</blockquote>'
    elif kind == "list":
        yield from ("<ul>", *(f"<li>{render_pieces(item)}</li>" for item in block["items"]), "</ul>")
    elif kind == "signature":
        yield from ('<div class="sign">', *(f"<p>{escape(line)}</p>" for line in block["lines"]), "</div>")
    else:
        yield from render_timeline(block)

def render_timeline(block):
    """The lines of a timeline; the numbers are those of its six steps."""
    start, end, rows = block["from"], block["to"], block["rows"]
    bottom, last = 70 + 28 * len(rows), None

    def across(moment):
        return 220 + (min(max(moment, start), end) - start) * 660 // (end - start)

    def text(words, x, y, anchor):
        return (f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="sans-serif" font-size="12">{escape(words)}'
                "</text>")

    yield "<figure>"                                                                                        # 1
    yield f'<svg viewBox="0 0 960 {bottom + 30}" role="img" aria-label="{escape(block["title"])}">'         # 2
    for tick in block["ticks"]:                                                                             # 3
        x = across(tick["at"])
        yield f'<line x1="{x}" x2="{x}" y1="54" y2="{bottom}" stroke="#c8c8c8"/>'
        yield text(tick["text"], x, bottom + 18, "middle")
    for y, row in zip(range(70, bottom, 28), rows):                                                         # 4
        yield text(row["label"], 210, y + 15, "end")
        yield f'<line x1="220" x2="880" y1="{y + 10}" y2="{y + 10}" stroke="#767676"/>'
        for span in row["spans"]:
            x = across(span["from"])
            paint = 'fill="#14632f"' if span["state"] == "allow" else 'fill="#fff" stroke="#14632f"'
            yield f'<rect x="{x}" y="{y + 2}" width="{max(across(span["to"]) - x, 1)}" height="16" {paint}/>'
    for mark in block["marks"]:                                                                             # 5
        x = across(mark["at"])
        path, paint = {
            "grant": (f"M{x} 34l6 12h-12z", 'fill="#14632f"'),
            "stop": (f"M{x - 5} 35h10v10h-10z", 'fill="#9b1c1c"'),
            "send": (f"M{x} 34l6 6l-6 6l-6 -6z", 'fill="#fff" stroke="#1a1a1a"'),
            "other": (f"M{x - 2} 38h4v4h-4z", 'fill="#4a4a4a"')}[mark["kind"]]
        yield f'<path d="{path}" {paint}/>'
        if last is None or x - last >= 14:
            yield text(mark["text"], x, 28, "middle")
            last = x
    yield from ("</svg>", f"<figcaption>{escape(block['caption'])}</figcaption>", "</figure>")               # 6

def page_lines(page):
    title = escape(page["title"])
    yield from (
        "<!DOCTYPE html>", f'<html lang="{escape(page["language"])}">', "<head>", '<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">', f"<title>{title}</title>",
        "<style>", *STYLE_SHEET.splitlines(), "</style>", "</head>", "<body>", f"<h1>{title}</h1>")
    for section in page["sections"]:
        yield f'<section id="{escape(section["id"])}">'
        yield f"<h2>{escape(section['heading'])}</h2>"
        for block in section["blocks"]:
            yield from render_block(block)
        yield "</section>"
    yield from ("</body>", "</html>")

# ==== The contacts whose restrictions bind one ("The files") ==========================================================

FOREVER = MAX_SIZE + 1                  # a reach without an end
# key: the public key that signed, or None where it is not known.
Shown = namedtuple("Shown", "leaf record key_identifier event key")

def follow_links(records, in_doubt, handles):
    """"The files": of each contact of a bundle its reach, from these handles on, which have one without an end."""
    # In descending order, so that what is there came later. Surely: not under a key that others may have had.
    voided, surely_voided, links, ends = set(), set(), {}, {}
    for index in sorted(records, reverse=True):
        shown = records[index]
        event, handles_of = shown.event, shown.record.handles
        doubtful = event.number in (49, 52) and in_doubt(shown)
        if event.number == 49 and not any((handle, event.id) in surely_voided for handle in handles_of):
            concerned = {(handle, event.fields["concerns"]) for handle in handles_of}
            voided |= concerned
            surely_voided |= set() if doubtful else concerned
        if event.number not in (50, 51, 52) or len(handles_of) != 2:
            continue
        for pair in (handles_of, handles_of[::-1]):
            if event.number != 52:
                links.setdefault(pair[0], []).append((index, pair[1], ends.get(tuple(pair), FOREVER)))
            elif (pair[0], event.id) not in voided and not doubtful:
                ends[tuple(pair)] = index
    reach = dict.fromkeys(handles, FOREVER)
    to_follow = set(reach)
    while to_follow and len(reach) <= 1 + MAX_CONTACTS:
        handle = max(to_follow, key=reach.get)          # so that none is followed twice
        to_follow.remove(handle)
        for index, other, end in links.get(handle, ()):
            end = min(end, reach[handle])
            if index < reach[handle] and end > reach.get(other, -1):
                reach[other] = end
                to_follow.add(other)
    return reach

# ==== Decisions (Documentation/decisions.md, Documentation/rule-packs.md) ============================================

# Where an opt-in of unknown time stands in the order, and since when a restriction of unknown time binds.
BEFORE_ALL = -1
FORTNIGHT = 14 * DAY
MAX_PACK = 256 << 10
MAX_WORK = 8_000_000                    # this program's own bound: what is looked at for the answers of a bundle
OPT_INS = (33, 34, 35)
OPT_OUTS = {36: "refused", 37: "withdrawn", 38: "revoked", 40: "invalidated", 43: "objected"}
STOPS = {44: "complained", 45: "blocked", 46: "reported"}
READY_MADE = {"authentication": "contract", "marketing": "consent", "service": "contract", "utility": "contract"}
COUNTS_AS = "marketing utility service authentication".split()      # a message, by the first of these that it is about

class Undecided(Exception):
    """There is an error instead of an answer."""

class NotComputed(Exception):
    """The answer rests on something that is not computed here."""

Reason = namedtuple("Reason", "code records time category pack rule", defaults=((), None, None, None, None))
Answer = namedtuple("Answer", "outcome reasons next_allowed lapses")
# clocks: of each, since when it is how many seconds ahead of UTC. categories: none where the template says all.
Question = namedtuple("Question", "at channel categories sender template country clocks")
# A rule of a pack in force: its pack's digest, whether that is adopted by the business itself, and what the pack says.
Rule = namedtuple("Rule", "pack own said effect since until")
DatedNotice = namedtuple("DatedNotice", "index recorded_at fields")

def with_time(required, optional):
    """A map with these members, and a length of time in one of its three units."""
    return one_of(*(members({**required, unit: number(1, most)}, optional) for unit, most in (
        ("days", 3_660), ("hours", 87_840), ("minutes", 5_270_400))))

pack_time = pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}"
                    "([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?")
pack_minute = pattern("([01][0-9]|2[0-3]):[0-5][0-9]|24:00")

def pack_text(most):
    return lambda value: type(value) is str and 1 <= len(value) <= most

pack_texts, pack_countries = once_each(200, pack_text(100)), once_each(252, country)

def effect_of(kind, required=None, optional=None, form=members):
    return form({"kind": lambda value: value == kind, **(required or {})}, optional or {})

EFFECTS = one_of(
    *(effect_of(kind) for kind in ("prohibit", "widen-opt-out", "not-decidable")),
    effect_of("require-consent", {}, {
        "or-recorded": once_each(3, word("contract legal-obligation legitimate-interest"))}),
    effect_of("require-verification", {"verifications": once_each(4, word("code double-opt-in in-thread signed"))}),
    effect_of("refuse-presentation", {"presentations": once_each(3, word("bundled condition-of-purchase pre-ticked"))}),
    *(effect_of(kind, form=with_time) for kind in (
        "consent-lasts", "keep-evidence", "opt-out-confirmation-window", "request-lasts", "service-window")),
    effect_of("hours", {"from": pack_minute, "until": pack_minute}, {"weekdays": once_each(7, number(1, 7))}),
    effect_of("cap", {"count": number(1, 100_000), "counted": word("business channel category")}, form=with_time),
    effect_of("accept-unknown-notice", {"until": pack_time}),
    effect_of("notice", {"subject": word("business-name channel"), "severity": word("advice error")}),
    effect_of("notice", {"subject": word("opt-out-instruction consent-wording value"), "severity": word("advice error"),
                         "words": lambda value: type(value) is dict and 1 <= len(value) <= 64 and all(
                             re.fullmatch("[a-z]{2}", key) and pack_texts(item) for key, item in value.items())}))
PACK_FORM = members({
    "format": lambda value: value == "consent-ledger/rule-pack/v1", "pack": identifier, "version": pack_text(64),
    "title": pack_text(200), "rules": lambda value: type(value) is list and len(value) <= 500 and all(map(members({
        "id": identifier, "effect": EFFECTS, "meaning": pack_text(500), "scope": members({}, {
            "channels": once_each(11, word(CHANNELS)), "classes": once_each(4, word(CLASSES)),
            "categories": once_each(64, identifier), "sender-countries": pack_countries,
            "except-sender-countries": pack_countries, "recipient-countries": pack_countries,
            "except-recipient-countries": pack_countries}),
        "citation": members({"source": pack_text(300), "confidence": word("verbatim secondary unverified"),
                             "verified-on": pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}")},
                            {"section": pack_text(200), "url": pattern("https?://.*"), "quote": pack_text(1000)})},
        {"effective-from": pack_time, "effective-until": pack_time}), value))},
    {"vocabulary": lambda value: type(value) is dict and all(map(pack_texts, value.values()))})

def time_of_pack(value):
    """RFC 3339, a bare date being its midnight in UTC."""
    return parse_time(value if len(value) > 10 else value + "T00:00:00Z")

def length_of(effect):
    return next(effect[unit] * milliseconds for unit, milliseconds in (
        ("days", DAY), ("hours", 3_600_000), ("minutes", 60_000)) if unit in effect)

def parse_pack(data, fields):
    """"The format" of rule-packs.md: its rules; what contradicts itself in it is not looked for."""
    try:
        value = read_json(data)
        if not PACK_FORM(value) or (value["pack"], value["version"]) != (fields["pack"], fields["pack-version"]):
            raise ValueError
        return [(said, time_of_pack(said.get("effective-from", "1970-01-01")),
                 time_of_pack(said["effective-until"]) if "effective-until" in said else MAX_MOMENT + 1)
                for said in value["rules"]]
    except (ValueError, RecursionError, BadInput):
        raise Undecided("pack-unreadable")

@lru_cache(maxsize=8)                   # a text is asked for one phrase after the other
def plain_words(text):
    """Without regard to case and accents, as whole words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(["", *re.findall(r"[^\W_]+", plain), ""])

def says(text, phrase):
    """Whether a text has the words of a phrase; None where it may be a matter of spelling."""
    there, due = plain_words(text), plain_words(phrase)
    if due.strip() and due in there:
        return True
    return None if due.replace(" ", "") in there.replace(" ", "") else False

class Act:
    """One event of a contact that counts: when it happened, as well as it is known, and what it is about."""

    def __init__(self, index, shown, own):
        event, recorded_at = shown.event, shown.record.recorded_at
        self.index, self.number, self.id, self.fields, self.own = index, event.number, event.id, event.fields, own
        self.recorded_at, self.key = recorded_at, shown.key
        self.dated = "occurred-at" in event.fields
        start, precision = event.fields.get("occurred-at", (recorded_at, 1))
        # Nothing happened after it was recorded.
        self.start = min(start, recorded_at)
        self.last = max(self.start, min(start + precision - 1, recorded_at))
        self.place = self.start if self.dated else BEFORE_ALL       # of what permits, in the order
        self.permits_from = start if self.dated else recorded_at
        self.binds_from = self.start if self.dated and event.number != 40 else BEFORE_ALL
        self.time = self.start if self.dated else None
        self.code = None                # of an opt-out: its reason's
        self.anything = False           # whether it covers whatever its scope is
        self.fixed = False              # whether no START undoes it

    def from_then_on(self, decision):
        """A review as the withdrawal that a decision makes of it."""
        withdrawal = copy(self)
        withdrawal.code, withdrawal.fixed = "withdrawn", True
        withdrawal.binds_from = max(self.binds_from, decision.binds_from)
        return withdrawal

    def in_scope(self, asked, wide):
        """Whether it covers what is asked; wide: whatever it does not rule out, by the names of classes, too."""
        fields = self.fields
        if asked.channel not in fields.get("channels", (asked.channel,)):
            return False
        names = fields.get("categories", (asked.category,))
        if asked.category not in names and not (wide and asked.class_ in names):
            return False
        of = [asked.sender in fields["senders"]] if "senders" in fields else []
        if "brands" in fields:
            of.append(asked.brand in fields["brands"] or wide and asked.brand is None)
        # What restricts, of those senders and of those brands; what permits, of those senders of those brands alone.
        return wide and asked.sender is None or not of or (any if wide else all)(of)

    def names(self, asked):
        """Whether it names the category or its class."""
        return bool({asked.category, asked.class_} & set(self.fields.get("categories", ())))

UNSURE = "whether a notice names the business, or a channel, as it must"

# What one category of a message is asked about.
Asked = namedtuple("Asked", "channel category class_ basis sender brand")

class Decisions:
    """What may be known of a contact: the records below a size, and what the ledger said until then."""

    def __init__(self, ledger, records, handle, others, business, size, read, spend):
        spend(len(records) + len(ledger.said))
        self.records = {index: shown for index, shown in records.items() if index < size}
        self.handle, self.business, self.size, self.read = handle, business, size, read
        self.packs, self.spend = {}, spend
        self.collect_governance(ledger)
        self.collect_acts(handle, others)

    # What the ledger said

    def collect_governance(self, ledger):
        self.categories = {name: (name, basis) for name, basis in READY_MADE.items()}
        self.retired, self.brands, self.senders, self.notices, self.adoptions = {}, {}, {}, {}, []
        self.templates, self.compromised, self.fields = {}, {}, None
        authorized = {}
        for index, record, event, key in ledger.said:
            if index >= self.size or record.business not in ("", self.business):
                continue
            fields = event.fields
            if event.number == 6:
                authorized[fields["public-key"]] = fields["authorized-source"]
            elif event.number == 7 and "compromised-since" in fields:
                for held, source in authorized.items():
                    if source == fields["authorized-source"] and fields.get("public-key") in (None, held):
                        since = min(fields["compromised-since"], self.compromised.get(held, MAX_MOMENT))
                        self.compromised[held] = since
            elif event.number == 8:
                self.fields = fields
            elif event.number == 9:
                self.brands[fields["brand"]] = fields["name"]
            elif event.number == 10:
                self.senders[fields["sender"]] = fields["channels"], fields.get("brand")
            elif event.number == 11:
                self.categories[fields["category"]] = fields["class"], fields["basis"]
            elif event.number == 12:
                self.retired[fields["category"]] = Act(index, Shown(None, record, None, event, key), True)
            elif event.number in (13, 14):
                self.notices.setdefault((fields["notice-name"], fields["text-digest"]), []).append(
                    DatedNotice(index, record.recorded_at, fields))
            elif event.number == 16:
                since = fields.get("effective-from", record.recorded_at)
                self.adoptions.append((fields["pack"], bool(record.business), since, index, fields))
            elif event.number == 21:
                self.templates.setdefault(fields["template"], []).append(
                    Act(index, Shown(None, record, None, event, key), True))

    def in_doubt(self, shown):
        """Whether it was stated under a key that others may have had then."""
        return self.compromised.get(shown.key, MAX_MOMENT + 1) <= shown.record.recorded_at

    # What the contact's records say

    def collect_acts(self, handle, others):
        """The acts that count: voided ones never happened, and of others' only what restricts."""
        self.unknown = any(shown.event.number not in TYPES for shown in self.records.values())
        struck, surely = set(), set()   # by handle and id: voided, and not under a key that others may have had
        for index in sorted(self.records, reverse=True):
            shown = self.records[index]
            if shown.event.number == 49 and not any((each, shown.event.id) in surely for each in shown.record.handles):
                concerned = {(each, shown.event.fields["concerns"]) for each in shown.record.handles}
                struck |= concerned
                surely |= set() if self.in_doubt(shown) else concerned
        self.reach = follow_links(self.records, self.in_doubt, [handle, *others])
        self.opt_ins, self.requests, self.opt_outs, self.stops, self.resumed = [], {}, [], [], []
        self.began, self.ended, self.closings, self.reviews, self.decided = [], [], [], [], {}
        self.has_records = False
        for index, shown in sorted(self.records.items()):
            number = shown.event.number
            own = self.handle in shown.record.handles
            theirs = [each for each in shown.record.handles if index < self.reach.get(each, -1)]
            about = [each for each in shown.record.handles if each in self.reach]
            if number == 48:            # it counts for what it concerns, however late it is
                theirs = about
            self.has_records |= bool(theirs)
            if number < 32 or not theirs:
                continue
            act = Act(index, shown, own)
            if number in (53, 54) or number == 50 and shown.event.fields["from-handle"] == self.handle:
                if own:
                    self.closings.append(act)
            doubt = self.in_doubt(shown)
            if any((each, act.id) in (surely if shown.event.restriction else struck) for each in about):
                continue
            if number == 47:
                self.reviews.append((act, theirs))
            elif number == 48:
                for each in about:
                    self.decided.setdefault((each, act.fields["concerns"]), []).append((act, doubt))
            elif number in OPT_OUTS or number == 42 and act.fields["basis"] == "consent":
                act.code = OPT_OUTS.get(number, "revoked")
                act.fixed, act.chains = number != 37, theirs
                self.opt_outs.append(act)
                if "do-not-contact" in act.fields:
                    act.anything = True
                    self.stops.append((act, "do-not-contact"))
            elif number in STOPS:
                self.stops.append((act, STOPS[number]))
            elif number == 42:
                self.ended.append(act)
            elif number == 39 and not doubt:
                act.chains = theirs
                self.resumed.append(act)
            elif own and number in (32, *OPT_INS):
                act.code = "source-compromised" if doubt else None
                if number == 32:
                    self.requests[act.id] = act
                else:
                    self.opt_ins.append(act)
            elif own and number == 41 and not doubt:
                self.began.append(act)
        self.settle_reviews()

    def settle_reviews(self):
        """Until when each review holds, and the opt-outs that decisions made of some."""
        self.held = []
        for review, handles in self.reviews:
            until = MAX_MOMENT + 1
            for each in handles:
                for act, doubt in self.decided.get((each, review.id), ()):
                    if act.fields["outcome"] == "opt-out":
                        until = min(until, act.binds_from if act.dated else act.recorded_at)
                        if act not in self.opt_outs:
                            act.code, act.fixed = "withdrawn", True
                            self.opt_outs.append(act)
                        self.opt_outs.append(review.from_then_on(act))
                    elif not doubt and wider(act.fields, review.fields):
                        until = min(until, act.permits_from if act.dated else act.recorded_at)
            self.held.append((review, until))

    # Rules

    def packs_at(self, time):
        """The adoptions that count at a time: of each name one."""
        best = {}
        for adoption in self.adoptions:
            name, *rank = adoption[:4]
            if adoption[2] <= time and (name not in best or rank > list(best[name][1:4])):
                best[name] = adoption
        return {name: best[name] for name in sorted(best)}

    def rules_at(self, time):
        return [rule for adoption in self.packs_at(time).values() for rule in self.rules_of(adoption)]

    def rules_of(self, adoption):
        """The rules of an adopted pack; Undecided where it cannot be read."""
        _, own, _, _, fields = adoption
        digest = fields["pack-digest"]
        if digest not in self.packs:
            data = self.read(digest)
            if data is None or sha256(data) != digest or len(data) > MAX_PACK:
                raise Undecided("pack-unreadable")
            self.packs[digest] = parse_pack(data, fields)
        return [Rule(digest.hex(), own, said, said["effect"], since, until)
                for said, since, until in self.packs[digest]]

    def rules_about(self, message, time):
        return [rule for rule in self.rules_at(time) if rule.since <= time < rule.until and self.about(rule, message)]

    def about(self, rule, message, surely=False):
        """Whether a rule is about a message, by every list of its scope."""
        scope = rule.said["scope"]
        if message.channel not in scope.get("channels", (message.channel,)):
            return False
        if message.class_ is not None and message.class_ not in scope.get("classes", (message.class_,)):
            return False
        if "categories" in scope and not set(message.categories) & set(scope["categories"]):
            return False
        for side, there in ("sender", message.home), ("recipient", message.country):
            listed, excepted = scope.get(f"{side}-countries"), scope.get(f"except-{side}-countries")
            if there is None:
                if surely and (listed or excepted):
                    return False
            elif listed is not None and there not in listed or excepted is not None and there in excepted:
                return False
        return True

    # The question

    def answers(self, question):
        """The Answer; two where it is not known whether a notice says what it must."""
        self.unsure = self.defective = False
        answers = [self.answer(question)]
        if self.unsure:
            self.defective = True
            answers.append(self.answer(question))
        return answers

    def answer(self, question):
        message = self.message(question)
        outcome, reasons = self.judge(question, message)
        lapses = next_allowed = None
        if outcome == "allow":
            lapses = self.lapses(question, message)
        elif outcome == "defer":
            next_allowed = self.next_allowed(question, message)
            reasons = [reason._replace(time=self.next_allowed(question, message, reason.rule))
                       if reason.code == "outside-hours" else reason for reason in reasons]
        return Answer(outcome, reasons, next_allowed, lapses)

    def lapses(self, question, message):
        """When what it rests on ends: by itself or, if then it is not allowed any more, where rules begin or end."""
        for time in self.turns(question, message):
            if self.ending <= time:
                break
            later = question._replace(at=time)
            if self.judge(later, self.message(later))[0] != "allow":
                return time
        return self.ending if self.ending <= MAX_MOMENT else None

    def message(self, question):
        """What the message is about, and what it counts as."""
        if self.unknown or self.fields is None:
            raise Undecided("unknown-type" if self.unknown else "unknown-business")
        categories = list(question.categories or ())
        if question.template is not None:
            categories = self.categories_of(question.template, categories, question.at)
        if not categories or question.channel not in CHANNELS.split() or not self.categories.keys() >= set(categories):
            raise Undecided("unknown-word")
        brand = None
        if question.sender is not None:
            if question.sender not in self.senders or question.channel not in self.senders[question.sender][0]:
                raise Undecided("unknown-sender")
            brand = self.senders[question.sender][1]
        classes = [self.categories[name][0] for name in categories]
        class_ = next((each for each in COUNTS_AS if each in classes), None)
        return Message(question.channel, categories, class_, self.fields.get("country"), question.country,
                       question.sender, brand)

    def categories_of(self, template, asked, at):
        """"What a message is about", of a template."""
        said = self.templates.get(template, ())
        first = [act for act in said if "category" in act.fields and not self.act_in_doubt(act)]
        if not said:
            raise Undecided("unknown-template")
        current = [act for act in first if act.permits_from <= at]
        current = max(current, key=lambda act: (act.permits_from, act.index)) if current else next(iter(first), None)
        if current is None and not asked:
            raise Undecided("unknown-template")
        category = current and current.fields["category"]
        if asked and category is not None and category not in asked:
            raise Undecided("other-template")
        categories = list(asked) or [category]
        languages = {}
        for act in sorted(said, key=lambda act: (act.permits_from, act.index)):
            if "class" in act.fields and act.permits_from <= at:
                marketing = act.fields["class"] == "marketing"
                if marketing or not self.act_in_doubt(act):
                    if "language" not in act.fields:
                        languages.clear()
                    languages[act.fields.get("language")] = marketing
        if any(languages.values()) and all(self.categories.get(name, [name])[0] != "marketing" for name in categories):
            categories.append("marketing")
        return categories

    def act_in_doubt(self, act):
        return self.compromised.get(act.key, MAX_MOMENT + 1) <= act.recorded_at

    def judge(self, question, message):
        """"The order": outcome and reasons."""
        self.spend(10 + len(self.opt_ins) * (1 + len(self.opt_outs)) + sum(map(len, self.packs.values())))
        time, self.ending = question.at, MAX_MOMENT + 1
        rules = self.rules_about(message, time)
        reasons, denied = [], False
        for category in message.categories:
            asked = self.asked_of(message, category)
            alone = message._replace(categories=[category])
            allowed, why = self.judge_category(question, asked, alone, [
                rule for rule in rules if self.about(rule, alone)])
            if len(message.categories) > 1:
                why = [reason._replace(category=category) for reason in why]
            reasons.append((allowed, why))
            denied |= not allowed
        if denied:
            return "deny", [reason for allowed, why in reasons for reason in why if not allowed]
        why = [reason for _, part in reasons for reason in part]
        for kind, code in ("prohibit", "prohibited"), ("not-decidable", "not-decidable"):
            against = [cite(Reason(code), rule) for rule in rules if rule.effect["kind"] == kind]
            if against:
                return "deny", against
        waits = self.hours_against(question, rules, time)
        return ("defer", waits) if waits else ("allow", why)

    def asked_of(self, message, category):
        return Asked(message.channel, category, *self.categories[category], message.sender, message.brand)

    def judge_category(self, question, asked, message, rules):
        """Whether one category is allowed, and the reasons."""
        at = question.at
        retired = self.retired.get(asked.category)
        if retired is not None and retired.recorded_at <= at:
            return False, [Reason("category-retired", (retired.index,))]
        closed = [act for act in self.closings if act.number == 54 or act.binds_from <= at]
        if closed:
            act = closed[-1]
            return False, [Reason("contact-closed", (act.index,), act.last)]
        widened = next((rule for rule in rules if rule.effect["kind"] == "widen-opt-out"), None)
        stop = self.stop_of(asked, at, widened)
        if stop:
            return False, [stop]
        standing = [act for act in self.opt_outs if self.stands(act, asked, at, widened)]
        if asked.class_ == "service":
            return False, [Reason("no-message-to-answer")]      # nobody states here that the person wrote
        consent, why = self.judge_consent(asked, message, standing, rules, widened, at)
        if consent or asked.basis == "consent":
            if not consent and not why:
                why = [Reason("no-consent" if self.has_records else "no-record")]
            return consent, why
        return self.judge_basis(question, asked, standing, rules, widened, why)

    # Stops and opt-outs

    def stop_of(self, asked, at, widened):
        found = []
        for act, code in self.stops:
            if act.binds_from > at:
                continue
            if code == "do-not-contact":
                if asked.basis == "legal-obligation" or asked.class_ == "authentication" or self.undone(act, at):
                    continue
            elif not act.in_scope(asked, True):
                continue
            found.append((act, code))
        for act, until in self.held:
            if act.binds_from <= at < until and (widened or act.in_scope(asked, True)):
                found.append((act, "held-for-review"))
        if not found:
            return None
        act, code = max(found, key=lambda each: (each[0].last, each[0].index))
        reason = Reason(code, (act.index,), act.time)
        return reason if code == "do-not-contact" or act.in_scope(asked, True) else cite(reason, widened)

    def stands(self, act, asked, at, widened):
        """Whether an opt-out covers what is asked, binds at the time, and was not undone."""
        if act.binds_from > at or self.undone(act, at):
            return False
        return (act.anything or widened and act.number in (37, 43, 48) or act.in_scope(asked, True))

    def reason_of(self, act, asked, widened, named=False):
        """That it denies; by the rule, where without one it would not."""
        reason = Reason(act.code, (act.index,), act.time)
        without = act.anything or act.in_scope(asked, True)
        return cite(reason, widened) if widened and act.number in (37, 43, 48, 47) and (
            not without or named and not act.names(asked)) else reason

    def undone(self, act, at):
        """"Resumed"."""
        if act.fixed or act.number != 37 or "via" not in act.fields:
            return False
        return any(each.permits_from <= at and each.place > act.last and each.fields.get("via") == act.fields["via"]
                   and ("do-not-contact" in each.fields or "do-not-contact" not in act.fields)
                   and set(each.chains) & set(act.chains) and wider(each.fields, act.fields) for each in self.resumed)

    # Consent

    def judge_consent(self, asked, message, standing, rules, widened, at):
        counted, flawed = [], []
        for act in self.opt_ins:
            if act.permits_from > at or not self.covers(act, asked):
                continue
            flaw, extra, until = self.flaw_of(act, asked, message, standing, rules, at)
            if flaw:
                flawed.append((act, flaw))
            else:
                ends, limit = self.ends_of(act, rules)
                counted.append((act.place, ends <= at, act.index, act, ends, limit, min(ends, until), extra))
        best = max(counted, key=lambda each: each[:3]) if counted else None
        latest = max(standing, key=lambda act: (act.last, act.index)) if standing else None
        against = [act for act in standing if best and (
            act.last >= best[0] or act.fields.get("concerns") == best[3].id)]
        if best and not against:
            _, expired, index, act, ends, limit, lapses, extra = best
            if expired:
                reason = Reason("expired", (index,), ends)
                return False, [cite(reason, limit) if limit else reason]
            self.ending = min(self.ending, lapses)
            records = (index,)
            if act.number == 34:
                records = (self.requests[act.fields["request"]].index, index)
            return True, [Reason(self.name_of(act), records, act.time)] + extra
        why = []
        after = BEFORE_ALL - 1
        if latest:
            why.append(self.reason_of(latest, asked, widened))
            after = latest.last
        named = {act.fields.get("concerns") for act in standing}
        flawed = [(act, flaw) for act, flaw in flawed if act.place > after and act.id not in named]
        if flawed:
            why.append(max(flawed, key=lambda each: (self.rank_of(each[0]), each[0].index))[1])
        if not why:
            waiting = [act for act in self.requests.values() if act.permits_from <= at and act.in_scope(asked, False)
                       and at <= max(act.place, 0) + self.request_lasts(act, rules)]
            if waiting:
                act = waiting[-1]
                why.append(Reason("pending", (act.index,), act.time))
        return False, why

    def rank_of(self, act):
        """Where an opt-in stands; a confirmation, if both times are known."""
        request = self.requests[act.fields["request"]] if act.number == 34 else act
        return act.place if request.dated else BEFORE_ALL

    def name_of(self, act):
        return TYPES[act.number].name

    def covers(self, act, asked):
        """Whether an opt-in names what is asked; a confirmation: what its request asked for, or the part it names."""
        if act.number != 34:
            scope = act.in_scope(asked, False)
            request = act
        else:
            request = self.requests.get(act.fields["request"])
            if request is None:
                return False
            scope = request.in_scope(asked, False) and act.in_scope(asked, False)
        if not scope:
            return False
        notice, _ = self.notice_of(request, act)
        return notice is None or notice.fields.get("brand") in (None, asked.brand)

    def notice_of(self, request, act):
        """The notice whose words were shown, and whether it could be then."""
        if "notice" not in request.fields:
            return None, False
        earliest = request.start if request.dated else 0
        notices = [each for each in self.notices.get(tuple(request.fields["notice"]), ()) if each.index < request.index]
        shown = [each for each in notices if each.fields.get("shown-from", each.recorded_at) <= earliest
                 <= each.fields.get("shown-until", MAX_MOMENT)]
        shown.sort(key=lambda each: "shown-from" in each.fields)
        return (shown[0], True) if shown else (notices[-1] if notices else None, False)

    def request_lasts(self, request, rules):
        stated = request.fields.get("valid-for")
        if stated is not None:
            return stated
        lengths = [length_of(rule.effect) for rule in rules if rule.effect["kind"] == "request-lasts"]
        return min(lengths, default=7 * DAY)

    def ends_of(self, act, rules):
        """When an opt-in expires, and by which rule, if by one."""
        request = self.requests[act.fields["request"]] if act.number == 34 else act
        ends = [(request.fields.get("expires-at", MAX_MOMENT + 1), None)]
        ends += [(act.place + length_of(rule.effect), rule) for rule in rules
                 if rule.effect["kind"] == "consent-lasts"]
        return min(ends, key=lambda each: each[0])

    def flaw_of(self, act, asked, message, standing, rules, at):
        """Why an opt-in does not count, or None; and what is said beside it where it does."""
        extra, request, until = [], act, MAX_MOMENT + 1
        if act.number == 34:
            request = self.requests[act.fields["request"]]
        rests_on = (act.index,) if request is act else (request.index, act.index)
        if act.number == 34:
            ends = max(request.place, 0) + self.request_lasts(request, rules)
            between = [each for each in standing if each.last >= request.start and each.start <= act.start]
            if between and act.dated and request.dated:
                each = min(between, key=lambda each: (each.own, each.index))
                return Reason("confirmation-after-withdrawal", (each.index, act.index), each.time), extra, until
            # What permits has its place at its start: there the request's validity begins.
            if not (act.dated and request.dated and request.start <= act.start and act.last <= ends):
                return Reason("confirmation-too-late", rests_on, ends), extra, until
        suspect = next((each for each in (act, request) if each.code), None)
        if suspect:
            return Reason("source-compromised", (suspect.index,)), extra, until
        if "notice" not in request.fields:
            accepted = [rule for rule in rules if rule.effect["kind"] == "accept-unknown-notice" and rule.own
                        and at < time_of_pack(rule.effect["until"]) and self.about(rule, message, surely=True)]
            if not accepted:
                return Reason("notice-unknown", (request.index,)), extra, until
            extra = [cite(Reason("notice-unknown-accepted", (request.index,)), accepted[0])]
            until = time_of_pack(accepted[0].effect["until"])
        else:
            notice, shown = self.notice_of(request, act)
            if notice is None:          # the record is a finding
                return Reason("notice-unknown", (request.index,)), extra, until
            if not request.dated:
                return Reason("opt-in-undated", (request.index,)), extra, until
            if not shown:
                return Reason("notice-too-young", (request.index, notice.index), request.time), extra, until
            if "shown-from" in notice.fields:
                extra = [Reason("notice-reconstructed", (request.index,))]
        for rule in rules:
            if rule.effect["kind"] == "require-verification":
                how = {act.fields.get("verification"), request.fields.get("verification")}
                how |= {"double-opt-in"} if act.number == 34 else set()
                if not how & set(rule.effect["verifications"]):
                    return cite(Reason("not-verified", rests_on), rule), extra, until
            elif rule.effect["kind"] == "refuse-presentation":
                marks = {2: "pre-ticked", 3: "bundled", 4: "condition-of-purchase"}
                said = {marks.get(key) for each in (act, request) for key in each.fields.get("presentation", ())}
                if said & set(rule.effect["presentations"]):
                    return cite(Reason("presentation-refused", rests_on), rule), extra, until
        if "notice" in request.fields:
            defect, rule = self.is_defective(notice, asked, message, request, at)
            if defect:
                reason = Reason("notice-defective", (request.index, notice.index), request.time)
                return cite(reason, rule) if rule else reason, extra, until
        taken_over = any("imported" in each.fields or each.fields.get("method") == "import" for each in (act, request))
        if taken_over and any(each.index < act.index for each in standing):
            return Reason("import-does-not-revive", (act.index,), act.time), extra, until
        return None, extra, until

    def is_defective(self, notice, asked, message, request, at):
        """"What a notice must say"."""
        data = self.read(notice.fields["text-digest"])
        self.spend(len(data or b"") // 64)
        if data is None or sha256(data) != notice.fields["text-digest"]:
            raise Undecided("notice-missing")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Undecided("notice-missing")
        brand = notice.fields.get("brand")
        name = self.brands[brand] if brand else self.fields["name"]
        named, said, asked_for = says(text, name) or names_business(text, name), [], False
        for rule in self.rules_at(at):
            effect = rule.effect
            if effect["kind"] != "notice" or effect["severity"] != "error" or not (
                    rule.since <= request.start < rule.until and self.about(rule, message)):
                continue
            if effect["subject"] == "business-name":
                asked_for = True
                said.append((named, rule))
            elif effect["subject"] == "channel":
                said.append((says(text, asked.channel) or None, rule))
            else:
                words = effect["words"].get(notice.fields["language"][:2])
                said.append((words is not None and any_of(says(text, each) for each in words), rule))
        said += [] if asked_for else [(named, None)]
        missing = [rule for there, rule in said if there is False]
        if not missing and any(there is None for there, _ in said):
            self.unsure = True
            missing = [rule for there, rule in said if there is None] * self.defective
        return bool(missing), missing[0] if missing else None

    # Other bases

    def judge_basis(self, question, asked, standing, rules, widened, why):
        at = question.at
        stopping = [act for act in standing if asked.basis == "legitimate-interest" or asked.basis == "contract" and (
            act.names(asked) or widened and act.number in (37, 43, 48))]
        ended = [act for act in self.ended if act.fields["basis"] == asked.basis and act.binds_from <= at
                 and act.in_scope(asked, True)]
        began = [act for act in self.began if act.fields["basis"] == asked.basis and act.permits_from <= at
                 and act.in_scope(asked, False) and at < act.fields.get("expires-at", MAX_MOMENT + 1)
                 and all(act.place > each.last for each in ended)]
        if stopping:
            act = max(stopping, key=lambda act: (act.last, act.index))
            first = [self.reason_of(act, asked, widened, True)]
            return False, first + [reason for reason in why if reason[:2] != first[0][:2]]
        if not began:
            end = max(ended, key=lambda act: (act.last, act.index), default=None)
            reason = Reason("no-basis", (end.index,), end.last) if end else Reason(
                "no-basis" if self.has_records else "no-record")
            return False, [reason] + why
        needs = [rule for rule in rules if rule.effect["kind"] == "require-consent"
                 and not (began and asked.basis in rule.effect.get("or-recorded", ()))]
        if needs:
            return False, [cite(Reason("consent-required"), needs[0])] + why
        act = began[-1]
        self.ending = min(self.ending, act.fields.get("expires-at", MAX_MOMENT + 1))
        return True, [Reason("basis-recorded", (act.index,), act.permits_from)]

    # Hours

    def hours_against(self, question, rules, time):
        waits = []
        for rule in rules:
            if rule.effect["kind"] == "hours":
                if not question.clocks:
                    waits.append(cite(Reason("time-zone-unknown"), rule))
                elif not all(is_hour(rule.effect, time + 1000 * offset_at(clock, time)) for clock in question.clocks):
                    waits.append(cite(Reason("outside-hours"), rule))
        return waits

    def turns(self, question, message):
        """The moments after one at which something may end or begin by itself, in order."""
        after = question.at
        times = {since for _, _, since, _, _ in self.adoptions}
        rules = [rule for adoption in self.adoptions for rule in self.rules_of(adoption) if self.about(rule, message)]
        for rule in rules:
            times |= {rule.since, rule.until}
        for rule in rules:
            if rule.effect["kind"] == "hours":
                times |= {time for time in self.hour_turns(question, [rule]) if rule.since <= time < rule.until
                          and rule in self.rules_at(time)}
        return sorted(time for time in times if after < time <= MAX_MOMENT)

    def hour_turns(self, question, rules):
        """The moments within a fortnight at which hours begin or end on some clock."""
        minutes = {minute_of(rule.effect[end]) for rule in rules if rule.effect["kind"] == "hours"
                   for end in ("from", "until")}
        minutes |= {0} if minutes else set()
        after = question.at
        self.spend(sum(16 * len(minutes) * len(clock) for clock in question.clocks) * len(question.clocks))
        for clock in question.clocks if minutes else ():
            for since, _ in clock:
                yield since
            for offset in {seconds for _, seconds in clock}:
                midnight = (after + 1000 * offset) // DAY * DAY - 1000 * offset
                for day in range(16):
                    for minute in minutes:
                        yield midnight + day * DAY + minute * 60_000

    def next_allowed(self, question, message, only=None):
        """The first moment within a fortnight at which all hours allow it, or those of one rule."""
        if not question.clocks:
            return None
        rules = [rule for rule in self.rules_about(message, question.at) if only in (None, rule.said["id"])]
        return next((time for time in sorted(self.hour_turns(question, rules)) if question.at < time
                     <= question.at + FORTNIGHT and not self.hours_against(question, rules, time)), None)

Message = namedtuple("Message", "channel categories class_ home country sender brand")

def cite(reason, rule):
    return reason._replace(pack=rule.pack, rule=rule.said["id"])

def any_of(answers):
    """Of True, False and None for what is not known."""
    answers = list(answers)
    return True in answers or (None if None in answers else False)

LEGAL_FORMS = set("""a ab ag aps as b bv c co company corp corporation e ek ev gbr gmbh inc incorporated k kg kgaa l
    limited llc llp ltd ltda mbh n nv o ohg oy p plc pty s sa sarl sas sau sc scp se sl sll slu sp spa srl u ug v y und
    and""".split())

def names_business(text, name):
    """Whether the words before an end like `S.L.` or `GmbH` are there; None where it is not sure that it is one."""
    words = plain_words(name).split()
    for end in ["s", "l"], ["sl"], ["gmbh"]:
        if words[-len(end):] == end and says(text, " ".join(words[:-len(end)])):
            return True
    while words and words[-1] in LEGAL_FORMS:
        words.pop()
    return None if words and says(text, " ".join(words)) is not False else False

def wider(fields, others):
    """Whether the scope of the first is that of the second, or wider, the second being one of what restricts."""
    for name in "channels", "categories", "senders", "brands":
        if name in fields and not (name in others and set(others[name]) <= set(fields[name])):
            return False
    # One that names senders and brands is of more than these senders, and of more than these brands.
    return ("senders" in fields) == ("brands" in fields) or not ("senders" in others and "brands" in others)

def minute_of(text):
    return 60 * int(text[:2]) + int(text[3:])

def is_hour(effect, local):
    minute, first, last = local // 60_000 % 1440, minute_of(effect["from"]), minute_of(effect["until"])
    weekday = (local // DAY + 3) % 7 + 1
    return first <= minute < last and weekday in effect.get("weekdays", range(1, 8))

def offset_at(clock, time):
    return next((seconds for since, seconds in reversed(clock) if since <= time), clock[0][1])

def question_of(asked):
    """The question of a bundle's request, or of one of its disputed messages."""
    recipient, category = asked["recipient"], asked["category"]
    clocks = [[(parse_time(each["since"]), each["seconds"]) for each in clock["offsets"]]
              for clock in recipient["clocks"]]
    if not all(clocks) or any(a >= b for clock in clocks for (a, _), (b, _) in pairwise(clock)):
        raise NotComputed("a clock that says nothing, or goes back")
    return Question(parse_time(asked["at"]), asked["channel"], None if category is None else [category],
                    asked["sender"], asked["template"], recipient["country"], clocks)

def answer_as_json(answer):
    def time_or_null(time):
        return None if time is None else moment_text(time)
    return {"outcome": answer.outcome, "reasons": [
                {"code": reason.code, "records": list(reason.records), "time": time_or_null(reason.time),
                 "category": reason.category, "pack": reason.pack, "rule": reason.rule} for reason in answer.reasons],
            "next-allowed-at": time_or_null(answer.next_allowed), "lapses-at": time_or_null(answer.lapses)}

# ==== "Evidence bundles", "What holds" ===============================================================================

NO_FIELDS = sha256(encode_cbor(["consent-ledger/private-fields/v1", []]))

# earliest and latest in milliseconds; by: the name of a cosigner, None of a stamp.
Sighting = namedtuple("Sighting", "size earliest latest by")

class Bundle:
    """One evidence bundle; each step holds what it reads against what was read before it."""

    def __init__(self, files, report, trust):
        self.files, self.report, self.trust = files, report, trust
        self.checkpoint = self.document = self.ledger = None
        self.places = {folder: {} for folder in FOLDERS}    # of each folder, by the first value in a name: the name
        self.stamps = []                        # of each stamp, the size and the hash in its name
        self.hashes = {}                        # the SHA-256 of each file by its name, of older checkpoints by size
        self.records = {}                       # by index: Shown
        self.older = {}                         # by size: older checkpoints
        self.seen = {}                          # by size: e and t in seconds, by the policy's witnesses
        self.private = {}                       # by index: the opened fields, by name, and the hidden commitments
        self.readable = {}                      # by the hash of each object: whether it is UTF-8
        self.templates = []                     # of each clearance, the template that it names, or None
        self.attached = {}                      # by index of an attachment's record: how the file of it is named

    @contextmanager
    def about(self, file, index=None):
        """What breaks a rule in here is a finding about that file."""
        try:
            yield
        except Invalid as invalid:              # a part that is no proof leaves the bundle one
            code = "malformed-file" if invalid.code == "malformed-proof" else invalid.code
            self.report.add(invalid.level, code, file, index, invalid.sentence)

    def check(self, condition, level, code, file, index, sentence):
        if not condition:
            self.report.add(level, code, file, index, sentence)

    def verify(self, ledger_id):
        entry = self.files.entries.get("evidence.json")     # one that is too large is a finding, whatever it says
        if entry and entry.size <= entry.most and self.files.sums("evidence.json")[0]:
            need(not is_of_another_version(self.files["evidence.json"]),
                 "It is no evidence bundle of version 1: its document is of another. Take a verifier that knows it.")
        self.check_files()
        if "evidence.json" in self.files:
            with self.about("evidence.json"):
                self.document = parse_document(self.files["evidence.json"])
        if "checkpoint" in self.files:
            with self.about("checkpoint"):
                self.checkpoint = checkpoint = parse_checkpoint(self.files["checkpoint"])
                self.report.size, self.report.root = checkpoint.size, checkpoint.root
                self.report.facts["origin"] = checkpoint.origin
        if self.checkpoint is None:
            self.report.skip("Without a checkpoint nothing else was covered.")
            return
        self.check_records(ledger_id)
        self.check_checkpoints()
        self.check_stamps()
        if self.document is None:
            self.report.skip("Without the document it is not known what the bundle is about: chains, private fields, "
                             "objects, clearances and the page were not covered.")
            return
        self.check_chains()
        self.check_objects()
        if self.ledger.id is None:
            self.report.skip("Private fields, attachments and clearances: they rest on entry 0.")
        else:
            self.check_private()
            self.check_attachments()
            self.count_what_is_left_out()
            self.check_clearances()
        self.check_document()
        self.check_page()
        self.check_request()

    # Rule 1

    def check_files(self):
        """The names in their order, CRC-32, and `SHA256SUMS`."""
        due = []                                # where each known file stands, and its name
        fixed, folders = list(FIXED_FILES), list(FOLDERS)
        for name, (*_, folder, match, _) in self.files.entries.items():
            if name in FIXED_FILES:
                due.append((fixed.index(name), 0, name))
            elif match:
                value = match[1] if len(match[1]) == 64 else int(match[1])
                if folder == "stamps":
                    self.stamps.append((value, match[2], name))
                else:
                    self.places[folder][name if folder == "attachments" else value] = name
                due.append((len(fixed) + folders.index(folder), 0 if len(match[1]) == 64 else value, name))
            else:
                self.report.add("structure", "unknown-file", name, None, "No file of a bundle has that name.")
        for name in FIXED_FILES:
            self.check(name in self.files, "structure", "missing-file", name, None, "There is no such file.")
        early = next((pair for pair in pairwise(due) if pair[0] > pair[1]), None)
        self.check(early is None, "structure", "wrong-order", early and early[0][2], None,
                   f"{early and early[1][2]} is due before it.")
        for count, (number, name) in enumerate(self.places["clearances"].items(), 1):
            self.check(number == count, "structure", "missing-file", name, None,
                       "The clearances are not numbered from 1 without a gap.")
        for name in self.files:
            unaltered, self.hashes[name] = self.files.sums(name)
            self.check(unaltered, "structure", "wrong-crc", name, None,
                       "Its bytes do not have the CRC-32 that is stated.")
        with self.about("SHA256SUMS"):
            sums = [f"{self.hashes[name]}  {name}\n".encode() for name in self.files if name != "SHA256SUMS"]
            stated = self.files.get("SHA256SUMS", b"".join(sums))
            lines = set(stated.splitlines(keepends=True))
            wrong = [line[66:-1].decode() for line in sums if line not in lines]
            for name in wrong:
                self.report.add("structure", "wrong-sum", name, None, "Its SHA-256 is not the one in SHA256SUMS.")
            require(wrong or b"".join(sums) == stated, "wrong-sum",
                    "It is not a line for every other file, in the order of the bundle.")
        with self.about("VERIFY.txt"):
            require(is_unicode(self.files.get("VERIFY.txt", b"-").decode("utf-8", "surrogateescape")),
                    "malformed-file", "It is empty, or not UTF-8.")
        if "verify.py" in self.files:
            with self.about("verify.py"):
                self.files.check_size("verify.py")
        self.report.skip("verify.py, but for its sum: what it does was not compared.")

    # Rule 3, and of 4 and 5 what is asked of each record by itself

    def check_records(self, ledger_id):
        """Each record is in the checkpoint's tree; signatures, and what is valid in its place."""
        def add(level, code, index, sentence):
            # "Chain" 5 and 6, and of "Replay" what is asked of consent events; entry 0 has to be right in every way.
            if level != "replay" or code in ("wrong-links", "repeated-event") or index == 0 or event.number >= 32:
                self.report.add(level, code, f"records/{index}", index, sentence)

        self.ledger, opened, places = Ledger(self.checkpoint.origin, add), False, self.places["records"]
        for index, name in sorted(places.items()):
            with self.about(name, index):
                entry = self.files[name]
                leaf = leaf_hash(entry)
                self.check_proof(index, entry, leaf)
                record, statement, event = read_entry(entry)
                require(record.index == index, "wrong-index", f"The record says that its index is {record.index}.")
                if index == 0:
                    check_pin(leaf, ledger_id, self.report, name)
                opened = (opened or index == 0) and self.ledger.take(index, leaf, record, statement, event)
                self.records[index] = Shown(leaf, record._replace(statement=None), statement.key_identifier, event,
                                            self.ledger.signer if opened else None)
        for index, name in self.places["proofs"].items():
            self.check(index in places, "structure", "unknown-file", name, index,
                       "It is the proof of nothing that is here.")
        if not self.ledger.admins:
            self.report.add("signatures", "not-opened", "records/0", 0,
                            "There is no entry 0 that opens the ledger by an event that is valid.")
        self.report.facts["records"] = len(self.records)
        self.ledger.summary(self.report)

    def check_proof(self, index, entry, leaf):
        name = f"proofs/{index}.tlog-proof"
        with self.about(name, index):
            require(name in self.files, "missing-file", "There is no such file.")
            extra, stated, hashes, note = match_proof(b"c2sp.org/tlog-proof@v1", self.files[name]).groups()
            hashes = hashes_in(hashes)
            require(note == self.files["checkpoint"], "wrong-checkpoint", "It is against another checkpoint.", "tree")
            require(decimal_in(stated) == index, "wrong-index", "It is of another index.", "tree")
            require(extra is not None, "wrong-entry", "It lacks the line extra, which has the record.", "tree")

            def leads_from(leaf):
                return verify_inclusion(index, self.checkpoint.size, leaf, hashes, self.checkpoint.root)
            if extra == base64.b64encode(entry):
                require(leads_from(leaf), "wrong-path",
                        "The hashes do not lead from the record's leaf hash to the checkpoint's root.", "tree")
            else:
                shown = base64_in(extra)
                self.check(not leads_from(leaf_hash(shown)), "tree", "altered-record", f"records/{index}", index,
                           "It is not the record that its proof is of.")
                require(leads_from(leaf_hash(shown)), "wrong-entry", "Its extra is not the record.", "tree")

    # Rule 2

    def check_checkpoints(self):
        """`log.vkey`, `checkpoint` and older ones: who signed them, and when witnesses saw them."""
        known = self.trust.keys
        with self.about("log.vkey"):
            for key in parse_key_lines(self.files["log.vkey"]) if "log.vkey" in self.files else ():
                known = known if self.trust.logs else known | {key}
                self.check(key in self.ledger.log_keys_ever, "signatures", "log-key-not-in-force", "log.vkey", None,
                           f"It names a key that never was the ledger's: {key.name}+{key.id.hex()}.")
        for size, name in self.places["checkpoints"].items():
            with self.about(name):
                match = match_proof(b"consent-ledger/consistency-proof/v1", self.files[name])
                hashes, checkpoint = hashes_in(match[1]), parse_checkpoint(match[2])
                require(match[3] == self.files["checkpoint"], "wrong-checkpoint", "It does not lead to `checkpoint`.",
                        "tree")
                require(checkpoint.size == size and 0 < size < self.checkpoint.size, "malformed-file",
                        "The size in its name is not that of its smaller checkpoint, or is none below `checkpoint`'s.")
                require(checkpoint.origin == self.checkpoint.origin, "wrong-origin", "It is of another origin.")
                self.older[size], self.hashes[size] = checkpoint, sha256(match[2]).hex()
                require(verify_consistency(size, self.checkpoint.size, checkpoint.root, self.checkpoint.root, hashes),
                        "inconsistent-checkpoint", "The tree of `checkpoint` does not begin with this one.", "tree")
                self.check_signed(name, checkpoint, known, False)
        with self.about("checkpoint"):
            require(not self.trust.logs or self.checkpoint.origin in {key.name for key in self.trust.logs},
                    "wrong-origin", "The checkpoint's origin is not that of a log that is trusted.")
            self.check_signed("checkpoint", self.checkpoint, known, True)
        bounds = bounds_by_index([(size, e, t) for size, (e, t) in sorted(self.seen.items())])
        for index in sorted(self.records if self.seen else ()):
            not_shown, existed = bounds(index)
            self.report.facts.setdefault("written", {})[index] = {
                "not_shown_at": not_shown and not_shown[1], "existed_at": existed and existed[2]}

    def check_signed(self, name, checkpoint, known, newest):
        """By a key of the ledger that counts for its size; the newest by the pinned one, and by the policy's quorum."""
        counting = self.ledger.log_keys_for(checkpoint.size, checkpoint)
        signers = signers_of(checkpoint, known | counting)
        if newest and self.trust.logs:
            require(not signers.isdisjoint(self.trust.logs), "checkpoint-not-signed", "No trusted log key signed it.",
                    "tree")
        else:
            require(signers & counting, "log-key-not-in-force",
                    "No log key of the ledger that counts for its size signed it.", "signatures")
        if newest:
            self.trust.check_quorum(signers)
        seen = self.trust.seen(checkpoint, signers)
        if seen:
            self.seen[checkpoint.size] = seen
            below = (shown.record.recorded_at for index, shown in self.records.items() if index < checkpoint.size)
            self.report.say_seen(name, checkpoint.size, seen, max(below, default=0))

    def check_stamps(self):
        """The hash in each name, and that its checkpoint is here; and what `proof.checkpoints` has to say of these."""
        every, counted, claimed, sightings = {**self.older, self.checkpoint.size: self.checkpoint}, 0, [], []
        due = lru_cache(maxsize=1)(lambda size: stamped_bytes(every[size]))     # stamps are in the order of their sizes
        stamped = {}                            # by size: the hash in each name, and e and t
        for size, digest, name in self.stamps:
            self.check(self.hashes[name] == digest, "structure", "altered-stamp", name, None,
                       "It has not the hash that it is named by.")
            self.check(size in every, "structure", "unknown-file", name, None,
                       "The checkpoint of its size is not here.")
            bounds = None
            with self.about(name), suppress(ValueError):
                stamp = self.files[name]
                bounds = stamp_bounds(stamp, due(size)) if size in every else None
            counted += bounds is not None
            if bounds is None:
                self.report.skip(f"{name}: it does not count, since it is no granted time stamp of that checkpoint.")
            stamped.setdefault(size, []).append((digest, bounds))
        if counted:
            self.report.skip(f"Who signed time stamps ({counted}): they have their form and their imprint; their "
                             "signatures and certificates were not looked at.")
        for size, checkpoint in sorted(every.items()):
            cosigned = [(name, time_in(line)) for name, _, line in checkpoint.note.signatures
                        if name != checkpoint.origin]
            sightings += [Sighting(size, at, at, name) for name, at in cosigned if at is not None]
            sightings += [Sighting(size, *bounds, None) for _, bounds in stamped.get(size, ()) if bounds]
            claimed.append({
                "size": size, "root": checkpoint.root.hex(),
                "sha-256": self.hashes[size if size in self.older else "checkpoint"],
                "cosigned": [{"name": name, "at": None if at is None else moment_text(at)} for name, at in cosigned],
                "stamped": [{"sha-256": digest, "earliest": bounds and moment_text(bounds[0]),
                             "latest": bounds and moment_text(bounds[1])} for digest, bounds in stamped.get(size, ())]})
        self.claimed, self.sightings = claimed, bounds_by_index(sightings)

    # Rule 4

    def contacts(self):
        """"The files": the contacts of the bundle, and the index up to which each one's links are asked for.

        What unlinks a contact has the index of its reach, and shows that nothing of it is missing below.
        """
        def in_doubt(shown):
            signer = self.ledger.sources.get(shown.key)
            return (signer and signer.compromised_since is not None
                    and signer.compromised_since <= shown.record.recorded_at)

        request = self.document["request"]
        handles = map(bytes.fromhex, [request["handle"], *request["other-handles"]])
        reach = follow_links(self.records, in_doubt, handles)
        self.check(len(reach) <= 1 + MAX_CONTACTS, "structure", "too-many-contacts", "evidence.json", None,
                   f"Records or the request link more than {MAX_CONTACTS} other contacts.")
        counted = {(handle, shown.event.id): shown.event.number for index, shown in self.records.items()
                   for handle in shown.record.handles if index < reach.get(handle, 0)}
        asked = dict(reach)
        for index, shown in sorted(self.records.items()):
            number = shown.event.number         # what comes later and says something of these counts itself
            for handle in shown.record.handles if number in (48, 49) else ():
                concerned = counted.get((handle, shown.event.fields["concerns"]))
                if concerned == 47 or number == 49 and concerned is not None:
                    counted.setdefault((handle, shown.event.id), number)
                    asked[handle] = max(asked[handle], index)
        return asked

    def check_chains(self):
        """The ledger's chain and those of the contacts of the bundle are without a gap, and no record is in none."""
        request, ends = self.document["request"], {}
        self.asked = self.contacts()
        for index, shown in sorted(self.records.items()):
            place = f"records/{index}"
            links = [link for link in shown.record.links if link.kind == LEDGER or (
                link.kind == CONTACT and index <= self.asked.get(link.identity, -1))]
            self.check(links, "tree", "not-in-chain", place, index,
                       "It is in neither the ledger's chain nor a contact's of the bundle, as far as that is shown.")
            for link in links:
                wrong = wrong_with_link(link, ends.get(link.chain))
                if wrong:
                    self.report.add("tree", wrong[0], place, index, f"In {describe_chain(*link.chain)}, {wrong[1]}.")
                ends[link.chain] = index, shown.leaf, link.sequence
            self.check(not self.of_own_chain(index) or shown.record.business == request["business"], "tree",
                       "wrong-business", place, index, "It is in the contact's chain, and of another business.")
        self.check((CONTACT, self.handle) in ends, "tree", "broken-link", "evidence.json", None,
                   f"The bundle has no record of {describe_chain(CONTACT, self.handle)}.")

    def of_own_chain(self, index):
        return index in self.records and self.handle in self.records[index].record.handles

    @cached_property
    def handle(self):
        return bytes.fromhex(self.document["request"]["handle"])

    # Rule 6

    def check_private(self):
        """Private fields, against the commitments of their events."""
        asked = self.document["request"]["fields"]
        for index, name in self.places["private"].items():
            with self.about(name, index):
                require(self.of_own_chain(index), "unknown-file", "It is of no record of the contact's own chain.")
                fields, hidden = parse_private(self.files[name])
                event = self.records[index].event
                commitment = event.fields.get("commitment")
                require(commitment is not None, "unknown-file", "The event has no private fields, or is not known.")
                self.private[index] = {field: value for field, (_, value) in fields.items()}, hidden
                self.check(asked is None or fields.keys() <= set(asked), "structure", "field-not-asked", name, index,
                           "It shows a private field that the request does not name.")
                opened = [sha256(encode_cbor(["consent-ledger/private-field/v1", self.ledger.id, event.id, field, salt,
                                              value])) for field, (salt, value) in fields.items()]
                all_of_them = ["consent-ledger/private-fields/v1", sorted(opened + hidden)]
                require(commitment == sha256(encode_cbor(all_of_them)), "wrong-commitment",
                        "These are not the private fields that the event commits to.", "replay")

    # Rule 7

    def check_objects(self):
        """Notices that the contact's own chain names, and rule packs: all, and no others."""
        business, due = self.document["request"]["business"], set()
        for index, shown in self.records.items():
            if self.of_own_chain(index) and "notice" in shown.event.fields:
                due.add(shown.event.fields["notice"][1].hex())
            if shown.event.number == 16 and shown.record.business in ("", business):
                due.add(shown.event.fields["pack-digest"].hex())
        there = self.places["objects"]
        for name in sorted(due | there.keys()):
            path = f"objects/{name}"
            with self.about(path):
                require(name in there, "missing-object", "There is no such file, and a record names it.", "replay")
                require(name in due, "unknown-file", "No record here names this object so that it must be there.")
                data = self.files[path]
                self.readable[name] = not data or is_unicode(data.decode("utf-8", "surrogateescape"))
                check_object(data, path)

    def check_attachments(self):
        """Contents of attachments, of which none need be there: each is that of a record that opens its hash."""
        named, lengths = {}, {}                 # by the hash: how its file is named, and the lengths that records open
        for index, (fields, _) in sorted(self.private.items()):
            digest = fields.get("sha-256", b"").decode("latin-1")
            if self.records[index].event.name == "evidence-attached" and digest_text(digest):
                ending = ENDINGS.get(fields.get("media-type"), "")
                self.attached[index] = named.setdefault(digest, f"attachments/{digest}{ending}")
                lengths.setdefault(named[digest], set()).update({fields.get("byte-count")} - {None})
        for name in self.places["attachments"]:
            with self.about(name):
                require(name in lengths, "unknown-file",
                        "It is not what records here, opened, say of an attachment: its hash, and its ending.")
                require(name.startswith(f"attachments/{self.hashes[name]}"), "altered-attachment",
                        "It has not the hash that it is named by.", "replay")
                self.files.check_size(name)
                size = self.files.entries[name].size
                require(size, "malformed-file", "It is empty.")
                require(lengths[name] <= {str(size).encode()}, "altered-attachment",
                        "It has not as many bytes as a record of it says.", "replay")

    def count_what_is_left_out(self):
        """"What holds", its end: records of the contact whose private fields or content are not here."""
        fields = contents = 0
        for index, shown in self.records.items():
            if not self.of_own_chain(index) or "commitment" not in shown.event.fields:
                continue
            has_fields = shown.event.fields["commitment"] != NO_FIELDS
            fields += has_fields and index not in self.places["private"]
            opened, hidden = self.private.get(index, ({}, has_fields))
            contents += (shown.event.name == "evidence-attached" and bool(hidden or "sha-256" in opened)
                         and self.attached.get(index) not in self.files)
        self.report.facts.update(records_without_their_private_fields=fields, attached_without_content=contents)

    # Rule 8

    def check_clearances(self):
        """Each holds but for the time of its use, under a key of the ledger or the pinned one."""
        trust = Policy([*{*self.trust.logs, *self.ledger.log_keys_ever}], {}, {}, None)
        computed, anchors = [], self.anchors()
        for name in self.places["clearances"].values():
            with self.about(name):
                data = self.files[name]
                match = match_proof(CLEARANCE, data)
                need(trust.logs, "There is no key for it.")
                inner = verify_proof_file(data, None, trust, self.ledger.id)
                for finding in inner.findings:
                    self.report.findings.append(finding._replace(file=name, index=None, code={
                        "malformed-proof": "malformed-file"}.get(finding.code, finding.code)))
                if any(finding.code == "malformed-proof" for finding in inner.findings):
                    continue
                clearance, decision = parse_clearance(data[:match.end(1)]), parse_decision(base64_in(match[3]))
                question = decision.question
                self.check(clearance.origin == self.checkpoint.origin, "tree", "wrong-origin", name, None,
                           "Its origin is not that of the checkpoint.")
                self.check(question[2] == self.document["request"]["business"], "replay", "wrong-business", name, None,
                           "It is not about the request's business.")
                self.check(question.get(4) == self.handle, "replay", "wrong-contact", name, None,
                           "It is not about the contact's handle.")
                self.templates.append(question.get(9))
                computed.append({
                    "decided-at": moment_text(clearance.decided_at), "at": moment_text(question[11]),
                    "contact": question[3], "channel": question[6], "categories": question.get(7, []),
                    "outcome": decision.answer[1], "anchored-by": anchors.get(clearance.summary)})
        self.check(self.document["clearances"] == computed, "replay", "wrong-document", "evidence.json", None,
                   "Its clearances are not what the clearance files say.")

    def anchors(self):
        """"Anchoring": the first record here that anchors a clearance by itself."""
        found = {}
        for index, shown in sorted(self.records.items()):
            found.setdefault(anchored_by_itself(index, shown.event), index)
        return found

    # Rule 9: the document

    def check_document(self):
        """What SPEC.md says of the document's members, where that is enough to compute them."""
        document, request, records = self.document, self.document["request"], sorted(self.records.items())
        own = [index for index, _ in records if self.of_own_chain(index)]
        others = [index for index, shown in records if not self.of_own_chain(index) and all(
            link.kind != LEDGER for link in shown.record.links)]
        business, contact = self.ledger.businesses.get(request["business"]), request["contact"]
        counts = Counter(handle.hex() for _, shown in records for handle in shown.record.handles)
        beside = sorted(handle.hex() for handle in self.asked.keys() - {self.handle})
        stated = [shown for _, shown in records if shown.event.source is not None]
        custodies = [self.ledger.sources[shown.key].custody for shown in stated if shown.key in self.ledger.sources]

        def due(there, computed, what, index=None):
            if there != computed:
                parts = [name for name in computed if there[name] != computed[name]] if type(computed) is dict else []
                self.report.add("replay", "wrong-document", "evidence.json", index,
                                f"{' and '.join([what, *parts])} is not what follows from the other files.")

        due(document["ledger"], {
            "origin": self.checkpoint.origin, "ledger-id": self.ledger.id and self.ledger.id.hex(),
            "size": self.checkpoint.size, "root": self.checkpoint.root.hex(),
            "test": self.ledger.environment == "test"}, "ledger")
        due(document["subject"], {
            "business": business and {"id": request["business"], "name": business.fields["name"],
                                      "country": business.fields.get("country"), "brands": sorted(business.brands)},
            "contact": contact,
            "contact-shown-by": next((index for index in own if contact is not None and index in self.private
                                      and self.private[index][0].get("contact") == contact.encode()), None),
            "erased-by": next((index for index in own if self.records[index].event.name == "contact-erased"), None),
            "chains": [{"handle": handle, "records": counts[handle],
                        "why": "contact" if handle == request["handle"] else
                               "same-line" if handle in request["other-handles"] else "linked"}
                       for handle in [request["handle"], *beside]]}, "subject")
        due([(answer["category"], answer["channel"]) for answer in document["answers"]],
            [(category, channel) for category in request["categories"] for channel in request["channels"]],
            "What answers are about")
        due(len(document["sends"]), len(request["sends"]), "The number of sends")
        self.check_reasons()
        due([event["record"] for event in document["events"]], own + others, "Which records events has")
        for index, event in {event["record"]: event for event in document["events"]}.items():
            if index in self.records:
                due(event, self.event_of(index, event["words"]), "An event", index)
        due(document["proof"], {
            "source-statements": len(stated), "ledger-held": custodies.count("ledger"),
            "governance-records": sum(shown.record.links[0].kind == LEDGER for _, shown in records),
            "checkpoints": self.claimed}, "proof")
        due(document["page"]["language"], request["language"], "The language of the page")
        self.report.skip("The request in evidence.json: it is what was asked and stated, and is in no record. It was "
                         "compared with them only in what it asks about at least, its moments and its address.")
        self.report.skip("What evidence.json and the page say of cosignatures and time stamps: it is what these claim.")
        self.check_answers()

    def check_reasons(self):
        """"What holds", its end: answers are over the records here, or those of them until a message was sent."""
        answers = [(each["answer"], MAX_MOMENT) for each in self.document["answers"]]
        for asked, answered in zip(self.document["request"]["sends"], self.document["sends"]):
            answers += [(answered["then"], parse_time(asked["at"])), (answered["today"], MAX_MOMENT)]
        for index in sorted({index for answer, until in answers for reason in answer["reasons"]
                             for index in reason["records"] if index not in self.records
                             or self.records[index].record.recorded_at > until}):
            self.report.add("replay", "wrong-document", "evidence.json", index,
                            "An answer rests on a record that is not here, or came after the message was sent.")

    # Rule 9: the answers

    def check_answers(self):
        """Decisions, computed again over the records here, without counts of sends and without asserted bases."""
        request, document, known = self.document["request"], self.document, {}
        others = [bytes.fromhex(other) for other in request["other-handles"]]

        def decisions(until):
            size = 1 + max((index for index, shown in self.records.items() if shown.record.recorded_at <= until),
                           default=-1)
            if size not in known:
                known[size] = Decisions(self.ledger, self.records, self.handle, others, request["business"], size,
                                        self.object_of, self.spend)
            return known[size]

        self.uncomputed, self.spent = Counter(), 0
        for stated in document["answers"]:
            asked = {**request, **stated, "sender": None, "template": None}
            self.compare_answer(f"The answer for {stated['category']} on {stated['channel']}",
                                partial(decisions, MAX_MOMENT), asked, stated["answer"])
        for place, (asked, stated) in enumerate(zip(request["sends"], document["sends"]), 1):
            for name, until in ("then", parse_time(asked["at"])), ("today", MAX_MOMENT):
                self.compare_answer(f"The answer {name} for the disputed message {place}",
                                    partial(decisions, until), asked, stated[name])
        self.spent = 0
        for stated in document["answers"]:
            self.compare_carried(partial(decisions, MAX_MOMENT), stated)
        for (what, reason), count in sorted(self.uncomputed.items()):
            self.report.skip(f"{what} not computed for sure ({count}): {reason}.")

    def spend(self, amount):
        self.spent += amount
        if self.spent > MAX_WORK:
            raise NotComputed("too many over too many records and rules")

    def object_of(self, digest):
        path = f"objects/{digest.hex()}"
        return self.files[path] if path in self.files else None

    def compare_answer(self, what, decisions, asked, stated):
        """Outcome, reasons, and when it is allowed next or lapses."""
        try:
            computed = [answer_as_json(answer) for answer in decisions().answers(question_of(asked))]
        except NotComputed as reason:
            self.uncomputed["Answers that were", str(reason)] += 1
            return
        except Undecided:
            computed = [dict.fromkeys(("outcome", "next-allowed-at", "lapses-at"), None)]
            computed[0]["reasons"] = []
        wrong = [[name for name, value in answer.items() if stated[name] != value] for answer in computed]
        if len(computed) > 1 and [] in wrong:
            self.uncomputed["Answers that were", UNSURE] += 1
        elif [] not in wrong:
            self.report.add("replay", "wrong-answer", "evidence.json", None,
                            f"{what} is not what follows from the records: {', '.join(wrong[0])}.")

    def compare_carried(self, decisions, stated):
        """`carried` of one of `answers`."""
        asked = {**self.document["request"], **stated, "sender": None, "template": None}
        try:
            question = question_of(asked)
            spans, sure = self.spans(decisions(), question, 0)
            others = spans if sure else self.spans(decisions(), question, -1)[0]
        except NotComputed as reason:
            self.uncomputed["When answers carried was", str(reason)] += 1
            return
        if stated["carried"] not in (spans, others):
            self.report.add("replay", "wrong-answer", "evidence.json", None,
                            f"When the answer for {stated['category']} on {stated['channel']} carried (`carried`) is "
                            "not what follows from the records.")
        elif spans != others:
            self.uncomputed["When answers carried was", UNSURE] += 1

    def spans(self, decisions, question, place):
        """When it carries or waits, up to the moment asked about, and whether that is sure.

        place: of the answers that may be the one.
        """
        runs, before, sure = [], None, True
        times = [*(time for time in self.moments if time < question.at), question.at]
        while times:
            time = heappop(times)
            if time == before:
                continue
            before, state = time, None
            with suppress(Undecided):
                answers = decisions.answers(question._replace(at=time))
                answer, sure = answers[place], sure and len(answers) == 1
                if answer.lapses is not None and time < answer.lapses < question.at:
                    heappush(times, answer.lapses)
                state = ("carried" if is_carried(answer.outcome, [reason.code for reason in answer.reasons]) else
                         "waiting" if answer.outcome == "defer" else None)
            if not runs or runs[-1][1] != state:
                runs.append((time, state))
        return [{"from": moment_text(since), "until": None if until is None else moment_text(until),
                 "waiting": state == "waiting"}
                for (since, state), (until, _) in pairwise([*runs, (None, None)]) if state], sure

    @cached_property
    def moments(self):
        """When records here make another answer possible, ascending: what `carried` asks about."""
        times = {event.fields.get("effective-from", record.recorded_at)
                 for _, record, event, _ in self.ledger.said if event.number == 16}
        for shown in self.records.values():
            if not self.asked.keys().isdisjoint(shown.record.handles):
                times.add(shown.record.recorded_at)
                if shown.event.number in TYPES:
                    start, precision = shown.event.fields.get("occurred-at", (shown.record.recorded_at, 1))
                    times |= {start, start + precision - 1, shown.event.fields.get("expires-at", start)}
        return sorted(times)

    def event_of(self, index, words):
        """One of `events`; words: those that it claims."""
        shown = self.records[index]
        event, opened, attached = shown.event, self.private.get(index), self.attached.get(index)
        first = min(((self.ledger.sources[key].index, self.ledger.sources[key].custody)
                     for key in self.ledger.by_identifier.get(shown.key_identifier, ())
                     if event.source is not None and self.ledger.is_of_signer(key, event)), default=(None, None))
        not_shown_at, existed_by = self.sightings(index)
        return {
            "record": index, "recorded-at": moment_text(shown.record.recorded_at), "type": event.name,
            "event-id": event.id.hex(), "handles": [handle.hex() for handle in shown.record.handles],
            "key": shown.key_identifier.hex(), "custody": first[1], "authorized-by": first[0],
            "fields": {name: texts_of(name, value) for name, value in event.fields.items()},
            "private": opened and {name: text_or_hex(value) for name, value in opened[0].items()},
            "not-shown": opened and len(opened[1]), "words": self.words_of(event, words),
            "attachment": attached if attached in self.files else None,
            "existed-by": existed_by and {
                "at": moment_text(existed_by.latest), "by": existed_by.by, "size": existed_by.size},
            "not-shown-at": not_shown_at and {
                "at": moment_text(not_shown_at.earliest), "by": not_shown_at.by, "size": not_shown_at.size}}

    def words_of(self, event, claimed):
        """`claimed` where that is the text that the event's `notice` names; None where it is not here or is no UTF-8.

        Texts are compared by their hashes: they may be large, and are named by many events and pieces.
        """
        digest = event.fields.get("notice", (None, b""))[1]
        if not self.readable.get(digest.hex()):
            return None
        return claimed if claimed is not None and sha256(claimed.encode()) == digest else digest

    # Rule 9: the page

    def check_page(self):
        """The page is the rendering of the document's; and each piece with a record says what the record says."""
        page = self.document["page"]
        if "evidence.html" in self.files:
            with self.about("evidence.html"):
                there, at, ended = self.files["evidence.html"], 0, None
                with suppress(ValueError):
                    for line in page_lines(page):
                        at = past(there, at, f"{line}\n")
                    ended = at
                require(at == len(there) == ended, "wrong-page", f"From line {there.count(10, 0, at) + 1} on it is "
                        "not the page that evidence.json has.", "replay")
        wrong = set()                           # one finding of a record is enough
        for piece in pieces_in(page):
            index, field = piece["record"], piece["field"]
            if index in wrong or index not in self.records and None in wrong:
                continue
            if index not in self.records:
                wrong.add(None)
                self.report.add("replay", "wrong-page", "evidence.json", index,
                                "The page names a record that is not here.")
            elif piece["value"] != self.text_of(self.records[index], field, piece["value"]):
                wrong.add(index)
                self.report.add("replay", "wrong-page", "evidence.json", index,
                                f"On the page, {field[:100]} is not what the record says.")
        self.compare_page(page)

    def compare_page(self, there):
        """The page and `VERIFY.txt` again, by the rest of the document and the other files."""
        def differs(condition, sentence, file="evidence.json"):
            self.check(not condition, "replay", "wrong-page", file, None, sentence)

        with self.about("evidence.json"):
            page = Page(self)
            differs(there["title"] != page.title(), "The title of the page is not what follows from the document.")
            due, sections = page.sections(), {section["id"]: section for section in there["sections"][::-1]}
            ids = [name.replace(".", "-") for name, _ in due]
            differs([section["id"] for section in there["sections"]] != ids,
                    f"The sections of the page are not those that follow from the document: {', '.join(ids)}.")
            for section_id, (name, blocks) in zip(ids, due):
                if section_id in sections:
                    self.compare_section(sections[section_id], page.phrase(name), blocks)
            if "VERIFY.txt" in self.files:
                self.check(self.files["VERIFY.txt"] == page.instructions().encode("utf-8", "surrogateescape"),
                           "replay", "wrong-instructions", "VERIFY.txt", None,
                           "It is not what follows from evidence.json and log.vkey.")

    def compare_section(self, section, heading, blocks):
        """One finding for the heading, and one for the first block that differs."""
        place = f"of the section {section['id']} of the page"
        self.check(section["heading"] == heading, "replay", "wrong-page", "evidence.json", None,
                   f"The heading {place} is not the phrase for it.")
        with self.about("evidence.json"):
            for number, (there, due) in enumerate(zip_longest(section["blocks"], blocks()), 1):
                require(due is not None, "wrong-page", f"Block {number} {place} is one too many.", "replay")
                require(there is not None, "wrong-page", f"Block {number} ({due['kind']}) {place} is not there.",
                        "replay")
                if there != due:
                    steps = " ".join(where_differs(there, due))
                    raise Invalid("replay", "wrong-page", f"Block {number} ({due['kind']}) {place} is not what follows "
                                  f"from the rest of the document and the other files{steps and ', at '}{steps}.")

    def text_of(self, shown, field, claimed):
        """"The page": the text of a piece with a record; None where the record has no such field."""
        if field == "notice/text":
            return self.words_of(shown.event, claimed)
        if field.startswith("private/"):
            value = self.private.get(shown.record.index, ({}, []))[0].get(field.removeprefix("private/"))
            return None if value is None else text_or_hex(value)
        if field in shown.event.fields:
            texts = texts_of(field, shown.event.fields[field], on_page=True)
            return texts if isinstance(texts, str) else ", ".join(texts)
        return {"index": str(shown.record.index), "type": shown.event.name, "event-id": shown.event.id.hex(),
                "recorded-at": moment_text(shown.record.recorded_at, on_page=True),
                "key": shown.key_identifier.hex(), "leaf-hash": shown.leaf.hex()}.get(field)

    # Rule 10

    def check_request(self):
        """The request asks about all that the records speak of, of the address that they open, and not before them."""
        request, business = self.document["request"], self.ledger.businesses.get(self.document["request"]["business"])
        own = [shown.event.fields for index, shown in self.records.items() if self.of_own_chain(index)]
        channels, categories = ({name for fields in own for name in fields.get(kind, ())}
                                for kind in ("channels", "categories"))
        if business:
            # The words for classes are among them: every business has these from its registration on.
            categories = {name for name, in_force in business.defined["category"].items()
                          if in_force or name in categories}
            channels |= business.channels
        for kind, due in ("channels", channels or set(CHANNELS.split())), ("categories", categories):
            missing = ", ".join(sorted(due - set(request[kind])))
            self.check(not missing, "replay", "not-asked", "evidence.json", None,
                       f"The request does not ask about {kind} that are due: {missing}.")
        made_at = parse_time(request["made-at"])
        self.check(all(parse_time(asked["at"]) <= made_at for asked in (request, *request["sends"])), "replay",
                   "from-the-future", "evidence.json", None,
                   "The request asks about a moment after the one when the bundle was made.")
        for index, shown in sorted(self.records.items()):
            self.check(shown.record.recorded_at <= made_at, "replay", "from-the-future", f"records/{index}", index,
                       "It was recorded after the moment when, as the request says, the bundle was made.")
        opened = {fields[name] for fields, _ in self.private.values() for name in ("contact", "other-contact")
                  if name in fields}
        self.check(request["contact"] is None or not opened or request["contact"].encode() in opened, "replay",
                   "wrong-contact", "evidence.json", None, "The request's contact is not an address that records open.")

def bounds_by_index(seen):
    """"Bounds in time": what bounds the record of an index, of seen (size, e, t, by ascending size), first of equals.

    It is asked of many records, so that the greatest e up to each place and the least t from there on are kept.
    """
    sizes = [each[0] for each in seen]
    before = list(accumulate(seen, lambda best, each: each if each[1] > best[1] else best))
    after = list(accumulate(seen[::-1], lambda best, each: each if each[2] <= best[2] else best))[::-1]

    def bounds(index):
        at = bisect_right(sizes, index)
        return before[at - 1] if at else None, after[at] if at < len(after) else None
    return bounds

def time_in(line):
    """What a cosignature says, in milliseconds; None where it has another length, or says a time after 9999."""
    milliseconds = 1000 * int.from_bytes(line[:8], "big")
    return milliseconds if len(line) == 72 and milliseconds <= MAX_MOMENT else None

def text_or_hex(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.hex()

def pieces_in(value):
    """The pieces with a record, anywhere on the page."""
    if isinstance(value, dict) and value.keys() == {"value", "record", "field"}:
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from pieces_in(item)

def parse_private(data):
    """`private/<index>.json`: salt and value of each field by its name, and the hidden commitments."""
    value, code = parse_json(data), "malformed-file"
    field = one_of(record_of(name=identifier, salt=digest_text, value=is_text),
                   record_of(name=identifier, salt=digest_text, value_hex=pattern("(?:[0-9a-f]{2})*")))
    require(record_of(fields=each(field), hidden=each(digest_text))(value), code, "They are not in their form.")
    fields, hidden = value["fields"], value["hidden"]
    require(all(a["name"] < b["name"] for a, b in pairwise(fields)) and hidden == sorted(hidden), code,
            "The fields or commitments do not ascend.")
    require(len(fields) + len(hidden) <= MAX_PRIVATE, code, f"There are more than {MAX_PRIVATE} private fields.")
    opened = {}
    for field in fields:
        content = bytes.fromhex(field["value-hex"]) if "value-hex" in field else field["value"].encode()
        require(len(content) <= MAX_VALUE, code, f"A value is larger than {MAX_VALUE} bytes.")
        require("value" in field or text_or_hex(content) == field["value-hex"] != "", code, "A text is in hexadecimal.")
        opened[field["name"]] = bytes.fromhex(field["salt"]), content
    return opened, [bytes.fromhex(each) for each in hidden]

def verify_bundle(data, vkey=None, policy=None, ledger_id=None):
    """A Report on an evidence bundle, its bytes or a file. A finding `malformed-proof` says that it is none."""
    report, trust = Report(), trusted(vkey, policy)
    report.facts["proof"], report.holds_but = "evidence bundle", f", {NOT_COMPARED}"
    try:
        Bundle(Archive(io.BytesIO(data) if isinstance(data, bytes) else data), report, trust).verify(ledger_id)
    except Invalid as invalid:
        report.add_invalid(invalid)
    if not trust.logs:
        report.skip("Identity: no log key is pinned; the checkpoint was only held against the ledger in the bundle.")
    if ledger_id is None:
        report.skip("Identity: no ledger-id is pinned.")
    report.skip("What came after the last record shown, in any chain: whoever makes the bundle can leave it away.")
    report.skip("Older checkpoints, time stamps, private fields and contents of attachments: who made the bundle can "
                "leave them out.")
    report.skip("The other records of the log: whether those shown are right beside them.")
    report.skip_what_none_shows(trust)
    return report.finish()

# ==== Command line ===================================================================================================

class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, f"verify.py: {message}\n")

def find_log(path):
    """The folder itself where it looks like a `log/`, else its `log/`."""
    for folder in (path, os.path.join(path, "log")):
        if any(os.path.lexists(os.path.join(folder, name)) for name in ("checkpoint", "checkpoints", "tile")):
            return folder
    raise FileNotFoundError(f"{path} is no log, and holds none.")

def open_input(path):
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: there is no such file, or it is no regular one")
    return open(path, "rb")

def read_input(path, most):
    with open_input(path) as file:
        return file.read(most)

def now():
    return time_ns() // 1_000_000

def parse_time(text):
    """"What holds": a time of RFC 3339 without leap seconds, or milliseconds since 1970; as whole milliseconds."""
    hour_minute = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"     # fromisoformat takes more, and more of it in later versions
    form = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt]{hour_minute}:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]{hour_minute})"
    if not re.fullmatch(form, text):
        milliseconds = parse_decimal(text)
    else:
        try:
            time = datetime.fromisoformat(text.upper()) - datetime(1970, 1, 1, tzinfo=timezone.utc)
            milliseconds = time // timedelta(milliseconds=1)    # what is finer is left off
        except ValueError:
            milliseconds = None
    if not moment(milliseconds):
        raise BadInput("The time is neither RFC 3339 nor milliseconds since 1970, or is not of the years 1970 to 9999.")
    return milliseconds

def judge(options):
    try:
        vkey = None if options.vkey is None else parse_vkey(options.vkey, LOG_KEY)
        policy = None if options.policy is None else parse_policy(read_input(options.policy, MAX_POLICY + 1))
    except Invalid as invalid:
        raise BadInput(invalid.sentence)
    ledger_id = None if options.ledger_id is None else parse_hex(options.ledger_id, 32)
    if ledger_id is None and options.ledger_id is not None:
        raise BadInput("The ledger-id is not 64 hexadecimal digits in lower case.")
    at = None if options.at is None else parse_time(options.at)
    if options.anchored_in is not None or options.anchor is not None:
        return judge_anchoring(options, vkey, policy, ledger_id)
    inside = [os.path.join(options.path, name) for name in ("clearance", "leaves")]
    if os.path.lexists(inside[0]):
        data = read_input(inside[0], MAX_NOTE + 1)
        with open_input(inside[1]) as leaves:
            return verify_proof_file(data, vkey, policy, ledger_id, now() if at is None else at, leaves)
    if os.path.isdir(options.path):
        folder = find_log(options.path)
        if at is not None:
            raise WrongCall(AT_ALONE)
        return Log(DirectoryReader(folder), vkey, ledger_id, policy).verify(options.level)
    if read_input(options.path, 4) in (ZIP, EMPTY_ZIP):
        if at is not None:
            raise WrongCall(AT_ALONE)
        with open_input(options.path) as file:
            return verify_bundle(file, vkey, policy, ledger_id)
    data = read_input(options.path, MAX_CHAIN_PROOF + 1)
    if at is None and data.startswith(CLEARANCE + b"\n"):
        at = now()
    return verify_proof_file(data, vkey, policy, ledger_id, at)

def judge_anchoring(options, vkey, policy, ledger_id):
    if options.anchored_in is None:
        raise WrongCall("--anchor needs --anchored-in: an anchor file proves nothing by itself.")
    if options.at is not None:
        raise WrongCall("--at is for sending; whether a clearance is anchored does not depend on when that is.")
    in_folder, (clearance, leaves) = os.path.isdir(options.path), (
        os.path.join(options.path, name) for name in ("clearance", "leaves"))
    data = read_input(clearance if in_folder else options.path, MAX_NOTE + 1)
    anchor = None if options.anchor is None else read_input(options.anchor, MAX_ANCHOR + 1)
    shown = (DirectoryReader(find_log(options.anchored_in)) if os.path.isdir(options.anchored_in)
             else read_input(options.anchored_in, MAX_SMALL_PROOF + 1))
    with open_input(leaves) if in_folder else nullcontext() as file:
        return verify_anchoring(data, shown, anchor, vkey, policy, ledger_id, options.level, file)

def show(report):
    as_json = report.as_json()
    facts = {"size": report.size, "root": as_json["root"], "ledger-id": as_json["ledger_id"], **report.facts}
    lines = [(f"holds{report.holds_but}" if report.holds else "does not verify")
             + f", at the level {report.level}" * bool(report.level)]
    lines += [f"  {name}: {value}" for name, value in facts.items() if value is not None]
    for finding in report.findings:
        place = " ".join(filter(None, (finding.file, "" if finding.index is None else f"entry {finding.index}")))
        lines.append(f"{finding.level}: {finding.code}{': ' if place else ''}{place}: {finding.sentence}")
    for line in lines + [f"not covered: {sentence}" for sentence in report.not_covered]:
        # Names and origins come from the input: nothing of it may drive a terminal.
        print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))

def main(arguments=None):
    parser = Arguments(prog="verify.py", allow_abbrev=False,
                       description="Verifies a Consent Ledger log, proof, clearance or bundle, from SPEC.md alone. "
                                   f"A bundle that holds does so {NOT_COMPARED}.")
    parser.add_argument("path", metavar="PATH",
                        help="a log/, a folder that holds one, a proof, a clearance, or an evidence bundle")
    parser.add_argument("--vkey", metavar="K", help="the log's key, from elsewhere than the log")
    parser.add_argument("--policy", metavar="FILE", help="whom to trust, as a C2SP tlog-policy")
    parser.add_argument("--ledger-id", metavar="I", help="the ledger-id, in hexadecimal, from elsewhere than the log")
    parser.add_argument("--at", metavar="TIME",
                        help="when a clearance is to hold (RFC 3339, or milliseconds; default: now)")
    parser.add_argument("--anchored-in", metavar="LOG",
                        help="ask whether PATH, a clearance, is anchored by a record of LOG: a log/, a folder that "
                             "holds one, or the record's inclusion proof")
    parser.add_argument("--anchor", metavar="FILE", help="the anchor file, where the record anchors it with others")
    parser.add_argument("--level", choices=LEVELS, default="replay",
                        help="how far to check a log (default: replay)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        report = judge(options)
        if options.json:
            print(json.dumps(report.as_json(), indent=2))
        else:
            show(report)
        if sys.stdout:
            sys.stdout.flush()
        if not report.holds:
            return 65 if any(finding.code == "malformed-proof" for finding in report.findings) else 2
        # An anchor is asked for whatever the answer is.
        return {"deny": 1, "defer": 3}.get(report.facts.get("outcome"), 0) if options.anchored_in is None else 0
    except Exception as error:
        code = getattr(error, "exit_code", 66 if isinstance(error, OSError) else 70)
        what = f"it failed itself: {type(error).__name__}: {error}" if code == 70 else error
        print(f"verify.py: {what}", file=sys.stderr)
        return code

if __name__ == "__main__":
    sys.exit(main())

"""####
}
