internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// What the page of a person is asked for: the answers for which moment, by what was known when, to which sender; and which of
/// the records. Nothing in it is of the person, so that it may be in an address.
struct PersonInquiry: Sendable {
    /// The names of the fields.
    static let names: Set<String> = ["at", "known-at", "sender", "before"]

    /// What was typed or chosen, by the names.
    private let typed: [String: String]
    private let at: OccurredAt?
    private let knownAt: OccurredAt?

    init(_ fields: FormFields) {
        typed = Dictionary(
            uniqueKeysWithValues: Self.names.compactMap { name in fields[name].map { (name, $0) } })
        at = typed["at"].flatMap(TypedTime.parse)
        knownAt = typed["known-at"].flatMap(TypedTime.parse)
    }

    /// What was typed into a field; empty if nothing was.
    func text(_ name: String) -> String { typed[name] ?? "" }

    /// Whether anything but the present is asked about.
    var isAsked: Bool { typed["at"] != nil || typed["known-at"] != nil || typed["sender"] != nil }

    /// The fields that are wrong, in their order.
    func wrong(_ business: Catalog.Business) -> [String] {
        [
            ("at", typed["at"] != nil && at == nil), ("known-at", typed["known-at"] != nil && knownAt == nil),
            ("sender", typed["sender"].map { business.senders[$0] == nil } ?? false),
        ].filter(\.1).map(\.0)
    }

    var sender: String? { typed["sender"] }

    /// The moment asked about, which for a time that is known as a day or a minute is its first (as the API has it).
    func moment(_ snapshot: LedgerSnapshot, now: Timestamp) -> Timestamp {
        at?.start ?? max(now, snapshot.lastRecordedAt)
    }

    /// The last moment at which something that counts was recorded; `nil` is all that is recorded.
    var known: Timestamp? { knownAt?.end }

    /// The question about one category and channel.
    func question(of business: String, category: String, channel: String, at moment: Timestamp) -> Question {
        Question(
            business: business, channel: channel, category: category, sender: sender, at: moment,
            knownAt: known.map { .time($0) } ?? .everything)
    }

    /// The record before which those shown end; `nil` is the end of all.
    var before: UInt64? {
        get throws(ServerError) {
            guard let text = typed["before"] else { return nil }
            guard let index = UInt64(text) else {
                throw ServerError(.notFound, "“before” is the index of a record")
            }
            return index
        }
    }

    /// The fields, with others of the records.
    func fields(before: UInt64?) -> [(name: String, value: String)] {
        [
            ("at", text("at")), ("known-at", text("known-at")), ("sender", text("sender")),
            ("before", before.map { "\($0)" } ?? ""),
        ]
    }
}
