public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// What a proof file shows.
public struct ProofReport: Sendable {
    /// A record that a proof shows.
    public struct ShownRecord: Sendable {
        /// The record.
        public let record: Record
        /// What it states; `nil` if that does not decode, which an inclusion proof does not ask.
        public let payload: Payload?
    }

    /// What is wrong with it.
    public internal(set) var findings: [Finding] = []
    /// The signatures by trusted keys over the checkpoint; over the larger one of two.
    public internal(set) var signatures: [VerifiedSignature] = []
    /// The records that it shows, in the order of the log.
    public internal(set) var records: [ShownRecord] = []
    /// What it does not show, although a reader could think so.
    public internal(set) var notCovered: [NotCovered] = []
    /// The leaf hash of entry 0; `nil` if the file does not hold entry 0.
    public internal(set) var ledgerID: SHA256Digest?
    /// Whether the ledger says that it is for trying out; `nil` if the file does not hold entry 0.
    public internal(set) var isTest: Bool?
    /// How many statements of sources a chain proof shows.
    public internal(set) var sourceStatementCount: UInt64 = 0
    /// How many of them were signed with a key that the ledger itself held.
    public internal(set) var ledgerHeldStatementCount: UInt64 = 0
    /// How many events of unknown type a chain proof shows.
    public internal(set) var unknownEventCount: UInt64 = 0

    init() {}

    /// Whether it proves what its kind proves.
    public var holds: Bool { findings.isEmpty }

    /// When the first of the trusted witnesses cosigned, in seconds since the epoch: the proof is shown to have existed
    /// then, if that witness is honest.
    public var oldestCosignature: UInt64? { signatures.oldestCosignature }
}

extension [VerifiedSignature] {
    /// When the first of the witnesses among them cosigned, in seconds since the epoch.
    var oldestCosignature: UInt64? { compactMap(\.timestamp).min() }
}

extension Finding.Code {
    /// The audit path of an entry does not lead to the checkpoint's root.
    public static let notInTree = Finding.Code(name: "not-in-tree")
    /// A chain proof leaves a record of its chains out.
    public static let missingRecord = Finding.Code(name: "missing-record")
    /// A chain proof has a record that is in none of its chains.
    public static let strayRecord = Finding.Code(name: "stray-record")
}

extension NotCovered.Code {
    /// Who stated a record, or what the records say.
    public static let statement = NotCovered.Code(name: "statement")
    /// Records after the last one shown.
    public static let laterRecords = NotCovered.Code(name: "later-records")
    /// Records of the chain before the index it is shown from.
    public static let earlierRecords = NotCovered.Code(name: "earlier-records")
    /// Records of the same person under another handle.
    public static let otherHandles = NotCovered.Code(name: "other-handles")
    /// Acts that nobody recorded.
    public static let unrecordedActs = NotCovered.Code(name: "unrecorded-acts")
}
