public import ConsentModel
public import LedgerCrypto

/// The conditions that a law or a platform adds to sending, as data. It counts for a business once a `rulepack-adopted`
/// record names it by its hash; Documentation/rule-packs.md has the JSON it is written in.
public struct RulePack: Hashable, Sendable {
    /// Its name, the same in all its versions.
    public let id: String
    /// Its version, as its maker counts.
    public let version: String
    /// What it is, in a line.
    public let title: String
    /// SHA-256 of its bytes: what the record of its adoption names.
    public let digest: SHA256Digest
    /// Its rules, in its order.
    public let rules: [Rule]
    /// Words that the platform uses, by the name of their list.
    public let vocabulary: [String: [String]]

    public init(
        id: String, version: String, title: String, digest: SHA256Digest, rules: [Rule],
        vocabulary: [String: [String]] = [:]
    ) {
        self.id = id
        self.version = version
        self.title = title
        self.digest = digest
        self.rules = rules
        self.vocabulary = vocabulary
    }
}

/// One condition of a pack.
public struct Rule: Hashable, Sendable {
    /// Its name within the pack; no two rules in force at one time share it.
    public let id: String
    /// The first moment it is in force; `nil` is always.
    public let effectiveFrom: Timestamp?
    /// From then on it no longer is; `nil` is for ever.
    public let effectiveUntil: Timestamp?
    /// The messages it is about.
    public let scope: RuleScope
    /// What it does to the answer.
    public let effect: RuleEffect
    /// What it says, as a clause.
    public let meaning: String
    /// Where it says so.
    public let citation: Citation

    public init(
        id: String, effectiveFrom: Timestamp? = nil, effectiveUntil: Timestamp? = nil, scope: RuleScope = RuleScope(),
        effect: RuleEffect, meaning: String, citation: Citation
    ) {
        self.id = id
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.scope = scope
        self.effect = effect
        self.meaning = meaning
        self.citation = citation
    }

    /// Whether it is in force then.
    public func isInForce(at time: Timestamp) -> Bool {
        (effectiveFrom.map { $0 <= time } ?? true) && (effectiveUntil.map { time < $0 } ?? true)
    }
}

/// The messages that a rule is about: all that each of its lists allows. An absent list allows everything; a country that
/// is not known is on every list, and on no list of exceptions.
public struct RuleScope: Hashable, Sendable {
    public var channels: [String]?
    public var classes: [String]?
    public var categories: [String]?
    /// Where the sender is (ISO 3166-1 alpha-2).
    public var senderCountries: [String]?
    /// Where the sender must not be for the rule to apply.
    public var exceptSenderCountries: [String]?
    /// Where the recipient's address is.
    public var recipientCountries: [String]?
    /// Where the recipient's address must not be for the rule to apply.
    public var exceptRecipientCountries: [String]?

    public init(
        channels: [String]? = nil, classes: [String]? = nil, categories: [String]? = nil,
        senderCountries: [String]? = nil, exceptSenderCountries: [String]? = nil,
        recipientCountries: [String]? = nil, exceptRecipientCountries: [String]? = nil
    ) {
        self.channels = channels
        self.classes = classes
        self.categories = categories
        self.senderCountries = senderCountries
        self.exceptSenderCountries = exceptSenderCountries
        self.recipientCountries = recipientCountries
        self.exceptRecipientCountries = exceptRecipientCountries
    }
}

/// What a rule does to the answer.
public enum RuleEffect: Hashable, Sendable {
    /// Such a message may not be sent.
    case prohibit
    /// Only consent carries such a message, or one of these bases where a record shows it; an assertion never does.
    case requireConsent(orRecorded: [String])
    /// A grant counts only with one of these verifications.
    case requireVerification([String])
    /// A grant does not count if it was presented in one of these ways (the words of `presentation` in SPEC.md).
    case refusePresentation([String])
    /// A grant counts for so long, in milliseconds from its time.
    case consentLasts(UInt64)
    /// A request may be confirmed for so long, in milliseconds, unless it says itself.
    case requestLasts(UInt64)
    /// A message of class service may follow the person's last message for so long, in milliseconds.
    case serviceWindow(UInt64)
    /// The confirmation of an opt-out may follow its recording for so long, in milliseconds.
    case optOutConfirmationWindow(UInt64)
    /// An opt-out of any scope covers all that the rule is about.
    case widenOptOut
    /// Messages wait outside these hours of the recipient's day.
    case hours(AllowedHours)
    /// At most so many messages in a window.
    case cap(Cap)
    /// Grants whose words nobody kept count until then, and the answer says so.
    case acceptUnknownNotice(until: Timestamp)
    /// What a notice must say.
    case notice(NoticeRequirement)
    /// What shows a contact's consent is kept for so long, in milliseconds from its last opt-in, use or opt-out. It decides
    /// nothing about sending.
    case keepEvidence(UInt64)
    /// Who may be messaged is kept elsewhere; the answer is no, and says where to ask.
    case notDecidable

