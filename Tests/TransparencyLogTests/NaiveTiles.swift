import LedgerCrypto
import TransparencyLog

/// C2SP tlog-tiles as the text has it: the *n*-th tile at level *l* is the hashes MTH(D[(n·256 + i)·256^l ..<
/// (n·256 + i + 1)·256^l]).
struct NaiveTiles {
    /// For each level, the hashes of all its full subtrees.
    private let levels: [[SHA256Digest]]

    init(_ tree: NaiveTree) {
        var levels: [[SHA256Digest]] = []
        var span = 1
        while span <= tree.leafHashes.count {
            let starts = stride(from: 0, through: tree.leafHashes.count - span, by: span)
            levels.append(starts.map { tree.root($0..<$0 + span) })
            span *= 256
        }
        self.levels = levels
    }

    /// The tiles that a tree of `size` entries has, by their paths.
    func tiles(_ size: Int) -> [String: [UInt8]] {
        var tiles: [String: [UInt8]] = [:]
        var length = size
        for (level, hashes) in levels.enumerated() {
            for start in stride(from: 0, to: length, by: 256) {
                let width = min(256, length - start)
                let name = String(start / 256)
                let path = "tile/\(level)/" + String(repeating: "0", count: 3 - name.count) + name
                tiles[width == 256 ? path : "\(path).p/\(width)"] = hashes[start..<start + width].flatMap(\.bytes)
            }
            length /= 256
        }
        return tiles
    }
}
