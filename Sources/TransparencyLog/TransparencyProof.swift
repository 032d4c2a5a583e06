public import LedgerCrypto

/// A file that proves offline that an entry is in a log (C2SP tlog-proof, `.tlog-proof`): the entry's index, its audit
/// path, and a checkpoint with its signatures.
public struct TransparencyProof: Hashable, Sendable {
    /// The largest file, in bytes.
    public static let maximumByteCount = 2 << 20
    /// The longest path: that of a tree of `TreeSize.maximum` leaves.
    private static let maximumHashCount = 63
    /// The first line of the file, which tells it from other proofs.
    public static let firstLine = "c2sp.org/tlog-proof@v1"

    /// Context that nothing authenticates; empty if there is none.
    public let extra: [UInt8]
    /// The entry's place in the log, from 0.
    public let index: UInt64
    /// The audit path, from the leaf's sibling up to the root's child.
    public let hashes: [SHA256Digest]
    /// The tree that the path leads to, as the log and its witnesses signed it.
    public let checkpoint: SignedCheckpoint

    /// Puts a proof together. Throws `tooLarge` if the file would be over 2 MiB or the path over 63 hashes.
    public init(
        extra: [UInt8] = [], index: UInt64, hashes: [SHA256Digest], checkpoint: SignedCheckpoint
    ) throws(TransparencyLogError) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
        guard hashes.count <= Self.maximumHashCount, bytes.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .tooLarge, "a proof file has at most \(Self.maximumHashCount) hashes and \(Self.maximumByteCount) bytes"
            )
        }
    }

    /// Reads a proof file. Throws `tooLarge` over its limits, and `malformed` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .tooLarge, "a proof file has at most \(Self.maximumByteCount) bytes; this one has \(bytes.count)")
        }
        let newline = UInt8(ascii: "\n")
        guard let end = bytes.indices.dropFirst().first(where: { bytes[$0] == newline && bytes[$0 - 1] == newline })
        else { throw Self.malformed("it has no empty line before a checkpoint") }
        var lines: [String] = []
        for line in bytes[..<(end - 1)].split(separator: newline, omittingEmptySubsequences: false) {
            guard let line = String(plainText: line) else {
                throw Self.malformed("line \(lines.count + 1) is not plain text")
            }
            lines.append(line)
        }
        var rest = lines[...]
        guard rest.popFirst() == Self.firstLine else {
            throw Self.malformed("its first line is not “\(Self.firstLine)”")
        }
        var extra: [UInt8] = []
        if let line = rest.first, let value = ProofLines.value(of: "extra", in: line) {
            guard let decoded = Base64.decode(value) else { throw Self.malformed("its extra data is not base64") }
            extra = decoded
            rest = rest.dropFirst()
        }
        guard let line = rest.popFirst(), let index = ProofLines.decimal("index", in: line)
        else { throw Self.malformed("it has no line “index <decimal>” in its place") }
        guard rest.count <= Self.maximumHashCount else {
            throw TransparencyLogError(.tooLarge, "a proof file has at most \(Self.maximumHashCount) hashes")
        }
        let hashes = try ProofLines.hashes(rest, malformed: Self.malformed)
        let checkpoint = try SignedCheckpoint(parsing: Array(bytes[(end + 1)...]))
        try self.init(extra: extra, index: index, hashes: hashes, checkpoint: checkpoint)
        guard self.bytes == bytes else { throw Self.malformed("it is not in the one form that it could have") }
    }

    /// The file.
    public var bytes: [UInt8] {
        var lines = [Self.firstLine]
        if !extra.isEmpty { lines.append("extra \(Base64.encode(extra))") }
        lines.append("index \(index)")
        lines += hashes.map { Base64.encode($0.bytes) }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] } + [UInt8(ascii: "\n")] + checkpoint.bytes
    }

    /// The signatures that vouch for the entry with `leafHash`. Throws as `SignedCheckpoint.verify` and
    /// `InclusionProof.verify` do.
    public func verify(
        leafHash: SHA256Digest, under policy: WitnessPolicy
    ) throws(TransparencyLogError) -> [VerifiedSignature] {
        let signatures = try checkpoint.verify(under: policy)
        let tree = checkpoint.checkpoint
        try InclusionProof(index: index, size: tree.size, hashes: hashes).verify(leafHash: leafHash, root: tree.root)
        return signatures
    }

    private static func malformed(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "this is not a proof file: \(reason)")
    }
}
