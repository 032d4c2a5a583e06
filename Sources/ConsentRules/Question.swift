public import ConsentModel

/// May we message this person about X? The person is given beside it, as a timeline.
public struct Question: Hashable, Sendable {
    /// The business that wants to send.
    public var business: String
    /// The channel it wants to use.
    public var channel: String
    /// What the message is about; empty where `template` says it, or where an opt-out of whatever is confirmed.
    public var category: String
    /// What else it is about: each must be allowed.
    public var alsoAbout: [String]
    /// The platform's name of the template it is written in.
    public var template: String?
    /// The sender it would come from; without one, the widest stop counts and a grant to one sender does not.
    public var sender: String?
    /// The moment asked about: what was true then.
    public var at: Timestamp
    /// What may be known for the answer.
    public var knownAt: KnownAt
    /// A basis other than consent that the sender asserts and answers for.
    public var assertedBasis: String?
    /// When the person last wrote, as the sender states it: what a message of class service answers.
    public var replyingTo: Timestamp?
    /// What the message is for.
    public var purpose: Purpose
    /// What is known of where the person is.
    public var recipient: Recipient
    /// What was sent to the person before, as far as it was reserved: what caps count. Each counts from the start of a cap's
    /// window on, later ones than `at` too: who asks leaves out what does not count.
    public var uses: [Use]
    /// From when on `uses` has them all; `nil` is never, so that every cap waits.
    public var usesSince: Timestamp?

    /// Whether `uses` has all that was sent from `time` on.
    func hasAllUses(since time: Timestamp) -> Bool { usesSince.map { $0 == .epoch || $0 <= time } ?? false }

    /// What a message is for.
    public enum Purpose: String, Hashable, Sendable, CaseIterable {
        /// Itself.
        case message
        /// To confirm an opt-out, once.
        case optOutConfirmation = "opt-out-confirmation"
        /// To ask a pending contact for its confirmation, once.
        case confirmationRequest = "confirmation-request"
    }

    public init(
        business: String, channel: String, category: String, alsoAbout: [String] = [], template: String? = nil,
        sender: String? = nil, at: Timestamp, knownAt: KnownAt = .everything, assertedBasis: String? = nil,
        replyingTo: Timestamp? = nil, purpose: Purpose = .message, recipient: Recipient = Recipient(),
        uses: [Use] = [], usesSince: Timestamp? = .epoch
    ) {
        self.business = business
        self.channel = channel
        self.category = category
        self.alsoAbout = alsoAbout
        self.template = template
        self.sender = sender
        self.at = at
        self.knownAt = knownAt
        self.assertedBasis = assertedBasis
        self.replyingTo = replyingTo
        self.purpose = purpose
        self.recipient = recipient
        self.uses = uses
        self.usesSince = usesSince
    }
}

/// Where a person is, as far as the address tells.
public struct Recipient: Hashable, Sendable {
    /// The country of the number (ISO 3166-1 alpha-2); `nil` where it is not known.
    public var country: String?
    /// The clocks the person may live by, one a time zone; empty where none is known.
    public var clocks: [LocalClock]

    public init(country: String? = nil, clocks: [LocalClock] = []) {
        self.country = country
        self.clocks = clocks
    }
}

/// A time zone around the moment asked about.
public struct LocalClock: Hashable, Sendable {
    /// Its name, `Europe/Madrid`.
    public let name: String
    /// The offsets from UTC in seconds, each from its moment on, in ascending order; the first holds before it too.
    public let offsets: [Offset]

    /// An offset and since when.
    public struct Offset: Hashable, Sendable {
        public let since: Timestamp
        public let seconds: Int

        public init(since: Timestamp, seconds: Int) {
            self.since = since
            self.seconds = seconds
        }
    }

    public init(name: String, offsets: [Offset]) {
        self.name = name
        self.offsets = offsets
    }
}

/// A message that was reserved, and is taken to have been sent.
public struct Use: Hashable, Sendable {
    /// When.
    public let at: Timestamp
    public let channel: String
    public let categories: [String]
    /// The class it counted as.
    public let categoryClass: String
    public let sender: String?
    public let purpose: Question.Purpose
    /// The record that it confirms or asks about, where that is its purpose.
    public let concerns: UInt64?

    public init(
        at: Timestamp, channel: String, categories: [String], categoryClass: String, sender: String? = nil,
        purpose: Question.Purpose = .message, concerns: UInt64? = nil
    ) {
        self.at = at
        self.channel = channel
        self.categories = categories
        self.categoryClass = categoryClass
        self.sender = sender
        self.purpose = purpose
        self.concerns = concerns
    }
}

/// What may be known for an answer.
public enum KnownAt: Hashable, Sendable {
    /// All that is recorded.
    case everything
    /// The first so many records.
    case size(UInt64)
    /// What was recorded by then.
    case time(Timestamp)

    func includes(index: UInt64, recordedAt: Timestamp) -> Bool {
        switch self {
        case .everything: true
        case .size(let size): index < size
        case .time(let time): recordedAt <= time
        }
    }
}
