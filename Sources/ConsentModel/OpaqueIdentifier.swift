public import LedgerCrypto

/// Sixteen bytes that mean nothing by themselves. `Kind` keeps the kinds apart at compile time.
@frozen public struct OpaqueIdentifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The identifier's size in bytes.
    @inlinable public static var byteCount: Int { 16 }

    /// The first eight bytes as a big-endian number; what tables are keyed by.
    public let high: UInt64
    /// The last eight bytes as a big-endian number.
    public let low: UInt64

    /// Takes exactly 16 bytes; `nil` for any other count.
    @inlinable public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for byte in bytes {
            words.0 = words.0 << 8 | words.1 >> 56
            words.1 = words.1 << 8 | UInt64(byte)
        }
        self.init(high: words.0, low: words.1)
    }

    /// The identifier of these two halves.
    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Sixteen random bytes.
    public init(random: any RandomSource) {
        self.init(random.bytes(Self.byteCount))!
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    /// Thirty-two lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }

    /// Orders as byte strings.
    @inlinable public static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    @inlinable public static func == (left: Self, right: Self) -> Bool {
        left.high == right.high && left.low == right.low
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
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
