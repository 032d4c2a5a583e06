public import LedgerCrypto

/// Sixteen bytes that mean nothing by themselves. `Kind` keeps the kinds apart at compile time.
public struct OpaqueIdentifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The identifier's size in bytes.
    public static var byteCount: Int { 16 }

    /// The first eight bytes as a big-endian number; what tables are keyed by.
    public let high: UInt64
    /// The last eight bytes as a big-endian number.
    public let low: UInt64

    /// Takes exactly 16 bytes; `nil` for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (position, byte) in bytes.enumerated() {
            if position < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        (high, low) = words
    }

    /// Sixteen random bytes.
    public init(random: some RandomSource) {
        self.init(random.bytes(Self.byteCount))!
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        for position in 0..<8 {
            bytes[position] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * position))
            bytes[position + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * position))
        }
        return bytes
    }

    /// Thirty-two lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }

    /// Orders as byte strings.
    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// Marks the identifiers of contacts.
public enum ContactKind: Sendable {}
/// Marks the identifiers of events.
public enum EventKind: Sendable {}

/// Sixteen random bytes that stand for one contact at one business, in the log (DESIGN §2).
public typealias ContactHandle = OpaqueIdentifier<ContactKind>
/// The identifier of an event: random, or a keyed hash of its source and an outside id (DESIGN §5).
public typealias EventID = OpaqueIdentifier<EventKind>
