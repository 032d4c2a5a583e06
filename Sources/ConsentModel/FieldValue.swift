/// A field's value.
public enum FieldValue: Hashable, Sendable {
    case number(UInt64)
    case bytes([UInt8])
    case text(String)
    /// In ascending order of their bytes, each once.
    case texts([String])
    /// In ascending order, each once.
    case byteStrings([[UInt8]])
    /// A field that says something by being there.
    case mark
    case occurredAt(OccurredAt)
    case notice(NoticeReference)
    case presentation(Presentation)

    /// Puts the words in ascending order of their bytes and drops repetitions: the form a list has in the log.
    public static func list(_ words: some Sequence<String>) -> FieldValue {
        .texts(
            words.sorted(by: precedes).reduce(into: []) { list, word in
                if list.last.map({ precedes($0, word) }) ?? true { list.append(word) }
            })
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    // The log compares text as bytes, where Swift's strings are equal when they look equal; so equality is that of the
    // encodings.
    public static func == (left: Self, right: Self) -> Bool { left.encoded == right.encoded }

    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }

    private var encoded: [UInt8] {
        var encoder = CBOREncoder()
        encoder.fieldValue(self)
        return encoder.bytes
    }

    /// At least as many bytes as the value takes in an event, its key included.
    var mostEncodedBytes: Int {
        // A head has at most nine bytes, and so has a key.
        switch self {
        case .number, .mark: 18
        case .bytes(let bytes): 18 + bytes.count
        case .text(let text): 18 + text.utf8.count
        case .texts(let texts): texts.reduce(18) { $0 + 9 + $1.utf8.count }
        case .byteStrings(let strings): strings.reduce(18) { $0 + 9 + $1.count }
        case .occurredAt: 36
        case .notice(let notice): 36 + notice.name.utf8.count + notice.textDigest.count
        case .presentation(let presentation):
            128 + (presentation.control?.utf8.count ?? 0) + (presentation.pageVersion?.utf8.count ?? 0)
        }
    }
}

/// Names a notice: the business's word for it and SHA-256 of the exact text that was shown.
public struct NoticeReference: Hashable, Sendable {
    /// The business's name for the notice; its versions and languages share it.
    public let name: String
    /// SHA-256 of the notice's UTF-8 text, 32 bytes; the text is the object of that name.
    public let textDigest: [UInt8]

    public init(name: String, textDigest: [UInt8]) {
        self.name = name
        self.textDigest = textDigest
    }
}

/// What the person acted on, and under which circumstances that law asks about.
public struct Presentation: Hashable, Sendable {
    /// A word of `Vocabulary.control`.
    public var control: String?
    /// The control was set before the person touched it.
    public var preTicked = false
    /// The agreement was part of agreeing to something else.
    public var bundled = false
    /// Something was to be had only with the agreement.
    public var conditionOfPurchase = false
    /// The business's version of the page or flow, at most 64 bytes.
    public var pageVersion: String?

    public init() {}

    var isEmpty: Bool { self == Presentation() }
}

/// What values a field takes, and their form in CBOR.
public enum FieldKind: Sendable, Equatable {
    /// `[a-z0-9-]{1,64}`.
    case identifier
    /// One to `most` identifiers.
    case identifiers(most: Int)
    /// A word of a vocabulary.
    case word(Vocabulary)
    /// One or more words of a vocabulary.
    case words(Vocabulary)
    /// One to `most` bytes of UTF-8 without control characters.
    case text(most: Int)
    /// One to `most` texts of at most `size` bytes.
    case texts(most: Int, size: Int)
    /// Exactly that many bytes.
    case bytes(Int)
    /// One to `most` byte strings of exactly `size` bytes.
    case byteStrings(size: Int, most: Int)
    /// A moment, in milliseconds since 1970.
    case time
    /// A length of time in milliseconds, 1 to ten years.
    case duration
    /// A count, size or index.
    case number
    /// `true`; `false` is said by leaving the field out.
    case mark
    /// `[ms, precision-ms]`.
    case occurredAt
    /// `[name, text-digest]`.
    case notice
    /// A map; see SPEC.md.
    case presentation
    /// Two upper-case letters (ISO 3166-1).
    case country
    /// A language tag (BCP 47): 2 to 35 letters, digits and hyphens.
    case language

    private static let tenYears: UInt64 = 3660 * OccurredAt.day

