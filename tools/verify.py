#!/usr/bin/env python3
"""An independent verifier of Consent Ledger logs and proof files.

Written from SPEC.md alone ("The Consent Ledger format, version 1"), with nothing but Python's standard library, so that
whoever doubts the ledger's own verifier has a second one to ask. Read it from top to bottom: bytes, signatures,
encoding, statement, record, notes, tree, ledger, log, proofs, command line. Headings name SPEC.md's sections, and a
number after one is that of a rule there.

    verify.py PATH [--vkey K | --policy FILE] [--ledger-id I] [--level structure|tree|signatures|replay] [--json]

PATH is a `log/`, a folder that holds one, or a proof file. The exit code is 0 where everything that was asked for
holds, 2 where something does not, 64 for a wrong call, 65 for input that is neither log nor proof, 66 for a file that
cannot be read, and 70 where this program itself failed, which says nothing of what it was given.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

LEVELS = ("structure", "tree", "signatures", "replay")

# "Bounds"
MAX_RECORD, MAX_STATEMENT, MAX_EVENT = 65_535, 60_127, 60_000
MAX_LINKS, MAX_PAIRS, MAX_UNKNOWN_LEVELS = 4, 128, 8
MAX_NOTE, MAX_NOTE_LINES, MAX_ORIGIN = 1_048_576, 100, 1_024
MAX_SIZE = 2**63 - 1
MAX_MOMENT = 253_402_300_799_999
# "Proof files"
MAX_SMALL_PROOF, MAX_CHAIN_PROOF, MAX_CONSISTENCY_HASHES, MAX_PATH = 2 << 20, 256 << 20, 127, 63
# Bounds of this program's own, where SPEC.md has none: an object, a policy, how deep any CBOR is read.
MAX_OBJECT, MAX_POLICY, MAX_DEPTH = 256 << 20, 1 << 20, 16
MAX_BUNDLE = 256 * (2 + MAX_RECORD)


class Invalid(Exception):
    """Something that breaks a rule: the level it belongs to, a short code, and one sentence."""

    def __init__(self, level, code, sentence):
        super().__init__(f"{level}: {code}: {sentence}")
        self.level, self.code, self.sentence = level, code, sentence


class BadInput(Exception):
    """A pin, a policy or a path that is not what it should be (exit code 65)."""


class Unreadable(Exception):
    """A file that is there and cannot be read (exit code 66)."""


class Finding(NamedTuple):
    level: str
    code: str
    file: str | None
    index: int | None
    sentence: str


class Report:
    """What is wrong, what was covered and what was not ("What a verifier checks")."""

    def __init__(self, level):
        self.level = level
        self.findings, self.not_covered, self.facts = [], [], {}
        self.size = self.root = self.ledger_id = None

    def covers(self, level):
        return LEVELS.index(level) <= LEVELS.index(self.level)

    def add(self, level, code, file, index, sentence):
        if self.covers(level):
            self.findings.append(Finding(level, code, file, index, sentence))

    def add_invalid(self, invalid, file, index=None):
        self.add(invalid.level, invalid.code, file, index, invalid.sentence)

    def skip(self, sentence):
        if sentence not in self.not_covered:
            self.not_covered.append(sentence)

    @property
    def holds(self):
        return not self.findings

    def finish(self):
        end = 2**64
        self.findings.sort(key=lambda f: (LEVELS.index(f.level), end if f.index is None else f.index))
        return self

    def as_json(self):
        return {"holds": self.holds, "level": self.level, "size": self.size, "root": hexadecimal(self.root),
                "ledger_id": hexadecimal(self.ledger_id), "findings": [f._asdict() for f in self.findings],
                "not_covered": self.not_covered, "facts": self.facts}


# ---------------------------------------------------------------------------------------------------------------------
# Bytes ("Conventions")
# ---------------------------------------------------------------------------------------------------------------------

def sha256(data):
    return hashlib.sha256(data).digest()


def hexadecimal(data):
    return None if data is None else data.hex()


def parse_hex(text, length):
    """Lower-case hexadecimal of exactly `length` bytes, or None."""
    return bytes.fromhex(text) if re.fullmatch(f"[0-9a-f]{{{2 * length}}}", text) else None


def parse_base64(text):
    """RFC 4648 §4, with padding, in its one canonical form (spare bits are zero), or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def parse_hash(text):
    data = parse_base64(text) if len(text) == 44 else None
    return data if data is not None and len(data) == 32 else None


def parse_decimal(text, most=2**64 - 1):
    """Decimal without leading zeros, or None."""
    if not re.fullmatch("0|[1-9][0-9]{0,19}", text):
        return None
    return int(text) if int(text) <= most else None


# ---------------------------------------------------------------------------------------------------------------------
# Ed25519 ("Which signatures are accepted")
# ---------------------------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
SMALL_ORDER_Y = {0, 1, P - 1} | {
    int.from_bytes(bytes.fromhex(y), "little")
    for y in ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}


def recover_x(y, sign):
    """RFC 8032 §5.1.3: the x of the curve's point with this y and sign, or None."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032 §5.1.4). What is added comes prepared as
# (Y + X, Y - X, 2Z, 2dT), which saves work on points that are added often.

def prepare(point):
    x, y, z, t = point
    return (y + x) % P, (y - x) % P, 2 * z % P, 2 * D * t % P


def add_points(point, prepared):
    x, y, z, t = point
    y_plus_x, y_minus_x, z2, dt2 = prepared
    a, b, c, d = (y - x) * y_minus_x % P, (y + x) * y_plus_x % P, t * dt2 % P, z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiples(x, y):
    """64 rows, one for each hexadecimal digit of a number: 1 to 15 times 16^row times the point."""
    rows, point = [], (x, y, 1, x * y % P)
    for _ in range(64):
        first, row = prepare(point), [None]
        for _ in range(15):
            row.append(prepare(point))
            point = add_points(point, first)
        rows.append(row)
    return rows


@lru_cache(maxsize=1)
def base_multiples():
    y = 4 * pow(5, -1, P) % P
    return multiples(recover_x(y, 0), y)


@lru_cache(maxsize=64)
def negated_multiples(public_key):
    """Those of minus the point that a public key encodes; None where it is no point (rule 3)."""
    number = int.from_bytes(public_key, "little")
    y = number & (2**255 - 1)
    x = recover_x(y, number >> 255)
    return None if x is None else multiples(P - x, y)


def canonical_and_not_small(encoded):
    """Rule 1, of A and of R."""
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    return y < P and y not in SMALL_ORDER_Y


VERIFIED = {}  # what was verified before in this process, by a hash of key, signature and message


def ed25519_verify(public_key, message, signature):
    """True exactly if SPEC.md's four rules hold."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    known_as = sha256(public_key + signature + message)
    if known_as not in VERIFIED:
        if len(VERIFIED) >= 1_000_000:
            VERIFIED.clear()
        VERIFIED[known_as] = ed25519_verify_anew(public_key, message, signature)
    return VERIFIED[known_as]


