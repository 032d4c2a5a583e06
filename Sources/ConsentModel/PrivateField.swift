public import LedgerCrypto

/// A fact about a person that the log commits to and does not hold: a name and a value with the salt that hides it.
public struct PrivateField: Hashable, Sendable {
    /// A salt's size in bytes.
    public static let saltByteCount = 32
    /// The largest value, in bytes.
    public static let mostValueBytes = 65_536
    /// The most private fields an event can have.
    public static let mostFields = 64

    /// What the fact is: an identifier such as `contact`, `ip` or `note`.
    public let name: String
    /// The fact, UTF-8 where it is text.
    public let value: [UInt8]
    /// Thirty-two random bytes, without which the value cannot be guessed from the commitment.
    public let salt: [UInt8]

    /// Throws `badValue` or `tooLarge`.
    public init(name: String, value: [UInt8], salt: [UInt8]) throws(ModelError) {
        guard FieldKind.isIdentifier(name) else {
            throw ModelError(
                .badValue, "a private field's name is 1 to 64 of a–z, 0–9 and “-”, not “\(name.prefix(80))”")
        }
        guard value.count <= Self.mostValueBytes else {
            throw ModelError(
                .tooLarge,
                "the private field \(name) has \(value.count) bytes, and at most \(Self.mostValueBytes) are allowed; keep it "
                    + "elsewhere, and give where it is and its SHA-256")
        }
        guard salt.count == Self.saltByteCount else {
            throw ModelError(.badValue, "the salt of the private field \(name) is not 32 bytes")
        }
        self.name = name
        self.value = value
        self.salt = salt
    }

    /// The field's commitment: SHA-256 of the array [tag, ledger-id, event id, name, salt, value] (SPEC.md).
    public func commitment(ledgerID: [UInt8], event: EventID) -> SHA256Digest {
        var encoder = CBOREncoder(reservingCapacity: value.count + 160)
        encoder.array(count: 6)
        encoder.text("consent-ledger/private-field/v1")
        encoder.byteString(ledgerID)
        encoder.byteString(event)
        encoder.text(name)
        encoder.byteString(salt)
        encoder.byteString(value)
        return SHA256Digest(hashing: encoder.bytes)
    }

    /// What an event holds: SHA-256 of the array [tag, [commitments in ascending order]]. Opening one field needs the
    /// commitments of the others, and shows nothing of them.
    public static func commitmentDigest(_ commitments: [SHA256Digest]) -> SHA256Digest {
        var encoder = CBOREncoder(reservingCapacity: commitments.count * 34 + 48)
        encoder.array(count: 2)
        encoder.text("consent-ledger/private-fields/v1")
        encoder.array(count: commitments.count)
        for commitment in commitments.sorted() { encoder.byteString(commitment) }
        return SHA256Digest(hashing: encoder.bytes)
    }
}
