public import LedgerCrypto

/// What a statement is bound to besides its payload: it is valid in this ledger, for this business, about these contacts,
/// and nowhere else (SPEC.md, “Statement”).
public struct StatementContext: Hashable, Sendable {
    /// The log's origin.
    public let origin: String
    /// The ledger-id, 32 bytes; empty for entry 0, which defines it.
    public let ledgerID: [UInt8]
    /// The business's identifier; empty where the record is in no business's chain.
    public let business: String
    /// The contacts, in the order of the record's links.
    public let handles: [ContactHandle]

    public init(origin: String, ledgerID: [UInt8], business: String, handles: [ContactHandle]) {
        self.origin = origin
        self.ledgerID = ledgerID
        self.business = business
        self.handles = handles
    }

    /// The external additional authenticated data (RFC 9052 §4.3).
    var externalData: [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: 192)
        encoder.array(count: 5)
        encoder.text("consent-ledger/statement/v1")
        encoder.text(origin)
        encoder.byteString(ledgerID)
        encoder.text(business)
        encoder.array(count: handles.count)
        for handle in handles { encoder.byteString(handle) }
        return encoder.bytes
    }
}

/// An event signed by its source: COSE_Sign1 (RFC 9052 §4.2), untagged, with the payload attached.
public struct Statement: Hashable, Sendable {
    /// The media type in the protected header.
    public static let contentType = "application/consent-event+cbor"
    /// A statement's largest encoding, in bytes.
    public static let mostBytes = Event.mostBytes + 127

    /// The signing key's identifier: the first 16 bytes of SHA-256 of the public key.
    public let keyIdentifier: [UInt8]
    /// The event's encoding.
    public let payload: [UInt8]
    /// The 64-byte Ed25519 signature.
    public let signature: [UInt8]

    /// Signs `payload` for `context`; throws what the signer throws, and `form` if what it returns does not
    /// verify, unless it is a key in our own memory.
    public init(signing payload: [UInt8], for context: StatementContext, with signer: some Signer) throws {
        let key = signer.publicKey
        let message = Self.toBeSigned(payload: payload, keyIdentifier: key.keyIdentifier, context: context)
        let signature = try signer.sign(message)
        guard !signer.needsChecking || key.isValidSignature(signature, for: message) else {
            throw ModelError(.form, "the signer returned a signature that does not verify under its own public key")
        }
        self.init(keyIdentifier: key.keyIdentifier, payload: payload, signature: signature)
    }

    /// A statement that was signed elsewhere; `isSigned` says whether it was.
    public init(keyIdentifier: [UInt8], payload: [UInt8], signature: [UInt8]) {
        self.keyIdentifier = keyIdentifier
        self.payload = payload
        self.signature = signature
    }

    /// Decodes strictly.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ModelError) {
        var decoder = CBORDecoder(bytes)
        try decoder.exactArray(4)
        let header = try decoder.byteString()
        guard try decoder.map(most: 0) == 0 else { throw ModelError(.form, "the unprotected header is not empty") }
        payload = Array(try decoder.byteString())
        signature = Array(try decoder.byteString())
        try decoder.end()
        guard payload.count <= Event.mostBytes else {
            throw ModelError(.tooLarge, "an event of \(payload.count) bytes; at most \(Event.mostBytes) are allowed")
        }
        guard signature.count == Ed25519PrivateKey.signatureByteCount else {
            throw ModelError(.form, "a signature of \(signature.count) bytes where 64 are due")
        }
        // All of the header but the key identifier is fixed, so comparing with the one possible header is the check.
        keyIdentifier = Array(header.suffix(16))
        guard header.count == Self.headerPrefix.count + 16, header.starts(with: Self.headerPrefix) else {
            throw ModelError(.form, "the protected header is not exactly algorithm, content type and key identifier")
        }
    }

    /// The statement's bytes.
    public func encoded() -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: payload.count + 160)
        encoder.array(count: 4)
        encoder.byteString(Self.protectedHeader(keyIdentifier: keyIdentifier))
        encoder.map(count: 0)
        encoder.byteString(payload)
        encoder.byteString(signature)
        return encoder.bytes
    }

    /// Whether the header names `key` and the signature is its own over this payload in `context`, by the rule SPEC.md
    /// states.
    public func isSigned(by key: Ed25519PublicKey, for context: StatementContext) -> Bool {
        keyIdentifier == key.keyIdentifier
            && key.isValidSignature(
                signature, for: Self.toBeSigned(payload: payload, keyIdentifier: keyIdentifier, context: context))
    }

    /// The Sig_structure (RFC 9052 §4.4): what an external source signs.
    public static func toBeSigned(payload: [UInt8], keyIdentifier: [UInt8], context: StatementContext) -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: payload.count + 288)
        encoder.array(count: 4)
        encoder.text("Signature1")
        encoder.byteString(protectedHeader(keyIdentifier: keyIdentifier))
        encoder.byteString(context.externalData)
        encoder.byteString(payload)
        return encoder.bytes
    }

    /// {1: −8, 3: content type, 4: key identifier}: algorithm EdDSA (RFC 9053 §2.2), used with Ed25519 alone.
    private static func protectedHeader(keyIdentifier: [UInt8]) -> [UInt8] { headerPrefix + keyIdentifier }

    private static let headerPrefix: [UInt8] = {
        var encoder = CBOREncoder()
        encoder.map(count: 3)
        encoder.unsigned(1)
        encoder.negative(7)
        encoder.unsigned(3)
        encoder.text(contentType)
        encoder.unsigned(4)
        // The head of a byte string of 16 bytes; the bytes follow.
        return encoder.bytes + [0x50]
    }()
}
