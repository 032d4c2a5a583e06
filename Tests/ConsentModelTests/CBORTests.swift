import ConsentModel
import LedgerCrypto
import Testing

/// What the format takes of CBOR and what it refuses (RFC 8949).
@Suite struct CBORTests {
    /// RFC 8949 appendix A, in its order; `nil` where the format has no such item.
    static let appendixA: [(hex: String, item: CBORItem?)] = [
        ("00", .unsigned(0)), ("01", .unsigned(1)), ("0a", .unsigned(10)), ("17", .unsigned(23)),
        ("1818", .unsigned(24)), ("1819", .unsigned(25)), ("1864", .unsigned(100)), ("1903e8", .unsigned(1000)),
        ("1a000f4240", .unsigned(1_000_000)), ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)),
        ("1bffffffffffffffff", .unsigned(18_446_744_073_709_551_615)),
        ("c249010000000000000000", nil),
        ("3bffffffffffffffff", .negative(18_446_744_073_709_551_615)),
        ("c349010000000000000000", nil),
        ("20", .negative(0)), ("29", .negative(9)), ("3863", .negative(99)), ("3903e7", .negative(999)),
        ("f90000", nil), ("f98000", nil), ("f93c00", nil), ("fb3ff199999999999a", nil), ("f93e00", nil),
        ("f97bff", nil), ("fa47c35000", nil), ("fa7f7fffff", nil), ("fb7e37e43c8800759c", nil), ("f90001", nil),
        ("f90400", nil), ("f9c400", nil), ("fbc010666666666666", nil), ("f97c00", nil), ("f97e00", nil),
        ("f9fc00", nil), ("fa7f800000", nil), ("fa7fc00000", nil), ("faff800000", nil),
        ("fb7ff0000000000000", nil), ("fb7ff8000000000000", nil), ("fbfff0000000000000", nil),
        ("f4", .bool(false)), ("f5", .bool(true)), ("f6", nil), ("f7", nil), ("f0", nil), ("f8ff", nil),
        ("c074323031332d30332d32315432303a30343a30305a", nil), ("c11a514b67b0", nil),
        ("c1fb41d452d9ec200000", nil), ("d74401020304", nil), ("d818456449455446", nil),
        ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", nil),
        ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])),
        ("60", .text("")), ("6161", .text("a")), ("6449455446", .text("IETF")), ("62225c", .text("\"\\")),
        ("62c3bc", .text("\u{fc}")), ("63e6b0b4", .text("\u{6c34}")), ("64f0908591", .text("\u{10151}")),
        ("80", .array([])), ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
        (
            "8301820203820405",
            .array([
                .unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)]),
            ])
        ),
        (
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
            .array((1...25).map { .unsigned($0) })
        ),
        ("a0", .map([])),
        ("a201020304", .map([(.unsigned(1), .unsigned(2)), (.unsigned(3), .unsigned(4))])),
        (
            "a26161016162820203",
            .map([(.text("a"), .unsigned(1)), (.text("b"), .array([.unsigned(2), .unsigned(3)]))])
        ),
        ("826161a161626163", .array([.text("a"), .map([(.text("b"), .text("c"))])])),
        (
            "a56161614161626142616361436164614461656145",
            .map([
                (.text("a"), .text("A")), (.text("b"), .text("B")), (.text("c"), .text("C")), (.text("d"), .text("D")),
                (.text("e"), .text("E")),
            ])
        ),
        ("5f42010243030405ff", nil), ("7f657374726561646d696e67ff", nil), ("9fff", nil),
        ("9f018202039f0405ffff", nil), ("9f01820203820405ff", nil), ("83018202039f0405ff", nil),
        ("83019f0203ff820405", nil), ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", nil),
        ("bf61610161629f0203ffff", nil), ("826161bf61626163ff", nil), ("bf6346756ef563416d7421ff", nil),
    ]

    @Test(arguments: appendixA.indices)
    func appendixAIsReadAndWrittenByteForByteOrRefused(example: Int) throws {
        let (hex, item) = Self.appendixA[example]
        let bytes = try #require(Hexadecimal.decode(hex))
        var decoder = CBORDecoder(bytes)
        var skipping = CBORDecoder(bytes)
        guard let item else {
            #expect(throws: ModelError(.encoding, "")) { _ = try decoder.item() }
            #expect(throws: ModelError(.encoding, "")) { try skipping.skipItem(depth: 8) }
            return
        }
        #expect(item.encoded == bytes)
        #expect(try decoder.item().encoded == bytes)
        try decoder.end()
        try skipping.skipItem(depth: 8)
        try skipping.end()
        #expect(Self.encode(item) == bytes)
    }

    @Test func theTableIsTheWholeAppendix() {
        #expect(Self.appendixA.count == 81)
    }

    @Test func everyHeadIsShortestAtTheBordersOfItsSizes() throws {
        let borders: [UInt64] = [0, 23, 24, 255, 256, 65535, 65536, 0xffff_ffff, 0x1_0000_0000, .max]
        for number in borders {
            let sizes = [0, 1, 2, 4, 8].filter { size in
                size == 8 || (size == 0 ? number < 24 : number >> (8 * UInt64(size)) == 0)
            }
            for (position, size) in sizes.enumerated() {
                for major in UInt8(0)...1 {
                    let bytes = Self.head(major, number, size: size)
                    var decoder = CBORDecoder(bytes)
                    if position == 0 {
                        #expect(try (major == 0 ? decoder.unsigned() : decoder.negative()) == number)
                        try decoder.end()
                        #expect(Self.encode(major == 0 ? .unsigned(number) : .negative(number)) == bytes)
                    } else {
                        #expect(throws: ModelError(.encoding, "")) { _ = try decoder.item() }
                    }
                }
            }
        }
    }

    @Test(arguments: [UInt8(2), 3, 4, 5])
    func aLengthInALongerHeadThanNeededIsRefused(major: UInt8) {
        for size in [1, 2, 4, 8] {
            var decoder = CBORDecoder(Self.head(major, 0, size: size))
            #expect(throws: ModelError(.encoding, "")) { _ = try decoder.item() }
        }
    }

    @Test func everyInitialByteThatBeginsNoItemIsRefusedByEveryReader() {
        for initial in UInt8.min...UInt8.max {
            let information = initial & 31
            let isSimple = initial >> 5 == 7 && initial != 0xf4 && initial != 0xf5
            guard information > 27 || initial >> 5 == 6 || isSimple else { continue }
            let bytes = [initial] + [UInt8](repeating: 0, count: 16)
            for read in Self.readers {
                #expect(throws: ModelError(.encoding, ""), "0x\(String(initial, radix: 16))") { try read(bytes) }
            }
        }
    }

    @Test func aReaderOfOneKindRefusesEveryOtherKind() {
        let items: [CBORItem] = [
            .unsigned(1), .negative(1), .bytes([1]), .text("a"), .array([.unsigned(1)]),
            .map([(.unsigned(1), .unsigned(1))]), .bool(true),
        ]
        for (wanted, read) in Self.readers.enumerated() {
            for (given, item) in items.enumerated() {
                if wanted == given {
                    #expect(throws: Never.self) { try read(item.encoded) }
                } else {
                    #expect(throws: ModelError(.encoding, ""), "\(item) by reader \(wanted)") {
                        try read(item.encoded)
                    }
                }
            }
        }
    }

    @Test func textThatIsNotUTF8IsRefused() {
        let wrong: [[UInt8]] = [
            [0x80], [0xff], [0xc3], [0xe6, 0xb0], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0x61, 0xfe, 0x62],
        ]
        for utf8 in wrong {
            var decoder = CBORDecoder(CBORItem.head(3, UInt64(utf8.count)) + utf8)
            #expect(throws: ModelError(.encoding, ""), "\(utf8)") { _ = try decoder.text() }
        }
    }

    @Test func mapKeysThatDoNotAscendAreRefused() throws {
        let one = CBORItem.unsigned(1)
        let orders: [(keys: [CBORItem], isGood: Bool)] = [
            ([.unsigned(1), .unsigned(2)], true), ([.unsigned(2), .unsigned(1)], false),
            ([.unsigned(1), .unsigned(1)], false),
            // Bytewise (RFC 8949 §4.2.1), not the older order by length first.
            ([.unsigned(24), .text("")], true), ([.text(""), .unsigned(24)], false),
            ([.unsigned(23), .unsigned(24), .unsigned(256)], true), ([.unsigned(256), .unsigned(255)], false),
            ([.text("b"), .text("aa")], true), ([.text("aa"), .text("b")], false),
        ]
        for (keys, isGood) in orders {
            let bytes = CBORItem.map(keys.map { ($0, one) }).encoded
            var decoder = CBORDecoder(bytes)
            if isGood {
                try decoder.skipItem(depth: 2)
            } else {
                #expect(throws: ModelError(.encoding, ""), "\(keys)") { try decoder.skipItem(depth: 2) }
            }
        }
    }

    @Test func nestingIsBoundedSoThatAHostileOneCostsNothing() throws {
        for depth in 1...9 {
            var deep = CBORItem.unsigned(0)
            for level in 1..<depth { deep = level % 2 == 0 ? .array([deep]) : .map([(.unsigned(0), deep)]) }
            var decoder = CBORDecoder(deep.encoded)
            if depth <= 8 {
                try decoder.skipItem(depth: 8)
                try decoder.end()
            } else {
                #expect(throws: ModelError(.encoding, "")) { try decoder.skipItem(depth: 8) }
            }
        }
        var bomb = CBORDecoder([UInt8](repeating: 0x81, count: 50_000))
        #expect(throws: ModelError(.encoding, "")) { try bomb.skipItem(depth: 8) }
    }

    @Test func lengthsAndCountsBeyondTheInputAreRefusedWithoutAllocating() {
        for count in [UInt64(2), 255, 65536, 1 << 32, 1 << 62, 1 << 63, .max] {
            for major in UInt8(2)...5 {
                let bytes = CBORItem.head(major, count) + [0]
                var decoder = CBORDecoder(bytes)
                #expect(throws: ModelError.self, "\(major) \(count)") { try decoder.skipItem(depth: 8) }
            }
        }
        var list = CBORDecoder(CBORItem.array([.unsigned(1), .unsigned(2)]).encoded)
        #expect(throws: ModelError(.tooLarge, "")) { _ = try list.array(most: 1) }
        var map = CBORDecoder(CBORItem.map([(.unsigned(1), .unsigned(2))]).encoded)
        #expect(throws: ModelError(.tooLarge, "")) { _ = try map.map(most: 0) }
    }

    @Test func bytesThatFollowOrAreMissingAreNoticed() throws {
        let bytes = CBORItem.array([.text("abc"), .bytes([1, 2]), .unsigned(1000), .bool(true)]).encoded
        for count in bytes.indices {
            var decoder = CBORDecoder(Array(bytes[..<count]))
            // More items than bytes are left for is noticed before the end is.
            let code: ModelError.Code = 1...3 ~= count ? .tooLarge : .encoding
            #expect(throws: ModelError(code, "")) { try decoder.skipItem(depth: 2) }
        }
        var decoder = CBORDecoder(bytes + [0])
        try decoder.skipItem(depth: 2)
        #expect(!decoder.isAtEnd && decoder.offset == bytes.count)
        #expect(throws: ModelError(.encoding, "")) { try decoder.end() }
    }

    /// Random items and random bytes against the plain parser: taken exactly when deterministic.
    @Test(arguments: UInt64(1)...8)
    func anItemIsTakenExactlyWhenAPlainParserFindsItDeterministic(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var taken = 0
        for round in 0..<2000 {
            var bytes = Self.randomItem(depth: 4, using: &random).encoded
            if round % 4 > 0 { bytes = Mutation.random(of: bytes, using: &random) }
            var decoder = CBORDecoder(bytes)
            var isTaken = true
            do throws(ModelError) {
                try decoder.skipItem(depth: 4)
                try decoder.end()
                taken += 1
            } catch { isTaken = false }
            #expect(
                isTaken == CBORItem.isDeterministic(bytes, depth: 4),
                "seed \(seed), round \(round): \(Hexadecimal.encode(bytes))")
        }
        #expect(taken > 300)
    }

    private static let readers: [@Sendable ([UInt8]) throws -> Void] = [
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.unsigned()
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.negative()
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.byteString()
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.text()
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.array(most: 64)
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.map(most: 64)
        },
        {
            var decoder = CBORDecoder($0)
            _ = try decoder.bool()
        },
    ]

    private static func head(_ major: UInt8, _ argument: UInt64, size: Int) -> [UInt8] {
        guard size > 0 else { return [major << 5 | UInt8(argument)] }
        let information = UInt8(24 + size.trailingZeroBitCount)
        return [major << 5 | information]
            + (0..<size).reversed().map { UInt8(truncatingIfNeeded: argument >> (8 * UInt64($0))) }
    }

    private static func encode(_ item: CBORItem) -> [UInt8] {
        var encoder = CBOREncoder()
        func write(_ item: CBORItem) {
            switch item {
            case .unsigned(let number): encoder.unsigned(number)
            case .negative(let number): encoder.negative(number)
            case .bytes(let bytes): encoder.byteString(bytes)
            case .text(let text): encoder.text(text)
            case .bool(let bool): encoder.bool(bool)
            case .array(let items):
                encoder.array(count: items.count)
                for item in items { write(item) }
            case .map(let pairs):
                encoder.map(count: pairs.count)
                for (key, value) in pairs {
                    write(key)
                    write(value)
                }
            case .raw: preconditionFailure("raw bytes are never encoded")
            }
        }
        write(item)
        return encoder.bytes
    }

    private static func randomItem(depth: Int, using random: inout SeededGenerator) -> CBORItem {
        switch Int.random(in: 0..<(depth > 1 ? 8 : 5), using: &random) {
        case 0: return .unsigned(randomNumber(using: &random))
        case 1: return .negative(randomNumber(using: &random))
        case 2: return .bytes(random.bytes(Int.random(in: 0...30, using: &random)))
        case 3: return .text(["", "a", "\u{fc}", "\u{6c34}", "\u{10151}", "IETF"].randomElement(using: &random)!)
        case 4: return .bool(Bool.random(using: &random))
        case 5, 6:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in randomItem(depth: depth - 1, using: &random) })
        default:
            let pairs: [(key: CBORItem, value: CBORItem)] = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (.unsigned(randomNumber(using: &random)), randomItem(depth: depth - 1, using: &random))
            }
            return .map(pairs.sorted { $0.key.encoded.lexicographicallyPrecedes($1.key.encoded) })
        }
    }

    private static func randomNumber(using random: inout SeededGenerator) -> UInt64 {
        random.next() >> UInt64.random(in: 0...63, using: &random)
    }
}
