public import LedgerCrypto
public import TransparencyLog

/// An auditor who cosigns checkpoints (C2SP tlog-cosignature): each only if the log has grown from the one before, so that
/// whoever sees the cosignature knows that the log showed its witnesses one history.
public struct Witness: Sendable {
    /// What came of being asked to cosign.
    public enum Outcome: Sendable {
        /// The checkpoint with the cosignature, and the line that was added. It is given away only after the state was
        /// made durable.
        case cosigned(SignedCheckpoint, NoteSignature)
        /// The log contradicts what it showed before; both checkpoints, which it signed, are the evidence.
        case refused(earlier: SignedCheckpoint, now: SignedCheckpoint, String)
    }

    /// What was cosigned so far.
    public private(set) var state: WitnessState
    private let signer: any Signer

    /// The witness whose state that is. Throws `malformedState` if `signer` is not the key that the state is of.
    public init(signer: any Signer, state: WitnessState) throws(AuditError) {
        guard signer.publicKey == state.witness.publicKey else {
            throw AuditError(
                .malformedState,
                "the state is that of the witness “\(state.witness.name)” with another key than this one")
        }
        self.signer = signer
        self.state = state
    }

    /// Cosigns the published checkpoint of `log` at `time`, in seconds since the epoch, if the log's key signed it and the
    /// tree begins with the one cosigned before. `logKey` is the key to trust; without it, the one remembered. With
    /// `isFirst`, nothing may be remembered of the log; without it, something must, since a witness that forgot could
    /// cosign two histories. Throws `unknownLog` where that is not so, `notSigned` and `badSignature` as
    /// `SignedCheckpoint.signatures` does, and as the log does.
    public mutating func cosign(
        _ log: PublishedLog, logKey: VerifierKey? = nil, isFirst: Bool = false, at time: UInt64
    ) throws -> Outcome {
        var now = log.checkpoint
        let tree = now.checkpoint
        let known = state.log(of: tree.origin)
        guard let key = logKey ?? known?.key, isFirst == (known == nil) else {
            throw AuditError(
                .unknownLog,
                known == nil
                    ? "this witness has cosigned nothing of the log “\(tree.origin)” so far; to begin, name the log's key "
                        + "with --vkey and say --first"
                    : "this witness has cosigned the log “\(tree.origin)” before; leave --first out")
        }
        try Self.requireSignature(of: key, on: now)
        if let earlier = known?.checkpoint, let reason = try Self.contradiction(of: log, earlier.checkpoint) {
            return .refused(earlier: earlier, now: now, reason)
        }
        try now.cosign(as: state.witness.name, at: time, with: signer)
        guard let line = now.note.signatures.last(where: state.witness.isNamed) else {
            throw TransparencyLogError(
                .badSignature, "the witness's own line is not on the checkpoint that it cosigned")
        }
        state.remember(now, key: key)
        return .cosigned(now, line)
    }

    private static func requireSignature(
        of key: VerifierKey, on checkpoint: SignedCheckpoint
    ) throws(TransparencyLogError) {
        do {
            _ = try checkpoint.signatures(by: WitnessPolicy(logs: [key]))
        } catch {
            guard error.code == .notSigned else { throw error }
            throw TransparencyLogError(
                .notSigned,
                "the trusted key, \(key.text), did not sign the checkpoint of size \(checkpoint.checkpoint.size); if the "
                    + "log's key was replaced, verify the log at the level signatures, which follows what the ledger says of "
                    + "its keys, and name the new one with --vkey")
        }
    }

    /// Why the log cannot have grown from `earlier`; `nil` if it has.
    private static func contradiction(of log: PublishedLog, _ earlier: Checkpoint) throws -> String? {
        let now = log.checkpoint.checkpoint
        guard now.size >= earlier.size else {
            return "the log went back: it showed \(earlier.size) records, and now shows \(now.size)"
        }
        guard earlier.size > 0 else { return nil }
        if now.size == earlier.size {
            return now.root == earlier.root ? nil : "the log signed two trees of \(now.size) records"
        }
        do {
            try log.consistencyProof(from: earlier.size, to: now.size).verify(oldRoot: earlier.root, newRoot: now.root)
            return nil
        } catch let error as TransparencyLogError {
            return "the log's first \(earlier.size) records are not those that it showed before: \(error)"
        }
    }
}
