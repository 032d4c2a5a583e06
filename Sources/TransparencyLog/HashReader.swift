public import LedgerCrypto

/// Where the hashes of a tree come from: tiles, memory, anything.
public protocol HashReader {
    /// The hashes of the nodes at `coordinates`, in that order and as many; throws what its source throws.
    func hashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest]
}

extension HashReader {
    /// The hashes of the subtrees over `ranges` of leaves, which the splits of RFC 6962 make; reads at most once.
    func subtreeHashes(_ ranges: [Range<UInt64>]) throws -> [SHA256Digest] {
        let coverings = ranges.map(TreeCoordinate.covering)
        var unused = try settledHashes(at: Array(coverings.joined()))[...]
        return coverings.map { covering in
            defer { unused = unused.dropFirst(covering.count) }
            return MerkleHash.covering(unused.prefix(covering.count))
        }
    }

    /// The same as `hashes(at:)`, with the count checked.
    func settledHashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest] {
        guard !coordinates.isEmpty else { return [] }
        let hashes = try hashes(at: coordinates)
        guard hashes.count == coordinates.count else {
            throw TransparencyLogError(
                .malformed, "asked for \(coordinates.count) hashes of the tree, its reader gave \(hashes.count)")
        }
        return hashes
    }
}
