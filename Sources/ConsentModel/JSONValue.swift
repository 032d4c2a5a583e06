/// A JSON text, RFC 8259, read strictly: valid UTF-8, nothing before or after, no name twice in one object, bounded depth.
/// Numbers stay as written. Our own, because Foundation's takes longer to load than the command line takes to answer.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The deepest nesting that is read.
    public static let maximumDepth = 64

    /// The value that `text` is; throws `malformedJSON` with the offset of the first byte at fault.
    public init(parsing text: some Collection<UInt8>) throws(ModelError) {
        var parser = Parser(bytes: Array(text))
        self = try parser.text()
    }

    /// The member of an object; `nil` for other values.
    public subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text of a string; `nil` for other values.
    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The elements of an array; `nil` for other values.
    public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The text of a string or a number: some vendors send one, some the other.
    public var stringOrNumber: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var depth = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private func malformed(_ what: String) -> ModelError {
            ModelError(.malformedJSON, "the JSON has \(what) at byte \(position + 1); write it as RFC 8259 has it")
        }

        private mutating func skipBlanks() {
            while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
        }

        private mutating func take(_ byte: Character) -> Bool {
            guard let ascii = byte.asciiValue, next == ascii else { return false }
            position += 1
            return true
        }

        mutating func text() throws(ModelError) -> JSONValue {
            let value = try value()
            skipBlanks()
            guard position == bytes.count else { throw malformed("something after its end") }
            return value
        }

        private mutating func value() throws(ModelError) -> JSONValue {
            skipBlanks()
            switch next {
            case UInt8(ascii: "{"): return try nested { parser throws(ModelError) in try parser.object() }
            case UInt8(ascii: "["): return try nested { parser throws(ModelError) in try parser.array() }
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return .number(try number())
            }
        }

        private mutating func nested(
            _ body: (inout Parser) throws(ModelError) -> JSONValue
        ) throws(ModelError) -> JSONValue {
            guard depth < JSONValue.maximumDepth else { throw malformed("more than \(JSONValue.maximumDepth) levels") }
            depth += 1
            position += 1
            let value = try body(&self)
            depth -= 1
            return value
        }

        private mutating func object() throws(ModelError) -> JSONValue {
            var members: [String: JSONValue] = [:]
            skipBlanks()
            if take("}") { return .object(members) }
            while true {
                skipBlanks()
                guard next == UInt8(ascii: "\"") else { throw malformed("no name where a member begins") }
                let name = try string()
                skipBlanks()
                guard take(":") else { throw malformed("no colon after a name") }
                guard members.updateValue(try value(), forKey: name) == nil else { throw malformed("a name twice") }
                skipBlanks()
                if take("}") { return .object(members) }
                guard take(",") else { throw malformed("no comma between members") }
            }
        }

        private mutating func array() throws(ModelError) -> JSONValue {
            var elements: [JSONValue] = []
            skipBlanks()
            if take("]") { return .array(elements) }
            while true {
                elements.append(try value())
                skipBlanks()
                if take("]") { return .array(elements) }
                guard take(",") else { throw malformed("no comma between elements") }
            }
        }

        private mutating func word(_ word: String, _ value: JSONValue) throws(ModelError) -> JSONValue {
            guard bytes[position...].starts(with: word.utf8) else { throw malformed("an unknown word") }
            position += word.utf8.count
            return value
        }

        private mutating func number() throws(ModelError) -> String {
            let start = position
            func isDigit(_ byte: UInt8?) -> Bool { byte.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false }
            func digits() -> Bool {
                guard isDigit(next) else { return false }
                while isDigit(next) { position += 1 }
                return true
            }
            _ = take("-")
            let hasWhole = take("0") || digits()
            guard hasWhole, !isDigit(next) else { throw malformed("no value") }
            if take(".") { guard digits() else { throw malformed("no digit after a point") } }
            if take("e") || take("E") {
                if !take("-") { _ = take("+") }
                guard digits() else { throw malformed("no digit in an exponent") }
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private mutating func string() throws(ModelError) -> String {
            position += 1
            var unescaped: [UInt8] = []
            var from = position
            while let byte = next {
                switch byte {
                case UInt8(ascii: "\""):
                    let text: String?
                    if unescaped.isEmpty {
                        text = String(validating: bytes[from..<position], as: UTF8.self)
                    } else {
                        unescaped += bytes[from..<position]
                        text = String(validating: unescaped, as: UTF8.self)
                    }
                    guard let text else {
                        throw malformed("a string that is not UTF-8, ending")
                    }
                    position += 1
                    return text
                case UInt8(ascii: "\\"):
                    unescaped += bytes[from..<position]
                    position += 1
                    unescaped += try escaped()
                    from = position
                case 0..<0x20: throw malformed("a control character in a string")
                default: position += 1
                }
            }
            throw malformed("no end of a string")
        }

        /// What an escape stands for. Half of a surrogate pair is U+FFFD: what stands beside it may be an opt-out.
        private mutating func escaped() throws(ModelError) -> [UInt8] {
            guard let byte = next else { throw malformed("no end of a string") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"):
                var units = [try unit()]
                if 0xD800...0xDBFF ~= units[0], bytes[position...].starts(with: "\\u".utf8) {
                    let second = position
                    position += 2
                    units.append(try unit())
                    if !(0xDC00...0xDFFF ~= units[1]) {
                        units.removeLast()
                        position = second
                    }
                }
                return Array(String(decoding: units, as: UTF16.self).utf8)
            default: throw malformed("an unknown escape")
            }
        }

        private mutating func unit() throws(ModelError) -> UInt16 {
            var value: UInt16 = 0
            for _ in 0..<4 {
                guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw malformed("no four hexadecimal digits")
                }
                value = value << 4 | UInt16(digit)
                position += 1
            }
            return value
        }
    }
}
