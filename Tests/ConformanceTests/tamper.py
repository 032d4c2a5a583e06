"""Changes a log in every way there is, one at a time, and counts what the independent verifier makes of it.

    tamper.py VERIFIER LOG [--sample N] [--seed S] [--processes P]

Every single byte of every file changed, every file cut to every length, removed, doubled, and exchanged with its
neighbour; and files added that nothing asks for and that are not what they could be. With --sample, so many of the
bytes, a fifth as many of the lengths, and all the rest. Prints the counts as JSON; exits with 2 if a change is not found.
"""

import argparse
import concurrent.futures
import functools
import json
import multiprocessing
import os
import pathlib
import random
import sys

from independent import LEVELS, MemoryReader, load

class TamperedReader(MemoryReader):
    """A log in which some files are others; None is gone."""

    def __init__(self, files, changed):
        super().__init__({path: data for path, data in {**files, **changed}.items() if data is not None})


def remember(verify):
    """Records, statements and events are parsed once in a process: a campaign meets the same ones again and again."""

    def once(function):
        known = {}

        @functools.wraps(function)
        def wrapper(data, *rest):
            if rest or len(data) > 4096:
                return function(data, *rest)
            if data not in known:
                if len(known) > 20_000:
                    known.clear()
                try:
                    known[data] = (function(data), None)
                except verify.Invalid as invalid:
                    known[data] = (None, (invalid.level, invalid.code, invalid.sentence))
            value, refusal = known[data]
            if refusal:
                raise verify.Invalid(*refusal)
            return value

        return wrapper

    for name in ("parse_record", "parse_statement", "parse_event", "leaf_hash"):
        setattr(verify, name, once(getattr(verify, name)))


def cases(files, sample, seed):
    paths = sorted(files)
    changed = [("byte changed", path, at) for path in paths for at in range(len(files[path]))]
    cut = [("file truncated", path, length) for path in paths for length in range(len(files[path]))]
    whole = [(kind, path, None) for path in paths for kind in ("file removed", "file doubled")]
    for directory in sorted({os.path.dirname(path) for path in paths}):
        neighbours = [path for path in paths if os.path.dirname(path) == directory]
        whole += [("files exchanged", path, following) for path, following in zip(neighbours, neighbours[1:])]
    chance = random.Random(seed)
    whole += [("file added", path, data) for path, data in added(files)]
    if sample is None:
        everything = changed + cut + whole
        chance.shuffle(everything)
        return everything
    return whole + chance.sample(changed, sample) + chance.sample(cut, sample // 5)


def added(files):
    """Beside every bundle and tile a narrower one; a checkpoint of another size; an object of another hash."""
    spare = {}
    for path, data in sorted(files.items()):
        directory, name = os.path.split(path)
        if path.startswith("tile/") and len(data) > 1:
            full, width = (directory, int(name)) if directory.endswith(".p") else (f"{path}.p", 256)
            if width > 1 and f"{full}/{width - 1}" not in files:
                spare[f"{full}/{width - 1}"] = [b"", data[1:], data]
        elif path.startswith("checkpoint"):
            spare["checkpoints/00000000000000000002"] = [b"", data]
        elif directory == "object":
            spare[f"object/{name[::-1]}"] = [b"", data]
    return [(path, data) for path in sorted(spare) for data in spare[path]]


def change(files, case):
    kind, path, where = case
    if kind == "file added":
        return {path: where}
    data = files[path]
    if kind == "byte changed":
        return {path: data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]}
    if kind == "file truncated":
        return {path: data[:where]}
    if kind == "file doubled":
        return {path: data + data}
    if kind == "files exchanged":
        return {path: files[where], where: data}
    return {path: None}


def in_line_of_another_key(verify, files, case, pin):
    """Whether a byte was changed in a signature line by a key that is not pinned."""
    kind, path, where = case
    if kind != "byte changed" or not path.startswith("checkpoint"):
        return False
    note = verify.parse_note(files[path])
    start = len(note.text) + 1
    if where < start:
        return False
    name, key_id, _ = note.signatures[files[path][start:where].count(b"\n")]
    return (name, key_id) != (pin.name, pin.id)


def judge(case):
    """(kind, what came of it)"""
    changed = change(FILES, case)
    if all(FILES.get(path, b"absent") == data for path, data in changed.items()):
        return case[0], "without effect"
    for level in ("tree", "replay"):
        report = VERIFY.Log(TamperedReader(FILES, changed), PIN, LEDGER_ID).verify(level)
        if report.findings:
            lowest = min(LEVELS.index(finding.level) for finding in report.findings)
            return case[0], f"found at {LEVELS[lowest]}"
    if in_line_of_another_key(VERIFY, FILES, case, PIN):
        return case[0], "signature lines of keys that were not given"
    if case[0] == "file removed" and case[1].startswith("checkpoints/"):
        return case[0], "older kept checkpoints removed"
    return case[0], f"missed: {case}"


def prepare(verifier, log):
    global VERIFY, FILES, PIN, LEDGER_ID
    VERIFY = load(verifier)
    FILES = {str(path.relative_to(log)): path.read_bytes() for path in log.rglob("*") if path.is_file()}
    PIN = VERIFY.parse_vkey(FILES["log.vkey"].decode().splitlines()[-1])
    honest = VERIFY.Log(MemoryReader(FILES)).verify("replay")
    if honest.findings:
        sys.exit(f"{log} does not hold before anything is changed: {honest.findings[:3]}")
    LEDGER_ID = honest.ledger_id
    remember(VERIFY)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verifier")
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    prepare(options.verifier, options.log)
    todo = cases(FILES, options.sample, options.seed)
    counts, kinds = {}, {}
    # An executor, which says so where a process of it dies; a pool would wait for ever.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(options.processes, mp_context=context) as executor:
        for kind, outcome in executor.map(judge, todo, chunksize=64):
            kinds[kind] = kinds.get(kind, 0) + 1
            counts[outcome] = counts.get(outcome, 0) + 1
    missed = sorted(outcome for outcome in counts if outcome.startswith("missed"))
    json.dump({"cases": kinds, "outcomes": dict(sorted(counts.items())), "missed": len(missed)}, sys.stdout, indent=2)
    print()
    sys.exit(2 if missed else 0)


if __name__ == "__main__":
    main()
