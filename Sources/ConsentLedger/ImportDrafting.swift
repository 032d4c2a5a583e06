public import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// Makes drafts of imported items: finds the ledger's own names for senders and notices. Opt-ins fail closed: what one
/// names must exist. Opt-outs fail wide, by `OptOutWidening`.
struct ImportDrafting: Sendable {
    let options: ImportOptions
    /// Finds the file that an item names as its proof.
    let proofs: Importer.Proofs?
    let business: Catalog.Business
    private let widening: OptOutWidening

    private var catalog: Catalog { widening.catalog }

    /// What one item comes to: its own draft, what is recorded with it about other addresses of the person, and what had
    /// to be assumed.
    struct Drafted {
        var draft: EventDraft
        var links: [EventDraft] = []
        var remarks: [String] = []
        /// The file that proves it.
        var proof: (any AttachableFile)?
        var isReview = false
        /// Whether it restricts and names no time, so that it says how things stand when it is told.
        var isOfNow = false
    }

    private static let mostIDBytes = 1_024

    init(options: ImportOptions, widening: OptOutWidening, proofs: Importer.Proofs? = nil) throws {
        self.options = options
        self.proofs = proofs
        self.widening = widening
        business = try widening.catalog.business(options.business, at: .max)
    }

    /// The address an item names; throws `ContactAddressError`, or `ImportError` if it names none.
    func address(of contact: ImportItem.Contact) throws -> ContactAddress {
        try ContactAddress(contact.text, notation: contact.notation, defaultRegion: options.defaultRegion)
    }

    /// Whom the item is about: the first address that can be read, where another one would lose an opt-out.
    func contact(of item: ImportItem) throws -> ContactAddress {
        guard let contact = item.contact else {
            throw ImportError(.missing, field: "contact", "the item names no contact")
        }
        do { return try address(of: contact) } catch {
            guard item.restricts, let other = item.otherContacts.lazy.compactMap({ try? address(of: $0) }).first else {
                throw error
            }
            return other
        }
    }

    /// What links the addresses that the item gives for one person.
    func links(of item: ImportItem) -> [EventDraft] {
        guard !item.otherContacts.isEmpty, let contact = try? contact(of: item) else { return [] }
        return links(of: item, contact)
    }

    /// Throws what the ledger would refuse the draft for, as far as that is known without recording it.
    func check(_ draft: EventDraft) throws {
        try draft.check()
        _ = try draft.contentDigest()
        let source = draft.source
        let isInForce = catalog.sources[source]?.keys.contains { key in
            key.window.until == nil && key.businesses?.contains(options.business) != false
        }
        guard draft.type.isRestriction || isInForce == true else {
            throw RulesError(.notAuthorized, "the source “\(source)” is not authorised for \(options.business)")
        }
        var fields = draft.fields
        if !draft.type.isGovernance {
            fields[.commitment] = .bytes([UInt8](repeating: 0, count: SHA256Digest.byteCount))
        }
        fields[.fromHandle] = draft.type == .contactChanged ? .bytes([UInt8](repeating: 0, count: 16)) : nil
        let event = try Event(draft.type, id: EventID([UInt8](repeating: 0, count: EventID.byteCount))!, fields)
        try catalog.admit(event, business: options.business, index: .max, recordedAt: widening.now)
    }

    /// The draft of an item about a person that is neither `nothing`, `rejected` nor `confirm`.
    func draft(_ item: ImportItem, contact: ContactAddress) throws -> Drafted {
        switch item.intent {
        case .optIn: try optIn(item, contact)
        case .optOut: try restriction(.consentWithdrawn, item, contact)
        case .resume: try resume(item, contact)
        case .possibleOptOut(let text): try review(item, contact, text: text)
        case .contactChanged(let new): try change(item, contact, to: new)
        case .confirm, .templateCategory, .nothing, .rejected:
            throw LedgerError(.badEvent, "an item that is nothing to record was to be recorded")
        }
    }

    /// The draft of what the platform says of a template.
    func template(_ item: ImportItem) throws -> Drafted {
        guard case .templateCategory(let template, let language, let categoryClass) = item.intent else {
            throw LedgerError(.badEvent, "an item that is about no template was to be recorded as one")
        }
        var draft = EventDraft(.templateCategorized, business: options.business)
        draft.fields[.source] = .text(options.source)
        draft.fields[.occurredAt] = item.occurredAt.flatMap(Self.interval).map(FieldValue.occurredAt)
        draft.fields[.template] = .text(template)
        draft.fields[.language] = language.map { .text($0) }
        draft.fields[.categoryClass] = .text(categoryClass)
        return try identified(Drafted(draft: draft), item)
    }