    /// What is wrong with `value`, as the end of the sentence “FIELD …”; `nil` if nothing is.
    public func problem(with value: FieldValue) -> String? {
        switch (self, value) {
        case (.identifier, .text(let text)):
            Self.isIdentifier(text) ? nil : "is not 1 to 64 of a–z, 0–9 and “-”"
        case (.identifiers(let most), .texts(let texts)):
            listProblem(texts, most: most)
                ?? (texts.allSatisfy(Self.isIdentifier) ? nil : "has an item that is not an identifier")
        case (.word(let vocabulary), .text(let text)):
            vocabulary.contains(text) ? nil : "is not one of: \(vocabulary.words.joined(separator: ", "))"
        case (.words(let vocabulary), .texts(let texts)):
            listProblem(texts, most: vocabulary.words.count)
                ?? (texts.allSatisfy(vocabulary.contains)
                    ? nil : "has an item that is not one of: \(vocabulary.words.joined(separator: ", "))")
        case (.text(let most), .text(let text)):
            Self.textProblem(text, most: most)
        case (.texts(let most, let size), .texts(let texts)):
            listProblem(texts, most: most) ?? texts.lazy.compactMap { Self.textProblem($0, most: size) }.first
        case (.bytes(let size), .bytes(let bytes)):
            bytes.count == size ? nil : "has \(bytes.count) bytes where \(size) are due"
        case (.byteStrings(let size, let most), .byteStrings(let strings)):
            byteStringsProblem(strings, size: size, most: most)
        case (.time, .number(let milliseconds)):
            Timestamp(milliseconds: milliseconds) == nil ? "lies after the year 9999" : nil
        case (.duration, .number(let milliseconds)):
            1...Self.tenYears ~= milliseconds ? nil : "is not 1 ms to ten years"
        case (.number, .number(let number)):
            number <= UInt64(Int64.max) ? nil : "is larger than 2^63 − 1"
        case (.mark, .mark), (.occurredAt, .occurredAt): nil
        case (.notice, .notice(let notice)):
            !Self.isIdentifier(notice.name)
                ? "names a notice that is not an identifier"
                : notice.textDigest.count != 32 ? "has a digest that is not 32 bytes" : nil
        case (.presentation, .presentation(let presentation)):
            Self.presentationProblem(presentation)
        case (.country, .text(let text)):
            text.utf8.count == 2 && text.utf8.allSatisfy { 0x41...0x5a ~= $0 }
                ? nil : "is not two capital letters (ISO 3166-1)"
        case (.language, .text(let text)):
            Self.isLanguage(text) ? nil : "is not a language tag such as “es” or “pt-BR” (BCP 47)"
        default: "is of the wrong kind"
        }
    }

