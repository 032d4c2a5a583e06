internal import CCrypto

/// A SHA-256 digest: 32 bytes, held inline, so that a tree of millions of them allocates nothing.
@frozen public struct SHA256Digest: Hashable, Sendable {
    /// The digest's size in bytes.
    public static let byteCount = 32

    // Four words as they lie in memory; never interpreted as numbers.
    @usableFromInline var words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of 32 zero bytes' value, used where a format needs a placeholder.
    public static let zero = SHA256Digest(words: (0, 0, 0, 0))

    @inlinable init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Takes the digest from exactly 32 bytes; `nil` for any other count.
    @inlinable public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(words: (0, 0, 0, 0))
        Swift.withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// SHA-256 of `bytes`.
    public init(hashing bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { SHA256Digest(hashing: $0) }
    }

    /// SHA-256 of the memory in `bytes`.
    public init(hashing bytes: UnsafeRawBufferPointer) {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finalize()
    }

    /// Calls `body` with the 32 bytes, without copying them.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var copy = words
        return try Swift.withUnsafeBytes(of: &copy) { (buffer) throws(Failure) in try body(buffer) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    fileprivate init(finalizing context: inout SHA256_CTX) {
        self = .zero
        withUnsafeMutableBytes(of: &words) { buffer in
            _ = SHA256_Final(buffer.bindMemory(to: UInt8.self).baseAddress, &context)
        }
    }

    @inlinable public static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// Orders digests as byte strings.
extension SHA256Digest: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.lexicographicallyPrecedes(b) } }
    }
}

/// Prints as 64 lower-case hexadecimal digits.
extension SHA256Digest: CustomStringConvertible {
    public var description: String { Hexadecimal.encode(bytes) }
}

/// SHA-256 fed in pieces (FIPS 180-4), by OpenSSL's libcrypto.
public struct SHA256Hasher {
    private var context = SHA256_CTX()

    public init() {
        SHA256_Init(&context)
    }

    /// Adds one byte; the prefixes of RFC 6962 §2.1 are such.
    public mutating func update(byte: UInt8) {
        withUnsafeBytes(of: byte) { update($0) }
    }

    /// Adds the memory in `bytes`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// Adds `bytes`.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds the 32 bytes of a digest.
    public mutating func update(_ digest: SHA256Digest) {
        digest.withUnsafeBytes { update($0) }
    }

    /// The digest of all that was added.
    public consuming func finalize() -> SHA256Digest {
        SHA256Digest(finalizing: &context)
    }
}
