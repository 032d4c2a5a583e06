internal import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// Makes drafts of imported items: finds the ledger's own names for senders, categories and notices. Opt-ins fail closed,
/// opt-outs fail wide: what an opt-in names must exist; what an opt-out names and does not exist widens it.
struct ImportDrafting {
    let options: ImportOptions
    let catalog: Catalog
    let business: Catalog.Business
    let now: Timestamp

    /// What one item comes to: what is recorded for it first, its own draft, and what had to be assumed.
    struct Drafted {
        var before: [EventDraft] = []
        var draft: EventDraft
        var remarks: [String] = []
        var isReview = false
    }

    init(options: ImportOptions, catalog: Catalog, now: Timestamp) throws {
        self.options = options
        self.catalog = catalog
        self.now = now
        business = try catalog.business(options.business, at: .max)
    }

    /// The address an item names; throws `ContactAddressError`, or `ImportError` if it names none.
    func address(of contact: ImportItem.Contact) throws -> ContactAddress {
        try ContactAddress(contact.text, notation: contact.notation, defaultRegion: options.defaultRegion)
    }

    /// The draft of an item that is neither `nothing`, `rejected` nor `confirm`.
    func draft(_ item: ImportItem, contact: ContactAddress) throws -> Drafted {
        switch item.intent {
        case .optIn: try optIn(item, contact)
        case .optOut: restriction(.consentWithdrawn, item, contact)
        case .resume: try resume(item, contact)
        case .possibleOptOut(let text): review(item, contact, text: text)
        case .contactChanged(let new): try change(item, contact, to: new)
        case .confirm, .nothing, .rejected:
            throw LedgerError(.badEvent, "an item that is nothing to record was to be recorded")
        }
    }

