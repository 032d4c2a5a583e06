"""Writes a C2SP tiled log of opaque entries, with nothing of ours: hashes by hashlib, signatures by PyNaCl.

    write_log.py DIRECTORY SIZE

Among the entries are an empty one and one of 65,535 bytes, as far as the size has room for them. Prints the vkey. The
key is made from a fixed seed, so that the same bytes come out every time; it is public.
"""

import base64
import hashlib
import pathlib
import sys

from nacl.signing import SigningKey

ORIGIN = "log.example.org/independent"
SEED = hashlib.sha256(b"an independent log for tests").digest()
WIDTH = 256


def entry(index, size):
    """An entry: empty, as large as there can be, or something of its own."""
    if index == min(3, size - 1):
        return b""
    if index == 1 or index == size - 2:
        return bytes([index % 251]) * 65_535
    return b"entry %d " % index + hashlib.sha512(b"%d" % index).digest() * (index % 5)


def tile_path(number):
    """The tile's number in groups of three digits, all but the last with an x before them."""
    groups = []
    while True:
        groups.insert(0, f"{number % 1000:03d}")
        number //= 1000
        if number == 0:
            return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


def write_row(directory, items):
    """Items in tiles of 256, the last one partial where they do not divide."""
    for number in range(0, (len(items) + WIDTH - 1) // WIDTH):
        part = items[number * WIDTH : (number + 1) * WIDTH]
        name = tile_path(number) + (f".p/{len(part)}" if len(part) < WIDTH else "")
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(part))


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes):
    """RFC 6962 §2.1, as it is written there: split at the largest power of two below the number of leaves."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root(hashes[:split]), root(hashes[split:]))


def main():
    directory, size = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    entries = [entry(index, size) for index in range(size)]
    write_row(directory / "tile/entries", [len(item).to_bytes(2, "big") + item for item in entries])
    leaves = [hashlib.sha256(b"\x00" + item).digest() for item in entries]
    level, hashes = 0, leaves
    while hashes:
        write_row(directory / f"tile/{level}", hashes)
        hashes = [root(hashes[start : start + WIDTH]) for start in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
        level += 1

    key = SigningKey(SEED)
    public = b"\x01" + bytes(key.verify_key)
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + public).digest()[:4]
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root(leaves)).decode()}\n"
    signature = base64.b64encode(key_id + key.sign(text.encode()).signature).decode()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "checkpoint").write_text(f"{text}\n\u2014 {ORIGIN} {signature}\n", encoding="utf-8")
    print(f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(public).decode()}")


main()
