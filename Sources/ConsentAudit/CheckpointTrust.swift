public import TransparencyLog

/// By which keys the checkpoints of a log are judged.
public struct CheckpointTrust: Sendable {
    /// The pinned key, or those that the log itself names, which prove nothing to someone who pins none.
    public let policy: WitnessPolicy
    /// Whether the key is pinned.
    public let isPinned: Bool

    /// Takes the pinned key or, without one, those that `log` names; throws `damaged` if it names none, and as
    /// `PublishedLog.namedKeys` does.
    public init(of log: PublishedLog, pins: Pins) throws {
        isPinned = pins.verifierKey != nil
        policy = WitnessPolicy(logs: try pins.verifierKey.map { [$0] } ?? log.namedKeys())
        guard !policy.logs.isEmpty else {
            throw AuditError(.damaged, "\(LogPath.keys) of the log names no key; name the log's key with --vkey")
        }
    }

    /// Whether one of the keys signed `checkpoint`. Throws `badSignature` if a line of theirs does not verify.
    public func covers(_ checkpoint: SignedCheckpoint) throws(TransparencyLogError) -> Bool {
        do { _ = try checkpoint.verify(under: policy) } catch {
            guard error.code == .notSigned else { throw error }
            return false
        }
        return true
    }

    /// Throws `notSigned` unless one of the keys signed `checkpoint`, and as `covers` does.
    public func require(_ checkpoint: SignedCheckpoint) throws(TransparencyLogError) {
        guard try !covers(checkpoint) else { return }
        let key = isPinned ? "the pinned key did not sign" : "no key in \(LogPath.keys) signed"
        throw TransparencyLogError(
            .notSigned,
            "\(key) the checkpoint of size \(checkpoint.checkpoint.size) of “\(checkpoint.checkpoint.origin)”")
    }
}
