/// What ConsentModel throws. Equal when the codes are equal.
public struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines; the `code` of vectors and reports.
        public let name: String

        public init(name: String) { self.name = name }

        /// Bytes that are not the one deterministic CBOR encoding SPEC.md asks for.
        public static let encoding = Code(name: "encoding")
        /// A record of a version this software does not know.
        public static let unknownRecordVersion = Code(name: "unknown-record-version")
        /// A record, link, statement or event whose parts are not what SPEC.md asks for.
        public static let form = Code(name: "form")
        /// A field that the event's type does not have.
        public static let unknownField = Code(name: "unknown-field")
        /// A field that the event's type needs and that is not there.
        public static let missingField = Code(name: "missing-field")
        /// A field whose value is out of bounds or not of its vocabulary.
        public static let badValue = Code(name: "bad-value")
        /// Something larger than SPEC.md allows.
        public static let tooLarge = Code(name: "too-large")
        /// A text that is not a time as RFC 3339 writes it.
        public static let badTime = Code(name: "bad-time")
        /// A text that is not JSON.
        public static let malformedJSON = Code(name: "malformed-json")
    }

    public let code: Code
    /// A sentence: what was wrong, where, and what to do.
    public let description: String
    /// Where in the bytes that were decoded, from their beginning; `nil` where it is not about one place.
    public let offset: Int?

    public init(_ code: Code, _ description: String, at offset: Int? = nil) {
        self.code = code
        self.description = description
        self.offset = offset
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
