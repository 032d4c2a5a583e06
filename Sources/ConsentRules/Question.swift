public import ConsentModel

/// May we message this person about X? The person is given beside it, as a timeline.
public struct Question: Hashable, Sendable {
    /// The business that wants to send.
    public var business: String
    /// The channel it wants to use.
    public var channel: String
    /// What the message is about.
    public var category: String
    /// The sender it would come from; without one, the widest stop counts and a grant to one sender does not.
    public var sender: String?
    /// The moment asked about: what was true then.
    public var at: Timestamp
    /// What may be known for the answer.
    public var knownAt: KnownAt
    /// A basis other than consent that the sender asserts and answers for.
    public var assertedBasis: String?

    public init(
        business: String, channel: String, category: String, sender: String? = nil, at: Timestamp,
        knownAt: KnownAt = .everything, assertedBasis: String? = nil
    ) {
        self.business = business
        self.channel = channel
        self.category = category
        self.sender = sender
        self.at = at
        self.knownAt = knownAt
        self.assertedBasis = assertedBasis
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
