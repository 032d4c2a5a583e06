internal import ConsentModel

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
        case .string(let string): JSONText.write(string, to: &text)
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
                JSONText.write(member.key, to: &text)
                text += ": "
                member.value.write(to: &text)
            }
            text += "}"
        }
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
