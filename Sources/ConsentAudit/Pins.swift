public import LedgerCrypto
public import TransparencyLog

/// What an auditor knows of a ledger from elsewhere (DESIGN §9). What is not pinned is taken from the log itself, and
/// the report says so.
public struct Pins: Sendable {
    /// The log's vkey; its name is the origin.
    public let verifierKey: VerifierKey?
    /// The leaf hash of entry 0.
    public let ledgerID: SHA256Digest?
    /// The log's origin.
    public let origin: String?

    /// The pinned origin is, if not given, the name of the pinned key.
    public init(verifierKey: VerifierKey? = nil, ledgerID: SHA256Digest? = nil, origin: String? = nil) {
        self.verifierKey = verifierKey
        self.ledgerID = ledgerID
        self.origin = origin ?? verifierKey?.name
    }
}