def ed25519_verify_anew(public_key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if not (canonical_and_not_small(public_key) and canonical_and_not_small(r)) or s >= L:
        return False
    minus_a = negated_multiples(public_key)
    if minus_a is None:
        return False
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
    total = (0, 1, 1, 0)
    for number, rows in ((s, base_multiples()), (k, minus_a)):
        for row in rows:
            if number & 15:
                total = add_points(total, row[number & 15])
            number >>= 4
    x, y, z, _ = total
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == r


# ---------------------------------------------------------------------------------------------------------------------
# "Encoding": CBOR in the core deterministic encoding
# ---------------------------------------------------------------------------------------------------------------------

class CborReader:
    """Reads items and refuses everything that the encoding does not allow."""

    def __init__(self, data, code):
        self.data, self.at, self.code, self.deepest = data, 0, code, 0

    def refuse(self, why):
        raise Invalid("structure", self.code, f"Not in deterministic encoding at byte {self.at}: {why}.")

    def take(self, length):
        if length > len(self.data) - self.at:
            self.refuse("the bytes end early")
        self.at += length
        return self.data[self.at - length:self.at]

    def head(self):
        """Major type and argument, in the shortest form that holds it."""
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        if info > 27:
            self.refuse("a length that is indefinite or reserved")
        argument = int.from_bytes(self.take(1 << (info - 24)), "big")
        if argument < (24, 1 << 8, 1 << 16, 1 << 32)[info - 24]:
            self.refuse("a head that is not the shortest")
        return major, argument

    def item(self, level=1):
        if level > MAX_DEPTH:
            self.refuse("nested too deep")
        self.deepest = max(self.deepest, level)
        start = self.at
        major, argument = self.head()
        if major == 0:
            return argument
        if major == 1:
            return -1 - argument
        if major == 2:
            return self.take(argument)
        if major == 3:
            try:
                return self.take(argument).decode("utf-8")
            except UnicodeDecodeError:
                self.refuse("text that is not UTF-8")
        if major == 4:
            if argument > len(self.data) - self.at:
                self.refuse("the bytes end early")
            return [self.item(level + 1) for _ in range(argument)]
        if major == 5:
            return self.pairs(argument, level)
        if major == 7 and self.at == start + 1 and argument in (20, 21):
            return argument == 21
        self.refuse("a tag, a float or another simple value")

    def pairs(self, count, level):
        if 2 * count > len(self.data) - self.at:
            self.refuse("the bytes end early")
        result, before = {}, b""
        for _ in range(count):
            start = self.at
            key = self.item(level + 1)
            encoded = self.data[start:self.at]
            if encoded <= before:
                self.refuse("map keys that do not ascend")
            before = encoded
            if isinstance(key, (bool, list, dict)):  # no keys of Python's (True would be 1): these stay encoded
                key = ("encoded", encoded)
            result[key] = self.item(level + 1)
        return result


def decode_cbor(data, code="malformed-cbor"):
    """The one item that the bytes are, with nothing after it: int, bytes, str, list, dict, True or False."""
    return decode_with_depth(data, code)[0]


def decode_with_depth(data, code):
    reader = CborReader(bytes(data), code)
    value = reader.item()
    if reader.at != len(reader.data):
        reader.refuse("something follows the item")
    return value, reader.deepest


def encode_head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, length in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * length:
            return bytes([major << 5 | info]) + argument.to_bytes(length, "big")
    raise ValueError("beyond CBOR")


def encode_cbor(value):
    """Of what is signed and hashed: unsigned integers, byte strings, text and arrays."""
    if isinstance(value, int):
        return encode_head(0, value)
    if isinstance(value, bytes):
        return encode_head(2, len(value)) + value
    if isinstance(value, str):
        return encode_head(3, len(value.encode())) + value.encode()
    return encode_head(4, len(value)) + b"".join(encode_cbor(item) for item in value)


# ---------------------------------------------------------------------------------------------------------------------
# "Events": values, words, fields, types. Each check says whether a value is of its kind.
# ---------------------------------------------------------------------------------------------------------------------

def is_uint(value, least=0, most=2**64 - 1):
    return type(value) is int and least <= value <= most


def number(least, most):
    return lambda value: is_uint(value, least, most)


def octets(length):
    return lambda value: type(value) is bytes and len(value) == length


def pattern(expression):
    compiled = re.compile(expression)
    return lambda value: type(value) is str and compiled.fullmatch(value) is not None


def text(most):
    """tstr .size (1..most): so many bytes of UTF-8, and no control characters."""
    control = re.compile("[\x00-\x1f\x7f-\x9f]")
    return lambda value: type(value) is str and 1 <= len(value.encode()) <= most and not control.search(value)


def word(words):
    words = frozenset(words.split())
    return lambda value: type(value) is str and value in words


def ascending(most, check):
    """A list of 1 to `most` items that ascend bytewise, text by its UTF-8, each once."""
    def check_list(value):
        if type(value) is not list or not 1 <= len(value) <= most or not all(map(check, value)):
            return False
        keys = [item.encode() if type(item) is str else item for item in value]
        return all(a < b for a, b in zip(keys, keys[1:]))
    return check_list


def mark(value):
    return value is True


identifier = pattern("[a-z0-9-]{1,64}")
moment = number(0, MAX_MOMENT)


def interval(value):
    return type(value) is list and len(value) == 2 and moment(value[0]) and is_uint(value[1], 1, 31_622_400_000)


def notice_reference(value):
    return type(value) is list and len(value) == 2 and identifier(value[0]) and octets(32)(value[1])


PRESENTATION = {1: word("button checkbox link message other signature spoken switch"), 2: mark, 3: mark, 4: mark,
                5: text(64)}


def presentation_parts(value):
    return (type(value) is dict and len(value) > 0
            and all(key in PRESENTATION and PRESENTATION[key](part) for key, part in value.items()))


CHANNELS = "email fax inapp line mms post push rcs sms voice whatsapp"
CLASSES = "authentication marketing service utility"
METHODS = ("api call-agent checkout click-to-chat command-line email-link import in-app in-person ivr keyword offline "
           "one-click-unsubscribe other paper platform-preference point-of-sale provider-signal qr-code web-form "
           "whatsapp-thread")
FLAGS = ("category-unknown channel-unknown duplicate-id notice-text-unknown observed sender-unknown "
         "source-not-authorized time-clamped time-of-webhook time-unknown")

FIELDS = {  # "Fields"
    3: ("source", identifier),
    4: ("occurred-at", interval),
    5: ("commitment", octets(32)),
    6: ("flags", ascending(10, word(FLAGS))),
    7: ("channels", ascending(11, word(CHANNELS))),
    8: ("categories", ascending(64, identifier)),
    9: ("notice", notice_reference),
    10: ("method", word(METHODS)),
    11: ("verification", word("code double-opt-in in-thread none signed")),
    12: ("presentation", presentation_parts),
    13: ("imported", mark),
    14: ("expires-at", moment),
    15: ("senders", ascending(64, identifier)),
    16: ("brands", ascending(64, identifier)),
    17: ("request", octets(16)),
    18: ("valid-for", number(1, 316_224_000_000)),
    19: ("do-not-contact", mark),
    20: ("basis", word("consent contract legal-obligation legitimate-interest")),
    21: ("reason", identifier),
    22: ("concerns", octets(16)),
    23: ("outcome", word("dismissed opt-out")),
    24: ("via", word(CHANNELS)),
    32: ("nonce", octets(32)),
    33: ("origin", text(255)),
    34: ("admin-keys", ascending(16, octets(32))),
    35: ("log-keys", ascending(16, text(512))),
    36: ("recovery-digest", octets(32)),
    37: ("longest-unpublished", number(1, 316_224_000_000)),
    38: ("environment", word("production test")),
    39: ("public-key", octets(32)),
    40: ("log-key", text(512)),
    41: ("authorized-source", identifier),
    42: ("custody", word("external ledger")),
    43: ("businesses", ascending(64, identifier)),
    44: ("proof-of-possession", octets(64)),
    45: ("compromised-since", moment),
    48: ("name", text(200)),
    49: ("country", pattern("[A-Z]{2}")),
    50: ("brand", identifier),
    51: ("sender", identifier),
    52: ("addresses", ascending(16, text(254))),
    53: ("category", identifier),
    54: ("class", word(CLASSES)),
    55: ("notice-name", identifier),
    56: ("language", pattern("[a-z]{2}[A-Za-z0-9-]{0,33}")),
    57: ("text-digest", octets(32)),
    58: ("shown-from", moment),
    59: ("shown-until", moment),
    64: ("pack", identifier),
    65: ("pack-version", text(64)),
    66: ("pack-digest", octets(32)),
    67: ("effective-from", moment),
    68: ("root", octets(32)),
    69: ("count", number(0, 2**63 - 1)),
    70: ("covered-size", number(0, 2**63 - 1)),
    71: ("covered-root", octets(32)),
    72: ("inputs-digest", octets(32)),
    73: ("hold", identifier),
    74: ("hold-until", moment),
    80: ("from-handle", octets(16)),
    81: ("keep-suppression", mark),
    82: ("previous-origin", text(255)),
    83: ("previous-ledger", octets(32)),
    84: ("previous-index", number(0, 2**63 - 1)),
    85: ("previous-leaf-hash", octets(32)),
}

# "Types": number, name, signed by, chains (and "!" where the type is a restriction), fields ("?": optional).
# What by-admin, by-either and by-source give every type that is signed so is in SIGNED_BY.
SIGNED_BY = {"admin": "?occurred-at", "either": "?source ?occurred-at",
             "source": "source ?occurred-at commitment ?flags ?method ?reason ?via"}
SCOPE = "?channels ?categories ?senders ?brands"
ASKED = ("channels categories ?notice ?verification ?presentation ?imported ?expires-at ?senders ?brands")
TYPE_TABLE = f"""
1 | ledger-opened | admin | ledger | nonce origin admin-keys log-keys ?recovery-digest longest-unpublished environment
2 | admin-key-added | admin | ledger | ?reason public-key
3 | admin-key-retired | admin | ledger | ?reason public-key
4 | log-key-added | admin | ledger | ?reason log-key
5 | log-key-retired | admin | ledger | ?reason log-key
6 | source-authorized | admin | ledger | public-key authorized-source custody ?businesses ?proof-of-possession
7 | source-revoked | admin | ledger | ?reason ?public-key authorized-source ?compromised-since
8 | business-registered | admin | ledger business | name ?country
9 | brand-defined | admin | ledger business | name brand
10 | sender-defined | admin | ledger business | channels ?brand sender addresses
11 | category-defined | admin | ledger business | basis ?name category class
12 | category-retired | admin | ledger business | ?reason category
13 | notice-published | admin | ledger business | channels categories ?brand notice-name language text-digest
14 | notice-reconstructed | admin | ledger business | channels categories ?brand notice-name language text-digest \
shown-from ?shown-until
15 | notice-retired | admin | ledger business | ?reason notice-name ?text-digest
16 | rulepack-adopted | admin | ledger business? | pack pack-version pack-digest ?effective-from
17 | decisions-recorded | either | ledger business? | ?reason root count covered-size covered-root ?inputs-digest
18 | hold-added | admin | ledger business contact? | reason hold ?hold-until
19 | hold-lifted | admin | ledger business contact? | ?reason hold
20 | heads-sealed | either | ledger | root count covered-size
32 | consent-requested | source | business contact | {ASKED} ?valid-for
33 | consent-given | source | business contact | {ASKED} ?request
34 | consent-confirmed | source | business contact | ?channels ?categories ?verification ?presentation ?imported request
35 | consent-renewed | source | business contact | {ASKED} ?request
36 | consent-refused | source | business contact ! | {SCOPE} ?notice ?presentation ?imported ?request
37 | consent-withdrawn | source | business contact ! | {SCOPE} ?imported ?do-not-contact ?concerns
38 | consent-revoked | source | business contact ! | {SCOPE} ?imported ?concerns
39 | consent-resumed | source | business contact | {SCOPE} ?do-not-contact
40 | consent-invalidated | source | business contact ! | {SCOPE} ?concerns
41 | basis-began | source | business contact | channels categories ?imported ?expires-at ?senders ?brands basis
42 | basis-ended | source | business contact ! | {SCOPE} basis
43 | objected | source | business contact ! | {SCOPE} ?imported ?do-not-contact ?concerns
44 | complained | source | business contact ! | {SCOPE} ?imported
45 | blocked | source | business contact ! | {SCOPE} ?imported
46 | reported | source | business contact ! | {SCOPE} ?imported
47 | review-opened | source | business contact ! | {SCOPE}
48 | review-decided | source | business contact | {SCOPE} concerns outcome
49 | event-voided | source | business contact | concerns
50 | contact-changed | source | business contact contact | from-handle
51 | contact-linked | source | business contact contact |
52 | contact-unlinked | source | business contact contact |
53 | contact-reassigned | source | business contact ! |
54 | contact-erased | source | business contact ! | ?keep-suppression
55 | evidence-attached | source | business contact | concerns
56 | migrated | source | business contact | ?concerns previous-origin previous-ledger previous-index previous-leaf-hash
"""


class EventType(NamedTuple):
    number: int
    name: str
    signed_by: str          # admin, either or source
    chains: tuple           # for each kind of link: how many at least, and at most
    restriction: bool
    required: frozenset     # keys
    allowed: frozenset


def event_types():
    key_of, types = {name: key for key, (name, _) in FIELDS.items()}, {}
    for line in TYPE_TABLE.strip().splitlines():
        code, name, signed_by, chains, fields = (part.strip() for part in line.split("|"))
        fields = f"{SIGNED_BY[signed_by]} {fields}".split()
        chains = chains.split()
        counts = tuple((chains.count(kind), chains.count(kind) + chains.count(kind + "?"))
                       for kind in ("ledger", "business", "contact"))
        types[int(code)] = EventType(
            int(code), name, signed_by, counts, "!" in chains,
            frozenset(key_of[field] for field in fields if field[0] != "?"),
            frozenset(key_of[field.lstrip("?")] for field in fields))
    return types


TYPES = event_types()


class Event(NamedTuple):
    number: int
    type: EventType | None  # None: a type that is not known
    id: bytes
    source: str | None
    fields: dict            # by name, without type and id; empty where the type is not known

    @property
    def name(self):
        return self.type.name if self.type else f"type {self.number}"

    @property
    def governance(self):
        return self.type is not None and self.number <= 20

    @property
    def restriction(self):
        return self.type is not None and self.type.restriction


def parse_event(data):
    """"Events", "Fields", "Types" and "Types that are not known"."""
    def refuse(why):
        raise Invalid("structure", "malformed-event", why)

    if len(data) > MAX_EVENT:
        refuse(f"The event is larger than {MAX_EVENT} bytes.")
    value, deepest = decode_with_depth(data, "malformed-event")
    if type(value) is not dict or not all(is_uint(key) for key in value):
        refuse("The event is not a map whose keys are unsigned integers.")
    if len(value) > MAX_PAIRS:
        refuse(f"The event has more than {MAX_PAIRS} pairs.")
    code, event_id = value.pop(1, None), value.pop(2, None)
    if not is_uint(code) or not octets(16)(event_id):
        refuse("The event has no type, or no id of 16 bytes.")
    kind = TYPES.get(code)
    if kind is None:
        if 3 in value and not identifier(value[3]):
            refuse("The source is no identifier.")
        if deepest - 1 > MAX_UNKNOWN_LEVELS:
            refuse(f"A value is more than {MAX_UNKNOWN_LEVELS} levels deep.")
        return Event(code, None, event_id, value.get(3), {})
    for key in value:
        if key not in kind.allowed:
            refuse(f"{kind.name} has no field {key}.")
        if not FIELDS[key][1](value[key]):
            refuse(f"The field {FIELDS[key][0]} of {kind.name} is not of its kind.")
    for key in kind.required:
        if key not in value:
            refuse(f"{kind.name} lacks its field {FIELDS[key][0]}.")
    return Event(code, kind, event_id, value.get(3), {FIELDS[key][0]: item for key, item in value.items()})


# ---------------------------------------------------------------------------------------------------------------------
# "Statement" and "Proof of possession"
# ---------------------------------------------------------------------------------------------------------------------

PROTECTED = bytes.fromhex("a3012703781e6170706c69636174696f6e2f636f6e73656e742d6576656e742b63626f720450")


class Statement(NamedTuple):
    protected: bytes
    key_identifier: bytes
    payload: bytes
    signature: bytes


def parse_statement(data):
    def refuse(why):
        raise Invalid("structure", "malformed-statement", why)

    if len(data) > MAX_STATEMENT:
        refuse(f"The statement is larger than {MAX_STATEMENT} bytes.")
    value = decode_cbor(data, "malformed-statement")
    if type(value) is not list or len(value) != 4:
        refuse("The statement is not an array of four.")
    protected, unprotected, payload, signature = value
    if type(protected) is not bytes or len(protected) != 54 or not protected.startswith(PROTECTED):
        refuse("The protected header is not the one that every statement has.")
    if unprotected != {} or type(unprotected) is not dict:
        refuse("The unprotected header is not empty.")
    if type(payload) is not bytes or not octets(64)(signature):
        refuse("The payload is no byte string, or the signature not one of 64 bytes.")
    return Statement(protected, protected[38:], payload, signature)


def key_identifier(public_key):
    return sha256(public_key)[:16]


def signed_bytes(statement, origin, ledger_id, business, handles):
    """sig-structure, in the context that the record gives."""
    context = encode_cbor(["consent-ledger/statement/v1", origin, ledger_id, business, list(handles)])
    return encode_cbor(["Signature1", statement.protected, context, statement.payload])


def possession_bytes(origin, ledger_id, source, public_key):
    return encode_cbor(["consent-ledger/source-possession/v1", origin, ledger_id, source, public_key])


# ---------------------------------------------------------------------------------------------------------------------
# "Record"
# ---------------------------------------------------------------------------------------------------------------------

LEDGER, BUSINESS, CONTACT = 0, 1, 2
IDENTITY = re.compile(b""), re.compile(b"[a-z0-9-]{1,64}"), re.compile(b".{16}", re.DOTALL)


class Link(NamedTuple):
    kind: int
    identity: bytes
    sequence: int
    previous_index: int
    previous_hash: bytes

    @property
    def chain(self):
        return self.kind, self.identity

    def __str__(self):
        return describe_chain(self.kind, self.identity)


class Record(NamedTuple):
    index: int
    recorded_at: int
    links: list
    statement: bytes

    @property
    def business(self):
        """The identifier in the link of kind 1, or the empty text."""
        return next((link.identity.decode() for link in self.links if link.kind == BUSINESS), "")

    @property
    def handles(self):
        return [link.identity for link in self.links if link.kind == CONTACT]


def describe_chain(kind, identity):
    return ("the ledger's chain", f"the chain of business {identity.decode('ascii', 'replace')}",
            f"the chain of contact {identity.hex()}")[kind]


def parse_record(data):
    """A record by itself; its statement and event are parsed with `parse_statement` and `parse_event`."""
    def refuse(why):
        raise Invalid("structure", "malformed-record", why)

    if len(data) > MAX_RECORD:
        refuse(f"The record is larger than {MAX_RECORD} bytes.")
    reader = CborReader(bytes(data), "malformed-record")
    major, count = reader.head()
    if major != 4 or count == 0:
        refuse("The record is not an array of five.")
    version = reader.item()
    if type(version) is int and version != 1:
        raise Invalid("structure", "unknown-record-version", f"The record's version is {version}, not 1.")
    value = decode_cbor(data, "malformed-record")
    if len(value) != 5 or type(version) is not int:
        refuse("The record is not an array of five that begins with its version.")
    _, index, recorded_at, links, statement = value
    if not is_uint(index) or not moment(recorded_at) or type(statement) is not bytes:
        refuse("The index, recorded-at or the statement is not of its kind.")
    if type(links) is not list or not 1 <= len(links) <= MAX_LINKS:
        refuse(f"The record has not 1 to {MAX_LINKS} links.")
    links = [parse_link(link, index, refuse) for link in links]
    if not all(a.chain < b.chain for a, b in zip(links, links[1:])):
        refuse("The links do not ascend, or a chain is there twice.")
    if sum(link.kind == BUSINESS for link in links) > 1:
        refuse("The record is in the chains of two businesses.")
    return Record(index, recorded_at, links, statement)


def parse_link(value, index, refuse):
    if type(value) is not list or len(value) != 5:
        refuse("A link is not an array of five.")
    link = Link(*value)
    if not (is_uint(link.kind, 0, 2) and type(link.identity) is bytes and IDENTITY[link.kind].fullmatch(link.identity)):
        refuse("A link's kind or identity is not one.")
    if not is_uint(link.sequence) or not is_uint(link.previous_index) or not octets(32)(link.previous_hash):
        refuse("A link's sequence, previous-index or previous-leaf-hash is not of its kind.")
    if link.sequence == 0:
        if link.previous_index != 0 or link.previous_hash != bytes(32):
            refuse("A link with sequence 0 names a record before it.")
    elif link.previous_index >= index:
        refuse("A link's previous-index is not less than the record's index.")
    return link


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


# ---------------------------------------------------------------------------------------------------------------------
# "Checkpoints": signed notes, vkeys, cosignatures; and C2SP's tlog-policy
# ---------------------------------------------------------------------------------------------------------------------

# Unicode's White_Space, the plus sign, and what no note may hold: control characters, surrogates.
NOT_IN_KEY_NAME = re.compile("[\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]")
LOG_KEY, WITNESS_KEY = 1, 4


class VKey(NamedTuple):
    name: str
    id: bytes
    type: int
    key: bytes


class Note(NamedTuple):
    text: bytes
    signatures: list        # of (name, key id, signature)


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    note: Note


def is_key_name(name):
    return bool(name) and not NOT_IN_KEY_NAME.search(name)


def parse_vkey(text):
    """name + key ID in hexadecimal + base64 of (type ‖ public key), of type 0x01 or 0x04."""
    def refuse(why):
        raise Invalid("structure", "malformed-keys", why)

    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        refuse("A vkey is not a name, a key ID and a key with + between them.")
    key_id, key = parse_hex(parts[1], 4), parse_base64(parts[2])
    if key_id is None or not key:
        refuse("A vkey's key ID is not 8 hexadecimal digits, or its key no base64.")
    if key[0] not in (LOG_KEY, WITNESS_KEY) or len(key) != 33:
        refuse("A vkey is of another type than Ed25519 for logs (0x01) and witnesses (0x04).")
    if sha256(parts[0].encode() + b"\n" + key)[:4] != key_id:
        refuse("A vkey's key ID is not that of its name and key.")
    return VKey(parts[0], key_id, key[0], key[1:])


def parse_note(data):
    def refuse(why):
        raise Invalid("structure", "malformed-checkpoint", why)

    if len(data) > MAX_NOTE:
        refuse(f"The note is larger than {MAX_NOTE} bytes.")
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        refuse("The note is not UTF-8.")
    if re.search("[\x00-\x09\x0b-\x1f]", decoded):
        refuse("The note has a control character.")
    body, empty_line, lines = decoded.rpartition("\n\n")
    if not empty_line or not lines.endswith("\n"):
        refuse("The note has no signature lines after an empty one, or does not end in a newline.")
    lines, signatures = lines[:-1].split("\n"), []
    if len(lines) > MAX_NOTE_LINES:
        refuse(f"The note has more than {MAX_NOTE_LINES} signature lines.")
    for line in lines:
        dash, name, blob = (line.split(" ") + ["", ""])[:3] if line.count(" ") == 2 else ("", "", "")
        blob = parse_base64(blob)
        if dash != "\u2014" or not is_key_name(name) or blob is None or len(blob) < 5:
            refuse("A signature line is not a dash, a key name and base64.")
        signatures.append((name, blob[:4], blob[4:]))
    return Note((body + "\n").encode(), signatures)


def parse_checkpoint(data):
    def refuse(why):
        raise Invalid("structure", "malformed-checkpoint", why)

    note = parse_note(data)
    lines = note.text.decode()[:-1].split("\n")
    if len(lines) < 3 or "" in lines:
        refuse("The checkpoint has fewer than three lines, or an empty one.")
    if len(lines[0].encode()) > MAX_ORIGIN:
        refuse(f"The origin is longer than {MAX_ORIGIN} bytes.")
    size, root = parse_decimal(lines[1], MAX_SIZE), parse_hash(lines[2])
    if size is None or root is None:
        refuse("The size is not a decimal up to 2^63 - 1, or the root not base64 of 32 bytes.")
    return Checkpoint(lines[0], size, root, note)


def line_verifies(key, text, signature):
    if key.type == LOG_KEY:
        return len(signature) == 64 and ed25519_verify(key.key, text, signature)
    seconds = int.from_bytes(signature[:8], "big")
    return (len(signature) == 72 and seconds < 2**63
            and ed25519_verify(key.key, b"cosignature/v1\ntime %d\n%b" % (seconds, text), signature[8:]))


def signers_of(checkpoint, keys):
    """Those of the keys that signed. Lines of no known key are passed over; one that is bad or twice condemns."""
    known, seen, signers = {}, set(), set()
    for key in keys:
        if key.type != LOG_KEY or key.name == checkpoint.origin:
            known.setdefault((key.name, key.id), set()).add(key)
    for name, key_id, signature in checkpoint.note.signatures:
        candidates = known.get((name, key_id))
        if not candidates:
            continue
        good = {key for key in candidates if line_verifies(key, checkpoint.note.text, signature)}
        if not good or (name, key_id) in seen:
            raise Invalid("tree", "bad-checkpoint-signature",
                          f"The line of the known key {name}+{key_id.hex()} does not verify, or is there twice.")
        seen.add((name, key_id))
        signers |= good
    return signers


class Policy(NamedTuple):
    """Whom a verifier trusts: any one of the logs, and the quorum of witnesses (C2SP tlog-policy)."""
    logs: list
    witnesses: dict         # name: vkey
    groups: dict            # name: (how many, members), in the order of their definition
    quorum: bytes | None

    def quorum_met(self, signers):
        if self.quorum is None:
            return True
        met = {name for name, key in self.witnesses.items() if key in signers}
        for name, (least, members) in self.groups.items():
            if sum(member in met for member in members) >= least:
                met.add(name)
        return self.quorum in met

    def check(self, checkpoint, copy=None, quorum=True, more_log_keys=()):
        """Raises unless the checkpoint is signed as this policy asks. A copy may have more cosignatures."""
        keys = self.logs + list(self.witnesses.values()) + list(more_log_keys)
        signers = signers_of(checkpoint, keys)
        if not any(key.type == LOG_KEY for key in signers):
            raise Invalid("tree", "checkpoint-not-signed", "No log key that is pinned or known signed the checkpoint.")
        if quorum and not self.quorum_met(signers):
            if copy is None or not self.quorum_met(signers | signers_of(copy, keys)):
                raise Invalid("tree", "checkpoint-not-signed", "The policy's quorum of witnesses did not sign it.")


def parse_policy(data):
    """C2SP tlog-policy: lines `log`, `witness`, `group` and exactly one `quorum`; names are octets."""
    def refuse(line_number, why):
        raise Invalid("structure", "malformed-policy", f"Line {line_number} of the policy: {why}.")

    policy, quorums, members_so_far = Policy([], {}, {}, None), [], set()
    if len(data) > MAX_POLICY or re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data):
        refuse(0, "it is too large, or has a control character")

    def vkey_of(line_number, octets_of_key, kind, others):
        try:
            key = parse_vkey(octets_of_key.decode("utf-8"))
        except (UnicodeDecodeError, Invalid) as error:
            refuse(line_number, error.sentence.rstrip(".") if isinstance(error, Invalid) else "a vkey is not UTF-8")
        if key.type != kind or any(key.key == other.key for other in others):
            refuse(line_number, "the vkey is of a type for something else, or its key is there twice")
        return key

    for line_number, line in enumerate(data.split(b"\n"), 1):
        words = [item for item in re.split(rb"[ \t]+", line) if item]
        if not words or words[0].startswith(b"#"):
            continue
        keyword, rest = words[0], words[1:]
        if keyword in (b"witness", b"group") and rest and (
                rest[0] == b"none" or rest[0] in policy.witnesses or rest[0] in policy.groups):
            refuse(line_number, "the name is there already, or `none`")
        if keyword == b"log" and len(rest) in (1, 2):
            policy.logs.append(vkey_of(line_number, rest[0], LOG_KEY, policy.logs))
        elif keyword == b"witness" and len(rest) in (2, 3):
            policy.witnesses[rest[0]] = vkey_of(line_number, rest[1], WITNESS_KEY, policy.witnesses.values())
        elif keyword == b"group" and len(rest) >= 3:
            name, least, members = rest[0], rest[1], rest[2:]
            for member in members:
                if member in members_so_far or (member not in policy.witnesses and member not in policy.groups):
                    refuse(line_number, "a member is not defined before, or is in a group already")
                members_so_far.add(member)
            count = {b"any": 1, b"all": len(members)}.get(least, parse_decimal(least.decode("latin-1")))
            if count is None or not 1 <= count <= len(members):
                refuse(line_number, "the number is not `any`, `all` or 1 to the number of members")
            policy.groups[name] = (count, members)
        elif keyword == b"quorum" and len(rest) == 1:
            if rest[0] != b"none" and rest[0] not in policy.witnesses and rest[0] not in policy.groups:
                refuse(line_number, "the quorum is not defined before")
            quorums.append(None if rest[0] == b"none" else rest[0])
        else:
            refuse(line_number, "it is none of log, witness, group and quorum with what these need")
    if len(quorums) != 1:
        refuse(0, "there is not exactly one quorum line")
    return policy._replace(quorum=quorums[0])


