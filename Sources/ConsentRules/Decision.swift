public import ConsentModel

/// The answer to a question, with what it rests on.
public struct Decision: Hashable, Sendable {
    /// Yes, no, or not now.
    public enum Outcome: String, Hashable, Sendable {
        case allow
        case deny
        case `defer`
    }

    public let outcome: Outcome
    /// Why, the most important first.
    public let reasons: [Reason]
    /// Of *not now*: the first moment at which nothing of what is known now stands against it.
    public let nextAllowedAt: Timestamp?
    /// Of a yes: the first moment at which what is known now would no longer carry it, if there is one.
    public let lapsesAt: Timestamp?

    public init(
        outcome: Outcome, reasons: [Reason], nextAllowedAt: Timestamp? = nil, lapsesAt: Timestamp? = nil
    ) {
        self.outcome = outcome
        self.reasons = reasons
        self.nextAllowedAt = nextAllowedAt
        self.lapsesAt = lapsesAt
    }
}

/// One ground of an answer.
public struct Reason: Hashable, Sendable {
    public let code: Code
    /// The records it rests on, by index.
    public let records: [UInt64]
    /// When what it names happened or ends, where the code speaks of a time.
    public let time: Timestamp?
    /// The rule it rests on, where it is one of a pack.
    public let rule: RuleReference?

    init(_ code: Code, _ records: [UInt64] = [], time: Timestamp? = nil, rule: RuleReference? = nil) {
        self.code = code
        self.records = records
        self.time = time
        self.rule = rule
    }

    /// Every ground there is; the raw value is its stable code. Documentation/decisions.md has the table.
    public enum Code: String, CaseIterable, Hashable, Sendable {
        case consentGiven = "consent-given"
        case consentConfirmed = "consent-confirmed"
        case consentRenewed = "consent-renewed"
        case basisRecorded = "basis-recorded"
        case basisAsserted = "basis-asserted"
        case noticeReconstructed = "notice-reconstructed"

        case noRecord = "no-record"
        case noConsent = "no-consent"
        case noBasis = "no-basis"
        case pending
        case confirmationTooLate = "confirmation-too-late"
        case confirmationAfterWithdrawal = "confirmation-after-withdrawal"
        case refused
        case withdrawn
        case revoked
        case invalidated
        case objected
        case expired
        case noticeUnknown = "notice-unknown"
        case noticeTooYoung = "notice-too-young"
        case optInUndated = "opt-in-undated"
        case importDoesNotRevive = "import-does-not-revive"
        case sourceCompromised = "source-compromised"
        case doNotContact = "do-not-contact"
        case complained
        case blocked
        case reported
        case heldForReview = "held-for-review"
        case contactClosed = "contact-closed"
        case categoryRetired = "category-retired"

        /// What the code says, as a clause.
        public var meaning: String {
            switch self {
            case .consentGiven: "the person opted in"
            case .consentConfirmed: "the person opted in and confirmed it"
            case .consentRenewed: "the person renewed the opt-in"
            case .basisRecorded: "the category's basis other than consent is on record"
            case .basisAsserted: "the sender asserts a basis other than consent and answers for it"
            case .noticeReconstructed: "the words shown were kept, and the time they were shown is attested afterwards"
            case .noRecord: "nothing is recorded about this contact"
            case .noConsent: "no opt-in covers this channel and category"
            case .noBasis: "no record shows the basis that the category rests on, and the sender asserts none"
            case .pending: "an opt-in waits for its confirmation"
            case .confirmationTooLate: "the confirmation is not known to have come while the request was open"
            case .confirmationAfterWithdrawal: "an opt-out lies between the request and its confirmation"
            case .refused: "the person refused"
            case .withdrawn: "the person opted out"
            case .revoked: "the consent was revoked by someone other than the person"
            case .invalidated: "the consent was found invalid"
            case .objected: "the person objected"
            case .expired: "the opt-in has expired"
            case .noticeUnknown: "nobody kept the words that the person was shown"
            case .noticeTooYoung: "the notice is not known to have been there when the opt-in that names it was given"
            case .optInUndated:
                "nobody knows when the opt-in was given, so not whether the words it names were there then"
            case .importDoesNotRevive: "an imported opt-in does not revive what the ledger already holds as ended"
            case .sourceCompromised: "the source's key may have been in other hands when it was recorded"
            case .doNotContact: "the person asked not to be contacted"
            case .complained: "the person complained"
            case .blocked: "the person blocked the business"
            case .reported: "the person reported the business"
            case .heldForReview: "a message that may be an opt-out waits for a person to decide"
            case .contactClosed: "the address changed hands or was erased"
            case .categoryRetired: "the business no longer sends this category"
            }
        }
    }
}
