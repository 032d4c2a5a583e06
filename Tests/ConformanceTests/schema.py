"""Judges rule packs by a JSON Schema, with the package jsonschema: schema.py SCHEMA FILE, a pack a line in FILE.

Prints one character a line: 1 where the pack is valid, 0 where it is not."""

import json
import sys

from jsonschema import Draft202012Validator


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice")
    return members


def main(schema_path, packs_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    with open(packs_path, encoding="utf-8") as file:
        for line in file:
            pack = json.loads(line, object_pairs_hook=unique)
            sys.stdout.write("1" if validator.is_valid(pack) else "0")
    sys.stdout.write("\n")


main(*sys.argv[1:])
