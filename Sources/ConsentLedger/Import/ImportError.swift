/// What is wrong with imported text: with one item of it, or (when thrown) with all of it. Equal when the codes are
/// equal. No sentence repeats an address or a person's words.
public struct ImportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// The options do not fit together or do not fit the file.
        public static let usage = Code(name: "usage")
        /// The file is in an encoding that is not the one named.
        public static let encoding = Code(name: "encoding")
        /// The text is not in its format: CSV, JSON, or the shape of the vendor's messages.
        public static let malformed = Code(name: "malformed")
        /// A field, a row, a line or a list is larger than the importer takes.
        public static let tooLarge = Code(name: "too-large")
        /// A value that must be there is not.
        public static let missing = Code(name: "missing")
        /// A value is none of those known for its field.
        public static let unknownValue = Code(name: "unknown-value")
        /// A time is not one, or could be several.
        public static let time = Code(name: "time")
        /// A spreadsheet turned the value into something else.
        public static let spreadsheetDamage = Code(name: "spreadsheet-damage")
    }

    public let code: Code
    /// The field that is at fault, by its name among the fields of an import (`contact`, `status`, `occurred-at`, …).
    public let field: String?
    /// A sentence: what was wrong and what to do.
    public let description: String

    public init(_ code: Code, field: String? = nil, _ description: String) {
        self.code = code
        self.field = field
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
