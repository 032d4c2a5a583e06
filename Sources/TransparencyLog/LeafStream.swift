/// Leaves of a clearance one after the other, each with its length before it in two bytes, big-endian, as they come in
/// pieces of any size.
public struct LeafStream {
    private var pending: [UInt8] = []
    private var position = 0
    /// How many leaves were given.
    public private(set) var count: UInt64 = 0

    /// Nothing came yet.
    public init() {}

    /// A leaf as it is written; throws `tooLarge` if it has more than 65,535 bytes, and `malformed` if it has none.
    public static func framed(_ leaf: [UInt8]) throws(TransparencyLogError) -> [UInt8] {
        guard !leaf.isEmpty else { throw TransparencyLogError(.malformed, "a leaf is not empty") }
        guard leaf.count <= EntryBundle.maximumEntryByteCount else {
            throw TransparencyLogError(
                .tooLarge, "a leaf has at most \(EntryBundle.maximumEntryByteCount) bytes; this one has \(leaf.count)")
        }
        return [UInt8(leaf.count >> 8), UInt8(leaf.count & 0xff)] + leaf
    }

    /// Takes what comes next.
    public mutating func take(_ piece: some Collection<UInt8>) {
        pending.removeFirst(position)
        position = 0
        pending.append(contentsOf: piece)
    }

    /// The next leaf; `nil` until all of it has come. Throws `malformed` for one without bytes.
    public mutating func next() throws(TransparencyLogError) -> [UInt8]? {
        guard pending.count - position >= 2 else { return nil }
        let length = Int(pending[position]) << 8 | Int(pending[position + 1])
        guard length > 0 else {
            throw TransparencyLogError(.malformed, "leaf \(count) of the clearance has no bytes")
        }
        guard pending.count - position - 2 >= length else { return nil }
        defer {
            position += 2 + length
            count += 1
        }
        return Array(pending[position + 2..<position + 2 + length])
    }

    /// Throws `malformed` if what came ends within a leaf.
    public func end() throws(TransparencyLogError) {
        guard position == pending.count else {
            throw TransparencyLogError(.malformed, "the leaves end within leaf \(count) of the clearance")
        }
    }
}
