internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// The page of a person at one business: what may be sent to them and why, and what was recorded of them.
struct ConsolePersonPage {
    private typealias Person = ConsolePersonRoutes.Person
    private typealias Values = ConsoleTemplates.Values

    let html: String

    init(
        _ person: ConsolePersonRoutes.Person, _ access: Access, _ frame: ConsoleFrame, in snapshot: LedgerSnapshot,
        now: Timestamp, why: String = ""
    ) throws {
        let own = try snapshot.handles(of: person.address, business: person.business.id)
        // Whoever lost the address is answered for no more: it may be somebody else's by now.
        let isCurrent = own.contains(person.handle)
        let handles = isCurrent ? own : [person.handle]
        let moment = max(now, snapshot.lastRecordedAt)
        var entries: [UInt64: ContactTimeline.Entry] = [:]
        for handle in handles {
            for entry in try snapshot.timeline(of: handle).entries { entries[entry.index] = entry }
        }
        let ordered = entries.values.sorted { $0.index < $1.index }
        let writer = Writer(frame: frame, business: person.business, known: Set(entries.keys))
        let mayDecide = !access.token.roles.isDisjoint(with: DecisionsRoute.route.roles ?? [])
        let holds = snapshot.catalog.holds(on: handles, business: person.business.id, at: moment)
        let mayErase = holds.isEmpty && !access.token.roles.isDisjoint(with: EraseRoute.route.roles ?? [])
        let standing = holds.map { hold -> Values in
            let words = frame.pieces("held", [.value(hold.id)], [.value(hold.reason)], [.value("\(hold.index)")])
            return ["pieces": ConsoleFrame.view(words)]
        }
        let others = try snapshot.otherHandles(of: person.address, business: person.business.id).filter {
            !handles.contains($0)
        }
        let related: [Values] =
            others.isEmpty
            ? [] : [["facts": others.map { frame.fact("other-handle", [.value("\($0)")], leadingTo: $0) }]]
        html = frame.html(
            "person", "person-title",
            [
                "contact": person.address.text, "handle": "\(person.handle)", "isShared": handles.count > 1,
                "holds": standing, "related": related,
                "facts": [
                    frame.fact("business", person.business.name),
                    frame.fact("handle", handles.map { "\($0)" }.joined(separator: ", ")),
                    frame.fact("as-of", FieldText.pageText(of: moment)),
                    frame.fact("records", "\(ordered.count)"),
                ],
                "mayTake": !access.token.roles.isDisjoint(with: EvidenceRoute.route.roles ?? []), "why": why,
                "mayErase": mayErase, "mayDecide": mayDecide, "isClosed": !isCurrent,
                "asked": [
                    ["pieces": ConsoleFrame.view(frame.pieces("asked", [.value(FieldText.pageText(of: moment))]))]
                ],
                "answers": mayDecide && isCurrent
                    ? try Self.answers(person, ordered, writer, in: snapshot, at: moment) : [],
                "events": try ordered.map { entry in
                    // The address is on the page already; another one, of before, is told.
                    let fields = try snapshot.privateFields(of: entry.index)
                    let facts = fields.filter {
                        handles.contains($0.handle)
                            && !(Self.addresses.contains($0.field.name)
                                && $0.field.value == Array(person.address.text.utf8))
                    }
                    let others = fields.filter {
                        !handles.contains($0.handle) && Self.addresses.contains($0.field.name)
                    }
                    return writer.event(
                        entry, facts.map(\.field),
                        others: try others.map { try Self.otherAddress($0.field, $0.handle, frame, in: snapshot) })
                },
            ])
    }

    /// The private facts that are the addresses of those whom a record is of.
    private static let addresses: Set = ["contact", "other-contact"]

    /// The other address of a record that is of two. That of somebody who asked to be erased is not shown.
    private static func otherAddress(
        _ contact: PrivateField, _ handle: ContactHandle, _ frame: ConsoleFrame, in snapshot: LedgerSnapshot
    ) throws -> Values {
        guard try snapshot.erasureRequest(of: handle) == nil else {
            let words = frame.pieces("other-shut", [.value("\(handle)")])
            return frame.fact("other-address", words, leadingTo: handle)
        }
        return frame.fact("other-address", [.value(FieldText.text(ofPrivate: contact.value))], leadingTo: handle)
    }

    /// The answer for each category in force and each channel that the business uses or the records name.
    private static func answers(
        _ person: Person, _ entries: [ContactTimeline.Entry], _ writer: Writer, in snapshot: LedgerSnapshot,
        at moment: Timestamp
    ) throws -> [Values] {
        let business = person.business
        var channels = Set(business.notices.flatMap(\.channels) + business.senders.values.flatMap(\.channels))
        for entry in entries {
            if case .event(let event) = entry.payload { channels.formUnion(event.channels ?? []) }
        }
        let shown = channels.isEmpty ? Vocabulary.channel.words : channels.sorted()
        let categories = business.categories.values.filter { $0.window.until == nil }.sorted { $0.id < $1.id }
        return try categories.flatMap { category in
            try shown.map { channel in
                let question = Question(business: business.id, channel: channel, category: category.id, at: moment)
                let decision = try snapshot.decide(question, contact: person.address).decision
                return writer.answer(decision, category: category, channel: channel)
            }
        }
    }

