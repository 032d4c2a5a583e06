internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Preparing, in the caller's thread.
extension LedgerWriter {
    /// Makes statements of drafts: looks up ids and contacts, makes handles for those met for the first time, and signs.
    func prepare(_ drafts: ArraySlice<EventDraft>) throws -> Submission {
        beginPreparing()
        defer { endPreparing() }
        try readKeys(for: drafts)
        let requests = concurrently(drafts.count) { [drafts] in try self.request(drafts[drafts.startIndex + $0]) }
        let asked = requests.compactMap { try? $0.get() }
        let found = try lookUp(asked)
        let prepared = concurrently(requests.count) { [preparation] position -> PreparedDraft in
            let request = try requests[position].get()
            if let index = found.known[request.id] { return .known(request, index: index) }
            return .event(
                try preparation.prepare(
                    request.draft, id: request.id, contacts: request.tags.map { found.contacts[$0]! },
                    signer: found.signers[request.keyName]!.get()))
        }
        return Submission(
            prepared.map { result in
                do { return try result.get() } catch { return .refused(error) }
            }, size: found.size, reservationDrops: found.reservationDrops)
    }

    /// Throws where a key is not here that these drafts need: that is wrong with none of them.
    private func readKeys(for drafts: ArraySlice<EventDraft>) throws {
        for draft in drafts {
            if draft.outsideID != nil { _ = try keys.eventIDs }
            guard draft.contact != nil else { continue }
            _ = try keys.tags
            if !draft.type.isGovernance { _ = try keys.epoch }
            if draft.bringsBack { _ = try keys.suppression }
        }
    }

    /// What preparing needs to know of the ledger.
    private struct Found: Sendable {
        /// The ids that are recorded, and where.
        var known: [EventID: UInt64] = [:]
        /// Every contact, those made just now included.
        var contacts: [ContactTag: ContactRegistration] = [:]
        var signers: [String: Result<any Signer, any Error>] = [:]
        /// As of when.
        var size: UInt64 = 0
        var settledSize: UInt64 = 0
        var reservationDrops = 0
    }

    /// Looks up what `requests` need: what is not in memory, without holding up those who sequence meanwhile.
    private func lookUp(_ requests: [AppendRequest]) throws -> Found {
        let ids = requests.lazy.filter { $0.draft.outsideID != nil }.map(\.id)
        while true {
            var found = Found()
            var missingIDs: [EventID] = []
            var missing: [ContactTag: (address: ContactAddress, business: String)] = [:]
            var lastKeyName: String?
            try monitor.withLock {
                try refuseIfStopped()
                dropReservationsIfTooMany()
                found.size = size
                found.settledSize = settled.checkpoint.size
                found.reservationDrops = reservationDrops
                for id in ids {
                    if let index = tail.index(of: id) { found.known[id] = index } else { missingIDs.append(id) }
                }
                for request in requests {
                    for (contact, tag) in zip(request.draft.addresses, request.tags) where found.contacts[tag] == nil {
                        if let registration = registrationInMemory(tag) {
                            found.contacts[tag] = registration
                        } else {
                            missing[tag] = (contact.address, request.draft.business ?? "")
                        }
                    }
                    // Nearly always the same as the one before.
                    if request.keyName != lastKeyName {
                        lastKeyName = request.keyName
                        if found.signers[request.keyName] == nil {
                            found.signers[request.keyName] = Result { try signer(of: request.draft) }
                        }
                    }
                }
            }
            try found.known.merge(indexes(of: missingIDs)) { $1 }
            let tags = missing.keys.sorted()
            let registered = try registry.lookUp(of: tags)
            // Those that the registry has not either are met for the first time.
            let first = tags.filter { registered[$0] == nil }
            let made = concurrently(first.count) { [keys, preparation, missing] position in
                let (address, business) = missing[first[position]]!
                return try ContactRegistration(of: address, business: business, keys: keys, random: preparation.random)
            }
            let isCurrent = try monitor.withLock {
                try refuseIfStopped()
                // What was settled meanwhile has left memory, and the registry may have been asked before it got there:
                // a contact that was closed would be taken for one that is not.
                guard settled.checkpoint.size == found.settledSize, reservationDrops == found.reservationDrops else {
                    return false
                }
                for tag in tags {
                    if let registration = registrationInMemory(tag) ?? tail.live(tag, registered[tag] ?? []).first {
                        found.contacts[tag] = registration
                    }
                }
                for registration in made {
                    let registration = try registration.get()
                    guard found.contacts[registration.tag] == nil else { continue }
                    reservations[registration.tag] = registration
                    found.contacts[registration.tag] = registration
                }
                // An address whose contact was closed starts anew.
                for tag in tags where found.contacts[tag] == nil {
                    let (address, business) = missing[tag]!
                    found.contacts[tag] = try reserve(address, business: business, tag)
                }
                return true
            }
            if isCurrent { return found }
        }
    }

