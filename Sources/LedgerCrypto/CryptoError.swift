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
        /// The machine has not the memory that is asked for.
        public static let noMemory = Code(name: "no-memory")
        /// A time-stamping authority refused what it was asked.
        public static let notGranted = Code(name: "stamp-not-granted")
        /// A time stamp is of other bytes than those that it is held against.
        public static let otherDigest = Code(name: "stamp-of-other-bytes")
        /// A time stamp answers another request, or a policy that was not asked for.
        public static let otherRequest = Code(name: "stamp-for-other-request")
        /// Who signed a time stamp is not shown to be an authority: no certificate leads to a given root, or one was not
        /// valid then, or is not for time stamping.
        public static let untrustedAuthority = Code(name: "untrusted-authority")
        /// The signature of a time stamp does not verify.
        public static let badStamp = Code(name: "bad-stamp")
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
