public import LedgerCrypto

/// What the operator's private part says of the log beside it. It is no part of a copy for others, so that most who verify
/// have none.
public struct OperatorState: Sendable {
    /// The size of the checkpoint signed last (`private/last-signed`); `nil` if none was.
    public let signedSize: UInt64?
    /// Its root.
    public let signedRoot: SHA256Digest?
    /// How many records were acknowledged, those in the journal that no checkpoint covers included; `nil` where the journal
    /// was not read.
    public let acknowledgedSize: UInt64?
    /// The size of a checkpoint that is signed and waits for a quorum of witnesses before it is published; `nil` if none does.
    public let heldSize: UInt64?
    /// Why the journal was not read, as a sentence without its full stop; `nil` if it was.
    public let journalProblem: String?

    /// States what was read of the private part.
    public init(
        signed: (size: UInt64, root: SHA256Digest)?, acknowledgedSize: UInt64? = nil, heldSize: UInt64? = nil,
        journalProblem: String? = nil
    ) {
        signedSize = signed?.size
        signedRoot = signed?.root
        self.acknowledgedSize = acknowledgedSize
        self.heldSize = heldSize
        self.journalProblem = journalProblem
    }
}
