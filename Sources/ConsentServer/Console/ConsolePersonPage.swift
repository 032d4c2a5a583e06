internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird

/// The page of a person at one business: what may be sent to them and why, and what was recorded of them.
struct ConsolePersonPage {
    private typealias Person = ConsolePersonRoutes.Person
    private typealias Values = ConsoleTemplates.Values

    let response: Response

    /// `why` is why legal looks at a person who asked to be erased: every form of the page says it again, and no link leads
    /// back to what is shut.
    init(
        _ person: ConsolePersonRoutes.Person, _ access: Access, _ frame: ConsoleFrame, in snapshot: LedgerSnapshot,
        now: Timestamp, _ inquiry: PersonInquiry, why: String = ""
    ) throws {
        let own = try snapshot.handles(of: person.address, business: person.business.id)
        // Whoever lost the address is answered for no more, unless a time before is asked about.
        let isCurrent = own.contains(person.handle)
        let handles = isCurrent ? own : [person.handle]
        let latest = max(now, snapshot.lastRecordedAt)
        var entries: [UInt64: ContactTimeline.Entry] = [:]
        for handle in handles {
            for entry in try snapshot.timeline(of: handle).entries { entries[entry.index] = entry }
        }
        let part = TimelinePart(entries.values.sorted { $0.index < $1.index }, before: try inquiry.before)
        guard try !part.shown.isEmpty || inquiry.before == nil else {
            throw ServerError(.notFound, "the person has no records before that one")
        }
        let places = RecordPlaces(
            handle: person.handle, shown: Set(part.shown.map(\.index)), all: Set(entries.keys), inquiry: inquiry,
            isShut: !why.isEmpty)
        let writer = Writer(frame: frame, business: person.business)
        let mayDecide = !access.token.roles.isDisjoint(with: DecisionsRoute.route.roles ?? [])
        let holds = snapshot.catalog.holds(on: handles, business: person.business.id, at: latest)
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
        var values: Values = [
            "contact": person.address.text, "handle": "\(person.handle)", "isShared": handles.count > 1,
            "holds": standing, "related": related,
            "facts": [
                frame.fact("business", person.business.name),
                frame.fact("handle", handles.map { "\($0)" }.joined(separator: ", ")),
                frame.fact("as-of", FieldText.pageText(of: latest)),
                frame.fact("records", "\(part.count)"),
            ],
            "mayTake": !access.token.roles.isDisjoint(with: EvidenceRoute.route.roles ?? []), "why": why,
            "mayErase": mayErase, "mayDecide": mayDecide, "hasAddress": isCurrent, "isShut": !why.isEmpty,
            "events": try part.shown.map { entry in
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
        ]
        values.merge(Self.turns(part, places, frame)) { $1 }
        if mayDecide {
            let answers = PersonAnswers(
                person: person, handles: handles, isCurrent: isCurrent, entries: Array(entries.values),
                inquiry: inquiry, places: places, frame: frame)
            values.merge(try answers.values(in: snapshot, now: latest)) { $1 }
        }
        let isWrong = values["isWrong"] as? Bool == true
        response = frame.page("person", "person-title", values, status: isWrong ? .unprocessableContent : .ok)
    }

    /// The way to the records that are not on the page.
    private static func turns(_ part: TimelinePart, _ places: RecordPlaces, _ frame: ConsoleFrame) -> Values {
        guard part.isPart else { return [:] }
        let words = frame.pieces(
            "records-part", [.value("\(part.shown.startIndex + 1)")], [.value("\(part.shown.endIndex)")],
            [.value("\(part.count)")])
        var turns: [Values] = []
        if let older = part.older { turns.append(places.turn(to: older, frame.text("records-older"))) }
        if let newer = part.newer { turns.append(places.turn(to: newer.index, frame.text("records-newer"))) }
        return ["part": [["pieces": ConsoleFrame.view(words)]], "turns": turns]
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

    /// Says what is in records, in the page's language.
    private struct Writer {
        let frame: ConsoleFrame
        let business: Catalog.Business

        private var texts: EvidenceTexts { frame.texts }

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
            if let end = event.time(.expiresAt) {
                facts.append(frame.fact("expires", FieldText.pageText(of: end)))
            }
            return facts
        }
    }
}
