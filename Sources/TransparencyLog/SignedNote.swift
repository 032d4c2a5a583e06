public import LedgerCrypto

/// One signature line of a note: `— <name> <base64 of key ID ‖ signature>`.
public struct NoteSignature: Sendable {
    /// The name of the key that is said to have signed.
    public let name: String
    /// The ID of the key that is said to have signed.
    public let keyID: UInt32
    /// The signature, in the form of the key's type; at least one byte.
    public let signature: [UInt8]

    /// U+2014 and a space.
    private static let prefix = Array("— ".utf8)

    init(key: VerifierKey, signature: [UInt8]) {
        name = key.name
        keyID = key.keyID
        self.signature = signature
    }

    /// Reads a line with its newline, as a witness gives it; throws `malformed` unless it is exactly that.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.last == UInt8(ascii: "\n"), let signature = NoteSignature(line: bytes.dropLast()) else {
            throw TransparencyLogError(
                .malformed, "this is not one signature line, “— <name> <base64>” and its newline")
        }
        self = signature
    }

    /// Reads a line without its newline; `nil` unless it is exactly what `line` gives.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.prefix) else { return nil }
        let parts = line.dropFirst(Self.prefix.count).split(
            separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = String(plainText: parts[0]), KeyName.isValid(name),
            let encoded = String(plainText: parts[1]), let payload = Base64.decode(encoded), payload.count >= 5
        else { return nil }
        self.name = name
        keyID = payload[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        signature = Array(payload[4...])
    }

    /// The line with its newline.
    public var line: [UInt8] {
        let payload = withUnsafeBytes(of: keyID.bigEndian) { Array($0) } + signature
        return Self.prefix + Array("\(name) \(Base64.encode(payload))\n".utf8)
    }
}

/// A signature that a known key has made over a note.
public struct VerifiedSignature: Hashable, Sendable {
    /// The key that verified it.
    public let key: VerifierKey
    /// For a cosignature, when it was made, in seconds since the epoch; as true as the witness is honest.
    public let timestamp: UInt64?
}

/// A text with signatures, as C2SP signed-note has it. The signature lines are kept as they came, known or not.
public struct SignedNote: Sendable {
    /// The largest note, in bytes.
    public static let maximumByteCount = 1 << 20
    /// The most signature lines.
    public static let maximumSignatureCount = 100

    /// What is signed: plain text that ends in a newline.
    public let text: [UInt8]
    /// The signature lines, in order; at least one.
    public private(set) var signatures: [NoteSignature]

    /// Signs `text` as `name`. Throws `malformed` unless the text is UTF-8, ends in a newline and has no control
    /// characters but newlines; and as `sign` does.
    public init(signing text: [UInt8], as name: String, with signer: any Signer) throws {
        guard text.last == UInt8(ascii: "\n"), String(plainText: text) != nil else {
            throw TransparencyLogError(
                .malformed, "a note's text is UTF-8 without control characters and ends in a newline")
        }
        self.text = text
        signatures = []
        try sign(as: name, with: signer)
    }