    /// Whether `text` is `[a-z0-9-]{1,64}`.
    public static func isIdentifier(_ text: String) -> Bool {
        1...64 ~= text.utf8.count
            && text.utf8.allSatisfy { 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
    }

    private static func isLanguage(_ text: String) -> Bool {
        2...35 ~= text.utf8.count
            && text.utf8.allSatisfy {
                0x61...0x7a ~= $0 || 0x41...0x5a ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-")
            }
            && text.utf8.prefix(2).allSatisfy { 0x61...0x7a ~= $0 }
    }

    static func textProblem(_ text: String, most: Int) -> String? {
        guard 1...most ~= text.utf8.count else { return "is not 1 to \(most) bytes long" }
        return text.unicodeScalars.contains { $0.value < 0x20 || 0x7f...0x9f ~= $0.value }
            ? "has a control character" : nil
    }

    private static func presentationProblem(_ presentation: Presentation) -> String? {
        if presentation.isEmpty { return "says nothing; leave it out" }
        if let control = presentation.control, !Vocabulary.control.contains(control) {
            return "has a control that is not one of: \(Vocabulary.control.words.joined(separator: ", "))"
        }
        return presentation.pageVersion.flatMap { textProblem($0, most: 64) }.map { "has a page version that \($0)" }
    }

    private func listProblem(_ texts: [String], most: Int) -> String? {
        guard 1...most ~= texts.count else { return "has \(texts.count) items where 1 to \(most) are due" }
        return zip(texts, texts.dropFirst()).allSatisfy(FieldValue.precedes)
            ? nil : "is not in ascending order with each item once"
    }

    private func byteStringsProblem(_ strings: [[UInt8]], size: Int, most: Int) -> String? {
        guard 1...most ~= strings.count else { return "has \(strings.count) items where 1 to \(most) are due" }
        guard strings.allSatisfy({ $0.count == size }) else { return "has an item that is not \(size) bytes" }
        return zip(strings, strings.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
            ? nil : "is not in ascending order with each item once"
    }
}

extension CBOREncoder {
    /// Writes a field's value in the form its kind has (SPEC.md, “Events”).
    mutating func fieldValue(_ value: FieldValue) {
        switch value {
        case .number(let number): unsigned(number)
        case .bytes(let bytes): byteString(bytes)
        case .text(let text): self.text(text)
        case .texts(let texts):
            array(count: texts.count)
            for text in texts { self.text(text) }
        case .byteStrings(let strings):
            array(count: strings.count)
            for string in strings { byteString(string) }
        case .mark: bool(true)
        case .occurredAt(let time):
            array(count: 2)
            unsigned(time.start.milliseconds)
            unsigned(time.precision)
        case .notice(let notice):
            array(count: 2)
            text(notice.name)
            byteString(notice.textDigest)
        case .presentation(let presentation): self.presentation(presentation)
        }
    }

    private mutating func presentation(_ presentation: Presentation) {
        let marks = [presentation.preTicked, presentation.bundled, presentation.conditionOfPurchase]
        map(
            count: (presentation.control == nil ? 0 : 1) + marks.count(where: { $0 })
                + (presentation.pageVersion == nil ? 0 : 1))
        if let control = presentation.control {
            unsigned(1)
            text(control)
        }
        for (key, mark) in zip(UInt64(2)..., marks) where mark {
            unsigned(key)
            bool(true)
        }
        if let version = presentation.pageVersion {
            unsigned(5)
            text(version)
        }
    }
}

extension CBORDecoder {
    /// Reads a value of the form that `kind` has; whether it is within bounds is for `FieldKind.problem`.
    mutating func fieldValue(_ kind: FieldKind) throws(ModelError) -> FieldValue {
        switch kind {
        case .identifier, .word, .text, .country, .language: return .text(try text())
        case .identifiers(let most), .texts(let most, _): return .texts(try texts(most: most))
        case .words(let vocabulary): return .texts(try texts(most: vocabulary.words.count))
        case .bytes: return .bytes(Array(try byteString()))
        case .byteStrings(_, let most):
            var strings: [[UInt8]] = []
            for _ in 0..<(try array(most: most)) { strings.append(Array(try byteString())) }
            return .byteStrings(strings)
        case .time, .duration, .number: return .number(try unsigned())
        case .mark: return try trueMark()
        case .occurredAt:
            try exactArray(2)
            guard let start = Timestamp(milliseconds: try unsigned()),
                let time = OccurredAt(start: start, precision: try unsigned())
            else { throw ModelError(.badValue, "a time lies after the year 9999, or its precision is out of bounds") }
            return .occurredAt(time)
        case .notice:
            try exactArray(2)
            return .notice(NoticeReference(name: try text(), textDigest: Array(try byteString())))
        case .presentation: return .presentation(try presentation())
        }
    }

    /// Reads the head of an array that must have exactly `count` items.
    mutating func exactArray(_ count: Int) throws(ModelError) {
        let start = offset
        guard try array(most: count) == count else {
            throw ModelError(.form, "the array at byte \(start) does not have \(count) items")
        }
    }

    private mutating func trueMark() throws(ModelError) -> FieldValue {
        let start = offset
        guard try bool() else {
            throw ModelError(.form, "the false at byte \(start) is said by leaving the field out")
        }
        return .mark
    }

    private mutating func texts(most: Int) throws(ModelError) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try array(most: most)) { texts.append(try text()) }
        return texts
    }

    private mutating func presentation() throws(ModelError) -> Presentation {
        var presentation = Presentation()
        var last: UInt64 = 0
        for _ in 0..<(try map(most: 5)) {
            let key = try unsigned()
            guard key > last else { throw ModelError(.encoding, "the presentation's keys do not ascend") }
            last = key
            switch key {
            case 1: presentation.control = try text()
            case 2: presentation.preTicked = try trueMark() == .mark
            case 3: presentation.bundled = try trueMark() == .mark
            case 4: presentation.conditionOfPurchase = try trueMark() == .mark
            case 5: presentation.pageVersion = try text()
            default: throw ModelError(.unknownField, "a presentation has no part \(key)")
            }
        }
        return presentation
    }
}
