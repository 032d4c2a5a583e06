import ConsentModel

/// A value that a field of a kind may not have: as it would stand in the log, and as a caller would give it where the type
/// lets one say it.
struct BadValue: Sendable {
    let why: String
    let item: CBORItem
    let value: FieldValue?
    /// What decoding throws; making an event of `value` throws `badValue`.
    let code: ModelError.Code

    private init(_ why: String, _ item: CBORItem, _ value: FieldValue?, _ code: ModelError.Code) {
        (self.why, self.item, self.value, self.code) = (why, item, value, code)
    }

    private static func value(_ why: String, _ value: FieldValue, _ code: ModelError.Code = .badValue) -> BadValue {
        BadValue(why, CBORItem(value), value, code)
    }

    private static func bytes(_ why: String, _ item: CBORItem, _ code: ModelError.Code) -> BadValue {
        BadValue(why, item, nil, code)
    }

    /// Every way in which a value of `kind` can be wrong.
    static func all(_ kind: FieldKind) -> [BadValue] { outOfBounds(kind) + wrongMajorTypes(kind) }

    private static func outOfBounds(_ kind: FieldKind) -> [BadValue] {
        switch kind {
        case .identifier: return badIdentifiers.map { value("identifier \($0)", .text($0)) }
        case .identifiers(let most):
            return lists(most: most) + badIdentifiers.map { value("an item \($0)", .texts([$0])) }
        case .word(let vocabulary):
            return badWords(of: vocabulary).map { value("word \($0)", .text($0)) }
        case .words(let vocabulary):
            let words = vocabulary.words
            return badWords(of: vocabulary).map { value("an item \($0)", .texts([$0])) } + [
                value("empty", .texts([])), value("unordered", .texts([words[1], words[0]])),
                value("repeated", .texts([words[0], words[0]])),
                value("more than there are", .texts(words + ["zzz"]), .tooLarge),
            ]
        case .text(let most): return badTexts(most: most).map { value("text \($0.debugDescription)", .text($0)) }
        case .texts(let most, let size):
            return lists(most: most) + badTexts(most: size).map { value("an item", .texts([$0])) }
        case .bytes(let size):
            return [0, size - 1, size + 1, 2 * size].map {
                value("\($0) bytes", .bytes([UInt8](repeating: 1, count: $0)))
            }
        case .byteStrings(let size, let most):
            let strings = (0...most).map { [UInt8($0)] + [UInt8](repeating: 0, count: size - 1) }
            return [
                value("empty", .byteStrings([])), value("unordered", .byteStrings([strings[1], strings[0]])),
                value("repeated", .byteStrings([strings[0], strings[0]])),
                value("a short item", .byteStrings([[UInt8](repeating: 1, count: size - 1)])),
                value("a long item", .byteStrings([[UInt8](repeating: 1, count: size + 1)])),
                value("too many", .byteStrings(strings), .tooLarge),
            ]
        case .time:
            return [253_402_300_800_000, UInt64.max].map { value("\($0)", .number($0)) }
        case .duration: return [0, 316_224_000_001, UInt64.max].map { value("\($0)", .number($0)) }
        case .number: return [9_223_372_036_854_775_808, UInt64.max].map { value("\($0)", .number($0)) }
        case .mark: return [bytes("false", .bool(false), .form)]
        case .occurredAt: return badIntervals
        case .notice: return badNotices
        case .presentation: return badPresentations
        case .country:
            return ["", "E", "ESP", "es", "Es", "E1", "E ", "\u{c9}", "\u{212a}"].map {
                value("country \($0)", .text($0))
            }
        case .language:
            return [
                "", "e", "ES", "Es", "e1", "-e", "1a", "es_ES", "es ", "es\u{e9}",
                "es" + String(repeating: "a", count: 34),
            ].map { value("language \($0)", .text($0)) }
        }
    }

    private static let badIdentifiers = [
        "", String(repeating: "a", count: 65), "A", "a_b", "a b", "a.b", "a/b", "\u{e9}", "a\u{0}", "a\n",
        "\u{ff41}",
    ]

    private static func badWords(of vocabulary: Vocabulary) -> [String] {
        let word = vocabulary.words[0]
        return ["", word + " ", word + "\u{0}", word.uppercased(), String(word.dropLast()), "zzz"]
    }

    private static func badTexts(most: Int) -> [String] {
        [
            "", String(repeating: "a", count: most + 1), String(repeating: "\u{e9}", count: most / 2) + "aa", "\u{0}",
            "a\nb", "\t", "a\u{7f}", "\u{80}", "\u{85}", "\u{9f}",
        ]
    }

