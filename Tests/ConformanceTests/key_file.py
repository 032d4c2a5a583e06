"""Opens a protected key file with PyNaCl alone, by what SPEC.md says, and prints the secret in hexadecimal; or seals one.

    key_file.py open FILE PASSPHRASE-HEX
    key_file.py seal NAME PASSES KIB SALT-HEX NONCE-HEX SECRET-HEX PASSPHRASE-HEX
"""

import base64
import sys

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.pwhash import argon2id


def derived(passphrase, salt, passes, kib):
    return argon2id.kdf(32, passphrase, salt, opslimit=passes, memlimit=kib * 1024)


def opened(path, passphrase):
    line = open(path, "rb").read()
    head, sealed = line.removesuffix(b"\n").rsplit(b" ", 1)
    form, name, function, passes, kib, salt = head.split(b" ")
    assert form == b"consent-ledger-protected-key/v1" and function == b"argon2id"
    key = derived(passphrase, base64.b64decode(salt), int(passes), int(kib))
    sealed = base64.b64decode(sealed)
    return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], head, sealed[:24], key)


def sealed(name, passes, kib, salt, nonce, secret, passphrase):
    head = f"consent-ledger-protected-key/v1 {name} argon2id {passes} {kib} {base64.b64encode(salt).decode()}"
    key = derived(passphrase, salt, int(passes), int(kib))
    box = nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(secret, head.encode(), nonce, key)
    return f"{head} {base64.b64encode(box).decode()}\n"


if sys.argv[1] == "open":
    print(opened(sys.argv[2], bytes.fromhex(sys.argv[3])).hex(), end="")
else:
    name, passes, kib = sys.argv[2:5]
    print(sealed(name, passes, kib, *(bytes.fromhex(text) for text in sys.argv[5:9])), end="")
