public import ConsentModel

/// Takes CBOR apart and puts it together again, also as no honest software would: what is put in stays as it is.
public enum CBORParts {
    /// The encodings of an array's items.
    public static func items(of array: [UInt8]) -> [[UInt8]] {
        var decoder = CBORDecoder(array)
        let count = try! decoder.array(most: array.count)
        return (0..<count).map { _ in next(&decoder, in: array) }
    }

    /// The encodings of a map's keys and values, in its order.
    public static func pairs(of map: [UInt8]) -> [(key: [UInt8], value: [UInt8])] {
        var decoder = CBORDecoder(map)
        let count = try! decoder.map(most: map.count)
        return (0..<count).map { _ in (next(&decoder, in: map), next(&decoder, in: map)) }
    }

    /// What a byte string holds.
    public static func content(of byteString: [UInt8]) -> [UInt8] {
        var decoder = CBORDecoder(byteString)
        return Array(try! decoder.byteString())
    }

    /// An array of `items`, each as it is.
    public static func array(_ items: [[UInt8]]) -> [UInt8] {
        encoded { $0.array(count: items.count) } + items.joined()
    }

    /// A map of `pairs`, in this order.
    public static func map(_ pairs: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        encoded { $0.map(count: pairs.count) } + pairs.flatMap { $0.key + $0.value }
    }

    /// A byte string.
    public static func byteString(_ content: [UInt8]) -> [UInt8] { encoded { $0.byteString(content) } }

    /// A text string.
    public static func text(_ text: String) -> [UInt8] { encoded { $0.text(text) } }

    /// An unsigned integer.
    public static func unsigned(_ value: UInt64) -> [UInt8] { encoded { $0.unsigned(value) } }

    /// What `write` writes.
    public static func encoded(_ write: (inout CBOREncoder) -> Void) -> [UInt8] {
        var encoder = CBOREncoder()
        write(&encoder)
        return encoder.bytes
    }

    /// `array` with the item at `position` changed.
    public static func replacing(
        _ position: Int, of array: [UInt8], _ change: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        var items = items(of: array)
        items[position] = change(items[position])
        return Self.array(items)
    }

    /// `pairs` with one more, in the order of the keys' encodings.
    public static func inserting(
        _ key: [UInt8], _ value: [UInt8], into pairs: [(key: [UInt8], value: [UInt8])]
    ) -> [(key: [UInt8], value: [UInt8])] {
        let place = pairs.firstIndex { key.lexicographicallyPrecedes($0.key) } ?? pairs.count
        return pairs[..<place] + [(key, value)] + pairs[place...]
    }

    private static func next(_ decoder: inout CBORDecoder, in bytes: [UInt8]) -> [UInt8] {
        let start = decoder.offset
        try! decoder.skipItem(depth: 16)
        return Array(bytes[start..<decoder.offset])
    }
}

/// The places of things in a record and a statement (SPEC.md).
public enum RecordPart {
    public static let version = 0
    public static let index = 1
    public static let recordedAt = 2
    public static let links = 3
    public static let statement = 4
}

/// The places of things in a statement (SPEC.md).
public enum StatementPart {
    public static let protected = 0
    public static let unprotected = 1
    public static let payload = 2
    public static let signature = 3
}
