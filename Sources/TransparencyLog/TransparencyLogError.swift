/// What TransparencyLog throws. Equal when the codes are equal.
public struct TransparencyLogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// A text or a byte string does not have exactly the form that its specification gives.
        public static let malformed = Code(name: "malformed")
        /// Something is larger than this library takes.
        public static let tooLarge = Code(name: "too-large")
        /// An index or a size does not lie within the tree.
        public static let outOfRange = Code(name: "out-of-range")
        /// A proof or a tile does not lead to the root that it should.
        public static let doesNotVerify = Code(name: "does-not-verify")
        /// A signature by a known key does not verify, or there are two of them.
        public static let badSignature = Code(name: "bad-signature")
        /// No known key signed.
        public static let notSigned = Code(name: "not-signed")
        /// A verifier key is of a signature type that this library does not verify.
        public static let unsupportedKey = Code(name: "unsupported-key")
        /// The log signed, but too few of the policy's witnesses cosigned.
        public static let quorumNotReached = Code(name: "quorum-not-reached")
        /// A witness has cosigned a larger tree of the log than the one that it is asked about.
        public static let witnessAhead = Code(name: "witness-ahead")
        /// A witness does not find the tree that it is asked about to begin with the one that it knows.
        public static let witnessContradicts = Code(name: "witness-contradicts")
        /// A witness does not cosign for another reason: it does not know the log, or fails.
        public static let witnessRefused = Code(name: "witness-refused")
        /// A cosignature says a time at which it cannot have been made.
        public static let implausibleTime = Code(name: "implausible-time")
    }

    public let code: Code
    /// A sentence: what was wrong, where, and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
