public import TransparencyLog

/// Two checkpoints of a log, the earlier and the later one, held against the log as it is published now.
public struct CheckpointComparison: Sendable {
    /// Where a checkpoint comes from.
    public enum Reference: Sendable {
        /// The log: the published one, or one of those it kept.
        case size(UInt64)
        /// Whoever asks.
        case given(SignedCheckpoint)
    }

    /// The smaller one; `nil` for the empty tree that every log begins with, if no checkpoint of it was kept.
    public let old: SignedCheckpoint?
    /// The larger one.
    public let new: SignedCheckpoint
    /// Whether a key that is trusted signed the smaller one; of the empty tree there is nothing to sign.
    public let isOldSigned: Bool
    /// Whether a key that is trusted signed the larger one.
    public let isNewSigned: Bool
    /// What of them the published checkpoint contradicts, in sentences; empty if the log began with the records of the
    /// one, grew to those of the other, and still begins with them.
    public let contradictions: [String]

    /// Compares them with what `log` publishes, which `trust` is asked to cover first. Throws `notSigned` and
    /// `badSignature`; `outOfRange` for a size at which no checkpoint was kept, and if the first is the larger one;
    /// `foreignCheckpoint` for one of another log; and what reading throws.
    public init(
        _ first: Reference, _ second: Reference, in log: PublishedLog, reader: any LogReader, trust: CheckpointTrust
    ) throws {
        try trust.require(log.checkpoint)
        let isBeginning = if case .size(0) = first { try log.size > 0 && !Self.isKept(0, reader) } else { false }
        old = isBeginning ? nil : try Self.resolve(first, log, reader)
        new = try Self.resolve(second, log, reader)
        isOldSigned = try old.map(trust.covers) ?? true
        isNewSigned = try trust.covers(new)
        if let old, old.checkpoint.size > new.checkpoint.size {
            throw AuditError(
                .outOfRange,
                "the first checkpoint has the size \(old.checkpoint.size) and the second \(new.checkpoint.size); name the "
                    + "smaller one first")
        }
        var contradictions: [String] = []
        for checkpoint in old == new ? [new] : [old, new].compactMap({ $0 }) {
            if let sentence = try Self.contradiction(of: checkpoint.checkpoint, in: log) {
                contradictions.append(sentence)
            }
        }
        self.contradictions = contradictions
    }

    /// The smaller size.
    public var oldSize: UInt64 { old?.checkpoint.size ?? 0 }

    private static func isKept(_ size: UInt64, _ reader: any LogReader) throws -> Bool {
        try reader.read(LogPath.keptCheckpoint(size: size)) != nil
    }

    private static func resolve(
        _ reference: Reference, _ log: PublishedLog, _ reader: any LogReader
    ) throws -> SignedCheckpoint {
        let origin = log.checkpoint.checkpoint.origin
        switch reference {
        case .given(let checkpoint):
            guard checkpoint.checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
                throw AuditError(
                    .foreignCheckpoint,
                    "the checkpoint is of the log “\(checkpoint.checkpoint.origin.prefix(80))”, and this log is “\(origin)”"
                )
            }
            return checkpoint
        case .size(log.size): return log.checkpoint
        case .size(let size):
            let path = LogPath.keptCheckpoint(size: size)
            // What was not kept is answered with the nearest that was.
            guard let bytes = try reader.read(path) else { return try log.keptCheckpoint(size: size) }
            let kept: SignedCheckpoint
            do { kept = try SignedCheckpoint(parsing: bytes) } catch {
                throw AuditError(.damaged, "\(path) of the log is not a checkpoint: \(error)")
            }
            guard kept.checkpoint.size == size, kept.checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
                throw AuditError(.damaged, "\(path) of the log is the checkpoint of another size or another log")
            }
            return kept
        }
    }

    /// What `checkpoint` says that the published one contradicts; `nil` if the log begins with the very records that it
    /// was signed for.
    private static func contradiction(of checkpoint: Checkpoint, in log: PublishedLog) throws -> String? {
        let published = log.checkpoint.checkpoint
        guard checkpoint.size <= published.size else {
            return
                "the log once had \(checkpoint.size) records, and publishes \(published.size): the newest are withheld "
                + "or lost"
        }
        // Every log begins with no records, and a checkpoint of size 0 has no other root.
        guard checkpoint.size > 0 else { return nil }
        let proof = try log.consistencyProof(from: checkpoint.size, to: published.size)
        do { try proof.verify(oldRoot: checkpoint.root, newRoot: published.root) } catch {
            return
                "the log has other records below \(checkpoint.size) than when the checkpoint of that size was signed: "
                + "its history was rewritten"
        }
        return nil
    }
}
