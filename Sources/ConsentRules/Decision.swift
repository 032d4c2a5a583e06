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
    /// What the message is about: the categories asked about, that of its template, and `marketing` where the platform
    /// counts the template so; in the order in which they were looked at.
    public let about: [String]
    /// The class that the message counts as: marketing if any category is of it.
    public let categoryClass: String
    /// Of *not now*: the first moment at which nothing of what is known now stands against it.
    public let nextAllowedAt: Timestamp?
    /// Of a yes: the first moment at which what it rests on ends by itself, if there is one: a term, a window, hours, or a
    /// rule that begins or ends. Something else may carry it then; what is recorded later can end it sooner.
    public let lapsesAt: Timestamp?

    public init(
        outcome: Outcome, reasons: [Reason], about: [String] = [], categoryClass: String = "",
        nextAllowedAt: Timestamp? = nil, lapsesAt: Timestamp? = nil
    ) {
        self.outcome = outcome
        self.reasons = reasons
        self.about = about
        self.categoryClass = categoryClass
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
    /// The rule it rests on, where it is one of a pack; of several, the first.
    public let rule: RuleReference?
    /// Of words that lack what they must say: what that is.
    public let missing: [MissingWords]
    /// What it is about, of a message about several categories.
    public internal(set) var category: String?

    init(
        _ code: Code, _ records: [UInt64] = [], time: Timestamp? = nil, rule: RuleReference? = nil,
        missing: [MissingWords] = []
    ) {
        self.code = code
        self.records = records
        self.time = time
        self.rule = rule
        self.missing = missing
        category = nil
    }

    /// All the rules it rests on, each once.
    public var rules: [RuleReference] {
        var rules: [RuleReference] = []
        for case let rule? in [rule] + missing.map(\.rule) where !rules.contains(rule) { rules.append(rule) }
        return rules
    }

    /// Every ground there is; the raw value is its stable code. Documentation/decisions.md has the table.
    public enum Code: String, CaseIterable, Hashable, Sendable {
        case consentGiven = "consent-given"
        case consentConfirmed = "consent-confirmed"
        case consentRenewed = "consent-renewed"
        case basisRecorded = "basis-recorded"
        case basisAsserted = "basis-asserted"
        case replying
        case optOutConfirmation = "opt-out-confirmation"
        case confirmationRequest = "confirmation-request"
        case noticeReconstructed = "notice-reconstructed"
        case noticeUnknownAccepted = "notice-unknown-accepted"

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
        case noticeDefective = "notice-defective"
        case optInUndated = "opt-in-undated"
        case importDoesNotRevive = "import-does-not-revive"
        case sourceCompromised = "source-compromised"
        case notVerified = "not-verified"
        case presentationRefused = "presentation-refused"
        case consentRequired = "consent-required"
        case doNotContact = "do-not-contact"
        case complained
        case blocked
        case reported
        case heldForReview = "held-for-review"
        case contactClosed = "contact-closed"
        case categoryRetired = "category-retired"
        case noMessageToAnswer = "no-message-to-answer"
        case outsideServiceWindow = "outside-service-window"
        case noOptOutToConfirm = "no-opt-out-to-confirm"
        case optOutConfirmed = "opt-out-confirmed"
        case optOutConfirmationTooLate = "opt-out-confirmation-too-late"
        case noPendingRequest = "no-pending-request"
        case alreadyRequested = "already-requested"
        case sentUnknown = "sent-unknown"
        case prohibited
        case notDecidable = "not-decidable"

        case outsideHours = "outside-hours"
        case timeZoneUnknown = "time-zone-unknown"
        case capReached = "cap-reached"
        case countsIncomplete = "counts-incomplete"

        /// What the code says, as a clause.
        public var meaning: String {
            switch self {
            case .consentGiven: "the person opted in"
            case .consentConfirmed: "the person opted in and confirmed it"
            case .consentRenewed: "the person renewed the opt-in"
            case .basisRecorded: "the category's basis other than consent is on record"
            case .basisAsserted: "the sender asserts a basis other than consent and answers for it"
            case .noticeReconstructed: "the words shown were kept, and the time they were shown is attested afterwards"
            case .replying: "the person wrote, and this is the answer"
            case .optOutConfirmation: "one message, which must be reserved, may confirm the opt-out"
            case .confirmationRequest:
                "one message, which must be reserved, may ask the person to confirm the opt-in"
            case .noticeUnknownAccepted: "nobody kept the words, which the business has said it accepts for a time"
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
            case .noticeDefective: "the words that the person was shown lack what they must say"
            case .optInUndated:
                "nobody knows when the opt-in was given, so not whether the words it names were there then"
            case .importDoesNotRevive: "an imported opt-in does not revive what the ledger already holds as ended"
            case .sourceCompromised: "the source's key may have been in other hands when it was recorded"
            case .notVerified: "it was not made sure, as a rule asks, that the person at the address opted in"
            case .presentationRefused: "the opt-in was presented in a way that a rule refuses"
            case .consentRequired: "a rule asks for consent, and the basis of the category does not do instead"
            case .doNotContact: "the person asked not to be contacted"
            case .complained: "the person complained"
            case .blocked: "the person blocked the business"
            case .reported: "the person reported the business"
            case .heldForReview: "a message that may be an opt-out waits for a person to decide"
            case .contactClosed: "the address changed hands or was erased"
            case .categoryRetired: "the business no longer sends this category"
            case .noMessageToAnswer:
                "a message of class service answers one of the person's, and there is none to answer"
            case .outsideServiceWindow:
                "the person's last message is too old to be answered with a message of class service"
            case .noOptOutToConfirm: "no opt-out that came by this channel stands, so there is none to confirm"
            case .optOutConfirmed: "the opt-out was confirmed already"
            case .optOutConfirmationTooLate: "the opt-out is too old to be confirmed"
            case .noPendingRequest: "no opt-in waits for its confirmation"
            case .alreadyRequested: "the person was asked already to confirm the opt-in"
            case .sentUnknown:
                "counts were lost, so that nobody knows whether the one message that may be sent was sent already"
            case .prohibited: "a rule prohibits such a message"
            case .notDecidable: "a rule keeps elsewhere who may be messaged; it is not decidable here"
            case .outsideHours: "it is not an hour at which a rule allows such a message"
            case .timeZoneUnknown:
                "a rule allows such a message at certain hours, and what time it is for the person is not known"
            case .capReached: "as many messages were sent as a rule allows"
            case .countsIncomplete:
                "a rule limits how many messages are sent, and how many were sent is not known for sure"
            }
        }
    }
}
