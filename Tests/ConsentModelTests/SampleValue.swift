import ConsentModel

/// Values that a field of a kind may have.
enum SampleValue {
    /// A random value within the kind's bounds.
    static func random(_ kind: FieldKind, using random: inout SeededGenerator) -> FieldValue {
        switch kind {
        case .identifier: return .text(identifier(using: &random))
        case .identifiers(let most):
            return .list((0..<Int.random(in: 1...most, using: &random)).map { _ in identifier(using: &random) })
        case .word(let vocabulary): return .text(vocabulary.words.randomElement(using: &random)!)
        case .words(let vocabulary):
            let words = vocabulary.words.shuffled(using: &random)
            return .list(words.prefix(Int.random(in: 1...words.count, using: &random)))
        case .text(let most): return .text(text(most: most, using: &random))
        case .texts(let most, let size):
            return .list((0..<Int.random(in: 1...most, using: &random)).map { _ in text(most: size, using: &random) })
        case .bytes(let size): return .bytes(random.bytes(size))
        case .byteStrings(let size, let most):
            let strings = (0..<Int.random(in: 1...most, using: &random)).map { _ in random.bytes(size) }
            return .byteStrings(strings.sorted { $0.lexicographicallyPrecedes($1) })
        case .time: return .number(UInt64.random(in: 0...Timestamp.last.milliseconds, using: &random))
        case .duration: return .number(UInt64.random(in: 1...316_224_000_000, using: &random))
        case .number: return .number(random.next() >> UInt64.random(in: 1...63, using: &random))
        case .mark: return .mark
        case .occurredAt:
            let start = Timestamp(milliseconds: UInt64.random(in: 0...Timestamp.last.milliseconds, using: &random))!
            let precision = [1, 1000, OccurredAt.day, 366 * OccurredAt.day].randomElement(using: &random)!
            return .occurredAt(OccurredAt(start: start, precision: precision)!)
        case .notice:
            return .notice(NoticeReference(name: identifier(using: &random), textDigest: random.bytes(32)))
        case .presentation:
            var presentation = Presentation()
            while presentation == Presentation() {
                presentation.control =
                    Bool.random(using: &random) ? Vocabulary.control.words.randomElement(using: &random) : nil
                presentation.preTicked = Bool.random(using: &random)
                presentation.bundled = Bool.random(using: &random)
                presentation.conditionOfPurchase = Bool.random(using: &random)
                presentation.pageVersion = Bool.random(using: &random) ? text(most: 64, using: &random) : nil
            }
            return .presentation(presentation)
        case .country: return .text(["ES", "US", "AA", "ZZ"].randomElement(using: &random)!)
        case .language: return .text(["es", "pt-BR", "zh-Hant-TW", "ast"].randomElement(using: &random)!)
        }
    }

    /// Values at the kind's borders; the last is the one with the largest encoding.
    static func borders(_ kind: FieldKind) -> [FieldValue] {
        let longest = String(repeating: "z", count: 64)
        switch kind {
        case .identifier: return [.text("a"), .text("0"), .text("-"), .text(longest)]
        case .identifiers(let most): return [.texts(["a"]), .list((0..<most).map { padded($0, to: 64) })]
        case .word(let vocabulary):
            return vocabulary.words.sorted { $0.utf8.count < $1.utf8.count }.map { .text($0) }
        case .words(let vocabulary): return vocabulary.words.map { .texts([$0]) } + [.texts(vocabulary.words)]
        case .text(let most):
            return [
                .text("a"), .text(" "), .text("\u{a0}"), .text("\u{1f600}"),
                .text(String(repeating: "\u{e9}", count: most / 2)), .text(String(repeating: "z", count: most)),
            ]
        case .texts(let most, let size): return [.texts(["a"]), .list((0..<most).map { padded($0, to: size) })]
        case .bytes(let size):
            return [.bytes([UInt8](repeating: 0, count: size)), .bytes([UInt8](repeating: 255, count: size))]
        case .byteStrings(let size, let most):
            let strings = (0..<most).map { [UInt8(truncatingIfNeeded: $0)] + [UInt8](repeating: 7, count: size - 1) }
            return [.byteStrings([strings[0]]), .byteStrings(strings)]
        case .time: return [.number(0), .number(253_402_300_799_999)]
        case .duration: return [.number(1), .number(316_224_000_000)]
        case .number: return [.number(0), .number(9_223_372_036_854_775_807)]
        case .mark: return [.mark]
        case .occurredAt:
            return [
                .occurredAt(OccurredAt(Timestamp(milliseconds: 0)!)),
                .occurredAt(OccurredAt(start: .last, precision: 31_622_400_000)!),
            ]
        case .notice:
            let digest = [UInt8](repeating: 255, count: 32)
            return [
                .notice(NoticeReference(name: "a", textDigest: digest)),
                .notice(NoticeReference(name: longest, textDigest: digest)),
            ]
        case .presentation:
            var least = Presentation()
            least.bundled = true
            var most = Presentation()
            (most.control, most.preTicked, most.bundled, most.conditionOfPurchase) = ("signature", true, true, true)
            most.pageVersion = longest
            return [.presentation(least), .presentation(most)]
        case .country: return [.text("AA"), .text("ZZ")]
        case .language: return [.text("es"), .text("es-" + String(repeating: "A", count: 32))]
        }
    }

    private static func padded(_ number: Int, to count: Int) -> String {
        let digits = String(number)
        return digits + String(repeating: "z", count: count - digits.utf8.count)
    }

    private static func identifier(using random: inout SeededGenerator) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789-")
        return String((0..<Int.random(in: 1...64, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
    }

    private static func text(most: Int, using random: inout SeededGenerator) -> String {
        let alphabet: [Character] = ["a", "Z", "0", " ", "+", "@", "\u{f1}", "\u{6c34}", "\u{1f600}"]
        var text = ""
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let character = alphabet.randomElement(using: &random)!
            if text.utf8.count + character.utf8.count <= most { text.append(character) }
        }
        return text.isEmpty ? "a" : text
    }
}
