import ConsentModel

/// A CBOR item as a tree, with a plain encoder and parser of its own (RFC 8949 §3), so that no test compares the library
/// with itself.
indirect enum CBORItem: Sendable {
    case unsigned(UInt64)
    /// −1 − n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORItem])
    case map([(key: CBORItem, value: CBORItem)])
    case bool(Bool)
    /// Bytes put as they are, for what must be refused.
    case raw([UInt8])

    /// The shortest encoding, with the pairs of maps in the order given.
    var encoded: [UInt8] {
        switch self {
        case .unsigned(let number): Self.head(0, number)
        case .negative(let number): Self.head(1, number)
        case .bytes(let bytes): Self.head(2, UInt64(bytes.count)) + bytes
        case .text(let text): Self.head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .array(let items): Self.head(4, UInt64(items.count)) + items.flatMap(\.encoded)
        case .map(let pairs): Self.head(5, UInt64(pairs.count)) + pairs.flatMap { $0.key.encoded + $0.value.encoded }
        case .bool(let bool): [bool ? 0xf5 : 0xf4]
        case .raw(let bytes): bytes
        }
    }

    /// The shortest head of a major type.
    static func head(_ major: UInt8, _ argument: UInt64) -> [UInt8] {
        guard argument >= 24 else { return [major << 5 | UInt8(argument)] }
        let sizes: [(bytes: Int, information: UInt8)] = [(1, 24), (2, 25), (4, 26), (8, 27)]
        let fitting = sizes.first { $0.bytes == 8 || argument >> (8 * UInt64($0.bytes)) == 0 }!
        return [major << 5 | fitting.information]
            + (0..<fitting.bytes).reversed().map { UInt8(truncatingIfNeeded: argument >> (8 * UInt64($0))) }
    }

    /// Whether `bytes` are the deterministic encoding of one item of this format's kinds, at most `depth` levels deep:
    /// parsed leniently, encoded again and compared.
    static func isDeterministic(_ bytes: [UInt8], depth: Int) -> Bool {
        guard let (item, rest) = parse(bytes[...], depth: depth), rest.isEmpty else { return false }
        return item.encoded == bytes && item.hasAscendingKeys
    }

    private var hasAscendingKeys: Bool {
        switch self {
        case .array(let items): items.allSatisfy(\.hasAscendingKeys)
        case .map(let pairs):
            zip(pairs, pairs.dropFirst())
                .allSatisfy { $0.key.encoded.lexicographicallyPrecedes($1.key.encoded) }
                && pairs.allSatisfy { $0.key.hasAscendingKeys && $0.value.hasAscendingKeys }
        default: true
        }
    }

    /// One item from the front of `bytes`, its heads of any length; `nil` for what has no place in the tree.
    private static func parse(_ bytes: ArraySlice<UInt8>, depth: Int) -> (CBORItem, ArraySlice<UInt8>)? {
        guard depth > 0, let initial = bytes.first else { return nil }
        if initial == 0xf4 || initial == 0xf5 { return (.bool(initial == 0xf5), bytes.dropFirst()) }
        guard var (argument, rest) = argument(of: bytes) else { return nil }
        switch initial >> 5 {
        case 0: return (.unsigned(argument), rest)
        case 1: return (.negative(argument), rest)
        case 2, 3:
            guard argument <= UInt64(rest.count) else { return nil }
            let content = Array(rest.prefix(Int(argument)))
            rest = rest.dropFirst(Int(argument))
            // Repaired text encodes to other bytes, which the comparison finds.
            return (initial >> 5 == 2 ? .bytes(content) : .text(String(decoding: content, as: UTF8.self)), rest)
        case 4:
            var items: [CBORItem] = []
            while argument > 0 {
                guard let (item, after) = parse(rest, depth: depth - 1) else { return nil }
                items.append(item)
                (argument, rest) = (argument - 1, after)
            }
            return (.array(items), rest)
        case 5:
            var pairs: [(key: CBORItem, value: CBORItem)] = []
            while argument > 0 {
                guard let (key, afterKey) = parse(rest, depth: depth - 1),
                    let (value, after) = parse(afterKey, depth: depth - 1)
                else { return nil }
                pairs.append((key, value))
                (argument, rest) = (argument - 1, after)
            }
            return (.map(pairs), rest)
        default: return nil
        }
    }

    private static func argument(of bytes: ArraySlice<UInt8>) -> (UInt64, ArraySlice<UInt8>)? {
        guard let initial = bytes.first else { return nil }
        let information = initial & 31
        if information < 24 { return (UInt64(information), bytes.dropFirst()) }
        guard information <= 27 else { return nil }
        let size = 1 << (Int(information) - 24)
        let digits = bytes.dropFirst().prefix(size)
        guard digits.count == size else { return nil }
        return (digits.reduce(0) { $0 << 8 | UInt64($1) }, bytes.dropFirst(1 + size))
    }
}

extension CBORItem {
    /// The form SPEC.md gives to a field's value.
    init(_ value: FieldValue) {
        self =
            switch value {
            case .number(let number): .unsigned(number)
            case .bytes(let bytes): .bytes(bytes)
            case .text(let text): .text(text)
            case .texts(let texts): .array(texts.map { .text($0) })
            case .byteStrings(let strings): .array(strings.map { .bytes($0) })
            case .mark: .bool(true)
            case .occurredAt(let time): .array([.unsigned(time.start.milliseconds), .unsigned(time.precision)])
            case .notice(let notice): .array([.text(notice.name), .bytes(notice.textDigest)])
            case .presentation(let presentation): .presentation(presentation)
            }
    }

    private static func presentation(_ presentation: Presentation) -> CBORItem {
        var pairs: [(key: CBORItem, value: CBORItem)] = []
        if let control = presentation.control { pairs.append((.unsigned(1), .text(control))) }
        if presentation.preTicked { pairs.append((.unsigned(2), .bool(true))) }
        if presentation.bundled { pairs.append((.unsigned(3), .bool(true))) }
        if presentation.conditionOfPurchase { pairs.append((.unsigned(4), .bool(true))) }
        if let version = presentation.pageVersion { pairs.append((.unsigned(5), .text(version))) }
        return .map(pairs)
    }

    /// The form SPEC.md gives to an event.
    static func event(_ type: UInt64, _ id: [UInt8], _ fields: [(key: UInt64, value: CBORItem)]) -> CBORItem {
        .map(
            [(.unsigned(1), .unsigned(type)), (.unsigned(2), .bytes(id))] + fields.map { (.unsigned($0.key), $0.value) }
        )
    }
}

extension CBORDecoder {
    /// One item of any kind, read with the decoder's typed readers.
    mutating func item() throws(ModelError) -> CBORItem {
        switch nextKind {
        case .unsigned: return .unsigned(try unsigned())
        case .negative: return .negative(try negative())
        case .byteString: return .bytes(Array(try byteString()))
        case .text: return .text(try text())
        case .bool: return .bool(try bool())
        case .array:
            var items: [CBORItem] = []
            for _ in 0..<(try array(most: 64)) { items.append(try item()) }
            return .array(items)
        case .map:
            var pairs: [(key: CBORItem, value: CBORItem)] = []
            for _ in 0..<(try map(most: 64)) { pairs.append((try item(), try item())) }
            return .map(pairs)
        case nil: throw ModelError(.encoding, "no item of this format")
        }
    }
}
