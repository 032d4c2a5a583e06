/// A JSON value (RFC 8259) to be written: objects keep the order of their keys.
enum JSON {
    case null
    case bool(Bool)
    case number(UInt64)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value.
    struct Member {
        let key: String
        let value: JSON

        init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// An object of the pairs.
    static func object(_ pairs: [(String, JSON)]) -> JSON { .object(pairs.map { Member($0, $1) }) }

    /// The members of two objects, as one.
    static func + (left: JSON, right: JSON) -> JSON {
        guard case .object(let first) = left, case .object(let second) = right else { return left }
        return .object(first + second)
    }

    /// The texts as strings.
    static func strings(_ texts: some Sequence<String>) -> JSON { .array(texts.map { .string($0) }) }

    /// The text, or `null`.
    static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    /// The value on one line.
    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let number): text += String(number)
        case .string(let string): Self.write(string, to: &text)
        case .array(let values):
            text += "["
            for (position, value) in values.enumerated() {
                if position > 0 { text += ", " }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                if position > 0 { text += ", " }
                Self.write(member.key, to: &text)
                text += ": "
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            // Control characters, C1 and the bidirectional ones too: a terminal must not be steered by data.
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{200e}", "\u{200f}", "\u{2028}"..."\u{202e}",
                "\u{2066}"..."\u{2069}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON: ExpressibleByDictionaryLiteral {
    typealias Key = String
    typealias Value = JSON

    init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
}

/// Writes a JSON array to standard output, an element a line, as the elements come.
struct JSONArrayOutput {
    private var isEmpty = true

    mutating func add(_ value: JSON) {
        print(isEmpty ? "[" : ",", terminator: "\n")
        print(value.text, terminator: "")
        isEmpty = false
    }

    func end() { print(isEmpty ? "[]" : "\n]") }
}
