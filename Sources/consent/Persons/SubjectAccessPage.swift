internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import LedgerCrypto

/// What is held on a person as a page for them: how it stands first, then each record, then all else that is kept.
struct SubjectAccessPage {
    private let access: SubjectAccess
    private let parts: PersonPage

    /// Throws `badInput` for a language that there are no texts for.
    init(_ access: SubjectAccess) throws(LedgerError) {
        self.access = access
        parts = try PersonPage(access.reading, language: access.language)
    }

    private var reading: PersonReading { access.reading }
    private var texts: EvidenceTexts { parts.texts }

    /// What who hands it over reads before all else.
    var readFirst: String { texts.text("access.read-first") }

    var page: EvidencePage {
        var sections = [parts.section("access.about", about)]
        if !reading.records.isEmpty {
            sections.append(parts.section("access.now", now))
            sections.append(parts.section("access.records", reading.records.flatMap(blocks)))
        }
        if !access.attachments.isEmpty { sections.append(parts.section("access.attachments", [attachments])) }
        sections.append(parts.section("access.sent", sent))
        sections.append(parts.section("access.kept", kept))
        if !reading.records.isEmpty {
            sections.append(parts.section("access.sources", [sources]))
            sections.append(parts.section("access.log", log))
        }
        return EvidencePage(
            language: access.language,
            title: texts.pieces("access.title", [.words(reading.business.name)]).map(\.text).joined(),
            sections: sections)
    }

    // MARK: How it stands

    private var about: [EvidencePage.Block] {
        var blocks: [EvidencePage.Block] = [
            .facts(
                parts.about + [parts.fact("access.count", [.value(String(reading.records.count))])]
                    + (reading.handles.isEmpty
                        ? []
                        : [parts.fact("who.handle", parts.joined(reading.handles.map { [.value("\($0)")] }))])),
            .paragraph([.words(texts.text("access.intro"))]), .paragraph([.words(texts.text("access.shared"))]),
        ]
        switch access.state {
        case .held: break
        case .erased: blocks.append(parts.note("access.erased"))
        case .nothing: blocks.append(parts.note("access.nothing"))
        case .erasureRequested:
            guard let request = access.erasureRequest else { break }
            let record: [EvidencePage.Piece] = [.value(String(request.record))]
            blocks.append(
                request.erasesAt.map { parts.note("access.erasure-requested.until", record, parts.moment($0)) }
                    ?? parts.note("access.erasure-requested", record))
        }
        if !reading.moves.isEmpty {
            blocks.append(parts.note("access.moved", parts.joined(reading.moves.map { [.value(String($0.index))] })))
        }
        return blocks + parts.test
    }

    private var now: [EvidencePage.Block] {
        var blocks: [EvidencePage.Block] = []
        if reading.consents.isEmpty {
            let name = reading.movedHandles.isEmpty ? "access.no-consents" : "access.no-consents.moved"
            blocks.append(.paragraph([.words(texts.text(name))]))
        } else {
            blocks.append(
                .table(
                    columns: ["about", "status", "since", "until"].map { texts.text("access.now.\($0)") },
                    rows: reading.consents.map { consent in
                        [
                            parts.cell(consent.cell), parts.status(consent), consent.since.map(parts.moment) ?? [],
                            consent.expiresAt.map(parts.moment) ?? [],
                        ]
                    }))
        }
        if !reading.bases.isEmpty {
            blocks.append(.heading([.words(texts.text("person.bases"))]))
            blocks.append(
                .list(
                    reading.bases.map { basis in
                        parts.cell(basis.cell) + [
                            .words(": " + texts.word("basis", basis.basis) + ", "),
                            .words(texts.text(basis.stands ? "access.basis.stands" : "access.basis.ended")),
                        ]
                    }))
        }
        return blocks
    }

    // MARK: Records

    private static let toldFields: Set<EventField> = [
        .source, .occurredAt, .commitment, .channels, .categories, .notice, .method, .verification, .presentation,
        .imported, .doNotContact, .basis, .concerns, .request,
    ]

    private func blocks(of record: PersonRecord) -> [EvidencePage.Block] {
        var blocks: [EvidencePage.Block] = [
            .heading([.value(String(record.index)), .words(". "), parts.type(record)])
        ]
        guard let event = record.event else {
            return blocks + [
                .facts([parts.fact("event.recorded", parts.moment(record.recordedAt))]), parts.note("event.unknown"),
            ]
        }
        var facts = [
            parts.fact("event.happened", parts.occurred(record)),
            parts.fact("event.recorded", parts.moment(record.recordedAt)),
        ]
        if let scope = parts.scope(event) { facts.append(parts.fact("event.scope", scope)) }
        let captured = parts.captured(event)
        if !captured.isEmpty { facts.append(parts.fact("access.how", captured)) }
        if case .presentation = event[.presentation], let value = event[.presentation] {
            facts.append(
                parts.fact("event.presentation", [.value(FieldText.text(of: value, EventField.presentation.kind))]))
        }
        blocks.append(.facts(facts))
        if record.notice != nil { blocks += parts.words(of: record) }
        return blocks + [.facts(further(of: record, event))]
            + (record.isShared ? [parts.note("access.shared-record")] : [])
    }

