/// Texts as JSON strings (RFC 8259), for all that the project writes.
public enum JSONText {
    /// Appends `string` to `text` with its quotes. What nobody sees is escaped, controls above all: a terminal must not be
    /// steered by data.
    public static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case let scalar where VisibleText.isUnseen(scalar):
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue {
    /// The value as a JSON text on one line, the members of objects in ascending order of their names.
    public var text: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .string(let string):
            var text = ""
            JSONText.write(string, to: &text)
            return text
        case .array(let elements): return "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.map { JSONValue.string($0.key).text + ":" + $0.value.text }
            return "{" + parts.joined(separator: ",") + "}"
        }
    }
}
