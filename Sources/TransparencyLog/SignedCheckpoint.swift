public import LedgerCrypto

/// A checkpoint with its signatures, as a log publishes it. Nothing in it counts before `verify`.
public struct SignedCheckpoint: Hashable, Sendable {
    /// What was signed.
    public let checkpoint: Checkpoint
    /// The same with the signatures, as it came.
    public private(set) var note: SignedNote

    /// Signs `checkpoint` with the log's key, whose name is the origin. Throws as `SignedNote` does; an origin with
    /// spaces or pluses, which is no key name, is `malformed`.
    public init(signing checkpoint: Checkpoint, with signer: any Signer) throws {
        self.checkpoint = checkpoint
        note = try SignedNote(signing: checkpoint.text, as: checkpoint.origin, with: signer)
    }

    /// Reads a published checkpoint; throws `malformed` and `tooLarge` as `SignedNote` and `Checkpoint` do.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        note = try SignedNote(parsing: bytes)
        checkpoint = try Checkpoint(parsing: note.text)
    }

    /// The checkpoint as it is stored and sent.
    public var bytes: [UInt8] { note.bytes }

    /// What is time-stamped of it: the text, an empty line, and the first signature line whose name is the origin, which is
    /// that of the log's key. So a cosignature that comes later changes nothing. `nil` if there is no such line.
    public var stampedBytes: [UInt8]? {
        let origin = checkpoint.origin.utf8
        return note.signatures.first { $0.name.utf8.elementsEqual(origin) }.map {
            note.text + [UInt8(ascii: "\n")] + $0.line
        }
    }

    /// Adds the signature of a further log key, as in a key rotation. Throws as `SignedNote.sign` does.
    public mutating func sign(with signer: any Signer) throws {
        try note.sign(as: checkpoint.origin, with: signer)
    }

    /// Adds a cosignature. Throws as `SignedNote.cosign` does.
    public mutating func cosign(as name: String, at timestamp: UInt64, with signer: any Signer) throws {
        try note.cosign(as: name, at: timestamp, with: signer)
    }

    /// Adds a line that the witness with `key` gave. Returns whether it was added: where the witness has cosigned already,
    /// its first line stays, which shows more. Throws `unsupportedKey` for a log's key, `badSignature` if the line is not
    /// that key's over this checkpoint, and `tooLarge` over the note's limits.
    public mutating func attach(_ line: NoteSignature, by key: VerifierKey) throws(TransparencyLogError) -> Bool {
        guard key.use == .cosignature else {
            throw TransparencyLogError(
                .unsupportedKey, "“\(key.name)” is a log's key, of type 1; a witness cosigns with one of type 4")
        }
        return try note.attach(line, by: key)
    }

    /// The signatures by those of `keys` that can have signed it: a log's key is known only to checkpoints of the origin
    /// that it is named by. Throws as `SignedNote.verify` does.
    public func verify(with keys: [VerifierKey]) throws(TransparencyLogError) -> [VerifiedSignature] {
        let known = keys.filter { $0.canSign(checkpoint) }
        guard !known.isEmpty else {
            throw TransparencyLogError(
                .notSigned, "no trusted log key has the name “\(checkpoint.origin)”, and so none signed the checkpoint")
        }
        return try note.verify(with: known)
    }

    /// The signatures by the logs and witnesses of `policy`. Throws as `signatures(by:)` does, and `quorumNotReached` if
    /// the witnesses that cosigned are too few.
    public func verify(under policy: WitnessPolicy) throws(TransparencyLogError) -> [VerifiedSignature] {
        let signatures = try signatures(by: policy)
        let cosigned = policy.witnesses.filter { witness in signatures.contains { $0.key == witness.key } }
        guard policy.isQuorum(Set(cosigned.map(\.name))) else {
            throw TransparencyLogError(
                .quorumNotReached,
                "\(cosigned.count) of the policy's \(policy.witnesses.count) witnesses cosigned the checkpoint of size "
                    + "\(checkpoint.size), which is not its quorum")
        }
        return signatures
    }

    /// The signatures by the logs and witnesses of `policy`, whatever its quorum. Throws `notSigned` unless a log of the
    /// policy signed, with a key whose name is the origin, and `badSignature` if any key of the policy has a line that
    /// does not verify.
    public func signatures(by policy: WitnessPolicy) throws(TransparencyLogError) -> [VerifiedSignature] {
        let signatures = try verify(with: policy.logs + policy.witnesses.map(\.key))
        guard signatures.contains(where: { policy.logs.contains($0.key) }) else {
            throw TransparencyLogError(
                .notSigned, "no trusted log key with the name “\(checkpoint.origin)” signed the checkpoint")
        }
        return signatures
    }
}