    /// The hours of the recipient's day in which a message may be sent.
    public struct AllowedHours: Hashable, Sendable {
        /// The first minute of the day, 0 to 1439.
        public let from: Int
        /// The minute before which it must be sent, `from` + 1 to 1440.
        public let until: Int
        /// The days, 1 Monday to 7 Sunday; the others have no hours.
        public let weekdays: [Int]

        public init(from: Int, until: Int, weekdays: [Int] = Array(1...7)) {
            self.from = from
            self.until = until
            self.weekdays = weekdays
        }
    }

    /// How many messages may be sent to one contact in a window of time.
    public struct Cap: Hashable, Sendable {
        /// How many.
        public let count: Int
        /// In so many milliseconds, counted back from the moment asked about.
        public let window: UInt64
        /// Which of the contact's messages are counted: those the rule is about, always, and of these …
        public let counted: Counted

        /// … all of the business, those of the same channel, or those of the same category.
        public enum Counted: String, Hashable, Sendable, CaseIterable {
            case business
            case channel
            case category
        }

        public init(count: Int, window: UInt64, counted: Counted) {
            self.count = count
            self.window = window
            self.counted = counted
        }
    }
}

/// What the words of a notice must say.
public struct NoticeRequirement: Hashable, Sendable {
    /// What is looked for.
    public enum Subject: String, Hashable, Sendable, CaseIterable {
        /// The business's name, or the brand's where the notice is a brand's.
        case businessName = "business-name"
        /// The channel's name.
        case channel
        /// How to opt out.
        case optOutInstruction = "opt-out-instruction"
        /// That the person agrees.
        case consentWording = "consent-wording"
        /// What the person has from it.
        case value
    }

    public let subject: Subject
    /// Whether a notice without it can carry no live grant; otherwise it is advice.
    public let isRequired: Bool
    /// The words that show it, by primary language subtag: any one of them, compared without case and accents. Not used
    /// for names.
    public let words: [String: [String]]

    public init(subject: Subject, isRequired: Bool, words: [String: [String]] = [:]) {
        self.subject = subject
        self.isRequired = isRequired
        self.words = words
    }
}

/// Where a rule is written, and how well that was checked.
public struct Citation: Hashable, Sendable {
    /// How well it was checked.
    public enum Confidence: String, Hashable, Sendable, CaseIterable {
        /// Read word for word in the source itself.
        case verbatim
        /// Read in a secondary source.
        case secondary
        /// Not verified.
        case unverified
    }

    /// The law or the platform's page.
    public let source: String
    /// The place in it, if it has one.
    public let section: String?
    /// Where it can be read.
    public let url: String?
    /// Its words, where they were read.
    public let quote: String?
    public let confidence: Confidence
    /// The day it was last checked, `2026-11-22`.
    public let verifiedOn: String

    public init(
        source: String, section: String? = nil, url: String? = nil, quote: String? = nil, confidence: Confidence,
        verifiedOn: String
    ) {
        self.source = source
        self.section = section
        self.url = url
        self.quote = quote
        self.confidence = confidence
        self.verifiedOn = verifiedOn
    }
}

/// The rule that a reason rests on.
public struct RuleReference: Hashable, Sendable {
    /// The pack's name.
    public let pack: String
    /// Its version.
    public let version: String
    /// SHA-256 of the pack.
    public let digest: SHA256Digest
    /// The rule's name within it.
    public let rule: String
    /// What it says.
    public let meaning: String
    /// Where it says so.
    public let citation: Citation
    /// The record that adopted the pack.
    public let adoption: UInt64

    public init(
        pack: String, version: String, digest: SHA256Digest, rule: String, meaning: String, citation: Citation,
        adoption: UInt64
    ) {
        self.pack = pack
        self.version = version
        self.digest = digest
        self.rule = rule
        self.meaning = meaning
        self.citation = citation
        self.adoption = adoption
    }
}