    /// The draft that confirms a request.
    func confirmation(_ item: ImportItem, contact: ContactAddress, request: EventID) throws -> Drafted {
        var drafted = base(.consentConfirmed, item, contact)
        drafted.draft.fields[.request] = .bytes(request.bytes)
        drafted.draft.fields[.verification] = .text("in-thread")
        return try identified(drafted, item)
    }

    private func optIn(_ item: ImportItem, _ contact: ContactAddress) throws -> Drafted {
        var drafted = base(.consentGiven, item, contact)
        let notice = try notice(of: item)
        let senders = try senders(of: item, isOptIn: true)
        let senderChannels = senders.first.flatMap { business.senders[$0]?.channels }
        guard let channels = item.channels ?? options.channels ?? notice?.channels ?? senderChannels else {
            throw ImportError(.missing, field: "channel", "the opt-in names no channel; name it with --channel")
        }
        guard let categories = item.categories ?? options.categories ?? notice?.categories else {
            throw ImportError(.missing, field: "category", "the opt-in names no category; name it with --category")
        }
        drafted.draft.fields[.channels] = .list(channels)
        drafted.draft.fields[.categories] = .list(categories)
        drafted.draft.fields[.imported] = .mark
        if let notice {
            drafted.draft.fields[.notice] = .notice(
                NoticeReference(name: notice.name, textDigest: notice.textDigest))
        } else {
            drafted.draft.fields[.flags] = .list(
                drafted.draft.flags + ["notice-text-unknown"])
        }
        if !senders.isEmpty { drafted.draft.fields[.senders] = .list(senders) }
        if let told = item.expires {
            guard let expires = Self.moment(told) else {
                throw ImportError(
                    .time, field: "expires", "the time it expires is out of bounds; write a date from 1970 on")
            }
            drafted.draft.fields[.expiresAt] = .number(expires.milliseconds)
        }
        guard item.occurredAt == nil || drafted.draft.fields[.occurredAt] != nil else {
            throw ImportError(.time, field: "occurred-at", "the time is out of bounds; write a date from 1970 on")
        }
        drafted.proof = try proof(of: item)
        return try identified(drafted, item)
    }

    /// The file that the item names as its proof, measured; throws `ImportError` if it cannot be had.
    private func proof(of item: ImportItem) throws -> (any AttachableFile)? {
        guard let name = item.proof else { return nil }
        guard let proofs else {
            throw ImportError(
                .usage, field: "proof",
                "the row names a file as its proof; say in which folder it is with --attachments")
        }
        return try proofs(name)
    }

    /// The notice an opt-in names: the live one of that name, in its language where there are several.
    private func notice(of item: ImportItem) throws -> Catalog.Notice? {
        guard let name = item.notice ?? options.notice else {
            guard options.isNoticeUnknown else {
                throw ImportError(
                    .missing, field: "notice",
                    "the opt-in names no notice; name it with --notice, or say --notice-unknown if nobody kept the words"
                )
            }
            return nil
        }
        return try business.liveNotice(
            name, language: item.language, shownAt: item.occurredAt.flatMap(Self.interval)?.start)
    }

    private func restriction(
        _ type: EventType, _ item: ImportItem, _ contact: ContactAddress
    ) throws -> Drafted {
        var drafted = base(type, item, contact)
        var unread: [EventField: String] = [:]
        for doubt in item.doubts {
            if let field = Self.field(named: doubt.field), unread[field] == nil {
                unread[field] = doubt.description
            } else {
                drafted.remarks.append(doubt.description)
            }
        }
        if item.occurredAt != nil, drafted.draft.fields[.occurredAt] == nil {
            unread[.occurredAt] = "the time is out of bounds"
        }
        // What a person said themselves is not narrowed by what is said of the file, and neither is an item that said
        // something else.
        func scope(_ named: [String]?, _ ofFile: [String]?, _ field: EventField) -> FieldValue? {
            (named ?? (item.arrivedBy != nil || unread[field] != nil ? nil : ofFile)).map { .list($0) }
        }
        drafted.draft.fields[.channels] = scope(item.channels, options.channels, .channels)
        drafted.draft.fields[.categories] = scope(item.categories, options.categories, .categories)
        if let name = item.senders.first, !isUnqualified(item) {
            let known = knownSenders(item)
            if known.isEmpty {
                unread[.senders] = "\(QuotedText.shown(name)) is no sender of \(business.id)"
            } else {
                drafted.draft.fields[.senders] = .list(known)
            }
        }
        if item.method == "provider-signal" {
            drafted.draft.fields[.flags] = .list(drafted.draft.flags + ["observed"])
        }
        let widened = try widening.widened(drafted.draft, unread: unread)
        drafted.draft = widened.draft
        drafted.remarks = widened.remarks + drafted.remarks
        do { drafted.proof = try proof(of: item) } catch {
            drafted.remarks.append("its proof was not attached: \(error)")
        }
        // A webhook is of its moment even where it does not say which.
        drafted.isOfNow = item.occurredAt == nil && options.format != .whatsapp && !options.isOfWebhook
        return try identified(drafted, item)
    }