    /// Reads a note. Throws `tooLarge` over its limits, and `malformed` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .tooLarge, "a signed note has at most \(Self.maximumByteCount) bytes; this one has \(bytes.count)")
        }
        guard String(plainText: bytes) != nil else {
            throw TransparencyLogError(.malformed, "the signed note is not UTF-8, or has control characters")
        }
        let newline = UInt8(ascii: "\n")
        guard bytes.last == newline,
            let separator = bytes.indices.dropFirst().last(where: { bytes[$0] == newline && bytes[$0 - 1] == newline }),
            separator + 1 < bytes.count
        else {
            throw TransparencyLogError(
                .malformed, "the signed note is not a text, an empty line, and signature lines that end in a newline")
        }
        let lines = bytes[(separator + 1)...].dropLast().split(
            separator: newline, maxSplits: Self.maximumSignatureCount, omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumSignatureCount else {
            throw TransparencyLogError(
                .tooLarge, "a signed note has at most \(Self.maximumSignatureCount) signature lines")
        }
        var signatures: [NoteSignature] = []
        for line in lines {
            guard let signature = NoteSignature(line: line) else {
                throw TransparencyLogError(
                    .malformed, "line \(signatures.count + 1) of the note's signatures is not “— <name> <base64>”")
            }
            signatures.append(signature)
        }
        text = Array(bytes[..<separator])
        self.signatures = signatures
    }

    /// The note as it is stored and sent.
    public var bytes: [UInt8] {
        text + [UInt8(ascii: "\n")] + signatures.flatMap(\.line)
    }

    /// Adds a signature over the text, in place of an earlier one by the same key. Throws `badSignature` if what the
    /// signer gives does not verify under its public key, `malformed` for a name that is none, `tooLarge` over the
    /// note's limits, and what the signer throws.
    public mutating func sign(as name: String, with signer: any Signer) throws {
        let key = try VerifierKey(name: name, publicKey: signer.publicKey, use: .note)
        try add(NoteSignature(key: key, signature: signer.sign(text)), by: key)
    }

    /// Adds a line that `key` must confirm.
    mutating func add(_ signature: NoteSignature, by key: VerifierKey) throws(TransparencyLogError) {
        guard key.isNamed(by: signature), key.verify(signature, over: text) != nil else {
            throw TransparencyLogError(
                .badSignature, "what is given as the signature of “\(key.name)” does not verify under its public key")
        }
        var signed = self
        signed.signatures.removeAll { key.isNamed(by: $0) }
        signed.signatures.append(signature)
        guard signed.signatures.count <= Self.maximumSignatureCount, signed.bytes.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .tooLarge,
                "a signed note has at most \(Self.maximumSignatureCount) signature lines and "
                    + "\(Self.maximumByteCount) bytes")
        }
        self = signed
    }

    /// Adds a line that `key` must confirm, unless one that it confirms is there; returns whether it was added.
    mutating func attach(_ signature: NoteSignature, by key: VerifierKey) throws(TransparencyLogError) -> Bool {
        var signed = self
        try signed.add(signature, by: key)
        guard !signatures.contains(where: { key.isNamed(by: $0) && key.verify($0, over: text) != nil }) else {
            return false
        }
        self = signed
        return true
    }

    /// The signatures by `keys`, in the note's order. Lines of other keys are passed over. Throws `badSignature` if a
    /// line of a known key does not verify or is there twice, or if two of the keys cannot be told apart, and
    /// `notSigned` if none of the keys signed.
    public func verify(with keys: [VerifierKey]) throws(TransparencyLogError) -> [VerifiedSignature] {
        var verified: [VerifiedSignature] = []
        for line in signatures {
            let named = Set(keys.filter { $0.isNamed(by: line) })
            guard let key = named.first else { continue }
            guard named.count == 1 else {
                throw TransparencyLogError(
                    .badSignature, "two trusted keys have the name “\(key.name)” and the ID \(key.keyIDText)")
            }
            guard !verified.contains(where: { $0.key == key }) else {
                throw TransparencyLogError(
                    .badSignature, "the note has two signatures by “\(key.name)” (\(key.keyIDText))")
            }
            guard let signature = key.verify(line, over: text) else {
                throw TransparencyLogError(
                    .badSignature, "the signature by “\(key.name)” (\(key.keyIDText)) does not verify")
            }
            verified.append(signature)
        }
        guard !verified.isEmpty else {
            throw TransparencyLogError(.notSigned, "none of the \(keys.count) trusted keys signed the note")
        }
        return verified
    }
}

extension VerifierKey {
    /// The signature in `line` as this key's over `text`; `nil` if it is not.
    fileprivate func verify(_ line: NoteSignature, over text: [UInt8]) -> VerifiedSignature? {
        switch use {
        case .note:
            guard publicKey.isValidSignature(line.signature, for: text) else { return nil }
            return VerifiedSignature(key: self, timestamp: nil)
        case .cosignature:
            guard let cosignature = Cosignature(line.signature),
                publicKey.isValidSignature(
                    cosignature.signature, for: Cosignature.message(text: text, timestamp: cosignature.timestamp))
            else { return nil }
            return VerifiedSignature(key: self, timestamp: cosignature.timestamp)
        }
    }
}

/// Notes are equal when their bytes are.
extension SignedNote: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
