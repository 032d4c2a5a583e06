public import LedgerCrypto

/// Writes deterministic CBOR (RFC 8949 §4.2.1): shortest heads, definite lengths. The caller writes map keys in ascending
/// order; only the major types this format uses are here.
public struct CBOREncoder: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    public init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// An unsigned integer (major type 0).
    public mutating func unsigned(_ value: UInt64) { head(0, value) }

    /// A negative integer (major type 1): −1 − `value`.
    public mutating func negative(_ value: UInt64) { head(1, value) }

    /// A byte string (major type 2).
    public mutating func byteString(_ value: [UInt8]) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A byte string (major type 2).
    public mutating func byteString(_ value: ArraySlice<UInt8>) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A byte string (major type 2) of 32 bytes.
    public mutating func byteString(_ value: SHA256Digest) {
        head(2, UInt64(SHA256Digest.byteCount))
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// A byte string (major type 2) of 16 bytes.
    public mutating func byteString<Kind>(_ value: OpaqueIdentifier<Kind>) {
        head(2, UInt64(OpaqueIdentifier<Kind>.byteCount))
        withUnsafeBytes(of: (value.high.bigEndian, value.low.bigEndian)) { bytes.append(contentsOf: $0) }
    }

    /// A text string (major type 3), as UTF-8.
    public mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            head(3, UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    /// The head of an array of `count` items, which follow.
    public mutating func array(count: Int) { head(4, UInt64(count)) }

    /// The head of a map of `count` pairs, which follow in ascending order of their keys.
    public mutating func map(count: Int) { head(5, UInt64(count)) }

    /// `true` or `false` (major type 7).
    public mutating func bool(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }

    /// An item that is encoded already.
    public mutating func item(_ encoded: ArraySlice<UInt8>) { bytes.append(contentsOf: encoded) }

    private mutating func head(_ major: UInt8, _ argument: UInt64) {
        let high = major << 5
        switch argument {
        case 0..<24:
            bytes.append(high | UInt8(argument))
        case 24...0xff:
            bytes.append(high | 24)
            bytes.append(UInt8(argument))
        case 0x100...0xffff:
            bytes.append(high | 25)
            bigEndian(argument, byteCount: 2)
        case 0x1_0000...0xffff_ffff:
            bytes.append(high | 26)
            bigEndian(argument, byteCount: 4)
        default:
            bytes.append(high | 27)
            bigEndian(argument, byteCount: 8)
        }
    }

    private mutating func bigEndian(_ value: UInt64, byteCount: Int) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0.suffix(byteCount)) }
    }
}
