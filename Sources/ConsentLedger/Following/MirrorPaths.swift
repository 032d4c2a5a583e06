internal import LedgerStorage

/// Where things are in a directory that a log is mirrored into, besides the log itself (`LedgerPaths`).
enum MirrorPaths {
    /// Held by the one program that follows.
    static let lock: StoragePath = "following/lock"
    /// The checkpoint that is being mirrored, which was verified and found consistent with the one before.
    static let target: StoragePath = "following/target"
    /// Checkpoints that contradict each other.
    static let evidence: StoragePath = "evidence"
}
