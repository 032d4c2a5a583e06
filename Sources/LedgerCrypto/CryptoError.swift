/// What LedgerCrypto throws. Equal when the codes are equal.
public struct CryptoError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// A key, signature or other input does not have the form it must have.
        public static let malformed = Code(name: "malformed")
        /// A sealed part does not open: wrong key, wrong place, or changed bytes.
        public static let doesNotOpen = Code(name: "does-not-open")
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
