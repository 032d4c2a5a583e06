public import LedgerCrypto

/// A file that says which record of the log anchors a clearance together with others, and leads from the clearance to the
/// root in that record (SPEC.md, “An anchor file”). It proves nothing without the record.
public struct AnchorPath: Hashable, Sendable {
    /// The first line of the file, which tells it from others.
    public static let firstLine = "consent-ledger/clearance-anchor/v1"
    /// The largest file, in bytes.
    public static let maximumByteCount = 4096
    /// The longest path: that of a tree of `TreeSize.maximum` leaves.
    private static let maximumHashCount = 63

    /// The record's index in the log.
    public let record: UInt64
    /// The clearance's place in the record's tree, from 0.
    public let index: UInt64
    /// The audit path, from the leaf's sibling up to the root's child.
    public let hashes: [SHA256Digest]

    /// Puts a file together. Throws `tooLarge` for a path of over 63 hashes, and for numbers over `TreeSize.maximum`.
    public init(record: UInt64, index: UInt64, hashes: [SHA256Digest]) throws(TransparencyLogError) {
        guard hashes.count <= Self.maximumHashCount, record <= TreeSize.maximum, index <= TreeSize.maximum else {
            throw Self.tooLarge
        }
        self.record = record
        self.index = index
        self.hashes = hashes
    }

    /// Reads a file. Throws `tooLarge` over its limits, and `malformed` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
        guard bytes.last == UInt8(ascii: "\n"), let text = String(plainText: bytes.dropLast()) else {
            throw Self.malformed("it is not lines of plain text")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0] == Self.firstLine else { throw Self.malformed("its first line is not “\(Self.firstLine)”") }
        guard lines.count >= 3, let record = ProofLines.decimal("record", in: lines[1]),
            let index = ProofLines.decimal("index", in: lines[2])
        else { throw Self.malformed("it has no line “record <decimal>” and then “index <decimal>”") }
        guard lines.count - 3 <= Self.maximumHashCount else { throw Self.tooLarge }
        let hashes = try ProofLines.hashes(lines[3...], malformed: Self.malformed)
        try self.init(record: record, index: index, hashes: hashes)
        guard self.bytes == bytes else { throw Self.malformed("it is not in the one form that it could have") }
    }

    /// The file.
    public var bytes: [UInt8] {
        let lines = [Self.firstLine, "record \(record)", "index \(index)"] + hashes.map { Base64.encode($0.bytes) }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    /// Throws `doesNotVerify` unless the path leads from `clearance` to `root` in a tree of `count` clearances, and
    /// `outOfRange` unless the tree has such a place.
    public func verify(_ clearance: Clearance, count: UInt64, root: SHA256Digest) throws(TransparencyLogError) {
        try InclusionProof(index: index, size: count, hashes: hashes).verify(leafHash: clearance.leafHash, root: root)
    }

    private static let tooLarge = TransparencyLogError(
        .tooLarge,
        "an anchor file has at most \(maximumHashCount) hashes and \(maximumByteCount) bytes, and no number over "
            + "\(TreeSize.maximum)")

    private static func malformed(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "this is not an anchor file: \(reason)")
    }
}

extension Clearance {
    /// The leaf hash of the text: what stands for the clearance in a tree of clearances. All that was signed follows from
    /// it, not only the decisions.
    public var leafHash: SHA256Digest { MerkleHash.leaf(text) }
}