    /// The field of an event that an item's field of that name would give, where leaving it out tells something.
    private static func field(named name: String?) -> EventField? {
        switch name {
        case "channel": .channels
        case "category": .categories
        case "sender": .senders
        case "occurred-at": .occurredAt
        default: nil
        }
    }

    /// Whether a person spoke to the business as such: a STOP is for whoever writes on its behalf, and its undoing too,
    /// whichever number they answered. What a platform or a file says of one sender is of that one.
    private func isUnqualified(_ item: ImportItem) -> Bool { item.arrivedBy != nil && item.channels == nil }

    private func resume(_ item: ImportItem, _ contact: ContactAddress) throws -> Drafted {
        var drafted = base(.consentResumed, item, contact)
        // Known it must be; but who takes back a stop to the business does not name a sender either.
        let named = try senders(of: item, isOptIn: true)
        let senders = isUnqualified(item) ? [] : named
        if let channels = item.channels { drafted.draft.fields[.channels] = .list(channels) }
        if let categories = item.categories {
            for category in categories where business.categories[category] == nil {
                throw ImportError(
                    .unknownValue, field: "category", "the business has no category “\(category)”; add it, or map it")
            }
            drafted.draft.fields[.categories] = .list(categories)
        }
        if !senders.isEmpty { drafted.draft.fields[.senders] = .list(senders) }
        guard item.occurredAt != nil else {
            throw ImportError(
                .time, field: "occurred-at", "a return after an opt-out needs its time, to be later than it")
        }
        return try identified(drafted, item)
    }

    private func review(_ item: ImportItem, _ contact: ContactAddress, text: String) throws -> Drafted {
        var item = item
        item.categories = ["marketing"]
        item.channels = nil
        // Who it was said to does not tell what it was about.
        item.senders = []
        var drafted = try restriction(.reviewOpened, item, contact)
        drafted.isReview = true
        if !drafted.draft.privateFields.contains(where: { $0.name == "text" }) {
            drafted.draft.privateFields.append(EventDraft.PrivateFact("text", text))
        }
        return drafted
    }

    private func change(
        _ item: ImportItem, _ contact: ContactAddress, to new: [ImportItem.Contact]
    ) throws -> Drafted {
        let addresses = new.compactMap { try? address(of: $0) }
        guard let first = addresses.first else {
            if let unread = new.first { _ = try address(of: unread) }
            throw ImportError(.missing, field: "contact", "the notice of a changed number names no new one; look it up")
        }
        var drafted = base(.contactChanged, item, first)
        drafted.draft.otherContact = contact
        if item.occurredAt != nil {
            let isKnown = drafted.draft.fields[.occurredAt] != nil
            let settled = widening.withSettledTime(
                drafted.draft, unread: isKnown ? nil : "the time is out of bounds")
            drafted.draft = settled.draft
            drafted.remarks += settled.remarks
        }
        drafted = try identified(drafted, item)
        // The old one may be known by more than one address; all of them are closed.
        for other in item.otherContacts {
            guard let old = try? address(of: other), old != contact, old != first else { continue }
            var also = drafted.draft
            also.otherContact = old
            also.outsideID = drafted.draft.outsideID.map { "\($0):\(old.text)" }
            drafted.links.append(also)
        }
        for other in addresses.dropFirst() where other != first { drafted.links.append(link(first, other)) }
        return drafted
    }

    /// What every draft of an item has.
    private func base(_ type: EventType, _ item: ImportItem, _ contact: ContactAddress) -> Drafted {
        var draft = EventDraft(type, business: options.business, contact: contact)
        draft.isFromFile = true
        draft.fields[.source] = .text(options.source)
        draft.fields[.occurredAt] = item.occurredAt.flatMap(Self.interval).map(FieldValue.occurredAt)
        draft.fields[.via] = item.arrivedBy.map(FieldValue.text)
        if let method = item.method {
            // A word that is not in the vocabulary is kept where words are, and not lost.
            let isKnown = Vocabulary.method.contains(method)
            draft.fields[.method] = .text(isKnown ? method : "other")
            if !isKnown { draft.privateFields.append(EventDraft.PrivateFact("method", method)) }
        }
        if item.isReceiptTime {
            draft.fields[.flags] = .list(["time-of-webhook"])
            // Told again, it comes at another time.
            draft.isTimeAssumed = options.isOfWebhook
        }
        for field in item.privateFields where !draft.privateFields.contains(where: { $0.name == field.name }) {
            draft.privateFields.append(EventDraft.PrivateFact(field.name, field.value))
        }
        if case .contactChanged = item.intent { return Drafted(draft: draft) }
        return Drafted(draft: draft, links: links(of: item, contact))
    }