    private func further(of record: PersonRecord, _ event: Event) -> [EvidencePage.Fact] {
        var facts = record.fields.filter { !Self.toldFields.contains($0.field) }.map { field, value in
            EvidencePage.Fact(name: field.name, value: [.value(FieldText.text(of: value, field.kind))])
        }
        if let basis = event.text(.basis) {
            facts.append(parts.fact("access.basis", [.words(texts.word("basis", basis))]))
        }
        if let concerned = reading.record(of: event.bytes(.concerns) ?? event.bytes(.request)) {
            facts.append(
                parts.fact("access.concerns", texts.pieces("record", [.value(String(concerned.index))])))
        }
        facts += record.facts.map { fact in
            EvidencePage.Fact(
                name: texts.pieces("event.private", [.words(fact.name)]).map(\.text).joined(),
                value: [.value(FieldText.text(ofPrivate: fact.value))])
        }
        if let source = event.source { facts.append(parts.fact("event.source", [.value(source)])) }
        facts.append(
            parts.fact(
                "event.place",
                texts.pieces(
                    "event.place.value", [.value(String(record.index))], [.value(String(record.sequence + 1))],
                    [.value(record.leafHash.description)])))
        return facts
    }

    private var attachments: EvidencePage.Block {
        .facts(
            access.attachments.map { record, attachment in
                let (name, type) = (
                    [EvidencePage.Piece.value(attachment.fileName)], [EvidencePage.Piece.value(attachment.mediaType)]
                )
                let size: [EvidencePage.Piece] = [.value(readableSize(attachment.byteCount))]
                return EvidencePage.Fact(
                    name: texts.pieces("record", [.words(String(record.index))]).map(\.text).joined(),
                    value: access.files[record.index].map {
                        texts.pieces("access.attachments.given", name, type, size, [.value($0)])
                    } ?? texts.pieces("access.attachments.ask", name, type, size))
            })
    }

    // MARK: What else is kept

    private var sent: [EvidencePage.Block] {
        guard !access.uses.isEmpty else { return [.paragraph([.words(texts.text("access.sent.none"))])] }
        return [
            .paragraph([.words(texts.text("access.sent.intro"))]),
            .table(
                columns: ["at", "about", "channel", "sender"].map { texts.text("access.sent.\($0)") },
                rows: access.uses.map { use in
                    [
                        parts.moment(use.use.at), parts.joined(use.use.categories.map { [.value($0)] }),
                        parts.channel(use.use.channel), use.use.sender.map { [.value($0)] } ?? [],
                    ]
                }),
        ]
    }

    private var kept: [EvidencePage.Block] {
        var items: [[EvidencePage.Piece]] = []
        if let retained = access.retention {
            let name = "access.retention.\(retained.word)"
            items.append(
                retained.until.map { texts.pieces("\(name).until", parts.moment($0)) } ?? [.words(texts.text(name))])
        }
        for hold in access.holds {
            let until: [EvidencePage.Piece] =
                hold.until.map(parts.moment) ?? [.words(texts.text("access.hold.lifted"))]
            items.append(
                hold.ownName.map { texts.pieces("access.hold", [.value($0)], [.value(hold.reason)], until) }
                    ?? texts.pieces("access.hold.everybody", [.value(hold.reason)], until))
        }
        for record in access.openReviews { items.append(texts.pieces("access.review", [.value(String(record))])) }
        if access.isSuppressed { items.append([.words(texts.text("access.suppressed"))]) }
        if access.formerCount > 0 {
            items.append(
                access.formerCount == 1
                    ? [.words(texts.text("access.former.1"))]
                    : texts.pieces("access.former", [.value(String(access.formerCount))]))
        }
        if access.otherSpellingCount > 0 { items.append([.words(texts.text("access.other-spellings"))]) }
        if !access.links.isEmpty {
            items.append(
                texts.pieces("access.links", parts.joined(access.links.map { [.value(String($0.index))] })))
        }
        items.append([.words(texts.text("access.clearances"))])
        items.append([.words(texts.text("access.backups"))])
        return [.list(items)]
    }

    private var sources: EvidencePage.Block {
        .table(
            columns: ["source", "count", "key"].map { texts.text("access.sources.\($0)") },
            rows: access.sources.map { name, custody, count in
                [
                    [.value(name)], [.value(String(count))],
                    custody.map { [.words(texts.word("custody", $0))] } ?? [],
                ]
            })
    }

    private var log: [EvidencePage.Block] {
        [.paragraph([.words(texts.text("access.log.text"))]), .facts(parts.log)]
    }
}