    /// The draft that confirms a request.
    func confirmation(_ item: ImportItem, contact: ContactAddress, request: EventID) -> Drafted {
        var drafted = base(.consentConfirmed, item, contact)
        drafted.draft.fields[.request] = .bytes(request.bytes)
        drafted.draft.fields[.verification] = .text("in-thread")
        return identified(drafted, item)
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
                (drafted.draft.fields[.flags].flatMap(\.texts) ?? []) + ["notice-text-unknown"])
        }
        if !senders.isEmpty { drafted.draft.fields[.senders] = .list(senders) }
        if let expires = item.expires.flatMap(Self.moment) {
            drafted.draft.fields[.expiresAt] = .number(expires.milliseconds)
        }
        return identified(drafted, item)
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
        return try business.liveNotice(name, language: item.language)
    }

    private func restriction(
        _ type: EventType, _ item: ImportItem, _ contact: ContactAddress
    ) -> Drafted {
        var drafted = base(type, item, contact)
        var flags = drafted.draft.fields[.flags].flatMap(\.texts) ?? []
        var channels = item.channels ?? options.channels
        if let named = channels, !named.allSatisfy(Vocabulary.channel.contains) {
            channels = nil
            flags.append("channel-unknown")
            drafted.remarks.append("the channel is unknown, so it counts for all channels")
        }
        var categories = item.categories ?? options.categories
        if let named = categories, !named.allSatisfy({ business.categories[$0] != nil }) {
            categories = nil
            flags.append("category-unknown")
            drafted.remarks.append("the category is unknown, so it counts for the whole channel")
        }
        var senders: [String]?
        if !item.senders.isEmpty {
            let known = knownSenders(item)
            senders = known.isEmpty ? nil : known
            if known.isEmpty {
                flags.append("sender-unknown")
                drafted.remarks.append("the sender is unknown, so it counts for the whole business")
            }
        }
        if let channels { drafted.draft.fields[.channels] = .list(channels) }
        if let categories { drafted.draft.fields[.categories] = .list(categories) }
        if let senders { drafted.draft.fields[.senders] = .list(senders) }
        if item.method == "provider-signal" { flags.append("observed") }
        let time = clampedTime(item, &flags, &drafted.remarks)
        drafted.draft.fields[.occurredAt] = time.map(FieldValue.occurredAt)
        drafted.draft.fields[.flags] = flags.isEmpty ? nil : .list(flags)
        drafted.remarks += item.doubts.map(\.description)
        return identified(drafted, item)
    }

    /// A restriction's time: never later than now, and unknown rather than refused.
    private func clampedTime(_ item: ImportItem, _ flags: inout [String], _ remarks: inout [String]) -> OccurredAt? {
        guard let told = item.occurredAt else {
            flags.append("time-unknown")
            return nil
        }
        guard let time = Self.interval(told) else {
            flags.append("time-unknown")
            remarks.append("the time is out of bounds, so it counts as unknown")
            return nil
        }
        guard time.start <= now else {
            flags.append("time-clamped")
            remarks.append("the time lies in the future, so it counts from now")
            return OccurredAt(now)
        }
        return time
    }

    private func resume(_ item: ImportItem, _ contact: ContactAddress) throws -> Drafted {
        var drafted = base(.consentResumed, item, contact)
        let senders = try senders(of: item, isOptIn: true)
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
        return identified(drafted, item)
    }

    private func review(_ item: ImportItem, _ contact: ContactAddress, text: String) -> Drafted {
        var item = item
        item.categories = ["marketing"]
        item.channels = nil
        var drafted = restriction(.reviewOpened, item, contact)
        drafted.isReview = true
        if !drafted.draft.privateFields.contains(where: { $0.name == "text" }) {
            drafted.draft.privateFields.append(EventDraft.PrivateFact("text", text))
        }
        return drafted
    }

    private func change(
        _ item: ImportItem, _ contact: ContactAddress, to new: [ImportItem.Contact]
    ) throws -> Drafted {
        let addresses = try new.map(address)
        guard let first = addresses.first else {
            throw ImportError(.missing, field: "contact", "the notice of a changed number names no new one; look it up")
        }
        var drafted = base(.contactChanged, item, first)
        drafted.draft.otherContact = contact
        // The old one may be known by more than one address; all of them are closed.
        for other in item.otherContacts {
            let old = try address(of: other)
            guard old != contact, old != first else { continue }
            var also = drafted.draft
            also.otherContact = old
            also.outsideID = item.outsideID.map { "\(options.format.rawValue):\($0):\(old.text)" }
            drafted.before.append(also)
        }
        for other in addresses.dropFirst() where other != first { drafted.before.append(link(first, other)) }
        return identified(drafted, item)
    }

    /// What every draft of an item has.
    private func base(_ type: EventType, _ item: ImportItem, _ contact: ContactAddress) -> Drafted {
        var draft = EventDraft(type, business: options.business, contact: contact)
        draft.fields[.source] = .text(options.source)
        draft.fields[.occurredAt] = item.occurredAt.flatMap(Self.interval).map(FieldValue.occurredAt)
        draft.fields[.via] = item.arrivedBy.map(FieldValue.text)
        if let method = item.method {
            // A word that is not in the vocabulary is kept where words are, and not lost.
            let isKnown = Vocabulary.method.contains(method)
            draft.fields[.method] = .text(isKnown ? method : "other")
            if !isKnown { draft.privateFields.append(EventDraft.PrivateFact("method", method)) }
        }
        if item.isReceiptTime { draft.fields[.flags] = .list(["time-of-webhook"]) }
        for field in item.privateFields where !draft.privateFields.contains(where: { $0.name == field.name }) {
            draft.privateFields.append(EventDraft.PrivateFact(field.name, field.value))
        }
        var drafted = Drafted(draft: draft)
        for other in item.otherContacts {
            // An address that cannot be read loses the link, never the event.
            guard case .contactChanged = item.intent else {
                if let address = try? address(of: other), address != contact {
                    drafted.before.append(link(contact, address))
                }
                continue
            }
        }
        return drafted
    }

    /// Two addresses of one person, as the platform gives them; recorded once.
    private func link(_ one: ContactAddress, _ other: ContactAddress) -> EventDraft {
        let (first, second) = one.text < other.text ? (one, other) : (other, one)
        var draft = EventDraft(.contactLinked, business: options.business, contact: first)
        draft.otherContact = second
        draft.fields[.source] = .text(options.source)
        draft.fields[.method] = .text("provider-signal")
        draft.outsideID = "link:\(options.business):\(first.text):\(second.text)"
        return draft
    }

    /// Gives the draft the id that makes the same file again append nothing: the source's own, else one of all it says.
    private func identified(_ drafted: Drafted, _ item: ImportItem) -> Drafted {
        var drafted = drafted
        if let id = item.outsideID {
            drafted.draft.outsideID = "\(options.format.rawValue):\(options.business):\(id)"
        } else {
            // A clamped or missing time is left out: it would be another one the next time.
            let told = item.occurredAt.map { "\($0.milliseconds)/\($0.precision)" } ?? ""
            let fields = drafted.draft.fields.filter { $0.key != .occurredAt && $0.key != .flags }
                .map { "\($0.key.name)=\($0.value)" }.sorted()
            let facts = drafted.draft.privateFields.map { "\($0.name)=\(Hexadecimal.encode($0.value))" }.sorted()
            let parts =
                [options.format.rawValue, options.business, drafted.draft.type.name, drafted.draft.contact?.text ?? ""]
                + [drafted.draft.otherContact?.text ?? "", told] + fields + facts
            drafted.draft.outsideID = "content:\(SHA256Digest(hashing: Array(parts.joined(separator: "\n").utf8)))"
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

    private func knownSenders(_ item: ImportItem) -> [String] {
        // The names are of one sender, best first: the first that is known is it.
        for name in item.senders {
            for sender in business.senders.values.sorted(by: { $0.id < $1.id })
            where sender.id == name || sender.addresses.contains(name) {
                return [sender.id]
            }
        }
        return []
    }

    private static func moment(_ time: ImportTime) -> Timestamp? {
        UInt64(exactly: time.milliseconds).flatMap { Timestamp(milliseconds: $0) }
    }

    private static func interval(_ time: ImportTime) -> OccurredAt? {
        guard let start = moment(time), let precision = UInt64(exactly: time.precision) else { return nil }
        return OccurredAt(start: start, precision: precision)
    }
}

extension Catalog.Business {
    /// The notice of that name that is shown now, in `language` where there are several languages. Throws `unknownNotice`,
    /// or `ambiguous` with the languages to choose from.
    public func liveNotice(_ name: String, language: String? = nil) throws -> Catalog.Notice {
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
        guard let notice = inLanguage.last else {
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
