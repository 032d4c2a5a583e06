/// Reads the deterministic CBOR that `CBOREncoder` writes, and nothing else: a longer head than needed, an indefinite
/// length, a tag, a float, null or undefined, or text that is not UTF-8 is an error. Lengths are bounded by the input, so
/// a hostile length allocates nothing.
public struct CBORDecoder: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Reads from `bytes`.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Reads from `bytes`.
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Whether every byte has been read.
    public var isAtEnd: Bool { position == bytes.endIndex }

    /// How many bytes have been read.
    public var offset: Int { position - bytes.startIndex }

    /// The kind of the next item, without reading it; `nil` at the end or where this format has no such item.
    public var nextKind: Kind? {
        guard position < bytes.endIndex else { return nil }
        switch bytes[position] {
        case 0xf4, 0xf5: return .bool
        case 0xe0...0xff: return nil
        case let initial: return Kind(rawValue: initial >> 5)
        }
    }

    /// The major types of RFC 8949 §3.1 that this format uses.
    public enum Kind: UInt8, Sendable {
        case unsigned = 0
        case negative = 1
        case byteString = 2
        case text = 3
        case array = 4
        case map = 5
        case bool = 7
    }

    /// An unsigned integer.
    public mutating func unsigned() throws(ModelError) -> UInt64 { try head(.unsigned) }

    /// A negative integer, given as n for −1 − n.
    public mutating func negative() throws(ModelError) -> UInt64 { try head(.negative) }

    /// A byte string.
    public mutating func byteString() throws(ModelError) -> ArraySlice<UInt8> { try string(.byteString) }

    /// A text string.
    public mutating func text() throws(ModelError) -> String {
        let start = offset
        let utf8 = try string(.text)
        // Nearly all text here is ASCII, which is UTF-8 and needs no slower look.
        if utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: utf8, as: UTF8.self) }
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw ModelError(.encoding, "the text at byte \(start) is not UTF-8", at: start)
        }
        return text
    }

    /// The number of items of an array, which follow; at most `most`.
    public mutating func array(most: Int) throws(ModelError) -> Int { try count(.array, most: most) }

    /// The number of pairs of a map, which follow; at most `most`. The caller checks that keys ascend.
    public mutating func map(most: Int) throws(ModelError) -> Int { try count(.map, most: most) }

    /// `true` or `false`.
    public mutating func bool() throws(ModelError) -> Bool {
        guard position < bytes.endIndex else { throw truncated() }
        switch bytes[position] {
        case 0xf4:
            position += 1
            return false
        case 0xf5:
            position += 1
            return true
        default: throw unexpected("true or false")
        }
    }

    /// Throws unless every byte has been read.
    public func end() throws(ModelError) {
        guard isAtEnd else {
            throw ModelError(
                .encoding, "\(bytes.endIndex - position) bytes follow the end, at byte \(offset)", at: offset)
        }
    }

    /// Reads one item of any kind this format has, at most `depth` levels deep, and checks that it is deterministic (map
    /// keys ascend bytewise and are unique). Used for events of unknown type, of which only the form is known.
    public mutating func skipItem(depth: Int) throws(ModelError) {
        guard depth > 0 else { throw ModelError(.encoding, "more levels than allowed at byte \(offset)", at: offset) }
        switch nextKind {
        case .unsigned: _ = try unsigned()
        case .negative: _ = try negative()
        case .byteString: _ = try byteString()
        case .text: _ = try text()
        case .bool: _ = try bool()
        case .array:
            let count = try array(most: bytes.count)
            for _ in 0..<count { try skipItem(depth: depth - 1) }
        case .map:
            let count = try map(most: bytes.count)
            var previous: ArraySlice<UInt8>?
            for _ in 0..<count {
                let start = position
                try skipItem(depth: depth - 1)
                let key = bytes[start..<position]
                if let previous, !previous.lexicographicallyPrecedes(key) {
                    let place = start - bytes.startIndex
                    throw ModelError(.encoding, "map keys do not ascend at byte \(place)", at: place)
                }
                previous = key
                try skipItem(depth: depth - 1)
            }
        case nil:
            guard position < bytes.endIndex else { throw truncated() }
            throw unexpected("an item of this format")
        }
    }

    private mutating func head(_ kind: Kind) throws(ModelError) -> UInt64 {
        guard position < bytes.endIndex else { throw truncated() }
        let initial = bytes[position]
        guard initial >> 5 == kind.rawValue else { throw unexpected("\(kind)") }
        let information = initial & 31
        guard information >= 24 else {
            position += 1
            return UInt64(information)
        }
        guard information <= 27 else { throw unexpected("\(kind) of definite length") }
        let size = 1 << Int(information - 24)
        guard bytes.endIndex - position > size else { throw truncated() }
        var value: UInt64 = 0
        for index in position + 1...position + size { value = value << 8 | UInt64(bytes[index]) }
        let least: UInt64 = size == 1 ? 24 : 1 << UInt64(size * 4)
        guard value >= least else {
            throw ModelError(.encoding, "the head at byte \(offset) is longer than it need be", at: offset)
        }
        position += 1 + size
        return value
    }

    private mutating func string(_ kind: Kind) throws(ModelError) -> ArraySlice<UInt8> {
        let start = position
        let length = try head(kind)
        guard length <= UInt64(bytes.endIndex - position) else {
            position = start
            throw truncated()
        }
        let end = position + Int(length)
        defer { position = end }
        return bytes[position..<end]
    }

    private mutating func count(_ kind: Kind, most: Int) throws(ModelError) -> Int {
        let start = offset
        let count = try head(kind)
        guard count <= UInt64(most) else {
            throw ModelError(
                .tooLarge, "\(count) items at byte \(start), where at most \(most) are allowed", at: start)
        }
        return Int(count)
    }

    private func truncated() -> ModelError {
        ModelError(.encoding, "the bytes end in the middle of an item, at byte \(offset)", at: offset)
    }

    private func unexpected(_ wanted: String) -> ModelError {
        ModelError(
            .encoding, "byte \(offset) is 0x\(String(bytes[position], radix: 16)), where \(wanted) must begin",
            at: offset)
    }
}
