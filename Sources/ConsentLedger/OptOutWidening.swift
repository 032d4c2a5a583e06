public import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// Makes a restriction recordable whatever is doubtful in it: opt-outs fail wide. What it names and the ledger does not
/// know, or what could not be read, is left out, which makes it cover more; the record's flags and a remark say so. Every
/// restriction goes through here, whether a command, the native form or an imported file brings it.
///
/// What is left is a contact that can be read and a business that is known: without them there is nobody to stop for.
public struct OptOutWidening: Sendable {
    /// The governance against which names are checked.
    public let catalog: Catalog
    /// Now, as records have it; a time to come counts as this.
    public let now: Timestamp
    private let writer: LedgerWriter
    /// Whether the source that is named signs itself, so that no other can state it.
    private let isSignedElsewhere: Bool

    /// The source that states what another one has no key for.
    private static let ownSource = "cli"

    /// For what is to be recorded with `writer` now; or, with `isSignedElsewhere`, prepared for its source to sign.
    public init(for writer: LedgerWriter, isSignedElsewhere: Bool = false) {
        self.isSignedElsewhere = isSignedElsewhere
        catalog = writer.currentCatalog()
        now = writer.currentTime()
        self.writer = writer
    }

    /// A draft as it can be recorded, and what was left out or assumed, a sentence each.
    public struct Widened: Sendable {
        /// The draft, with the flags that tell.
        public var draft: EventDraft
        /// What to tell whoever brought it.
        public var remarks: [String]
    }

    /// `draft` made wide enough to be recorded; one that is no restriction is given back as it is. `unread` are the fields
    /// that were given and are not in the draft because they could not be read, each with a clause that says why. Throws
    /// `unknownBusiness`.
    public func widened(_ draft: EventDraft, unread: [EventField: String] = [:]) throws(RulesError) -> Widened {
        guard draft.type.isRestriction else { return Widened(draft: draft, remarks: []) }
        var widening = Widening(draft)
        try widening.widenScope(within: catalog.business(draft.business ?? "", at: .max), unread)
        widening.settleTime(now: now, unread: unread[.occurredAt])
        widening.replaceWords()
        chooseSource(of: &widening)
        widening.leaveOutTheRest(unread)
        widening.boundPrivateFields()
        return widening.result
    }

    /// `draft` with a time that is not to come, or with none where it could not be read: for an act that restricts
    /// beside doing something else, such as a changed number.
    func withSettledTime(_ draft: EventDraft, unread: String?) -> Widened {
        var widening = Widening(draft)
        widening.settleTime(now: now, unread: unread)
        return widening.result
    }

    /// A source whose key is not here cannot sign, and one that was never authorised for the business has nothing to say of
    /// it: the ledger's own states the opt-out then, else any that can. One that was revoked still can: a restriction binds
    /// whatever the state of its source.
    private func chooseSource(of widening: inout Widening) {
        let named = widening.draft.source.isEmpty ? Self.ownSource : widening.draft.source
        let business = widening.draft.business ?? ""
        guard isSignedElsewhere || (canSign(named) && wasEverAuthorized(named, for: business)) else {
            let others = catalog.sources.keys.sorted { left, right in
                (isInForce(left, for: business) ? 0 : 1, left) < (isInForce(right, for: business) ? 0 : 1, right)
            }
            // Where no key is left at all, appending says so.
            guard let other = ([Self.ownSource] + others).first(where: canSign) else { return }
            widening.draft.fields[.source] = .text(other)
            return widening.note(
                "the ledger holds no key of a source \(QuotedText.shown(named)) of \(business), so \(other) states it",
                flag: "source-not-authorized")
        }
        guard !isInForce(named, for: business) else { return }
        widening.note(
            "the source \(named) is not authorised any more for \(business); it binds all the same",
            flag: "source-not-authorized")
    }

    private func canSign(_ source: String) -> Bool {
        guard let keys = catalog.sources[source]?.keys, let held = writer.heldKey(of: source) else { return false }
        return keys.contains { $0.publicKey == held }
    }

    private func wasEverAuthorized(_ source: String, for business: String) -> Bool {
        catalog.sources[source]?.keys.contains { $0.businesses?.contains(business) != false } ?? false
    }

    private func isInForce(_ source: String, for business: String) -> Bool {
        catalog.sources[source]?.keys.contains {
            $0.window.until == nil && $0.businesses?.contains(business) != false
        } ?? false
    }
}

/// One restriction on its way.
private struct Widening {
    var draft: EventDraft
    private var remarks: [String] = []
    private var flags: Set<String>

    init(_ draft: EventDraft) {
        self.draft = draft
        flags = if case .texts(let words) = draft.fields[.flags] { Set(words) } else { [] }
    }

    var result: OptOutWidening.Widened {
        var draft = draft
        let known = flags.filter(Vocabulary.flag.contains)
        draft.fields[.flags] = known.isEmpty ? nil : .list(known)
        return OptOutWidening.Widened(draft: draft, remarks: remarks)
    }

    mutating func note(_ remark: String, flag: String? = nil) {
        remarks.append(remark)
        if let flag { flags.insert(flag) }
    }

    // MARK: Scope

    mutating func widenScope(within business: Catalog.Business, _ unread: [EventField: String]) {
        let id = business.id
        widen(
            .channels, flag: "channel-unknown", "it counts for all channels", unread,
            unknown: "is no channel", Vocabulary.channel.contains)
        widen(
            .categories, flag: "category-unknown", "it counts for all categories", unread,
            unknown: "is no category of \(id)"
        ) { business.categories[$0] != nil }
        widen(
            .senders, flag: "sender-unknown", "it counts for all senders", unread,
            unknown: "is no sender of \(id)"
        ) { business.senders[$0] != nil }
        widen(
            .brands, flag: "sender-unknown", "it counts for all brands", unread,
            unknown: "is no brand of \(id)"
        ) { business.brands[$0] != nil }
    }

