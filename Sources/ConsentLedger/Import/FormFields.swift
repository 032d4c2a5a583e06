/// The fields of a form as browsers and platforms post it (WHATWG URL, `application/x-www-form-urlencoded`), in their
/// order.
public struct FormFields: Hashable, Sendable {
    /// A name and a value, decoded.
    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: String
    }

    public let fields: [Field]

    /// Reads a form. Throws `malformed` for an escape that is none, and for text that is not UTF-8: what is read is what
    /// was signed.
    public init(parsing bytes: some Collection<UInt8>) throws(ImportError) {
        var fields: [Field] = []
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = try Self.decoded(part[..<(equals ?? part.endIndex)])
            let value = try equals.map { index throws(ImportError) in
                try Self.decoded(part[part.index(after: index)...])
            }
            fields.append(Field(name: name, value: value ?? ""))
        }
        self.fields = fields
    }

    /// The first value of that name; `nil` where there is none, or an empty one.
    public subscript(name: String) -> String? {
        fields.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    private static func decoded(_ text: some Collection<UInt8>) throws(ImportError) -> String {
        let malformed = ImportError(.malformed, "the body is no form in UTF-8")
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next(), let low = iterator.next(),
                    let first = Character(Unicode.Scalar(high)).hexDigitValue,
                    let second = Character(Unicode.Scalar(low)).hexDigitValue
                else { throw malformed }
                bytes.append(UInt8(first << 4 | second))
            default: bytes.append(byte)
            }
        }
        guard let string = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return string
    }
}