    /// An address that cannot be read loses the link, never the event.
    private func links(of item: ImportItem, _ contact: ContactAddress) -> [EventDraft] {
        guard !item.otherContacts.isEmpty else { return [] }
        return ([item.contact].compactMap(\.self) + item.otherContacts).compactMap { try? address(of: $0) }
            .filter { $0 != contact }.map { link(contact, $0) }
    }

    /// Two addresses of one person, as the platform gives them; recorded once.
    private func link(_ one: ContactAddress, _ other: ContactAddress) -> EventDraft {
        let (first, second) = one.text < other.text ? (one, other) : (other, one)
        var draft = EventDraft(.contactLinked, business: options.business, contact: first)
        draft.otherContact = second
        draft.isFromFile = true
        draft.fields[.source] = .text(options.source)
        draft.fields[.method] = .text("provider-signal")
        draft.outsideID = "link:\(options.business):\(first.text):\(second.text)"
        return draft
    }

    /// Gives the draft the id that makes the same file again append nothing: the source's own, else one of all it says.
    private func identified(_ drafted: Drafted, _ item: ImportItem) throws -> Drafted {
        var drafted = drafted
        let platform = options.platform ?? options.format.rawValue
        if let id = item.outsideID {
            // A long id is kept by its hash: it may have to go into a private field.
            let short = id.utf8.count <= Self.mostIDBytes ? id : "\(SHA256Digest(hashing: Array(id.utf8)))"
            drafted.draft.outsideID = "\(platform):\(options.business):\(short)"
        } else {
            // The time as it was told: a clamped or missing one would be another the next time, and so would its flags.
            let told = item.occurredAt.map { "\($0.milliseconds)/\($0.precision)" } ?? ""
            var said = drafted.draft
            said.fields[.occurredAt] = nil
            said.fields[.flags] = nil
            drafted.draft.outsideID = "content:\(platform):\(told):\(try said.contentDigest())"
        }
        return drafted
    }

    /// The ledger's senders that the item names; for an opt-in, throws if it names some and none is known.
    private func senders(of item: ImportItem, isOptIn: Bool) throws -> [String] {
        let known = knownSenders(item)
        guard known.isEmpty, let named = item.senders.first else { return known }
        throw ImportError(
            .unknownValue, field: "sender",
            "the business has no sender “\(named.prefix(64))”; add it with: consent sender add ID --address \(named.prefix(64))"
        )
    }

    /// The senders that the item names.
    func knownSenders(_ item: ImportItem) -> [String] { business.senders(named: item.senders) }

    private static func moment(_ time: ImportTime) -> Timestamp? {
        UInt64(exactly: time.milliseconds).flatMap { Timestamp(milliseconds: $0) }
    }

    static func interval(_ time: ImportTime) -> OccurredAt? {
        guard let start = moment(time), let precision = UInt64(exactly: time.precision) else { return nil }
        return OccurredAt(start: start, precision: precision)
    }
}

extension Catalog.Business {
    /// The notice of that name that is shown now, in `language` where there are several languages; of its versions sooner
    /// one that could be shown at `time`. Throws `unknownNotice`, or `ambiguous` with the languages to choose from.
    public func liveNotice(
        _ name: String, language: String? = nil, shownAt time: Timestamp? = nil
    ) throws -> Catalog.Notice {
        let live = notices.filter { $0.name == name && $0.window.until == nil }
        guard !live.isEmpty else {
            let known = Set(notices.map(\.name)).sorted().joined(separator: ", ")
            throw RulesError(
                .unknownNotice,
                "the business “\(id)” has no notice “\(name)”; \(known.isEmpty ? "add it with: consent notice add" : "it has: \(known)")"
            )
        }
        // The later version of a language takes the place of the earlier one.
        let languages = Set(live.map(\.language)).sorted()
        let inLanguage = language.map { wanted in live.filter { $0.language == wanted } } ?? live
        let fitting = time.flatMap { time in inLanguage.last { $0.couldBeShown(at: time) } }
        guard let notice = fitting ?? inLanguage.last else {
            throw RulesError(
                .unknownNotice,
                "the notice “\(name)” is not in \(language ?? ""); it is in: \(languages.joined(separator: ", "))")
        }
        guard language != nil || languages.count == 1 else {
            throw LedgerError(
                .ambiguous, "the notice “\(name)” is in \(languages.joined(separator: ", ")); say which with --language"
            )
        }
        return notice
    }
}

extension EventDraft {
    /// The flags that it has.
    fileprivate var flags: [String] {
        guard case .texts(let flags) = fields[.flags] else { return [] }
        return flags
    }
}
