package import ConsentAudit
package import ConsentLedger
package import ConsentModel
package import ConsentRules

/// What a bundle of evidence is asked for, by whichever program: of it and the ledger follows the bundle's request.
package struct EvidenceInquiry: Sendable {
    /// Whom it is about.
    package enum Person: Sendable {
        case address(ContactAddress)
        /// Of who was erased, and has no address any more.
        case handle(ContactHandle)
    }

    package var person: Person
    /// The page's language: one of `EvidenceTexts.languages`.
    package var language = "en"
    /// The moment asked about; `nil`: now.
    package var at: Timestamp?
    /// The names of the private fields to show; `nil`: all.
    package var fields: [String]?
    /// The disputed messages.
    package var sends: [EvidenceRequest.Send] = []
    /// Clearances to put in.
    package var clearances: [[UInt8]] = []
    /// Whether the files that were attached to the person's records are in it.
    package var hasAttachments = true

    package init(_ person: Person) { self.person = person }

    /// The bundle, made of what `snapshot` has and `log`, its published log, proves. Throws `badInput` for a person whom the
    /// business does not know, or a name that is none of a private field; `missingFile` where the log has no keys; and as
    /// `EvidenceBuilder` does.
    package func bundle(
        of business: Catalog.Business, in snapshot: LedgerSnapshot, log reader: any LogReader, now: Timestamp
    ) throws -> EvidenceBundle {
        let log = try PublishedLog(reader: reader)
        guard let keys = try reader.read("log.vkey") else {
            throw AuditError(.missingFile, "the log has no log.vkey; restore it from a copy")
        }
        var address: ContactAddress?
        if case .address(let named) = person { address = named }
        let source = LedgerEvidence(snapshot, address: address)
        let request = try request(of: business, in: snapshot, size: log.size, now: now)
        return try EvidenceBuilder(log, private: source).bundle(
            for: request, clearances: clearances, attachments: hasAttachments, keys: keys)
    }

    /// What verifying a bundle that was just made finds. Throws `damaged` if it does not hold: then the ledger does not.
    package static func verified(_ bundle: any ByteSource) throws -> EvidenceReport {
        let report = try EvidenceVerifier(pins: Pins()).verify(bundle)
        if let finding = report.findings.first {
            throw AuditError(
                .damaged,
                "what the ledger gives does not verify, so nothing was written: \(finding.sentence); “consent verify” says "
                    + "what is wrong with the log")
        }
        return report
    }

    private func request(
        of business: Catalog.Business, in snapshot: LedgerSnapshot, size: UInt64, now: Timestamp
    ) throws -> EvidenceRequest {
        let (contact, reach) = try reach(business, snapshot)
        guard let handle = reach.handle else {
            throw LedgerError(
                .badInput,
                "\(business.name) has no record of \(contact?.description ?? "this contact"), or it was erased: then "
                    + "name it by its handle (--handle), which the log keeps; consent log --json has the handles")
        }
        let events = try snapshot.timeline(of: handle).entries.compactMap { entry in
            if case .event(let event) = entry.payload { event } else { nil }
        }
        let scope = EvidenceScope(business, own: events, size: size)
        let now = max(now, snapshot.lastRecordedAt)
        if let later = ([at ?? now] + sends.map(\.at)).first(where: { $0 > now }) {
            throw LedgerError(
                .badInput,
                "\(later) has not come yet: what will be recorded until then is not known; ask about now or before")
        }
        return EvidenceRequest(
            language: language, madeAt: now, business: business.id, contact: contact?.text, handle: handle,
            otherHandles: reach.otherHandles, at: at ?? now, channels: scope.channels.sorted(),
            categories: scope.categories.sorted(), fields: try shownFields(), sends: sends)
    }

    /// The names asked for that no private field of the person has, and those that there are.
    package func absentFields(
        of business: Catalog.Business, in snapshot: LedgerSnapshot
    ) throws -> (names: [String], known: [String]) {
        guard let asked = try shownFields(), let handle = try reach(business, snapshot).reach.handle else {
            return ([], [])
        }
        var known: Set<String> = []
        for entry in try snapshot.timeline(of: handle).entries {
            for fact in try snapshot.privateFields(of: entry.index) where fact.handle == handle {
                known.insert(fact.field.name)
            }
        }
        return (asked.filter { !known.contains($0) }, known.sorted())
    }

    private func reach(
        _ business: Catalog.Business, _ snapshot: LedgerSnapshot
    ) throws -> (contact: ContactAddress?, reach: ContactReach) {
        switch person {
        case .address(let address): (address, try snapshot.reach(of: address, business: business.id))
        case .handle(let handle): (nil, ContactReach(own: [handle], others: []))
        }
    }

    private func shownFields() throws -> [String]? {
        guard let fields else { return nil }
        for name in fields where !FieldKind.isIdentifier(name) {
            throw LedgerError(
                .badInput,
                "“\(name.prefix(64))” is no name of a private field; there are contact and ip, for instance")
        }
        return Set(fields).sorted()
    }
}

extension EvidenceRequest.Send {
    /// A disputed message as who disputes it states it. Throws `badInput`, and what reading the time throws: it is sent at a
    /// time rather than on a day, by a channel that there is, and about something.
    package init(
        at text: String, channel: String, category: String?, template: String?, sender: String?, reference: String?
    ) throws {
        let time = try OccurredAt(parsing: text)
        guard time.precision <= 1000 else {
            throw LedgerError(
                .badInput, "a message is sent at a time, not in a day; write it as 2026-11-22T09:30:00Z")
        }
        guard Vocabulary.channel.contains(channel) else {
            throw LedgerError(
                .badInput,
                "“\(channel.prefix(64))” is no channel; it is one of: "
                    + Vocabulary.channel.words.joined(separator: ", "))
        }
        guard category != nil || template != nil else {
            throw LedgerError(.badInput, "a message is about a category or has a template; it says neither")
        }
        self.init(
            at: time.start, channel: channel, category: category, template: template, sender: sender,
            reference: reference)
    }
}
