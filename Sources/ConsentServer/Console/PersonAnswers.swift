internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// What may be sent to a person, or might have been at the moment that is asked about, and why: as the ledger decides it, for
/// the page. It has no rule of its own.
struct PersonAnswers {
    private typealias Values = ConsoleTemplates.Values

    let person: ConsolePersonRoutes.Person
    /// The contacts that the page is of, and whether they have the address now.
    let handles: [ContactHandle]
    let isCurrent: Bool
    /// What is recorded of them.
    let entries: [ContactTimeline.Entry]
    let inquiry: PersonInquiry
    let places: RecordPlaces
    let frame: ConsoleFrame

    private var texts: EvidenceTexts { frame.texts }
    private var business: Catalog.Business { person.business }

    /// The values of the page; `now` is the moment where none is asked about.
    func values(in snapshot: LedgerSnapshot, now: Timestamp) throws -> ConsoleTemplates.Values {
        let wrong = inquiry.wrong(business)
        var values: Values = [
            "answersTitle": frame.text(inquiry.isAsked ? "answers-then" : "answers"), "isAsked": inquiry.isAsked,
            "typedAt": inquiry.text("at"), "typedKnownAt": inquiry.text("known-at"), "senders": senders,
            "hasSenders": !business.senders.isEmpty, "isUnclear": !wrong.isEmpty, "isWrong": !wrong.isEmpty,
        ]
        for field in wrong { values["wrong-" + field] = true }
        if let first = wrong.first { values["focus-" + first] = true }
        guard wrong.isEmpty else { return values }
        let moment = inquiry.moment(snapshot, now: now)
        values["asked"] = [["pieces": ConsoleFrame.view(asked(at: moment))]]
        guard try isTheirs(at: moment, in: snapshot) else {
            values["isClosed"] = true
            values["closedText"] = frame.text(inquiry.isAsked ? "closed-then" : "closed")
            return values
        }
        values["answers"] = try answers(in: snapshot, at: moment)
        return values
    }

    /// The senders to choose from.
    private var senders: [Values] {
        business.senders.values.sorted { $0.id < $1.id }.map { sender -> Values in
            let brand = sender.brand.map { business.brands[$0]?.name ?? $0 }
            let label = [sender.id, sender.addresses.joined(separator: ", "), brand ?? ""].filter { !$0.isEmpty }
            return ["id": sender.id, "label": label.joined(separator: " · "), "isChosen": sender.id == inquiry.sender]
        }
    }

    /// Which question is answered, in words.
    private func asked(at moment: Timestamp) -> [EvidencePage.Piece] {
        let at: [EvidencePage.Piece] = [.value(FieldText.pageText(of: moment))]
        let known = inquiry.known.map { [EvidencePage.Piece.value(FieldText.pageText(of: $0))] }
        let sender = inquiry.sender.map { [EvidencePage.Piece.value($0)] }
        let name = "asked" + (known == nil ? "" : "-known") + (sender == nil ? "" : "-sender")
        return frame.pieces(name, at, known ?? [], sender ?? [])
    }

    /// Whether the address was this person's at the moment asked about: else the answer is about somebody else.
    private func isTheirs(at moment: Timestamp, in snapshot: LedgerSnapshot) throws -> Bool {
        let question = inquiry.question(of: business.id, category: "", channel: "", at: moment)
        return try snapshot.handle(of: person.address, answering: question).map(handles.contains) ?? isCurrent
    }

    /// The answer for each category and each channel: those in force, and that the business uses or the records name; of a
    /// chosen moment every category, and of a chosen sender what it sends by.
    private func answers(in snapshot: LedgerSnapshot, at moment: Timestamp) throws -> [ConsoleTemplates.Values] {
        var channels = Set(business.channels)
        for entry in entries {
            if case .event(let event) = entry.payload { channels.formUnion(event.channels ?? []) }
        }
        if let sender = inquiry.sender.flatMap({ business.senders[$0] }) { channels = Set(sender.channels) }
        let shown = channels.isEmpty ? Vocabulary.channel.words : channels.sorted()
        let categories = business.categories.values.filter { inquiry.isAsked || $0.window.until == nil }
        return try categories.sorted { $0.id < $1.id }.flatMap { category in
            try shown.map { channel -> Values in
                let question = inquiry.question(
                    of: business.id, category: category.id, channel: channel, at: moment)
                var row: Values = [
                    "category": category.name.map { "\($0) (\(category.id))" } ?? category.id,
                    "channel": texts.word("channel", channel),
                ]
                do {
                    row.merge(answer(try snapshot.decide(question, contact: person.address).decision)) { $1 }
                } catch let error as RulesError {
                    // One that cannot be answered hides none of the others, and is no yes.
                    row.merge(unanswered(error)) { $1 }
                }
                return row
            }
        }
    }

    private func answer(_ decision: Decision) -> ConsoleTemplates.Values {
        var until: [Values] = []
        if let next = decision.nextAllowedAt {
            until.append(piecesOf("next-allowed", [.value(FieldText.pageText(of: next))]))
        }
        if let end = decision.lapsesAt {
            until.append(piecesOf("lapses", [.value(FieldText.pageText(of: end))]))
        }
        return [
            "outcome": texts.word("outcome", decision.outcome.rawValue), "style": Self.style(decision.outcome),
            "reasons": decision.reasons.map(reason), "until": until,
        ]
    }

    private func unanswered(_ error: RulesError) -> ConsoleTemplates.Values {
        [
            "outcome": texts.word("outcome", "none"), "style": "wait",
            "unanswered": [
                ["saying": frame.sentence(of: Problem(error)), "detail": error.description, "hasDetail": true] as Values
            ],
        ]
    }

    private func reason(_ reason: Reason) -> ConsoleTemplates.Values {
        let records = reason.records.map { (index: $0, address: places.address(of: $0)) }
        return [
            "meaning": Self.sentence(texts.word("reason", reason.code.rawValue)),
            "records": records.compactMap { index, address in
                address.map { address -> Values in
                    ["href": address, "link": words("record", index).map(\.text).joined()]
                }
            },
            "elsewhere": records.filter { $0.address == nil }.map { index, _ -> Values in
                let isTheirs = places.all.contains(index)
                return isTheirs
                    ? ["pieces": ConsoleFrame.view(words("record", index))]
                    : piecesOf("record-elsewhere", [.value("\(index)")])
            },
            "rules": reason.rules.map { rule -> Values in
                ["pieces": ConsoleFrame.view(texts.pieces("rule", [.value(rule.rule)], [.value(rule.pack)]))]
            },
        ]
    }

    private func words(_ name: String, _ index: UInt64) -> [EvidencePage.Piece] {
        texts.pieces(name, [.value("\(index)")])
    }

    private func piecesOf(_ name: String, _ value: [EvidencePage.Piece]) -> ConsoleTemplates.Values {
        ["pieces": ConsoleFrame.view(frame.pieces(name, value))]
    }

    private static func style(_ outcome: Decision.Outcome) -> String {
        switch outcome {
        case .allow: "yes"
        case .deny: "no"
        case .defer: "wait"
        }
    }

    /// A clause as a sentence.
    private static func sentence(_ clause: String) -> String {
        clause.prefix(1).uppercased() + clause.dropFirst() + "."
    }
}
