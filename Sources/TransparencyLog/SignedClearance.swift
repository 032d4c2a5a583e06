public import LedgerCrypto

/// A clearance with its signatures. Nothing in it counts before `verify`.
public struct SignedClearance: Hashable, Sendable {
    /// What was signed.
    public let clearance: Clearance
    /// The same with the signatures, as it came.
    public let note: SignedNote

    /// Signs `clearance` with the log's key, whose name is the origin. Throws as `SignedNote` does; an origin that is no
    /// key name is `malformed`.
    public init(signing clearance: Clearance, with signer: any Signer) throws {
        self.clearance = clearance
        note = try SignedNote(signing: clearance.text, as: clearance.origin, with: signer)
    }

    /// Reads a signed clearance; throws `malformed` and `tooLarge` as `SignedNote` and `Clearance` do.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        note = try SignedNote(parsing: bytes)
        clearance = try Clearance(parsing: note.text)
    }

    /// The clearance as it is stored and sent.
    public var bytes: [UInt8] { note.bytes }

    /// Throws `notSigned` unless a key of `keys` signed whose name is the origin, and `badSignature` if a line of one of
    /// them does not verify or is there twice.
    public func verify(with keys: [VerifierKey]) throws(TransparencyLogError) {
        let own = keys.filter { $0.use == .note && $0.name.hasSameBytes(as: clearance.origin) }
        guard !own.isEmpty else {
            throw TransparencyLogError(
                .notSigned, "the trusted log key is of another origin than the clearance's, “\(clearance.origin)”")
        }
        _ = try note.verify(with: own)
    }
}
