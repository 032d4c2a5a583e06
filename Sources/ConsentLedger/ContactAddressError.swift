/// What reading a contact address throws. Equal when the codes are equal. No sentence repeats the address: sentences end
/// up in logs and results files.
public struct ContactAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// Nothing was given.
        public static let empty = Code(name: "empty-contact")
        /// The text is no address of a known kind.
        public static let malformed = Code(name: "malformed-contact")
        /// A spreadsheet turned the number into something else, and digits may be lost.
        public static let spreadsheetDamage = Code(name: "spreadsheet-damage")
        /// The number is written as within a country, and no country was named.
        public static let countryUnknown = Code(name: "country-unknown")
        /// The default country is none.
        public static let regionUnknown = Code(name: "region-unknown")
        /// No country has the calling code.
        public static let callingCodeUnknown = Code(name: "calling-code-unknown")
        /// Numbers of that calling code have another number of digits.
        public static let wrongLength = Code(name: "wrong-length")
        /// The number has an extension, at which no message arrives.
        public static let extensionNumber = Code(name: "extension")
        /// The e-mail address breaks a rule that the sentence names.
        public static let malformedEmail = Code(name: "malformed-email")
        /// The WhatsApp user id breaks a rule that the sentence names.
        public static let malformedUserID = Code(name: "malformed-user-id")
    }

    public let code: Code
    /// A sentence: what was wrong and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