# ---------------------------------------------------------------------------------------------------------------------
# "Tree and tiles"
# ---------------------------------------------------------------------------------------------------------------------

EMPTY_ROOT = sha256(b"")


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_of(hashes):
    """RFC 6962 §2.1, of one hash or more: split at the largest power of two below their number."""
    stack = []              # (height, hash) of perfect trees, from left to right
    for item in hashes:
        height = 0
        while stack and stack[-1][0] == height:
            item, height = node_hash(stack.pop()[1], item), height + 1
        stack.append((height, item))
    root = stack.pop()[1]
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


def verify_inclusion(index, size, leaf, hashes, root):
    """RFC 9162 §2.1.3.2, the same path as in RFC 6962 §2.1.1: whether the hashes lead from the leaf to the root."""
    if not 0 <= index < size or any(len(item) != 32 for item in (leaf, root, *hashes)):
        return False
    place, last, current = index, size - 1, leaf
    for item in hashes:
        if last == 0:
            return False
        if place & 1 or place == last:
            current = node_hash(item, current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = node_hash(current, item)
        place, last = place >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(size1, size2, root1, root2, hashes):
    """RFC 9162 §2.1.4.2, and "Consistency" for equal sizes and size 0."""
    if not 0 <= size1 <= size2 or (size1 == 0 and root1 != EMPTY_ROOT):
        return False
    if size1 == size2:
        return not hashes and root1 == root2
    if any(len(item) != 32 for item in (root1, root2, *hashes)):
        return False
    if size1 == 0:
        return not hashes
    hashes = list(hashes)
    if size1 & (size1 - 1) == 0:
        hashes.insert(0, root1)
    if not hashes:
        return False
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for item in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(item, first), node_hash(item, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, item)
        place, last = place >> 1, last >> 1
    return last == 0 and first == root1 and second == root2


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
        length = int.from_bytes(data[at:at + 2], "big")
        if len(data) - at < 2 + length or len(entries) == 256:
            return None
        entries.append(data[at + 2:at + 2 + length])
        at += 2 + length
    return entries


class Tree:
    """The tree over leaf hashes, level by level: levels[L] has the roots over 256^L leaves each, joined."""

    def __init__(self, leaves):
        self.levels = [leaves]
        while len(self.levels[-1]) >= 8192:
            below = self.levels[-1]
            self.levels.append(b"".join(
                root_of([below[at:at + 32] for at in range(tile, tile + 8192, 32)])
                for tile in range(0, len(below) - 8191, 8192)))

    def tile(self, level, number, width):
        return self.levels[level][8192 * number:8192 * number + 32 * width]

    def root(self, size):
        """At each level, the hashes of the partial tile and then the root of what is incomplete below them."""
        incomplete = []
        for level, hashes in enumerate(self.levels):
            count = size >> 8 * level
            if not count:
                break
            partial = [hashes[32 * at:32 * at + 32] for at in range(count & ~255, count)] + incomplete
            incomplete = [root_of(partial)] if partial else []
        return incomplete[0] if incomplete else EMPTY_ROOT


# ---------------------------------------------------------------------------------------------------------------------
# "Signatures" and "Replay": what the ledger has said so far, and whether the next event is valid in its place
# ---------------------------------------------------------------------------------------------------------------------

class SourceKey:
    """A public key that a `source-authorized` named."""

    def __init__(self, fields):
        self.source, self.businesses = fields["authorized-source"], fields.get("businesses")
        self.custody, self.possession = fields["custody"], "proof-of-possession" in fields
        self.revoked, self.compromised_since = False, None
        self.times = array("Q")         # recorded-at of the events it signed that are no restrictions


class Notice(NamedTuple):
    recorded_at: int
    fields: dict
    reconstructed: bool

    def shown_at(self, moment):
        if not self.reconstructed:
            return self.recorded_at <= moment
        return self.fields["shown-from"] <= moment <= self.fields.get("shown-until", MAX_MOMENT)

    @property
    def dates(self):
        return self.fields.get("shown-from"), self.fields.get("shown-until")


class Business:
    def __init__(self):
        self.brands, self.senders = set(), set()
        self.categories = {name: True for name in CLASSES.split()}      # whether in force
        self.notices = {}               # (name, text-digest): every one published or reconstructed, in order
        self.in_force = {}              # name: the keys (text-digest, dates) of those in force


class Ledger:
    """Takes records in the order of the log; reports findings; changes by what is valid."""

    def __init__(self, origin, add, read_object=None):
        self.origin, self.add, self.read_object = origin, add, read_object
        self.id = None                  # the leaf hash of entry 0, where that opened the ledger
        self.admins = {}                # public key: whether in force
        self.sources = {}               # public key: SourceKey
        self.by_identifier = {}         # key identifier: the public keys above that have it
        self.log_keys = {}              # vkey: [(index, whether it is in force from there on)]
        self.businesses = {}
        self.ids, self.governance_ids = set(), set()
        self.objects = {}               # what is wrong with an object, or None
        self.statements = self.in_custody = 0
        self.unknown_types, self.sealed_heads, self.decisions = {}, 0, 0

    # "Signatures"

    def take(self, index, leaf, record, statement, event):
        """One record that is well formed. False where entry 0 does not open the ledger: nothing can be judged then."""
        def wrong(code, sentence, level="replay"):
            problems.append(code)
            self.add(level, code, index, sentence)

        problems = []
        if index == 0:
            self.id = leaf
        signer = self.check_signature(index, record, statement, event, wrong)
        self.statements += 1
        if signer in self.sources:
            key = self.sources[signer]
            self.in_custody += key.custody == "ledger"
            if not event.restriction:
                key.times.append(record.recorded_at)
        if event.type is None:
            self.unknown_types[event.number] = self.unknown_types.get(event.number, 0) + 1
        self.check_place(index, record, event, wrong)
        if event.id in self.ids:        # Replay 3
            self.add("replay", "repeated-event", index, "Its event id is that of an earlier record.")
        if event.governance:            # what counts for what it changes is the id of an earlier governance event
            if event.id in self.governance_ids:
                problems.append("repeated-event")
            self.governance_ids.add(event.id)
        self.ids.add(event.id)
        if index == 0 and (problems or event.number != 1):
            return False
        if not problems:
            self.apply(index, record, event)
        self.check_objects(index, event)
        return True

    def check_signature(self, index, record, statement, event, wrong):
        """The key that signed, where it counts at this index (rules 1 to 4); None where there is a finding."""
        if index == 0:                  # rule 1
            if event.number != 1:
                return None
            candidates = [key for key in event.fields["admin-keys"] if key_identifier(key) == statement.key_identifier]
        else:
            candidates = self.by_identifier.get(statement.key_identifier, [])
        if not candidates:
            wrong("unknown-key", "No key that was authorised has the statement's key identifier.", "signatures")
            return None
        message = signed_bytes(statement, self.origin, b"" if index == 0 else self.id, record.business, record.handles)
        good = [key for key in candidates if ed25519_verify(key, message, statement.signature)]
        if not good:
            wrong("bad-signature", "The statement's signature does not verify.", "signatures")
            return None
        for key in good:
            if index == 0 or self.counts(key, record, event):
                return key
        wrong("not-authorized", f"The key that signed this {event.name} does not count at this index.", "signatures")
        return None

    def counts(self, key, record, event):
        by_source = event.source is not None and (event.type is None or event.type.signed_by != "admin")
        if not by_source:
            return self.admins.get(key, False)                              # rule 2
        if key not in self.sources or self.sources[key].source != event.source:
            return False                                                    # rule 3, its first condition
        if event.restriction or event.type is None:
            return True                                                     # rule 4
        granted = self.sources[key]
        return not granted.revoked and (
            not record.business or granted.businesses is None or record.business in granted.businesses)

    # "Replay"

    def check_place(self, index, record, event, wrong):
        """Rules 1, 2, 4, 5, 7, 8 and 9, and of 6 what needs no object."""
        fields, business = event.fields, self.businesses.get(record.business)
        if event.type is None:
            return
        counts = [sum(link.kind == kind for link in record.links) for kind in (LEDGER, BUSINESS, CONTACT)]
        if not all(least <= count <= most for count, (least, most) in zip(counts, event.type.chains)):
            return wrong("wrong-links", f"The record's links are not those of {event.name}.")
        if event.number == 50 and fields["from-handle"] not in record.handles:
            return wrong("wrong-links", "from-handle is none of the record's two handles.")
        if event.number == 1 and index != 0:
            wrong("opened-again", "A ledger-opened is not entry 0.")
        if event.number == 1 and fields["origin"] != self.origin:
            wrong("wrong-origin", "The origin of ledger-opened is not the log's.")
        if 2 <= event.number <= 7:
            self.check_keys(event.number, fields, wrong)
        if event.number == 8:
            sequence = next(link.sequence for link in record.links if link.kind == BUSINESS)
            if business or sequence != 0:
                wrong("business-registered-again", "The business is registered already, or its chain had begun before.")
        elif record.business and not business:
            wrong("business-not-registered", f"The business {record.business} is not registered before.")
        elif 9 <= event.number <= 15:
            self.check_definition(event.number, fields, business, wrong)
        elif event.number >= 32:
            self.check_consent(record, event, business, wrong)

    def check_keys(self, number, fields, wrong):
        """Rule 4, and of rule 5 that `businesses` name registered ones."""
        key, log_key = fields.get("public-key"), fields.get("log-key")
        if number == 2:
            if self.admins.get(key):
                wrong("key-in-force", "The admin key that is added is in force already.")
            if key in self.sources:
                wrong("key-in-two-roles", "The admin key that is added is a source's.")
        elif number == 3:
            if not self.admins.get(key):
                wrong("key-not-in-force", "The admin key that is retired is not in force.")
            elif sum(self.admins.values()) == 1:
                wrong("last-admin-key", "The last admin key is retired.")
        elif number in (4, 5) and self.log_key_in_force(log_key) != (number == 5):
            wrong("key-in-force" if number == 4 else "key-not-in-force",
                  "The log key is in force already." if number == 4 else "The log key that is retired is not in force.")
        elif number == 6:
            if key in self.admins or key in self.sources:
                wrong("key-in-two-roles", "The public key is an admin's, or was authorised for a source before.")
            if not all(name in self.businesses for name in fields.get("businesses", [])):
                wrong("unknown-business", "A business that the source speaks for is not registered before.")
            proof = fields.get("proof-of-possession")
            if proof and not (self.id and ed25519_verify(key, possession_bytes(
                    self.origin, self.id, fields["authorized-source"], key), proof)):
                wrong("bad-possession", "The proof of possession does not verify.")
        elif number == 7:
            keys = [held for held, granted in self.sources.items() if granted.source == fields["authorized-source"]]
            if not keys or (key is not None and key not in keys):
                wrong("never-authorized", "The source or key that is revoked was not authorised before.")

    def log_key_in_force(self, text):
        return text in self.log_keys and self.log_keys[text][-1][1]

    def check_definition(self, number, fields, business, wrong):
        """Rules 5 and 6."""
        for type_number, name, defined in ((9, "brand", business.brands), (10, "sender", business.senders),
                                           (11, "category", business.categories)):
            if number == type_number and fields[name] in defined:
                wrong("defined-again", f"The {name} {fields[name]} is defined already.")
        if number != 9 and "brand" in fields and fields["brand"] not in business.brands:
            wrong("unknown-brand", f"The brand {fields['brand']} is not defined before.")
        named = {12: [fields.get("category")], 13: fields.get("categories")}.get(number, [])
        for name in named:
            if not business.categories.get(name):
                wrong("category-not-in-force", f"The category {name} is not in force.")
        if number in (13, 14):
            notice = Notice(0, fields, number == 14)
            if (fields["text-digest"], notice.dates) in business.in_force.get(fields["notice-name"], ()):
                wrong("notice-in-force", "A notice of the same name, text and dates is in force.")
            if number == 14 and fields.get("shown-until", MAX_MOMENT) < fields["shown-from"]:
                wrong("shown-until-before-shown-from", "shown-until is before shown-from.")
        if number == 15 and not self.retired_by(fields, business):
            wrong("notice-not-in-force", "The notice that is retired is not in force.")

    @staticmethod
    def retired_by(fields, business):
        digest = fields.get("text-digest")
        return {key for key in business.in_force.get(fields["notice-name"], ()) if digest in (None, key[0])}

    def check_consent(self, record, event, business, wrong):
        """Rules 7, 8 and 9."""
        fields = event.fields
        for name, singular, defined in (("categories", "category", business.categories),
                                        ("senders", "sender", business.senders), ("brands", "brand", business.brands)):
            for item in fields.get(name, []):
                if item not in defined:
                    wrong(f"unknown-{singular}", f"The {singular} {item} is not defined before.")
        start = fields["occurred-at"][0] if "occurred-at" in fields else 0
        if not event.restriction and start > record.recorded_at + 300_000:
            wrong("in-the-future", "The event starts more than five minutes after its recorded-at.")
        if "notice" in fields:
            notices = business.notices.get(tuple(fields["notice"]))
            if not notices:
                return wrong("unknown-notice", f"The notice {fields['notice'][0]} was not published before.")
            earliest = min(start, record.recorded_at)
            shown = [notice for notice in notices if notice.shown_at(earliest)]
            shown.sort(key=lambda notice: notice.reconstructed)             # published ones first, each in order
            notice = shown[0] if shown else notices[-1]
            for name in ("channels", "categories"):
                if not set(fields.get(name, [])) <= set(notice.fields[name]):
                    wrong("beyond-notice", f"The event's {name} are not among those of the notice.")
            if not shown and "imported" not in fields:
                wrong("notice-not-shown", "The notice could not be shown at the event's earliest moment.")

    def check_objects(self, index, event):
        """Rule 6: the objects. A missing one is a finding, and does not undo the notice."""
        digest = event.fields.get("pack-digest") if event.number == 16 else event.fields.get("text-digest")
        if digest is None or event.number not in (13, 14, 16) or self.read_object is None:
            return
        about = (digest, event.number == 16)
        if about not in self.objects:
            data = self.read_object(digest)
            if data is None:
                self.objects[about] = ("missing-object", "is not there")
            elif sha256(data) != digest:
                self.objects[about] = ("altered-object", "has not the hash that it is named by")
            elif event.number != 16 and not is_notice_text(data):
                self.objects[about] = ("malformed-notice", "is a notice, and empty or not UTF-8")
            else:
                self.objects[about] = None
        if self.objects[about]:
            code, what = self.objects[about]
            self.add("replay", code, index, f"The object {digest.hex()} {what}.", f"object/{digest.hex()}")

    def apply(self, index, record, event):
        """What a valid governance event changes, from the next index on."""
        number, fields, business = event.number, event.fields, self.businesses.get(record.business)
        key = fields.get("public-key")
        if number == 1:
            for admin in fields["admin-keys"]:
                self.admins[admin] = True
                self.know(admin)
            for text in fields["log-keys"]:
                self.log_keys[text] = [(-1, True)]
        elif number in (2, 3):
            self.admins[key] = number == 2
            self.know(key)
        elif number in (4, 5):
            self.log_keys.setdefault(fields["log-key"], []).append((index, number == 4))
        elif number == 6:
            self.sources[key] = SourceKey(fields)
            self.know(key)
        elif number == 7:
            since = fields.get("compromised-since")
            for held, granted in self.sources.items():
                if granted.source == fields["authorized-source"] and key in (None, held):
                    granted.revoked = True
                    granted.compromised_since = min(filter(is_uint, (since, granted.compromised_since)), default=None)
        elif number == 8:
            self.businesses[record.business] = Business()
        elif number == 9:
            business.brands.add(fields["brand"])
        elif number == 10:
            business.senders.add(fields["sender"])
        elif number in (11, 12):
            business.categories[fields["category"]] = number == 11
        elif number in (13, 14):
            notice = Notice(record.recorded_at, fields, number == 14)
            name, digest = fields["notice-name"], fields["text-digest"]
            business.notices.setdefault((name, digest), []).append(notice)
            business.in_force.setdefault(name, set()).add((digest, notice.dates))
        elif number == 15:
            business.in_force[fields["notice-name"]] -= self.retired_by(fields, business)
        elif number == 17:
            self.decisions += 1
        elif number == 20:
            self.sealed_heads += 1

    def know(self, public_key):
        self.by_identifier.setdefault(key_identifier(public_key), set()).add(public_key)

    def log_keys_ever(self):
        """The vkeys of type 0x01 under the origin that are or were the ledger's (rule 5)."""
        keys = {}
        for text, changes in self.log_keys.items():
            try:
                key = parse_vkey(text)
            except Invalid:
                continue
            if key.type == LOG_KEY and key.name == self.origin:
                keys[key] = changes
        return keys

    def log_key_counts(self, changes, size):
        return [in_force for index, in_force in changes if index < size][-1:] == [True]

    def summary(self, report):
        """Facts and what is not covered, as "Signatures" and "Types that are not known" ask."""
        report.facts["statements"] = self.statements
        report.facts["signed_in_custody_ledger"] = self.in_custody
        report.facts["permit_nothing_since_compromise"] = sum(
            len(key.times) - bisect_left(key.times, key.compromised_since)
            for key in self.sources.values() if key.compromised_since is not None)
        for number, count in sorted(self.unknown_types.items()):
            report.skip(f"Events of the unknown type {number} ({count}): what they mean, and what they touch.")
        bare = sum(not key.possession for key in self.sources.values())
        if bare:
            report.skip(f"Who holds the keys of sources: {bare} of {len(self.sources)} have no proof of possession.")
        if self.sealed_heads:
            report.skip(f"Sealed heads were not compared ({self.sealed_heads}).")
        if self.decisions:
            report.skip(f"Decisions under the roots of decisions-recorded were not compared ({self.decisions}).")


def is_notice_text(data):
    try:
        return bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


# ---------------------------------------------------------------------------------------------------------------------
# "Ledger directory" and "What a verifier checks": a whole log
# ---------------------------------------------------------------------------------------------------------------------

class DirectoryReader:
    """Reads files below a folder. Another object with `read` and `list` may stand in for it."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, path):
        """The file's bytes, or None where there is no such file. Of a huge one, just enough to be refused."""
        most = MAX_OBJECT if path.startswith("object/") else MAX_BUNDLE
        return read_file(os.path.join(self.folder, path), most + 1)

    def list(self, path):
        """The names in a folder, or None where there is no such folder. Deep down, links are not followed."""
        folder = os.path.join(self.folder, path)
        try:
            return None if "/" in path and os.path.islink(folder) else os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}")


