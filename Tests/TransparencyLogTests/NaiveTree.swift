import LedgerCrypto
import Testing
import TransparencyLog

/// RFC 6962 §2.1 as the text has it, by recursion and without thrift: what the library is compared with.
struct NaiveTree: HashReader {
    let leafHashes: [SHA256Digest]

    /// A tree whose entries are the texts "entry 0", "entry 1" and so on, but for the one at `changed`.
    init(size: Int, changing changed: Int? = nil) {
        leafHashes = (0..<size).map {
            SHA256Digest(hashing: [0x00] + Array("\($0 == changed ? "changed" : "entry") \($0)".utf8))
        }
    }

    static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256Digest(hashing: [0x01] + left.bytes + right.bytes)
    }

    private func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    /// MTH(D[range]).
    func root(_ range: Range<Int>) -> SHA256Digest {
        switch range.count {
        case 0: return SHA256Digest(hashing: [])
        case 1: return leafHashes[range.lowerBound]
        default:
            let middle = range.lowerBound + split(range.count)
            return Self.node(root(range.lowerBound..<middle), root(middle..<range.upperBound))
        }
    }

    /// The root of the first `size` leaves.
    func root(size: Int) -> SHA256Digest { root(0..<size) }

    /// PATH(m, D[range]), with `m` counted from the start of the range.
    func path(_ m: Int, _ range: Range<Int>) -> [SHA256Digest] {
        guard range.count > 1 else { return [] }
        let k = split(range.count)
        let middle = range.lowerBound + k
        return m < k
            ? path(m, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
            : path(m - k, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    /// PROOF(m, D[0..<n]).
    func proof(_ m: Int, _ n: Int) -> [SHA256Digest] { subproof(m, 0..<n, true) }

    private func subproof(_ m: Int, _ range: Range<Int>, _ isComplete: Bool) -> [SHA256Digest] {
        if m == range.count { return isComplete ? [] : [root(range)] }
        let k = split(range.count)
        let middle = range.lowerBound + k
        return m <= k
            ? subproof(m, range.lowerBound..<middle, isComplete) + [root(middle..<range.upperBound)]
            : subproof(m - k, middle..<range.upperBound, false) + [root(range.lowerBound..<middle)]
    }

    func hashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest] {
        try coordinates.map { coordinate in
            try #require(coordinate.isComplete(inTreeOf: UInt64(leafHashes.count)))
            let start = Int(coordinate.index << coordinate.level)
            return root(start..<start + 1 << coordinate.level)
        }
    }
}
