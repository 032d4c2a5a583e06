internal import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// Two checkpoints of a followed log, both signed by its key, that cannot both be true: evidence of what it did.
public struct LogContradiction: Sendable {
    /// What was seen first.
    public let earlier: SignedCheckpoint
    /// What the log shows now.
    public let now: SignedCheckpoint
    /// What is wrong between them, as a sentence without its full stop.
    public let reason: String
    /// Where both were kept, below the directory.
    public let folder: String

    /// Keeps both; again is fine.
    init(
        _ earlier: SignedCheckpoint, _ now: SignedCheckpoint, _ reason: String, keptIn storage: any LedgerStorage
    ) throws {
        self.earlier = earlier
        self.now = now
        self.reason = reason
        let name = SHA256Digest(hashing: earlier.bytes + now.bytes).description.prefix(16)
        let folder = try MirrorPaths.evidence.appending(name)
        self.folder = folder.description
        try storage.create([
            (folder.appending("earlier"), earlier.bytes), (folder.appending("now"), now.bytes),
        ])
    }
}