    private static func lists(most: Int) -> [BadValue] {
        // Bytes decide: the upper-case letter and the digit come before the lower-case letter.
        let numbered = (0...most).map { "a\(100 + $0)" }
        return [
            value("empty", .texts([])), value("unordered", .texts(["b", "a"])), value("unordered", .texts(["a", "1"])),
            value("repeated", .texts(["a", "a"])), value("too many", .texts(numbered), .tooLarge),
        ]
    }

    private static let badIntervals: [BadValue] = [
        bytes("one part", .array([.unsigned(1)]), .form),
        bytes("three parts", .array([.unsigned(1), .unsigned(1), .unsigned(1)]), .tooLarge),
        bytes("empty", .array([]), .form),
        bytes("precision 0", .array([.unsigned(1), .unsigned(0)]), .badValue),
        bytes("precision of 366 days and 1 ms", .array([.unsigned(1), .unsigned(31_622_400_001)]), .badValue),
        bytes("precision 2^64 − 1", .array([.unsigned(1), .unsigned(.max)]), .badValue),
        bytes("after 9999", .array([.unsigned(253_402_300_800_000), .unsigned(1)]), .badValue),
        bytes("2^64 − 1", .array([.unsigned(.max), .unsigned(1)]), .badValue),
        bytes("negative", .array([.negative(0), .unsigned(1)]), .encoding),
        bytes("text", .array([.text("2026-11-22"), .unsigned(1)]), .encoding),
    ]

    private static let badNotices: [BadValue] =
        ["", "A b", String(repeating: "a", count: 65)].map {
            value("name \($0)", .notice(NoticeReference(name: $0, textDigest: [UInt8](repeating: 1, count: 32))))
        }
        + [0, 31, 33].map {
            value(
                "digest of \($0)", .notice(NoticeReference(name: "web", textDigest: [UInt8](repeating: 1, count: $0))))
        } + [
            bytes("name alone", .array([.text("web")]), .form),
            bytes("three parts", .array([.text("web"), .bytes([]), .unsigned(1)]), .tooLarge),
            bytes("parts exchanged", .array([.bytes([]), .text("web")]), .encoding),
        ]

    private static let badPresentations: [BadValue] = {
        var control = Presentation()
        control.control = "telepathy"
        let versions = ["", String(repeating: "v", count: 65), "v\n"].map {
            var presentation = Presentation()
            presentation.pageVersion = $0
            return value("page version \($0)", .presentation(presentation))
        }
        let mark = CBORItem.bool(true)
        return versions + [
            value("empty", .presentation(Presentation())), value("control", .presentation(control)),
            bytes("part 0", .map([(.unsigned(0), mark)]), .encoding),
            bytes("part 6", .map([(.unsigned(6), mark)]), .unknownField),
            bytes("false", .map([(.unsigned(2), .bool(false))]), .form),
            bytes("unordered", .map([(.unsigned(3), mark), (.unsigned(2), mark)]), .encoding),
            bytes("repeated", .map([(.unsigned(2), mark), (.unsigned(2), mark)]), .encoding),
            bytes("six parts", .map((1...6).map { (.unsigned($0), mark) }), .tooLarge),
            bytes("a text key", .map([(.text("control"), .text("button"))]), .encoding),
        ]
    }()

    /// One value of every major type that is not the kind's own, null, a float and an indefinite length included.
    private static func wrongMajorTypes(_ kind: FieldKind) -> [BadValue] {
        let items: [CBORItem] = [
            .unsigned(1), .bytes([1]), .text("a"), .array([.text("a")]), .map([(.unsigned(2), .bool(true))]),
            .bool(true),
        ]
        let values: [FieldValue] = [.number(1), .bytes([1]), .text("a"), .texts(["a"]), .presentation(bundled), .mark]
        let own = CBORItem(SampleValue.borders(kind)[0]).encoded[0] >> 5
        let never: [CBORItem] = [
            .negative(0), .raw([0xf6]), .raw([0xf7]), .raw([0xf9, 0x3c, 0]), .raw([0xff]), .raw([0xc0, 0x61, 0x61]),
            .raw([0x5f, 0xff]), .raw([0x7f, 0xff]), .raw([0x9f, 0xff]), .raw([0xbf, 0xff]), .raw([0xe0]),
        ]
        return zip(items, values).filter { $0.0.encoded[0] >> 5 != own }
            .map { BadValue("of the wrong kind", $0, $1, .encoding) }
            + never.map { bytes("of no kind", $0, .encoding) }
    }

    private static let bundled: Presentation = {
        var presentation = Presentation()
        presentation.bundled = true
        return presentation
    }()
}
