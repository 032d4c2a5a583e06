public import LedgerCrypto
public import TransparencyLog

/// What verifying a bundle of evidence found.
public struct EvidenceReport: Sendable {
    /// What is wrong with it.
    public internal(set) var findings: [Finding] = []
    /// What it does not show, although a reader could think so.
    public internal(set) var notCovered: [NotCovered] = []
    /// The signatures by trusted keys over the checkpoint.
    public internal(set) var signatures: [VerifiedSignature] = []
    /// The log's origin, its size and its root; `nil` without a checkpoint that can be read.
    public internal(set) var checkpoint: Checkpoint?
    /// The leaf hash of entry 0.
    public internal(set) var ledgerID: SHA256Digest?
    /// Whether the ledger says that it is for trying out; `nil` if entry 0 is not shown.
    public internal(set) var isTest: Bool?
    /// What was asked; `nil` if that cannot be read.
    public internal(set) var request: EvidenceRequest?
    /// How many records it shows.
    public internal(set) var recordCount = 0
    /// What was allowed at the moment asked about, computed again: the category and the channel of each cell that was.
    public internal(set) var carried: [(category: String, channel: String)] = []

    /// When trusted witnesses and authorities are shown to have seen trees of the log, by ascending size.
    public internal(set) var seenTrees: [SeenTree] = []
    /// When each of the contact's own records can have been written, as far as those whom the verifier trusts show; in the
    /// order of the log.
    public internal(set) var bounds: [TimeBounds.OfRecord] = []

    /// What is known before anything was looked at.
    public init() {}

    /// Whether it is all that it claims to be.
    public var holds: Bool { findings.isEmpty }

    /// When the first of the trusted witnesses cosigned, in seconds since the epoch.
    public var oldestCosignature: UInt64? { signatures.oldestCosignature }
}

extension Finding.Code {
    /// A file of a bundle is not the one that its checksum or `SHA256SUMS` says.
    public static let alteredFile = Finding.Code(name: "altered-file")
    /// A bundle has a file that nothing in it asks for.
    public static let strayFile = Finding.Code(name: "stray-file")
    /// The files of a bundle are not in their order.
    public static let wrongOrder = Finding.Code(name: "wrong-order")
    /// A file of a bundle cannot be read as what it is.
    public static let malformedFile = Finding.Code(name: "malformed-file")
    /// A proof is of another record, or against another checkpoint, than the bundle's.
    public static let foreignProof = Finding.Code(name: "foreign-proof")
    /// Opened private fields are not those that the record commits to.
    public static let wrongCommitment = Finding.Code(name: "wrong-commitment")
    /// The request leaves out what the records speak of, or states what they deny.
    public static let wrongRequest = Finding.Code(name: "wrong-request")
    /// `evidence.json` does not say what the records say.
    public static let wrongDocument = Finding.Code(name: "wrong-document")
    /// `evidence.html` is not the page that follows from the records.
    public static let wrongPage = Finding.Code(name: "wrong-page")
    /// `VERIFY.txt` is not the one that belongs to the bundle.
    public static let wrongInstructions = Finding.Code(name: "wrong-instructions")
}

extension NotCovered.Code {
    /// Private fields that are committed to and not shown.
    public static let hiddenFields = NotCovered.Code(name: "hidden-fields")
    /// How many messages were sent.
    public static let uses = NotCovered.Code(name: "uses")
    /// The verifier in a bundle, where it is not the one of this version.
    public static let otherVerifier = NotCovered.Code(name: "other-verifier")
    /// That an address belongs to a handle, where no opened record shows it.
    public static let address = NotCovered.Code(name: "address")
    /// What others are claimed to have seen, where nobody who is trusted is asked.
    public static let claimedSightings = NotCovered.Code(name: "claimed-sightings")
    /// Contents of attachments that are not in a bundle.
    public static let attachments = NotCovered.Code(name: "attachments")
}
