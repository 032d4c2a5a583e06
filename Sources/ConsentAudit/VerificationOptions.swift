public import LedgerCrypto
public import TransparencyLog

/// What a verification goes by, besides the log and its pins.
public struct VerificationOptions: Sendable {
    /// How deep it goes. Of opaque entries nothing beyond `tree` can be verified, and nothing is.
    public var level: VerificationLevel
    /// Whether entries are any bytes, as in somebody else's C2SP tlog-tiles log: only framing, tiles, root and checkpoints
    /// are verified, and `log.vkey` may be absent where the log's key is pinned.
    public var isOpaque: Bool
    /// Which witnesses must have cosigned the published checkpoint, and, if its key is not pinned otherwise, which logs are
    /// trusted.
    public var policy: WitnessPolicy?
    /// The certificates by which time stamps of checkpoints are trusted; without them none counts.
    public var stampRoots: TimeStampRoots?
    /// Checkpoints that the auditor kept elsewhere: the log must contain their trees.
    public var keptCheckpoints: [SignedCheckpoint]
    /// What this auditor verified before: the log must contain it, and what it covers is not checked again.
    public var notebook: Notebook?
    /// Whether all is checked again, in spite of the notebook.
    public var repeatsAll: Bool
    /// What the operator's private part says of the log.
    public var operatorState: OperatorState?

    /// Options for records, with nothing but the log itself to go by, unless said otherwise.
    public init(
        level: VerificationLevel = .replay, isOpaque: Bool = false, policy: WitnessPolicy? = nil,
        stampRoots: TimeStampRoots? = nil, keptCheckpoints: [SignedCheckpoint] = [], notebook: Notebook? = nil,
        repeatsAll: Bool = false,
        operatorState: OperatorState? = nil
    ) {
        self.level = level
        self.isOpaque = isOpaque
        self.policy = policy
        self.stampRoots = stampRoots
        self.keptCheckpoints = keptCheckpoints
        self.notebook = notebook
        self.repeatsAll = repeatsAll
        self.operatorState = operatorState
    }
}
