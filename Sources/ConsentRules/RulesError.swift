/// What ConsentRules throws. Equal when the codes are equal.
public struct RulesError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        /// A business the ledger does not have.
        public static let unknownBusiness = Code(name: "unknown-business")
        /// A category the business does not have.
        public static let unknownCategory = Code(name: "unknown-category")
        /// A channel that is not in the vocabulary.
        public static let unknownChannel = Code(name: "unknown-channel")
        /// A sender the business does not have.
        public static let unknownSender = Code(name: "unknown-sender")
        /// A brand the business does not have.
        public static let unknownBrand = Code(name: "unknown-brand")
        /// A template that nothing is said of, or not what messages made from it are about.
        public static let unknownTemplate = Code(name: "unknown-template")
        /// A question that contradicts itself, or what is said of its template.
        public static let contradictoryQuestion = Code(name: "contradictory-question")
        /// A notice whose text is not there, so that nobody knows what it says.
        public static let missingText = Code(name: "missing-text")
        /// A basis that is not in the vocabulary, or not one that can be asserted.
        public static let unknownBasis = Code(name: "unknown-basis")
        /// A notice the business does not have, or not with that text.
        public static let unknownNotice = Code(name: "unknown-notice")
        /// A source the ledger does not have.
        public static let unknownSource = Code(name: "unknown-source")
        /// A key that the ledger does not know, or not as whose it is used.
        public static let unknownKey = Code(name: "unknown-key")
        /// A key used before it was authorised, after it was revoked, or for a business it is not authorised for.
        public static let notAuthorized = Code(name: "not-authorized")
        /// A signature that does not verify.
        public static let badSignature = Code(name: "bad-signature")
        /// Something defined a second time.
        public static let alreadyDefined = Code(name: "already-defined")
        /// An event whose id another record has already.
        public static let repeatedEvent = Code(name: "repeated-event")
        /// An event that cannot be where it is: the wrong chains, or a ledger opened twice.
        public static let misplaced = Code(name: "misplaced")
        /// An event without a field that one of its type needs, where any of several would do.
        public static let missingField = Code(name: "missing-field")
        /// A live act that would lie more than five minutes in the future.
        public static let fromTheFuture = Code(name: "from-the-future")
        /// A live grant older than the notice it names.
        public static let olderThanNotice = Code(name: "older-than-notice")
        /// A grant for a channel or category that its notice does not speak of.
        public static let widerThanNotice = Code(name: "wider-than-notice")
        /// Something in the log that this software does not understand could change the answer.
        public static let notCovered = Code(name: "not-covered")
        /// A rule pack that is not what Documentation/rule-packs.md asks for, or contradicts itself.
        public static let badPack = Code(name: "bad-pack")
        /// An adopted rule pack that is missing, was altered, or is not one that this software reads.
        public static let packUnreadable = Code(name: "pack-unreadable")
        /// A live grant on a notice that does not say what it must.
        public static let defectiveNotice = Code(name: "defective-notice")
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