    /// The draft as it is to be signed; throws `badEvent` for what no event can be.
    private func request(_ draft: EventDraft) throws -> AppendRequest {
        var draft = draft
        if draft.outsideID?.isEmpty == true {
            // A stop is taken without.
            guard draft.type.isRestriction else {
                throw LedgerError(.badEvent, "an event's id is not empty; leave it out, or give the source's own")
            }
            draft.outsideID = nil
        }
        if draft.type.signer == .source, draft.fields[.source] == nil {
            draft.fields[.source] = .text(EventDraft.usualSource)
        }
        try draft.check()
        try checkObjects(of: draft)
        try refuseIfSuppressed(draft)
        return try AppendRequest(
            draft: draft,
            id: draft.scopedID.map { try keys.eventID(source: draft.source, outsideID: $0) }
                ?? EventID(random: preparation.random),
            tags: tags(of: draft), keyName: draft.keyName)
    }

    func tags(of draft: EventDraft) throws -> [ContactTag] {
        try draft.addresses.map { try keys.tag(of: $0.address, business: draft.business ?? "") }
    }

    /// Whoever verifies the log needs every text that a record names, so that none is recorded without it.
    private func checkObjects(of draft: EventDraft) throws {
        for object in draft.objects {
            guard draft.fields.values.contains(.bytes(SHA256Digest(hashing: object).bytes)) else {
                throw LedgerError(
                    .badEvent, "an object is given that the \(draft.type.name) event does not name by hash")
            }
        }
        guard let named = draft.namedObject else { return }
        if let text = draft.objects.first(where: { SHA256Digest(hashing: $0) == named }) {
            try check(text, of: draft)
        } else if draft.type == .rulepackAdopted, let text = try location.storage.read(LedgerPaths.object(named)) {
            try check(text, of: draft)
        } else if try location.storage.size(of: LedgerPaths.object(named)) == nil {
            throw LedgerError(.badEvent, "the text that the \(draft.type.name) event names by hash is not given")
        }
    }

    /// A text that nobody could read later is not recorded.
    private func check(_ text: [UInt8], of draft: EventDraft) throws {
        guard draft.type == .rulepackAdopted else {
            guard String(validating: text, as: UTF8.self) != nil else {
                throw LedgerError(.badEvent, "the notice's text is not UTF-8; convert it first")
            }
            return
        }
        let pack = try RulePack(parsing: text)
        guard draft.fields[.pack] == .text(pack.id), draft.fields[.packVersion] == .text(pack.version) else {
            throw LedgerError(
                .badEvent, "the rule pack is “\(pack.id)”, version “\(pack.version)”, and the event says otherwise")
        }
    }

    func reserve(_ address: ContactAddress, business: String, _ tag: ContactTag) throws -> ContactRegistration {
        let registration = try ContactRegistration(
            of: address, business: business, keys: keys, random: preparation.random)
        reservations[tag] = registration
        return registration
    }

    /// Reservations stay where their drafts are refused. Whoever holds one that is dropped is given another when sequenced.
    private func dropReservationsIfTooMany() {
        guard reservations.count > pacing.mostReserved else { return }
        reservations = [:]
        reservationDrops += 1
    }

    func signer(of draft: EventDraft) throws -> any Signer {
        if let key = draft.absentKey { return AbsentKey(publicKey: key) }
        let name = draft.keyName
        if let signer = signers[name] { return signer }
        let isAdmin = name == KeyPurpose.admin.rawValue
        let key =
            isAdmin
            ? try files.exists(name) ? files.signingKey(name) : nil
            : try files.signingKey(ofSource: draft.source, authorized: catalog.sources[draft.source]?.keys ?? [])
        guard let signer = key else {
            if isAdmin { throw KeyFiles.missing(name) }
            if catalog.sources[draft.source]?.keys.contains(where: { $0.custody == "ledger" }) == true {
                throw KeyFiles.missing(KeyFiles.sourceName(draft.source))
            }
            throw LedgerError(
                .badKey,
                "the ledger does not hold the key of the source “\(draft.source)”; add one with: consent source add")
        }
        signers[name] = signer
        return signer
    }

    /// The contact under `tag` that waits for its first record, or has it in the tail.
    func registrationInMemory(_ tag: ContactTag) -> ContactRegistration? {
        reservations[tag] ?? tail.registration(tag: tag)
    }

    /// The contacts under `tags`. Called with the monitor locked.
    func registrations(_ tags: [ContactTag]) throws -> [ContactTag: ContactRegistration] {
        var found: [ContactTag: ContactRegistration] = [:]
        var missing: Set<ContactTag> = []
        for tag in tags where found[tag] == nil {
            if let registration = registrationInMemory(tag) {
                found[tag] = registration
            } else {
                missing.insert(tag)
            }
        }
        for (tag, registrations) in try registry.lookUp(of: missing.sorted()) {
            found[tag] = tail.live(tag, registrations).first
        }
        return found
    }

    /// Where the index has events, those of the tail left out.
    func indexes(of events: [EventID]) throws -> [EventID: UInt64] {
        switch events.count {
        case 0: [:]
        case 1: try index.lookUp { try $0.indexes(of: events) }
        default: try index.read { try $0.indexes(of: events.sorted()) }
        }
    }
}
