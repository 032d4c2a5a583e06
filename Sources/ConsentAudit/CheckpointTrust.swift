public import TransparencyLog

/// By which keys the checkpoints of a log are judged.
public struct CheckpointTrust: Sendable {
    /// The pinned key, or those that the log itself names, which prove nothing to someone who pins none.
    public let policy: WitnessPolicy
    /// Whether the key is pinned.
    public let isPinned: Bool

    private static let newline = UInt8(ascii: "\n")

    /// Takes the pinned key or, without one, those in `log.vkey`; throws `missingFile` or `damaged` if they cannot be had,
    /// and what the reader throws.
    public init(reader: any LogReader, pins: Pins) throws {
        isPinned = pins.verifierKey != nil
        policy = WitnessPolicy(logs: try pins.verifierKey.map { [$0] } ?? Self.keys(reader))
    }

    private static func keys(_ reader: any LogReader) throws -> [VerifierKey] {
        guard let bytes = try reader.read(LogPath.keys) else {
            throw AuditError(.missingFile, "the log has no \(LogPath.keys); name the log's key with --vkey")
        }
        let lines = bytes.split(separator: newline)
        let keys = lines.prefix(SignedNote.maximumSignatureCount).compactMap { line in
            String(validating: line, as: UTF8.self).flatMap { try? VerifierKey($0) }
        }
        guard !keys.isEmpty, keys.count == lines.count, keys.allSatisfy({ $0.use == .note }) else {
            throw AuditError(
                .damaged, "\(LogPath.keys) of the log is not a list of vkeys; name the log's key with --vkey")
        }
        return keys
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
