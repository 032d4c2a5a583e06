public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

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
    /// The checkpoint that was verified, as it came: the published one or, if that cannot be read, the largest kept one
    /// that can; `nil` if none can.
    public let checkpoint: SignedCheckpoint?
    /// Whether entries were any bytes.
    public let isOpaque: Bool
    /// The keys that the checkpoint was judged by: pinned, or taken from the log.
    public let trustedKeys: [VerifierKey]
    /// Whether those keys came from elsewhere than the log.
    public let isKeyPinned: Bool
    /// The policy's witnesses that cosigned the checkpoint, each with the time that it says; none without a policy.
    public let cosignatures: [VerifiedSignature]
    /// The trees of this log that others than the ledger are shown to have seen, and so when records can have been written.
    public let timeBounds: TimeBounds
    /// Earlier checkpoints that the published one contradicts, the first ones: evidence to be kept.
    public let contradictions: [CheckpointContradiction]
    /// The records below this index were verified in an earlier run, by the notebook: their statements and events were not
    /// checked again. 0 where all was.
    public let sizeVerifiedBefore: UInt64

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
    /// How often more than an hour lies between two records' recorded-at: nothing happened, or the clock jumped.
    public internal(set) var clockGaps = ClockAnomaly()
    /// The events that say they began after their recorded-at.
    public internal(set) var occurredLater = ClockAnomaly()
    /// The trees that others saw before the ledger says that their last record was recorded; the record.
    public internal(set) var recordedAfterSeen = ClockAnomaly()
    /// How many records wait in the journal; `nil` where it was not read.
    public internal(set) var journalTailCount: UInt64?
}

/// Something about times that happens, and that one should look at.
public struct ClockAnomaly: Hashable, Sendable {
    /// How often.
    public internal(set) var count: UInt64 = 0
    /// The first record of which it is so; for a gap, the one after it.
    public internal(set) var firstIndex: UInt64?
    /// The longest time by which, in milliseconds.
    public internal(set) var longest: UInt64 = 0

    /// Takes one more.
    mutating func add(at index: UInt64, by milliseconds: UInt64) {
        count += 1
        firstIndex = firstIndex ?? index
        longest = max(longest, milliseconds)
    }
}

/// How far a verification is.
public struct VerificationProgress: Sendable {
    /// How many records have been read.
    public let recordCount: UInt64
    /// How many there are below the checkpoint.
    public let size: UInt64
}
