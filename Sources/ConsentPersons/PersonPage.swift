package import ConsentAudit
package import ConsentLedger
package import ConsentModel
package import ConsentRules
internal import LedgerCrypto

/// What pages for a person are made of: their records, and how what they agreed to stands, in their language.
package struct PersonPage {
    package typealias Piece = EvidencePage.Piece
    package typealias Block = EvidencePage.Block
    package typealias Fact = EvidencePage.Fact

    /// The languages that a page can be in.
    package static let languages = EvidenceTexts.languages

    package let reading: PersonReading
    package let texts: EvidenceTexts

    /// Throws `badInput` for a language that there are no texts for.
    package init(_ reading: PersonReading, language: String) throws(LedgerError) {
        guard let texts = EvidenceTexts(language, adding: PersonTexts.tables) else {
            throw LedgerError(
                .badInput, "there are pages in \(Self.languages.joined(separator: " or ")), and none in “\(language)”")
        }
        self.reading = reading
        self.texts = texts
    }

    // MARK: Pieces

    package func fact(_ name: String, _ value: [Piece]) -> Fact { Fact(name: texts.text(name), value: value) }

    package func note(_ name: String, _ values: [Piece]..., style: String = "note") -> Block {
        .paragraph(filled(name, values), style: style)
    }

    package func section(_ name: String, _ blocks: [Block]) -> EvidencePage.Section {
        EvidencePage.Section(
            id: String(name.map { $0 == "." ? "-" : $0 }), heading: texts.text(name), blocks: blocks)
    }

    package func joined(_ parts: [[Piece]], by words: String = ", ") -> [Piece] {
        Array(parts.joined(separator: [.words(words)]))
    }

    package func moment(_ time: Timestamp) -> [Piece] { [.value(FieldText.pageText(of: time))] }

    package func channel(_ channel: String) -> [Piece] { [.words(texts.word("channel", channel))] }

    /// The category with the name that people read, if it has one.
    package func category(_ category: Catalog.Category) -> [Piece] {
        category.name.map { [.value($0), .words(" ("), .value(category.id), .words(")")] } ?? [.value(category.id)]
    }

    package func cell(_ cell: PersonCells.Cell) -> [Piece] {
        category(cell.category) + [.words(", ")] + channel(cell.channel)
            + (cell.sender.map { [.words(", ")] + texts.pieces("person.sender", [.value($0)]) } ?? [])
    }

    package func status(_ consent: PersonConsent) -> [Piece] {
        var pieces: [Piece] = [.words(texts.text("status.\(consent.status.rawValue)"))]
        if let code = consent.code { pieces.append(.words(": " + texts.text("reason.\(code.rawValue)"))) }
        return pieces
    }

    /// A length of time as ISO 8601 has it (years, months, weeks, days), in words.
    package func length(_ text: String) -> String {
        var words: [String] = []
        var number = ""
        for letter in text.dropFirst() {
            guard !letter.isNumber else {
                number.append(letter)
                continue
            }
            let name = "length.\(letter)"
            words.append(
                number == "1"
                    ? texts.text("\(name).1") : texts.pieces(name, [.words(number)]).map(\.text).joined())
            number = ""
        }
        return words.joined(separator: ", ")
    }

    package func style(_ status: ConsentStatus) -> String {
        status.stands ? "yes" : status == .requested ? "wait" : "no"
    }

    private func filled(_ name: String, _ values: [[Piece]]) -> [Piece] {
        switch values.count {
        case 0: [.words(texts.text(name))]
        case 1: texts.pieces(name, values[0])
        case 2: texts.pieces(name, values[0], values[1])
        default: texts.pieces(name, values[0], values[1], values[2])
        }
    }

    // MARK: Records

    package func occurred(_ record: PersonRecord) -> [Piece] {
        record.event?.occurredAt.map { [.value(FieldText.pageText(of: $0))] }
            ?? [.words(texts.text("event.happened.unknown"))]
    }

    package func captured(_ event: Event) -> [Piece] {
        var parts = [("method", event.text(.method)), ("verification", event.text(.verification))].compactMap {
            name, word -> [Piece]? in
            word.map {
                [.words(texts.text("event.\(name)").lowercasingFirst + ": " + texts.word(name, $0))]
            }
        }
        if event.isImported { parts.append([.words(texts.text("event.imported"))]) }
        return joined(parts, by: "; ")
    }

    package func type(_ record: PersonRecord) -> Piece { .words(texts.word("type", record.payload.typeName)) }

    /// What an event is about; `nil` where its type has no scope.
    package func scope(_ event: Event) -> [Piece]? {
        let possible = event.type.requiredFields.union(event.type.optionalFields)
        guard possible.contains(.channels), event.type != .consentConfirmed || event.channels != nil else { return nil }
        if event[.doNotContact] != nil { return [.words(texts.text("person.do-not-contact"))] }
        let about: [Piece] =
            event.categories.map { ids in
                joined(
                    ids.map { id in
                        reading.business.categories[id].map(category) ?? [.value(id)]
                    })
            } ?? [.words(texts.text("event.everything"))]
        let by: [Piece] =
            event.channels.map { joined($0.map(channel)) } ?? [.words(texts.text("event.every-channel"))]
        return about + [.words(", ")] + by
    }

    package func acts(_ records: [PersonRecord]) -> Block {
        .table(
            columns: ["when", "what", "how", "record"].map { texts.text("person.columns.\($0)") },
            rows: records.map { record in
                [
                    occurred(record), [type(record)], record.event.map(captured) ?? [],
                    [.value(String(record.index))],
                ]
            })
    }

    package func words(of record: PersonRecord) -> [Block] {
        guard let notice = record.notice else {
            return [.paragraph([.words(texts.text("person.words.unknown"))], style: "note")]
        }
        let what: [Piece] = texts.pieces(
            "person.words", [.value(notice.name)], [.value(notice.language)],
            [.value(Hexadecimal.encode(notice.textDigest))])
        guard let words = record.words else { return [.paragraph(what)] }
        return [.paragraph(what), .quote(.value(words))]
    }

    /// Whose the page is, and when it was made.
    package var about: [Fact] {
        let business = reading.business
        let brands = business.brands.values.sorted { $0.window.from < $1.window.from }
        return [fact("who.business", [.value(business.name)])]
            + (brands.isEmpty ? [] : [fact("who.brands", joined(brands.map { [.value($0.name)] }))])
            + [
                fact("who.contact", [.value(reading.address.text)]), fact("person.made", moment(reading.readAt)),
                fact("who.ledger", [.value(reading.origin)]),
            ]
    }

    /// The log in which it can be checked.
    package var log: [Fact] {
        [
            fact("proof.origin", [.value(reading.origin)]),
            fact("proof.ledger-id", [.value(reading.ledgerID?.description ?? "")]),
            fact("proof.size", [.value(String(reading.size))]), fact("proof.root", [.value(reading.root.description)]),
        ]
    }

    /// That a ledger is for trying out, where it is.
    package var test: [Block] { reading.isTest ? [note("test", style: "no")] : [] }
}

extension String {
    /// With a small first letter: a name within a sentence.
    fileprivate var lowercasingFirst: String { prefix(1).lowercased() + dropFirst() }
}
