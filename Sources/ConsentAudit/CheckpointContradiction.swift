public import TransparencyLog

/// Two checkpoints of one log that cannot both be true: the later one does not contain the tree of the earlier one, or is
/// smaller. Where the log's key signed both, it is evidence of misbehaviour that anybody can check: keep both.
public struct CheckpointContradiction: Hashable, Sendable {
    /// Where the earlier checkpoint was kept.
    public enum Keeper: Hashable, Sendable {
        /// In the auditor's notebook.
        case notebook
        /// By the auditor, in a file of its own.
        case auditor
        /// In the log, in this file.
        case log(file: String)
    }

    /// The checkpoint that was kept.
    public let earlier: SignedCheckpoint
    /// Who kept it.
    public let keeper: Keeper
    /// The checkpoint that the log publishes now.
    public let published: SignedCheckpoint
}