    private mutating func widen(
        _ field: EventField, flag: String, _ effect: String, _ unread: [EventField: String], unknown: String,
        _ isKnown: (String) -> Bool
    ) {
        if let why = unread[field] {
            draft.fields[field] = nil
            return note("\(why); \(effect)", flag: flag)
        }
        guard let value = draft.fields[field] else { return }
        if case .texts(let words) = value, let word = words.first(where: { !isKnown($0) }) {
            note("\(QuotedText.shown(word)) \(unknown); \(effect)", flag: flag)
        } else if let problem = field.kind.problem(with: value) {
            note("the field \(field.name) \(problem); \(effect)", flag: flag)
        } else {
            return
        }
        draft.fields[field] = nil
    }

    // MARK: Time

    /// Never later than now, and unknown rather than refused: then it binds from ever up to its recording.
    mutating func settleTime(now: Timestamp, unread: String?) {
        if let unread {
            draft.fields[.occurredAt] = nil
            return note("\(unread); its time counts as unknown", flag: "time-unknown")
        }
        guard case .occurredAt(let time) = draft.fields[.occurredAt] else {
            draft.fields[.occurredAt] = nil
            flags.insert("time-unknown")
            return
        }
        guard time.start > now else { return }
        draft.fields[.occurredAt] = .occurredAt(OccurredAt(now))
        draft.isTimeAssumed = true
        note("\(time.start) is yet to come; it counts from now", flag: "time-clamped")
    }

    // MARK: Details

    /// Words that are none: how it was captured is then *other*, and by which channel it came is not said.
    mutating func replaceWords() {
        if case .text(let word) = draft.fields[.method], !Vocabulary.method.contains(word) {
            draft.fields[.method] = .text("other")
            note("\(QuotedText.shown(word)) is no method; recorded as other")
        }
        if case .text(let word) = draft.fields[.via], !Vocabulary.channel.contains(word) {
            draft.fields[.via] = nil
            note("\(QuotedText.shown(word)) is no channel; by which channel it came is left out")
        }
    }

    /// Details that the scope does not depend on, where they are not what they should be.
    mutating func leaveOutTheRest(_ unread: [EventField: String]) {
        let scopeAndTime: Set<EventField> = [.channels, .categories, .senders, .brands, .occurredAt]
        for (field, why) in unread.sorted(by: { $0.key < $1.key }) where !scopeAndTime.contains(field) {
            // What says no more than that there shall be less is taken as said.
            guard ![.doNotContact, .keepSuppression].contains(field) else {
                draft.fields[field] = .mark
                note("\(why); it counts as true")
                continue
            }
            note("\(why); it is left out")
        }
        for (field, value) in draft.fields.sorted(by: { $0.key < $1.key }) {
            let problem =
                draft.type.optionalFields.contains(field)
                ? field.kind.problem(with: value) : "is no field of a \(draft.type.name)"
            // What the type must have is not left out: without it there is nothing to record.
            guard let problem, field != .flags, !draft.type.requiredFields.contains(field) else { continue }
            draft.fields[field] = nil
            note("the field \(field.name) \(problem); it is left out")
        }
        if draft.otherContact != nil, draft.type.chains.contacts.upperBound < 2 {
            draft.otherContact = nil
            note("a \(draft.type.name) is about one contact; say it of the other one in an event of its own")
        }
        // It may have to go into a private field, should the id have been used before.
        if let id = draft.outsideID, id.utf8.count > PrivateField.mostValueBytes {
            draft.outsideID = "\(SHA256Digest(hashing: Array(id.utf8)))"
        }
    }

    /// The private part as it can be kept: values cut where they are too long, and nothing that has no name of its own.
    mutating func boundPrivateFields() {
        var names: Set<String> = [EventDraft.contactFact, EventDraft.otherContactFact]
        let facts = draft.privateFields
        draft.privateFields = []
        for fact in facts {
            guard FieldKind.isIdentifier(fact.name), names.insert(fact.name).inserted,
                draft.privateFields.count < PrivateField.mostFields - draft.addresses.count
            else {
                note("the private field \(QuotedText.shown(fact.name)) cannot be kept; it is left out")
                continue
            }
            guard fact.value.count > PrivateField.mostValueBytes else {
                draft.privateFields.append(fact)
                continue
            }
            let value = fact.value.prefix(PrivateField.mostValueBytes).withoutBrokenEnd
            draft.privateFields.append(EventDraft.PrivateFact(fact.name, bytes: Array(value)))
            note("the \(fact.name) has more than \(PrivateField.mostValueBytes) bytes; its beginning is kept")
        }
        // An id that was used before is kept beside them, and needs room.
        if draft.outsideID != nil, draft.privateFields.count + draft.addresses.count == PrivateField.mostFields,
            let last = draft.privateFields.popLast()
        {
            note("the private field \(QuotedText.shown(last.name)) is one too many; it is left out")
        }
    }
}

extension ArraySlice<UInt8> {
    /// The bytes of UTF-8 text that was cut, without a last character of which a part may be missing.
    var withoutBrokenEnd: ArraySlice<UInt8> {
        var bytes = self
        for _ in 0..<3 {
            guard let last = bytes.last, last & 0xC0 == 0x80 else { break }
            bytes.removeLast()
        }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return bytes
    }
}
