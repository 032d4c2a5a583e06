"""Makes proofs from a log's tiles with software that is not ours, tlog-scales, and prints them as JSON.

    prove.py LOG [INDEX...]

An inclusion proof of every index that is given, or of all, in the tree of the checkpoint; a consistency proof between all
kept sizes and the checkpoint's.
"""

import json
import pathlib
import sys

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import leaf_hash

log = pathlib.Path(sys.argv[1])
reader = TilesReader(LocalBackend(log))
size = reader.get_checkpoint().size
kept = sorted(int(path.name) for path in (log / "checkpoints").glob("*"))
inclusion = [
    {
        "index": index,
        "leaf-hash": leaf_hash(reader.get_entry(index)).hex(),
        "hashes": [item.hex() for item in reader.get_inclusion_proof(index, size).node_hashes],
    }
    for index in ([int(index) for index in sys.argv[2:]] or range(size))
]
consistency = [
    {"old": old, "new": new, "hashes": [item.hex() for item in reader.get_consistency_proof(old, new).node_hashes]}
    for new in [*kept, size]
    for old in kept
    if old <= new
]
json.dump({"size": size, "inclusion": inclusion, "consistency": consistency}, sys.stdout)
