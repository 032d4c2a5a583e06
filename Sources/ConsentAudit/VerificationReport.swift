public import ConsentModel
public import LedgerCrypto

/// What a verification found, and what it did not look at.
public struct VerificationReport: Sendable {
    /// The level that was verified.
    public let level: VerificationLevel
    /// The damage, in the order of the log: at most 1,000 findings, at most 100 of a code.
    public let findings: [Finding]
    /// How many findings there are of each code, those that were not kept included.
    public let findingCounts: [Finding.Code: Int]
    /// The size up to which everything at this level holds: the checkpoint's where there is no damage. Above it, the
    /// records that no finding names are not thereby shown to be sound.
    public let soundBelow: UInt64
    /// What the verification does not show.
    public let notCovered: [NotCovered]
    /// What the log says of itself.
    public let facts: LedgerFacts

    /// Whether no damage was found.
    public var holds: Bool { findingCounts.isEmpty }
    /// How many findings there are.
    public var findingCount: Int { findingCounts.values.reduce(0, +) }
}

/// What a log says of itself, as far as it could be read; as true as the findings leave it.
public struct LedgerFacts: Sendable {
    /// The origin in the checkpoint; `nil` if no checkpoint could be read.
    public internal(set) var origin: String?
    /// The leaf hash of entry 0.
    public internal(set) var ledgerID: SHA256Digest?
    /// The checkpoint's size.
    public internal(set) var size: UInt64 = 0
    /// The checkpoint's root.
    public internal(set) var root: SHA256Digest?
    /// Whether the ledger says that it is for trying out; known from the level `signatures` on.
    public internal(set) var isTest: Bool?
    /// When the first record was recorded.
    public internal(set) var firstRecordedAt: Timestamp?
    /// When the last record was recorded.
    public internal(set) var lastRecordedAt: Timestamp?
    /// How many events there are of each known type.
    public internal(set) var eventCounts: [EventType: UInt64] = [:]
    /// How many events there are of each type number that this software does not know.
    public internal(set) var unknownEventCounts: [UInt64: UInt64] = [:]
    /// The smallest kept checkpoint that was confirmed.
    public internal(set) var oldestKeptCheckpoint: UInt64?
    /// How many kept checkpoints were confirmed.
    public internal(set) var keptCheckpointCount = 0
    /// How many statements sources signed; known from the level `signatures` on.
    public internal(set) var sourceStatementCount: UInt64 = 0
    /// How many of them were signed with a key that the ledger itself held.
    public internal(set) var ledgerHeldStatementCount: UInt64 = 0
}

/// How far a verification is.
public struct VerificationProgress: Sendable {
    /// How many records have been read.
    public let recordCount: UInt64
    /// How many there are below the checkpoint.
    public let size: UInt64
}
