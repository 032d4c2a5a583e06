public import LedgerCrypto

/// A file with one decision of a clearance: the signed note, and the leaf with its audit path (SPEC.md, “A clearance
/// file”).
public struct ClearanceFile: Hashable, Sendable {
    /// The largest file, in bytes.
    public static let maximumByteCount = 1 << 20
    /// The longest path: that of a tree of `TreeSize.maximum` leaves.
    private static let maximumHashCount = 63

    /// The tree, as the log's key signed it.
    public let signed: SignedClearance
    /// The leaf's place in the tree, from 0.
    public let index: UInt64
    /// The decision, encoded.
    public let leaf: [UInt8]
    /// The audit path, from the leaf's sibling up to the root's child.
    public let hashes: [SHA256Digest]

    /// Puts a file together. Throws `tooLarge` if it would be over 1 MiB or the path over 63 hashes, and `malformed`
    /// without a leaf.
    public init(
        signed: SignedClearance, index: UInt64, leaf: [UInt8], hashes: [SHA256Digest]
    ) throws(TransparencyLogError) {
        self.signed = signed
        self.index = index
        self.leaf = leaf
        self.hashes = hashes
        guard !leaf.isEmpty else { throw Self.malformed("it has no leaf") }
        guard hashes.count <= Self.maximumHashCount, bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
    }

    /// Reads a file. Throws `tooLarge` over its limits, and `malformed` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
        let newline = UInt8(ascii: "\n")
        // Neither the note's text nor its signature lines have an empty line: the second one ends the note.
        let empty = bytes.indices.dropFirst().filter { bytes[$0] == newline && bytes[$0 - 1] == newline }
        guard empty.count == 2, bytes.last == newline, empty[1] + 1 < bytes.count else {
            throw Self.malformed("it is not a signed note, an empty line, and a decision")
        }
        guard bytes.starts(with: "\(Clearance.firstLine)\n".utf8) else {
            throw Self.malformed("its first line is not “\(Clearance.firstLine)”")
        }
        let signed = try SignedClearance(parsing: Array(bytes[..<empty[1]]))
        var lines: [String] = []
        for line in bytes[(empty[1] + 1)...].dropLast().split(separator: newline, omittingEmptySubsequences: false) {
            guard let line = String(plainText: line) else {
                throw Self.malformed("line \(lines.count + 1) of the decision is not plain text")
            }
            lines.append(line)
        }
        guard lines.count >= 2, let index = ProofLines.decimal("index", in: lines[0]),
            let leaf = ProofLines.value(of: "leaf", in: lines[1]).flatMap({ Base64.decode($0) })
        else { throw Self.malformed("it has no line “index <decimal>” and then “leaf <base64>”") }
        guard lines.count - 2 <= Self.maximumHashCount else { throw Self.tooLarge }
        let hashes = try ProofLines.hashes(lines[2...], malformed: Self.malformed)
        try self.init(signed: signed, index: index, leaf: leaf, hashes: hashes)
        guard self.bytes == bytes else { throw Self.malformed("it is not in the one form that it could have") }
    }

    /// The file.
    public var bytes: [UInt8] {
        let lines = ["index \(index)", "leaf \(Base64.encode(leaf))"] + hashes.map { Base64.encode($0.bytes) }
        return signed.bytes + [UInt8(ascii: "\n")] + lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    /// Throws `doesNotVerify` unless the path leads from the leaf to the clearance's root, and `outOfRange` unless the
    /// tree has such an index.
    public func verifyPath() throws(TransparencyLogError) {
        try InclusionProof(index: index, size: signed.clearance.count, hashes: hashes)
            .verify(leafHash: MerkleHash.leaf(leaf), root: signed.clearance.root)
    }

    private static let tooLarge = TransparencyLogError(
        .tooLarge, "a clearance file has at most \(maximumHashCount) hashes and \(maximumByteCount) bytes")

    private static func malformed(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "this is not a clearance file: \(reason)")
    }
}
