public import LedgerCrypto

/// A file that proves offline that a log has only grown between two of its checkpoints (SPEC.md, “Proof files”): the
/// hashes of a consistency proof and both checkpoints with their signatures.
public struct SignedConsistencyProof: Hashable, Sendable {
    /// The largest file, in bytes.
    public static let maximumByteCount = 2 << 20
    /// The longest proof: that between two trees of 2^64 leaves.
    private static let maximumHashCount = 127
    /// The first line of the file, which tells it from other proofs.
    public static let firstLine = "consent-ledger/consistency-proof/v1"

    /// The proof in the RFC's order; none where the sizes are equal or the smaller one is 0.
    public let hashes: [SHA256Digest]
    /// The smaller tree.
    public let older: SignedCheckpoint
    /// The larger tree.
    public let newer: SignedCheckpoint

    /// Puts a proof together as it came; `verify` says whether it is one. Throws `tooLarge` if the file would be over
    /// 2 MiB or the proof over 127 hashes.
    public init(
        hashes: [SHA256Digest], older: SignedCheckpoint, newer: SignedCheckpoint
    ) throws(TransparencyLogError) {
        self.hashes = hashes
        self.older = older
        self.newer = newer
        guard hashes.count <= Self.maximumHashCount, bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
    }

    /// Reads a proof file. Throws `tooLarge` over its limits, and `malformed` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
        let newline = UInt8(ascii: "\n")
        // A checkpoint's text has no empty line, so that the first one ends the hashes and the third the first note.
        let empty = bytes.indices.dropFirst().filter { bytes[$0] == newline && bytes[$0 - 1] == newline }
        guard empty.count == 4 else { throw Self.malformed("it is not its hashes and two checkpoints") }
        var lines = bytes[..<(empty[0] - 1)].split(separator: newline, omittingEmptySubsequences: false)[...]
        guard lines.popFirst()?.elementsEqual(Self.firstLine.utf8) == true else {
            throw Self.malformed("its first line is not “\(Self.firstLine)”")
        }
        guard lines.count <= Self.maximumHashCount else { throw Self.tooLarge }
        // What is no text is no base64 either.
        let hashes = try ProofLines.hashes(
            lines.map { String(decoding: $0, as: UTF8.self) }, malformed: Self.malformed)
        try self.init(
            hashes: hashes, older: SignedCheckpoint(parsing: Array(bytes[(empty[0] + 1)..<empty[2]])),
            newer: SignedCheckpoint(parsing: Array(bytes[(empty[2] + 1)...])))
        guard self.bytes == bytes else { throw Self.malformed("it is not in the one form that it could have") }
    }

    /// The file.
    public var bytes: [UInt8] {
        let newline = UInt8(ascii: "\n")
        let lines = [Self.firstLine] + hashes.map { Base64.encode($0.bytes) }
        return lines.flatMap { Array($0.utf8) + [newline] } + [newline] + older.bytes + [newline] + newer.bytes
    }

    /// The signatures that vouch for the newer checkpoint; the quorum is asked of that one alone. Throws as
    /// `SignedCheckpoint.verify` and `verifyConsistency` do.
    public func verify(under policy: WitnessPolicy) throws(TransparencyLogError) -> [VerifiedSignature] {
        let signatures = try newer.verify(under: policy)
        _ = try older.signatures(by: policy)
        try verifyConsistency()
        return signatures
    }

    /// Throws `doesNotVerify` if the origins differ or the newer tree is not shown to begin with the older, whoever signed
    /// them.
    public func verifyConsistency() throws(TransparencyLogError) {
        let (old, new) = (older.checkpoint, newer.checkpoint)
        guard old.origin.hasSameBytes(as: new.origin) else {
            throw TransparencyLogError(
                .doesNotVerify, "the checkpoints are of two logs, “\(old.origin)” and “\(new.origin)”")
        }
        guard old.size <= new.size else {
            throw TransparencyLogError(
                .doesNotVerify, "the first checkpoint, of size \(old.size), is larger than the second, of \(new.size)")
        }
        if old.size == 0 {
            // Every tree begins with the empty one; a checkpoint of size 0 cannot have another root.
            guard hashes.isEmpty else {
                throw TransparencyLogError(.doesNotVerify, "from size 0 on there is nothing to prove, and no hashes")
            }
        } else {
            try ConsistencyProof(oldSize: old.size, newSize: new.size, hashes: hashes)
                .verify(oldRoot: old.root, newRoot: new.root)
        }
    }

    private static var tooLarge: TransparencyLogError {
        TransparencyLogError(
            .tooLarge,
            "a consistency proof file has at most \(maximumHashCount) hashes and \(maximumByteCount) bytes")
    }

    private static func malformed(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "this is not a consistency proof file: \(reason)")
    }
}