def read_file(path, most):
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return file.read(most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}")


class Tile(NamedTuple):
    """A hash tile or an entry bundle that was read, in part where only its beginning is asked for."""
    number: int
    width: int              # how many hashes or entries are asked for
    due: int                # how many must be there: 256 where the full one stands for a partial one
    path: str
    data: bytes


class Log:
    """A `log/` under its pins: a vkey or a policy, and a ledger-id. `verify` gives a Report."""

    def __init__(self, reader, vkey=None, ledger_id=None, policy=None):
        self.reader, self.ledger_id = reader, ledger_id
        self.policy = policy or Policy([vkey] if vkey else [], {}, {}, None)

    def read(self, path):
        self.paths.add(path)
        return self.reader.read(path)

    def wrong(self, level, code, file, sentence, index=None):
        self.report.add(level, code, file, index, sentence)

    def verify(self, level="replay"):
        self.report = report = Report(level)
        self.paths = set()              # the files that were asked for
        self.leaves = {}                # for each bundle, the leaf hashes of its entries
        self.bundle_paths = {}
        self.unread = []                # entries that are no records with statement and event
        self.condemned = set()          # checkpoints of which a signature was found to be bad
        self.tree = None
        if not self.policy.logs:
            report.skip("Identity: no log key is pinned; the log was only held against itself.")
        if self.ledger_id is None:
            report.skip("Identity: no ledger-id is pinned.")
        self.file_keys = self.read_keys()
        self.checkpoint, self.kept = self.read_checkpoints()
        if self.checkpoint is None:
            report.skip("Without a checkpoint there is no size, and nothing else was covered.")
            return report.finish()
        report.size, report.root = self.checkpoint.size, self.checkpoint.root
        self.ledger = Ledger(
            self.checkpoint.origin,
            lambda level, code, index, sentence, file=None: self.wrong(
                level, code, file or self.bundle_file(index), sentence, index),
            lambda digest: self.read(f"object/{digest.hex()}"))
        self.read_entries()
        tiles, partials = self.read_tiles()
        if report.covers("tree"):
            self.check_tiles(tiles, partials)
            self.check_checkpoints()
        if report.covers("signatures"):
            self.check_log_keys()
            self.ledger.summary(report)
        absent = report.size - sum(map(len, self.leaves.values())) // 32
        if absent:
            report.skip(f"What {absent} entries say whose bundles could not be read. Findings may follow from that.")
        if self.unread:
            report.skip(f"What {len(self.unread)} entries say that could not be read (the first is {self.unread[0]}). "
                        "Findings after them may follow from that.")
        self.name_extra_files()
        report.facts["origin"] = self.checkpoint.origin
        report.facts["kept_checkpoints"] = len(self.kept)
        report.facts["holds_up_to"] = min([report.size] + [f.index or 0 for f in report.findings])
        return report.finish()

    # Structure 1

    def read_keys(self):
        """`log.vkey`: a convenience, never a pin."""
        data, keys = self.read("log.vkey"), []
        if data is None:
            if not self.policy.logs:
                self.wrong("structure", "missing-file", "log.vkey", "log.vkey is not there, and no key is pinned.")
            self.report.skip("The log's own list of its keys: log.vkey is not there.")
            return keys
        try:
            lines = data[:MAX_NOTE + 1].decode("utf-8").split("\n")
            if len(data) > MAX_NOTE or len(lines) < 2 or lines.pop() != "":
                raise Invalid("structure", "malformed-keys", "log.vkey is not lines with one vkey each.")
            for line in lines:
                keys.append(parse_vkey(line))
                if keys[-1].type != LOG_KEY:
                    raise Invalid("structure", "malformed-keys", "log.vkey names a key that is no log's.")
        except UnicodeDecodeError:
            self.wrong("structure", "malformed-keys", "log.vkey", "log.vkey is not UTF-8.")
        except Invalid as invalid:
            self.report.add_invalid(invalid, "log.vkey")
        return keys

    def read_checkpoints(self):
        """`checkpoint`, and those in `checkpoints/` by size."""
        origins = {key.name for key in self.policy.logs}
        newest = self.read_checkpoint("checkpoint", origins)
        if newest:
            origins = {newest.origin}
        kept, names = {}, sorted(self.reader.list("checkpoints") or [])
        for name in names:
            path = f"checkpoints/{name}"
            checkpoint = self.read_checkpoint(path, origins)
            if checkpoint and name != f"{checkpoint.size:020}":
                self.wrong("structure", "malformed-checkpoint", path, "Its size is not the one that it is named by.")
            elif checkpoint:
                kept[checkpoint.size] = checkpoint
        if newest and names and f"{newest.size:020}" not in names:
            self.wrong("structure", "missing-file", f"checkpoints/{newest.size:020}",
                       "The published checkpoint is not kept, though others are.")
        return newest, kept

    def read_checkpoint(self, path, origins):
        data = self.read(path)
        if data is None:
            self.wrong("structure", "missing-file", path, "There is no such file.")
            return None
        try:
            checkpoint = parse_checkpoint(data)
            if origins and checkpoint.origin not in origins:
                raise Invalid("structure", "wrong-origin", "The checkpoint's origin is not the one that is due.")
            return checkpoint
        except Invalid as invalid:
            self.report.add_invalid(invalid, path)
            return None

    # Structure 2

    def asked_for(self, level):
        """Each tile of a level that the size asks for, or each bundle where the level is `entries`.

        What is missing is reported, a range at a time, and passed over by the names that are there, so that a huge size
        costs no more than what is there.
        """
        shift = 0 if level == "entries" else 8 * level
        count = self.checkpoint.size >> shift
        end, number, there = (count + 255) >> 8, 0, None
        while number < end:
            width = min(256, count - (number << 8))
            tile = self.read_tile(level, number, width)
            if tile:
                yield tile
                number += 1
                continue
            there = sorted(self.tile_numbers(f"tile/{level}")) if there is None else there
            following = min([end] + there[bisect_left(there, number + 1):][:1])
            more = f", nor the {following - number - 1} after it" if following > number + 1 else ""
            self.wrong("structure", "missing-file", tile_path(level, number, width), f"There is no such file{more}.",
                       number << 8 + shift)
            number = following

    def kept_partials(self, level):
        """Partial ones that kept checkpoints needed and that the size does not ask for."""
        shift = 0 if level == "entries" else 8 * level
        count = self.checkpoint.size >> shift
        for number, width in sorted({divmod(size >> shift, 256) for size in self.kept if size <= self.checkpoint.size}):
            if width == 0 or (number << 8) + width == count:
                continue                # the size asks for it
            full_is_asked_for = number < count >> 8
            tile = self.read_tile(level, number, width, or_full=not full_is_asked_for)
            if tile:
                yield tile
            elif not full_is_asked_for:
                self.wrong("structure", "missing-file", tile_path(level, number, width), "A kept checkpoint needs it.")

    def read_tile(self, level, number, width, or_full=True):
        """A partial one may be missing where the full one is there."""
        for due in sorted({width, 256} if or_full else {width}):
            data = self.read(tile_path(level, number, due))
            if data is not None:
                return Tile(number, width, due, tile_path(level, number, due), data)
        return None

    def tile_numbers(self, folder, above=0, depth=0):
        """Which tiles there are, by the names in the folder."""
        numbers = set()
        for name in self.reader.list(folder) or []:
            if match := re.fullmatch(r"([0-9]{3})(\.p)?", name):
                numbers.add(above * 1000 + int(match[1]))
            elif re.fullmatch("x[0-9]{3}", name) and depth < 6:
                numbers |= self.tile_numbers(f"{folder}/{name}", above * 1000 + int(name[1:]), depth + 1)
        return numbers

    def entries_of(self, bundle):
        entries = parse_bundle(bundle.data)
        if entries is None or len(entries) != bundle.due:
            self.wrong("structure", "malformed-bundle", bundle.path, f"It is not {bundle.due} entries alone.",
                       bundle.number << 8)
            return None
        return entries[:bundle.width]

    def hashes_of(self, tile):
        if len(tile.data) != 32 * tile.due:
            self.wrong("structure", "malformed-tile", tile.path, f"It is not {tile.due} hashes and nothing else.")
            return None
        return tile.data[:32 * tile.width]

    def read_tiles(self):
        """(level, number, path, hashes) of each tile that the size asks for, and of each that was kept for others."""
        tiles, partials = [], []
        for level in range(8):
            for asked, into in ((self.asked_for, tiles), (self.kept_partials, partials)):
                read = [(level, tile.number, tile.path, self.hashes_of(tile)) for tile in asked(level)]
                into += [item for item in read if item[3] is not None]
        for bundle in self.kept_partials("entries"):
            entries = self.entries_of(bundle)
            if entries is not None:
                partials.append((0, bundle.number, bundle.path, b"".join(map(leaf_hash, entries))))
        return tiles, partials

    def bundle_file(self, index):
        number = index >> 8
        return self.bundle_paths.get(number) or tile_path(
            "entries", number, min(256, self.checkpoint.size - (number << 8)) or 256)

    # Structure 3, and in the same pass Tree 5, "Signatures" 1 to 4 and "Replay"

    def read_entries(self):
        links, time_before, opened = LinkChecker(self), 0, None
        for bundle in self.asked_for("entries"):
            self.bundle_paths[bundle.number] = bundle.path
            entries = self.entries_of(bundle)
            if entries is None:
                continue
            self.leaves[bundle.number] = b"".join(map(leaf_hash, entries))
            for index, entry in enumerate(entries, bundle.number << 8):
                record, statement, event = self.read_entry(index, entry)
                if record:
                    if record.index != index:
                        self.wrong("structure", "wrong-index", bundle.path,
                                   f"The record says that its index is {record.index}.", index)
                    if record.recorded_at < time_before:
                        self.wrong("structure", "time-goes-back", bundle.path,
                                   "Its recorded-at is before that of the record before it.", index)
                    time_before = record.recorded_at
                    links.take(index, record)
                if index == 0:
                    opened = event is not None
                if event and opened and self.report.covers("signatures"):
                    opened = self.ledger.take(index, self.leaf(index), record, statement, event)
        self.report.ledger_id = self.leaf(0)
        if self.report.covers("signatures"):
            if None not in (self.ledger_id, self.leaf(0)) and self.ledger_id != self.leaf(0):
                self.wrong("signatures", "wrong-ledger-id", self.bundle_file(0),
                           "The leaf hash of entry 0 is not the pinned ledger-id.", 0)
            if not self.ledger.admins:
                self.wrong("signatures", "not-opened", self.bundle_file(0),
                           "There is no entry 0 that opens the ledger by an event that is valid.", 0)
                self.report.skip("Signatures and replay: they rest on entry 0.")

    def read_entry(self, index, entry):
        record = statement = None
        try:
            record = parse_record(entry)
            statement = parse_statement(record.statement)
            return record, statement, parse_event(statement.payload)
        except Invalid as invalid:
            self.report.add_invalid(invalid, self.bundle_file(index), index)
            self.unread.append(index)
            return record, statement, None

    def leaf(self, index):
        """The leaf hash of an entry, or None where it could not be read."""
        return self.leaves[index >> 8][32 * (index & 255):][:32] if index >> 8 in self.leaves else None

    def record_at(self, index):
        """Reads a record once more; None where that is not possible."""
        try:
            bundle = self.read_tile("entries", index >> 8, min(256, self.checkpoint.size - (index & ~255)))
            return parse_record(parse_bundle(bundle.data)[index & 255])
        except (Invalid, AttributeError, TypeError, IndexError):
            return None

    # Tree 1 to 4

    def check_tiles(self, tiles, partials):
        """Rule 1, and rule 2 of `checkpoint`. Where a bundle is missing, its tile of level 0 stands in for it."""
        size, root = self.checkpoint.size, self.checkpoint.root
        level_0 = {number: hashes for level, number, _, hashes in tiles if level == 0}
        self.tree = self.tree_over({**level_0, **self.leaves})
        if self.tree is None:
            self.report.skip("Roots and tiles: entries are missing, and so are their leaf hashes.")
            return
        if self.tree.root(size) != root:
            by_tiles = self.tree_over(level_0)
            if by_tiles and by_tiles.root(size) == root:
                self.tree = by_tiles    # the checkpoint vouches for the tiles, not for the records
            else:
                self.wrong("tree", "wrong-root", "checkpoint", "The tree over the records has another root.")
        for number, leaves in sorted(self.leaves.items()):
            for at in self.differences(0, number, leaves):
                index = (number << 8) + at
                self.wrong("tree", "altered-record", self.bundle_file(index),
                           "The record is not the one whose leaf hash is in the tree.", index)
        for code, compared in (("altered-tile", tiles), ("stale-partial", partials)):
            for level, number, path, hashes in compared:
                for at in self.differences(level, number, hashes)[:1]:
                    self.wrong("tree", code, path, f"Its hash {at} is not that of the tree over the records.",
                               (number << 8) + at << 8 * level)

    def tree_over(self, leaves):
        bundles = (self.checkpoint.size + 255) >> 8
        return Tree(b"".join(leaves[number] for number in range(bundles))) if len(leaves) == bundles else None

    def differences(self, level, number, hashes):
        right = self.tree.tile(level, number, len(hashes) // 32)
        return [at // 32 for at in range(0, len(hashes), 32) if hashes[at:at + 32] != right[at:at + 32]] if (
            hashes != right) else []

    def check_checkpoints(self):
        """Rules 2 to 4. Kept checkpoints that no key of these signed count for nothing here."""
        keys = self.policy.logs or self.file_keys
        try:
            self.policy.check(self.checkpoint, copy=self.copy_of_newest(), more_log_keys=keys)
        except Invalid as invalid:
            self.report.add_invalid(invalid, "checkpoint")
            self.condemned.add("checkpoint")
        self.compared, unsigned = set(), 0
        for size, old in sorted(self.kept.items()):
            try:
                if signers_of(old, keys):
                    self.compare_kept("tree", old)
                else:
                    unsigned += 1
            except Invalid as invalid:
                self.report.add_invalid(invalid, f"checkpoints/{size:020}")
                self.condemned.add(f"checkpoints/{size:020}")
        if unsigned and not self.report.covers("signatures"):
            self.report.skip(f"Kept checkpoints that no pinned or known log key signed ({unsigned}).")

    def copy_of_newest(self):
        copy = self.kept.get(self.checkpoint.size)
        return copy if copy and copy.note.text == self.checkpoint.note.text else None

    def compare_kept(self, level, old):
        path = f"checkpoints/{old.size:020}"
        self.compared.add(path)
        if old.size > self.checkpoint.size:
            self.wrong(level, "rolled-back", path,
                       f"A signed checkpoint of size {old.size} is kept: the newest records are withheld or lost.")
        elif self.tree and self.tree.root(old.size) != old.root:
            self.wrong(level, "inconsistent-checkpoint", path, "The tree has another root at its size.")

    # Signatures 5

    def check_log_keys(self):
        ever = self.ledger.log_keys_ever()
        if not self.ledger.admins:
            return                      # nothing opened the ledger; that is a finding already
        for key in self.file_keys:
            if key not in ever:
                self.wrong("signatures", "unknown-key", "log.vkey", "log.vkey names a key that never was the ledger's.")
        beyond, kept = 0, [(f"checkpoints/{size:020}", old) for size, old in sorted(self.kept.items())]
        for path, checkpoint in [("checkpoint", self.checkpoint)] + kept:
            try:
                signers = signers_of(checkpoint, ever)
                signed = any(self.ledger.log_key_counts(ever[key], checkpoint.size) for key in signers)
            except Invalid as invalid:
                if path not in self.condemned:
                    self.wrong("signatures", invalid.code, path, invalid.sentence)
                continue
            if not signed and checkpoint.size <= self.checkpoint.size:
                self.wrong("signatures", "log-key-not-in-force", path, "No log key that counts for its size signed it.")
            elif not signed:
                beyond += 1
            elif path != "checkpoint" and path not in self.compared:
                self.compare_kept("signatures", checkpoint)
        if beyond:
            self.report.skip(f"Kept checkpoints beyond the size that no key of the ledger signed ({beyond}).")

    def name_extra_files(self):
        """What lies in `log/` and was not asked for."""
        extra, folders = [], [("", 0)]
        while folders and len(extra) < 1000:
            folder, depth = folders.pop()
            for name in sorted(self.reader.list(folder) or []):
                path = f"{folder}/{name}" if folder else name
                if path not in self.paths:
                    try:
                        is_folder = depth < 8 and (names := self.reader.list(path)) is not None and (
                            names or self.reader.read(path) is None)
                    except Unreadable:
                        is_folder = False
                    folders += [(path, depth + 1)] if is_folder else []
                    extra += [] if is_folder else [path]
        objects = [path for path in extra if path.startswith("object/")]
        if objects and self.report.level == "replay":
            self.report.skip(f"Objects that no record names ({len(objects)}), the first is {objects[0]}.")
        elif objects:
            self.report.skip("Objects.")
        others = sorted(path for path in extra if not path.startswith("object/"))
        if others:
            self.report.skip(f"Files that the log's size does not ask for ({len(others)}), the first is {others[0]}.")


class LinkChecker:
    """Tree 5. In a right log each link names the end of its chain, so that remembering the ends is enough.

    What does not name an end is looked at more closely. A link that was wrong is an end too, so that one fault is one
    finding.
    """

    def __init__(self, log):
        self.log, self.begun, self.ends = log, set(), {}

    def take(self, index, record):
        for link in record.links:
            wrong = self.check(index, link)
            if wrong:
                self.log.wrong("tree", wrong[0], self.log.bundle_file(index), wrong[1], index)
            self.begun.add(link.chain)
            self.ends[link.chain, index] = link.sequence

    def check(self, index, link):
        if link.sequence == 0:
            again = link.chain in self.begun
            return ("chain-begun-again", f"In {link}, another record has the sequence 0.") if again else None
        end = self.ends.get((link.chain, link.previous_index))
        leaf = self.log.leaf(link.previous_index) if link.previous_index < index else b""
        if leaf is None:
            return None                 # the record before could not be read; that is a finding already
        if leaf != link.previous_hash:
            return "broken-link", f"In {link}, the record at {link.previous_index} has another leaf hash."
        if end is None:
            record = self.log.record_at(link.previous_index)
            if record is None:
                return None
            sequences = [other.sequence for other in record.links if other.chain == link.chain]
            if not sequences:
                return "link-to-other-chain", f"The record at {link.previous_index} is not in {link}."
            if sequences[0] + 1 == link.sequence:
                return "forked-chain", f"In {link}, another record follows the one at {link.previous_index} already."
            end = sequences[0]
        if end + 1 != link.sequence:
            return "wrong-sequence", f"In {link}, the sequence is {link.sequence}, and {end} before it."
        self.ends.pop((link.chain, link.previous_index), None)
        return None


# ---------------------------------------------------------------------------------------------------------------------
# "Proof files"
# ---------------------------------------------------------------------------------------------------------------------

INCLUSION, CONSISTENCY, CHAIN = (b"c2sp.org/tlog-proof@v1", b"consent-ledger/consistency-proof/v1",
                                 b"consent-ledger/chain-proof/v1")
PROOFS = (INCLUSION, CONSISTENCY, CHAIN)


def malformed(sentence):
    return Invalid("structure", "malformed-proof", sentence)


def is_proof(data):
    return data.split(b"\n", 1)[0] in PROOFS


def verify_proof_file(data, vkey=None, policy=None, ledger_id=None, level="replay"):
    """A Report on a proof file. A verifier that is given neither vkey nor policy refuses to judge.

    A finding `malformed-proof` says that the file has another form, and is no proof; others say that it does not hold.
    """
    policy = policy or (Policy([vkey], {}, {}, None) if vkey else None)
    if policy is None:
        raise BadInput("A proof needs a log's vkey, or a policy.")
    kind, report = data.split(b"\n", 1)[0], Report(level)
    check = {INCLUSION: verify_inclusion_file, CONSISTENCY: verify_consistency_file, CHAIN: verify_chain_file}
    if kind not in check:
        raise BadInput("The file is no proof.")
    report.facts["proof"] = kind.decode()
    try:
        if len(data) > (MAX_CHAIN_PROOF if kind == CHAIN else MAX_SMALL_PROOF):
            raise malformed("The file is larger than a proof of its kind may be.")
        check[kind](data, policy, ledger_id, report)
    except Invalid as invalid:
        report.add_invalid(invalid, None)
    return report.finish()


def parse_hash_lines(lines, most):
    hashes = [parse_hash(line.decode("latin-1")) for line in lines[:most + 1]]
    if None in hashes or len(hashes) > most:
        raise malformed(f"What should be at most {most} lines of base64 of 32 bytes each is not.")
    return hashes


def checkpoint_of(data, report, policy, quorum=True):
    """A signed checkpoint, signed as the verifier asks."""
    try:
        checkpoint = parse_checkpoint(data)
    except Invalid as invalid:
        raise malformed(invalid.sentence)
    report.size, report.root, report.facts["origin"] = checkpoint.size, checkpoint.root, checkpoint.origin
    try:
        if checkpoint.origin not in {key.name for key in policy.logs}:
            raise Invalid("structure", "wrong-origin", "The checkpoint's origin is not that of a log that is trusted.")
        policy.check(checkpoint, quorum=quorum)
    except Invalid as invalid:
        report.add_invalid(invalid, None)
    return checkpoint


def check_pin(leaf, ledger_id, report):
    report.ledger_id = leaf
    if ledger_id is not None and leaf != ledger_id:
        report.add("signatures", "wrong-ledger-id", None, 0, "The leaf hash of entry 0 is not the pinned ledger-id.")


def read_entry(entry):
    """The record, statement and event of an entry."""
    record = parse_record(entry)
    statement = parse_statement(record.statement)
    return record, statement, parse_event(statement.payload)


def verify_inclusion_file(data, policy, ledger_id, report):
    """"Inclusion"."""
    head, empty_line, note = data.partition(b"\n\n")
    lines = head.split(b"\n")[1:]
    entry = None
    if lines and lines[0].startswith(b"extra "):
        entry = parse_base64(lines.pop(0)[6:].decode("latin-1"))
        if entry is None:
            raise malformed("The extra line is not base64.")
    index = parse_decimal(lines[0][6:].decode("latin-1")) if lines and lines[0].startswith(b"index ") else None
    if not empty_line or index is None:
        raise malformed("There is no index line, or no empty line before the checkpoint.")
    hashes = parse_hash_lines(lines[1:], MAX_PATH)
    checkpoint = checkpoint_of(note, report, policy)
    if entry is None:
        raise Invalid("structure", "missing-entry", "Without an extra line nothing is proved of a record.")
    if index == 0:
        check_pin(leaf_hash(entry), ledger_id, report)
    if not verify_inclusion(index, checkpoint.size, leaf_hash(entry), hashes, checkpoint.root):
        report.add("tree", "wrong-path", None, index, "The hashes do not lead from the entry to the checkpoint's root.")
    report.facts["index"] = index
    record, _, event = read_entry(entry)
    if record.index != index:
        raise Invalid("structure", "wrong-index", f"The record says that its index is {record.index}.")
    report.facts["type"] = event.name
    report.skip("Whether the signature of the record's statement counts: for this one needs the ledger's chain.")


def verify_consistency_file(data, policy, ledger_id, report):
    """"Consistency"."""
    parts = data.split(b"\n\n")
    if len(parts) != 5:
        raise malformed("The file is not hashes and two signed checkpoints, with one empty line between all parts.")
    hashes = parse_hash_lines(parts[0].split(b"\n")[1:], MAX_CONSISTENCY_HASHES)
    smaller = checkpoint_of(parts[1] + b"\n\n" + parts[2] + b"\n", report, policy, quorum=False)
    larger = checkpoint_of(parts[3] + b"\n\n" + parts[4], report, policy)
    if smaller.origin != larger.origin:
        raise Invalid("structure", "wrong-origin", "The two checkpoints are not of one origin.")
    if not verify_consistency(smaller.size, larger.size, smaller.root, larger.root, hashes):
        report.add("tree", "wrong-path", None, None, "The larger tree does not begin with the smaller one.")
    report.facts["smaller_size"] = smaller.size


def parse_chain_file(data):
    """"Chain": kind and identity, since, the signed checkpoint, and (index, entry, hashes) of each record."""
    parts = data.split(b"\n\n", 3)
    if len(parts) != 4 or not parts[3].endswith(b"\n"):
        raise malformed("The file is not a head, a signed checkpoint and records, with one empty line between them.")
    head = re.fullmatch(rb"[^\n]*\nchain (business|contact) ([a-z0-9-]{1,64})\nsince ([0-9]{1,20})", parts[0])
    since = parse_decimal(head[3].decode()) if head else None
    kind, identity = (BUSINESS, head[2]) if head and head[1] == b"business" else (CONTACT, None)
    if head and kind == CONTACT:
        identity = parse_hex(head[2].decode(), 16)
    if since is None or identity is None or (kind == CONTACT and since != 0):
        raise malformed("The head is not a chain line and a since line, 0 for a contact.")
    return kind, identity, since, parts[1] + b"\n\n" + parts[2] + b"\n", parse_chain_records(parts[3])


def parse_chain_records(data):
    """One record at a time: a file may be large."""
    at, current, hashes = 0, None, []
    while at < len(data):
        end = data.index(b"\n", at)
        line = data[at:end] if end - at <= 100_000 else b""
        at = end + 1
        if line.startswith(b"record "):
            if current:
                yield *current, parse_hash_lines(hashes, MAX_PATH)
            words, hashes = line.split(b" "), []
            index = parse_decimal(words[1].decode("latin-1"), MAX_SIZE)
            entry = parse_base64(words[2].decode("latin-1")) if len(words) == 3 else None
            if index is None or entry is None:
                raise malformed("A record line is not an index and base64.")
            current = index, entry
        elif current and len(hashes) <= MAX_PATH:
            hashes.append(line)
        else:
            raise malformed("A line is neither a record's nor one of the hashes after it.")
    yield *current, parse_hash_lines(hashes, MAX_PATH)


def verify_chain_file(data, policy, ledger_id, report):
    """"Chain", its rules 1 to 6."""
    kind, identity, since, note, records = parse_chain_file(data)
    report.facts["chain"] = describe_chain(kind, identity)
    checkpoint = checkpoint_of(note, report, policy)                                            # rule 1

    def add(level, code, index, sentence):
        # rules 5 and 6 ask for these two of "Replay"; entry 0 has to be right in every way
        if level != "replay" or code in ("wrong-links", "repeated-event") or index == 0:
            report.add(level, code, None, index, sentence)

    ledger, ends, before, opened, in_chain = Ledger(checkpoint.origin, add), {}, None, True, 0
    for index, entry, hashes in records:
        if before is not None and index <= before:
            raise malformed("The records do not ascend by index.")
        leaf = leaf_hash(entry)
        if not verify_inclusion(index, checkpoint.size, leaf, hashes, checkpoint.root):         # rule 2
            add("tree", "wrong-path", index, "The hashes do not lead from the record to the checkpoint's root.")
        if before is None and index == 0:                                                       # rule 3
            check_pin(leaf, ledger_id, report)
        opened, before = opened and (index == 0 or before is not None), index
        try:
            record, statement, event = read_entry(entry)
        except Invalid as invalid:
            report.add_invalid(invalid, None, index)
            continue
        if record.index != index:
            add("structure", "wrong-index", index, f"The record says that its index is {record.index}.")
        belongs = False
        for link in record.links:
            named = link.chain == (kind, identity) and index >= since
            if link.kind == LEDGER or named:                                                    # rules 3 and 4
                belongs = True
                in_chain += named
                check_chain_link(index, link, ends.get(link.chain), since if named else 0, add)
                ends[link.chain] = (link.sequence, index, leaf)
        if not belongs:
            add("tree", "not-in-chain", index, "It is neither in the ledger's chain nor in what is asked of the other.")
        opened = opened and ledger.take(index, leaf, record, statement, event)                  # rules 5 and 6
    if not ledger.admins:
        add("signatures", "not-opened", 0, "There is no entry 0 that opens the ledger by an event that is valid.")
    if not in_chain:
        add("tree", "broken-link", None, "The file has no record of the chain that it names.")
    report.facts["records_of_the_chain"] = in_chain
    ledger.summary(report)
    report.skip("What came after the last record shown, in either chain: whoever makes the file can leave it away.")
    if ledger_id is None:
        report.skip("Identity: no ledger-id is pinned.")


def check_chain_link(index, link, end, since, add):
    """Rules 3 and 4: the first link of the chain here, or the one after `end`."""
    if end is None:
        if link.sequence != 0 and (since == 0 or link.previous_index >= since):
            add("tree", "wrong-sequence", index, f"In {link}, records before this one are missing.")
        return
    sequence, previous_index, previous_leaf = end
    if link.sequence != sequence + 1:
        add("tree", "wrong-sequence", index, f"In {link}, the sequence is {link.sequence}, and {sequence} before it.")
    elif (link.previous_index, link.previous_hash) != (previous_index, previous_leaf):
        add("tree", "broken-link", index, f"In {link}, the record before it in the file is not the one that it names.")


# ---------------------------------------------------------------------------------------------------------------------
# Command line
# ---------------------------------------------------------------------------------------------------------------------

class Arguments(argparse.ArgumentParser):
    def error(self, message):
        print(f"verify.py: {message}", file=sys.stderr)
        sys.exit(64)


def find_log(path):
    """The folder itself where it looks like a `log/`, else its `log/`."""
    for folder in (path, os.path.join(path, "log")):
        if any(os.path.exists(os.path.join(folder, name)) for name in ("checkpoint", "checkpoints", "tile")):
            return folder
    raise BadInput(f"{path} is no log, and holds none.")


def judge(options):
    vkey = policy = ledger_id = None
    if options.vkey is not None:
        try:
            vkey = parse_vkey(options.vkey)
        except Invalid as invalid:
            raise BadInput(invalid.sentence)
        if vkey.type != LOG_KEY:
            raise BadInput("The vkey is not that of a log (type 0x01).")
    if options.policy is not None:
        data = read_file(options.policy, MAX_POLICY + 1)
        if data is None:
            raise Unreadable(f"{options.policy}: no such file")
        try:
            policy = parse_policy(data)
        except Invalid as invalid:
            raise BadInput(invalid.sentence)
    if options.ledger_id is not None:
        ledger_id = parse_hex(options.ledger_id, 32)
        if ledger_id is None:
            raise BadInput("The ledger-id is not 64 hexadecimal digits in lower case.")
    if os.path.isdir(options.path):
        return Log(DirectoryReader(find_log(options.path)), vkey, ledger_id, policy).verify(options.level)
    data = read_file(options.path, 64)
    if data is None:
        if os.path.exists(options.path):
            raise BadInput(f"{options.path} is neither a folder nor a file.")
        raise Unreadable(f"{options.path}: no such file")
    if not is_proof(data):
        raise BadInput(f"{options.path} is neither a log nor a proof file.")
    if vkey is None and policy is None:
        return None
    return verify_proof_file(read_file(options.path, MAX_CHAIN_PROOF + 1), vkey, policy, ledger_id, options.level)


def show(report):
    def print(line):                    # names and origins come from the input: nothing of it may drive a terminal
        sys.stdout.write("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) + "\n")

    print(f"{'holds' if report.holds else 'does not verify'}, at the level {report.level}")
    for name, value in (("origin", report.facts.get("origin")), ("size", report.size),
                        ("root", hexadecimal(report.root)), ("ledger-id", hexadecimal(report.ledger_id))):
        if value is not None:
            print(f"  {name}: {value}")
    for finding in report.findings:
        place = " ".join(filter(None, (finding.file, "" if finding.index is None else f"entry {finding.index}")))
        print(f"{finding.level}: {finding.code}{': ' if place else ''}{place}: {finding.sentence}")
    for sentence in report.not_covered:
        print(f"not covered: {sentence}")
    for name, value in report.facts.items():
        print(f"fact: {name}: {value}")


def main(arguments=None):
    parser = Arguments(prog="verify.py", allow_abbrev=False,
                       description="Verifies a Consent Ledger log or proof file, from SPEC.md alone.")
    parser.add_argument("path", metavar="PATH", help="a log/, a folder that holds one, or a proof file")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--vkey", metavar="K", help="the log's key, from elsewhere than the log")
    trust.add_argument("--policy", metavar="FILE", help="whom to trust, as a C2SP tlog-policy")
    parser.add_argument("--ledger-id", metavar="I", help="the ledger-id, in hexadecimal, from elsewhere than the log")
    parser.add_argument("--level", choices=LEVELS, default="replay", help="how far to check (default: replay)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        report = judge(options)
        if report is None:
            parser.error("a proof needs --vkey or --policy")
        if options.json:
            print(json.dumps(report.as_json(), indent=2))
        else:
            show(report)
        if sys.stdout:
            sys.stdout.flush()
        if any(finding.code == "malformed-proof" for finding in report.findings):
            return 65
        return 0 if report.holds else 2
    except BadInput as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 65
    except (Unreadable, OSError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 66
    except Exception as error:
        print(f"verify.py: it failed itself: {type(error).__name__}: {error}", file=sys.stderr)
        return 70


if __name__ == "__main__":
    sys.exit(main())
