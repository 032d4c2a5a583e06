internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// An opt-out on its way to being recordable: what is doubtful in it is left out, which makes it wider, and flagged.
struct WidenedOptOut {
    private(set) var draft: EventDraft
    private(set) var warnings: [String] = []
    private var flags: Set<String> = []

    private static let ownSource = "cli"

    /// A draft without scope and time, and the scope that was asked for.
    init(_ draft: EventDraft, scope: [EventField: FieldValue]) {
        self.draft = draft
        self.draft.fields.merge(scope) { $1 }
    }

    /// Leaves out what the business does not have, and words that are none.
    mutating func widen(within business: Catalog.Business, catalog: Catalog) {
        leaveOut(
            .channels, flag: "channel-unknown", unlessAll: Vocabulary.channel.contains,
            "is no channel; the opt-out covers every channel")
        leaveOut(
            .categories, flag: "category-unknown", unlessAll: { business.categories[$0] != nil },
            "is no category of \(business.id); the opt-out covers every category")
        leaveOut(
            .senders, flag: "sender-unknown", unlessAll: { business.senders[$0] != nil },
            "is no sender of \(business.id); the opt-out covers every sender")
        leaveOut(
            .brands, flag: "sender-unknown", unlessAll: { business.brands[$0] != nil },
            "is no brand of \(business.id); the opt-out covers every brand")
        if case .text(let word) = draft.fields[.method], !Vocabulary.method.contains(word) {
            draft.fields[.method] = .text("other")
            warnings.append("“\(word)” is no method; recorded as other")
        }
        if case .text(let word) = draft.fields[.via], !Vocabulary.channel.contains(word) {
            draft.fields[.via] = nil
            warnings.append("“\(word)” is no channel; the opt-out is recorded without --via")
        }
        chooseSource(business: business.id, catalog: catalog)
    }

    /// Takes the time that was given, if it is one and not to come; else the opt-out counts from `now`.
    mutating func setTime(_ text: String?, now: Timestamp) {
        defer { setFlags() }
        draft.fields[.occurredAt] = .occurredAt(OccurredAt(now))
        draft.isTimeAssumed = true
        guard let text else { return }
        guard let time = try? OccurredAt(parsing: text) else {
            flag("time-clamped", "“\(text.prefix(40))” is not a time; the opt-out counts from now")
            return
        }
        guard time.start <= now else {
            flag("time-clamped", "\(time.start) is yet to come; the opt-out counts from now")
            return
        }
        draft.fields[.occurredAt] = .occurredAt(time)
        draft.isTimeAssumed = false
    }

    /// Marks it as a do-not-contact.
    mutating func setDoNotContact() { draft.fields[.doNotContact] = .mark }

    private mutating func leaveOut(
        _ field: EventField, flag name: String, unlessAll isKnown: (String) -> Bool, _ sentence: String
    ) {
        guard case .texts(let words) = draft.fields[field], let unknown = words.first(where: { !isKnown($0) }) else {
            return
        }
        draft.fields[field] = nil
        flag(name, "“\(unknown)” \(sentence)")
    }

    /// A source whose key the ledger does not hold cannot sign: the ledger's own states the opt-out then. One that is
    /// revoked, or authorised for others, still can.
    private mutating func chooseSource(business: String, catalog: Catalog) {
        let source = if case .text(let id) = draft.fields[.source] { id } else { Self.ownSource }
        let keys = catalog.sources[source]?.keys ?? []
        if !keys.contains(where: { $0.custody == "ledger" }) {
            draft.fields[.source] = nil
            flag(
                "source-not-authorized",
                "the ledger holds no key of a source “\(source)”; the opt-out is stated by \(Self.ownSource)")
        } else if !keys.contains(where: { $0.window.until == nil && $0.businesses?.contains(business) != false }) {
            flag("source-not-authorized", "the source “\(source)” is not authorised any more, or not for \(business)")
        }
    }

    private mutating func flag(_ flag: String, _ sentence: String) {
        flags.insert(flag)
        warnings.append(sentence)
    }

    private mutating func setFlags() {
        if !flags.isEmpty { draft.fields[.flags] = .list(flags) }
    }
}