    /// Says what is in records and answers, in the page's language.
    private struct Writer {
        let frame: ConsoleFrame
        let business: Catalog.Business
        /// The records that the page has.
        let known: Set<UInt64>

        private var texts: EvidenceTexts { frame.texts }

        func answer(_ decision: Decision, category: Catalog.Category, channel: String) -> Values {
            var until: [Values] = []
            if let next = decision.nextAllowedAt {
                until.append(piecesOf("next-allowed", [.value(FieldText.pageText(of: next))]))
            }
            if let end = decision.lapsesAt {
                until.append(piecesOf("lapses", [.value(FieldText.pageText(of: end))]))
            }
            return [
                "category": category.name.map { "\($0) (\(category.id))" } ?? category.id,
                "channel": texts.word("channel", channel), "outcome": texts.word("outcome", decision.outcome.rawValue),
                "style": Self.style(decision.outcome), "reasons": decision.reasons.map(reason), "until": until,
            ]
        }

        private func reason(_ reason: Reason) -> Values {
            [
                "meaning": Self.sentence(texts.word("reason", reason.code.rawValue)),
                "records": reason.records.filter(known.contains).map { index -> Values in
                    [
                        "index": "\(index)",
                        "link": texts.pieces("record", [.value("\(index)")]).map(\.text).joined(),
                    ]
                },
                "elsewhere": reason.records.filter { !known.contains($0) }.map { index -> Values in
                    piecesOf("record-elsewhere", [.value("\(index)")])
                },
                "rules": reason.rules.map { rule -> Values in
                    ["pieces": ConsoleFrame.view(texts.pieces("rule", [.value(rule.rule)], [.value(rule.pack)]))]
                },
            ]
        }

        private func piecesOf(_ name: String, _ value: [EvidencePage.Piece]) -> Values {
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

        /// `others` are facts of whom else the record is of.
        func event(_ entry: ContactTimeline.Entry, _ facts: [PrivateField], others: [Values]) -> Values {
            var lines: [Values] = []
            var fields: [Values] = []
            var style = "other"
            if case .event(let event) = entry.payload {
                style = Self.style(event.type)
                if let occurred = event.occurredAt {
                    lines.append(frame.fact("happened", FieldText.pageText(of: occurred)))
                } else if !event.type.isGovernance {
                    lines.append(frame.fact("happened", frame.pieces("happened-unknown")))
                }
                lines += scope(event) + others
                if let hold = event.text(.hold) { lines.append(frame.fact("hold", hold)) }
                if let method = event.text(.method) {
                    lines.append(frame.fact("method", [.words(texts.word("method", method))]))
                }
                if let verification = event.text(.verification) {
                    lines.append(frame.fact("verified", [.words(texts.word("verification", verification))]))
                }
                if let notice = event.notice { lines.append(frame.fact("notice", notice.name)) }
                if let source = event.source { lines.append(frame.fact("source", source)) }
                fields = event.fields.map { field, value in
                    ["field": field.name, "value": FieldText.text(of: value, field.kind)]
                }
            } else {
                lines.append(frame.fact("happened", frame.pieces("unknown-type")))
            }
            lines.append(
                frame.fact(
                    "recorded",
                    frame.pieces(
                        "recorded-as", [.value(FieldText.pageText(of: entry.recordedAt))], [.value("\(entry.index)")])))
            for fact in facts {
                lines.append([
                    "term": frame.pieces("private", [.value(fact.name)]).map(\.text).joined(),
                    "pieces": ConsoleFrame.view([.value(FieldText.text(ofPrivate: fact.value))]),
                ])
            }
            return [
                "index": "\(entry.index)", "style": style, "type": texts.word("type", entry.payload.typeName),
                "facts": lines, "fields": fields, "hasFields": !fields.isEmpty,
            ]
        }

        private static func style(_ type: EventType) -> String {
            switch type {
            case .consentGiven, .consentConfirmed, .consentRenewed, .consentResumed: "yes"
            default: type.isRestriction ? "no" : "other"
            }
        }

        /// What an event is about, where its type has a scope.
        private func scope(_ event: Event) -> [Values] {
            guard event.type.requiredFields.union(event.type.optionalFields).contains(.channels) else { return [] }
            if event[.doNotContact] != nil { return [frame.fact("about", frame.pieces("do-not-contact"))] }
            let categories: [EvidencePage.Piece] =
                event.categories.map { ids in
                    Array(
                        ids.map { [EvidencePage.Piece.value(business.categories[$0]?.name ?? $0)] }
                            .joined(separator: [.words(", ")]))
                } ?? [.words(texts.text("event.everything"))]
            let channels =
                event.channels.map { $0.map { texts.word("channel", $0) }.joined(separator: ", ") }
                ?? texts.text("event.every-channel")
            var facts = [frame.fact("about", categories + [.words(", " + channels)])]
            if let brands = event.brands {
                let names = brands.map { business.brands[$0]?.name ?? $0 }
                facts.append(frame.fact("brands", names.joined(separator: ", ")))
            }
            if let senders = event.senders {
                facts.append(frame.fact("senders", senders.joined(separator: ", ")))
            }
            return facts
        }
    }
}
