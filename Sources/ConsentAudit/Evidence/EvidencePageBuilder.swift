internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Makes the page of a bundle from what its contents say: in the order in which somebody who judges reads it.
struct EvidencePageBuilder {
    private typealias Piece = EvidencePage.Piece
    private typealias Block = EvidencePage.Block
    private typealias Fact = EvidencePage.Fact

    private let reading: EvidenceReading
    private let texts: EvidenceTexts
    private let request: StatedRequest
    private var asked: EvidenceRequest { request.asked }

    init(_ reading: EvidenceReading, _ texts: EvidenceTexts) {
        request = reading.contents.request
        self.texts = texts
        self.reading = reading
    }

    /// The page.
    var page: EvidencePage {
        let title =
            asked.contact == nil
            ? texts.pieces("title.handle", [.words(reading.business.name)], [.words(asked.handle.description)])
            : texts.pieces("title", [.words(reading.business.name)], [.words(asked.contact ?? "")])
        var page = EvidencePage(language: texts.language, title: title.map(\.text).joined())
        add("who", who, to: &page)
        add("answer", answer, to: &page)
        if !asked.sends.isEmpty { add("sends", sends, to: &page) }
        add("timeline", [.timeline(timeline)], to: &page)
        add("events", reading.own.enumerated().flatMap { blocks(of: $0.element, number: $0.offset + 1) }, to: &page)
        if !reading.others.isEmpty {
            let first = reading.own.count + 1
            add(
                "events.linked",
                [.paragraph([.words(texts.text("events.linked.intro"))])]
                    + reading.others.enumerated().flatMap { blocks(of: $0.element, number: first + $0.offset) },
                to: &page)
        }
        if !reading.clearances.isEmpty { add("clearances", clearances, to: &page) }
        add("proof", proof, to: &page)
        add("custodian", custodian, to: &page)
        add("verify", [.paragraph([.words(texts.text("verify.text"))])], to: &page)
        return page
    }

    private func add(_ name: String, _ blocks: [Block], to page: inout EvidencePage) {
        // An id of HTML, of letters and hyphens alone.
        let id = name.split(separator: ".").joined(separator: "-")
        page.sections.append(EvidencePage.Section(id: id, heading: texts.text(name), blocks: blocks))
    }

    // MARK: Who

    private var who: [Block] {
        let business = reading.business
        var facts = [
            fact(
                "who.business",
                [
                    .value(
                        business.name, origin: EvidencePage.Origin(record: business.window.from, field: "name")),
                    .words(" ("), .value(business.id), .words(")"),
                ])
        ]
        let brands = business.brands.values.sorted { $0.window.from < $1.window.from }
        if !brands.isEmpty {
            facts.append(
                fact(
                    "who.brands",
                    joined(
                        brands.map {
                            [.value($0.name, origin: EvidencePage.Origin(record: $0.window.from, field: "name"))]
                        })))
        }
        facts.append(fact("who.contact", contact))
        facts.append(fact("who.handle", [.value(asked.handle.description)]))
        facts.append(fact("who.ledger", [.value(reading.contents.checkpoint.checkpoint.origin)]))
        facts.append(fact("who.asked", moment(asked.at)))
        facts.append(
            fact(
                "who.scope",
                [
                    .value(asked.categories.joined(separator: ", ")), .words("; "),
                    .value(asked.channels.joined(separator: ", ")),
                ]))
        facts.append(fact("who.made", texts.pieces("who.made.stated", moment(asked.madeAt))))
        facts.append(fact("who.stated", [.value(SHA256Digest(hashing: Array(request.json.text.utf8)).description)]))
        facts.append(fact("who.chains", chains))
        var blocks: [Block] = [.facts(facts)]
        if let erasure = reading.erasure {
            blocks.append(.paragraph(texts.pieces("who.erased", [index(erasure.record.index)]), style: "note"))
        }
        if reading.replay.catalog.isTest {
            blocks.append(.paragraph([.words(texts.text("test"))], style: "no"))
        }
        return blocks
    }

    private var contact: [Piece] {
        guard let contact = asked.contact else { return [.words(texts.text("who.contact.unknown"))] }
        guard let record = reading.recordOfAddress else { return texts.pieces("who.contact.stated", [.value(contact)]) }
        return texts.pieces(
            "who.contact.shown",
            [.value(contact, origin: EvidencePage.Origin(record: record, field: "private/contact"))], [index(record)])
    }

    private var chains: [Piece] {
        let last = reading.own.last.map { [index($0.record.index)] } ?? []
        var chains = [texts.counted("who.chain.own", reading.own.count, last)]
        for linked in reading.replay.linked {
            let why = asked.otherHandles.contains(linked.timeline.handle) ? "same-line" : "linked"
            chains.append(
                texts.counted(
                    "who.chain.\(why)", linked.timeline.entries.count,
                    [.value(linked.timeline.handle.description)]))
        }
        chains.append(texts.counted("who.chain.ledger", reading.governanceCount))
        return joined(chains, by: "; ")
    }

    // MARK: The answer

    private var answer: [Block] {
        let told = reading.cells.filter(\.isTold)
        let carried = reading.cells.filter(\.answer.isCarried)
        let person: [Piece] = [asked.contact.map { .value($0) } ?? .words(texts.text("answer.person"))]
        let business: [Piece] = [.value(reading.business.name)]
        var blocks: [Block] = []
        if carried.isEmpty {
            blocks.append(.paragraph(texts.pieces("answer.none", moment(asked.at), business, person), style: "no"))
        } else {
            blocks.append(.paragraph(texts.pieces("answer.some", moment(asked.at), business, person), style: "yes"))
            blocks.append(.list(carried.map(carriedCell)))
        }
        if !told.isEmpty {
            let columns = ["what", "how", "answer", "since", "why"].map { texts.text("answer.columns.\($0)") }
            blocks.append(.table(columns: columns, rows: told.map(row)))
        }
        let rest = reading.cells.count - told.count
        if rest > 0 { blocks.append(.paragraph(texts.counted("answer.rest", rest))) }
        blocks.append(.paragraph([.words(texts.text("answer.caps"))], style: "note"))
        return blocks
    }

    private func carriedCell(_ cell: EvidenceReading.Cell) -> [Piece] {
        let since = cell.spans.last?.from ?? asked.at
        let what: [Piece] = [.value(cell.category)]
        guard let end = cell.answer.decision?.lapsesAt else {
            return texts.pieces("answer.cell", what, channel(cell.channel), moment(since))
        }
        return texts.pieces("answer.cell.until", what, channel(cell.channel), moment(since), moment(end))
    }

    private func row(_ cell: EvidenceReading.Cell) -> [[Piece]] {
        let spans = cell.spans.map { span -> [Piece] in
            let end: Piece = span.until.map { .value(Self.text($0)) } ?? .words(texts.text("open-end"))
            return [.value(Self.text(span.from)), .words(" – "), end]
        }
        return [
            [.value(cell.category)], channel(cell.channel), [outcome(cell.answer)], joined(spans, by: "; "),
            reasons(cell.answer),
        ]
    }

    private func outcome(_ answer: EvidenceReplay.Answer) -> Piece {
        .words(texts.text("outcome.\(answer.decision?.outcome.rawValue ?? "none")"))
    }

    /// Why, with the records that it rests on.
    private func reasons(_ answer: EvidenceReplay.Answer) -> [Piece] {
        guard let decision = answer.decision else {
            let code = answer.problem?.code.name ?? ""
            return [.words(texts.word("problem", code) + " ("), .value(code), .words(")")]
        }
        return joined(
            decision.reasons.map { reason in
                var pieces: [Piece] = []
                if let category = reason.category { pieces += [.value(category), .words(": ")] }
                pieces.append(.words(texts.text("reason.\(reason.code.rawValue)")))
                pieces += [.words(" ("), .value(reason.code.rawValue)]
                if !reason.records.isEmpty {
                    pieces.append(.words("; "))
                    pieces += texts.pieces(
                        reason.records.count == 1 ? "record" : "records", joined(reason.records.map { [index($0)] }))
                }
                if let rule = reason.rule {
                    pieces.append(.words("; "))
                    pieces += texts.pieces("rule", [.value(rule.rule)], [.value("\(rule.pack) \(rule.version)")])
                }
                return pieces + [.words(")")]
            }, by: "; ")
    }

    // MARK: Sends

    private var sends: [Block] {
        let columns = ["number", "at", "what", "then", "why"].map { texts.text("sends.columns.\($0)") }
        let rows = reading.sends.enumerated().map { number, asked -> [[Piece]] in
            let send = asked.send
            var what: [[Piece]] = []
            if let category = send.category { what.append([.value(category)]) }
            if let template = send.template { what.append(texts.pieces("sends.template", [.value(template)])) }
            what.append(channel(send.channel))
            if let sender = send.sender { what.append(texts.pieces("sends.from", [.value(sender)])) }
            if let reference = send.reference { what.append([.value(reference)]) }
            var why = reasons(asked.then)
            // By what the document says of them, so that whoever has that can compute the page.
            if EvidenceDocument.json(asked.then) != EvidenceDocument.json(asked.today) {
                why += [.words(". ")]
                why += texts.pieces(
                    "sends.today", [outcome(asked.today), .words(": ")] + reasons(asked.today))
            }
            return [
                [.value("S\(number + 1)")], moment(send.at), joined(what), [outcome(asked.then)], why,
            ]
        }
        return [.paragraph([.words(texts.text("sends.intro"))]), .table(columns: columns, rows: rows)]
    }

    // MARK: The picture

    private static let mostLabel = 28
    private static let tickCount: UInt64 = 4
    /// How long the picture goes on after the last change at least, in milliseconds: an hour.
    private static let leastMargin: UInt64 = 3_600_000

    private var timeline: EvidencePage.Timeline {
        typealias Timeline = EvidencePage.Timeline
        var marks = reading.own.enumerated().map { number, event in
            Timeline.Mark(
                at: event.moment, kind: event.event?.markKind ?? "other", text: String(number + 1))
        }
        marks += asked.sends.enumerated().map { Timeline.Mark(at: $1.at, kind: "send", text: "S\($0 + 1)") }
        marks.sort { ($0.at, $0.text) < ($1.at, $1.text) }
        // A picture that went on long after the last change would push all changes into its corner.
        let changes = marks.map(\.at) + reading.cells.flatMap { $0.spans.flatMap { [$0.from, $0.until ?? $0.from] } }
        let from = min(changes.min() ?? asked.at, asked.at)
        let last = changes.max() ?? asked.at
        let margin = max((last.milliseconds - from.milliseconds) / 4, Self.leastMargin)
        let end = max(last, min(asked.at, last.adding(milliseconds: margin)))
        let to = max(end, from.adding(milliseconds: 1))
        // At the very end of time there is nothing after it.
        let start = from < to ? from : from.subtracting(milliseconds: 1)
        let length = to.milliseconds - start.milliseconds
        // The date, the date and the minute, or the time of day, as little as tells the ticks apart.
        let part =
            length >= 5 * OccurredAt.day ? 0..<10 : length >= 20 * 60_000 ? 0..<16 : 11..<19
        let ticks = (0...Self.tickCount).map { number -> Timeline.Tick in
            let at = start.adding(milliseconds: length / Self.tickCount * number)
            let text = Array(Self.text(at).utf8)
            return Timeline.Tick(at: at, text: String(decoding: text[part], as: UTF8.self))
        }
        let rows = reading.cells.filter(\.isTold).map { cell in
            Timeline.Row(
                label: Self.shortened("\(cell.category), \(cell.channel)"),
                spans: cell.spans.map { span in
                    Timeline.Span(from: span.from, to: span.until ?? to, state: span.isWaiting ? "defer" : "allow")
                })
        }
        return Timeline(
            title: texts.text("timeline.title"), caption: texts.text("timeline.caption"), from: start, to: to,
            ticks: ticks, marks: marks, rows: rows)
    }

    private static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= mostLabel ? text : String(text.unicodeScalars.prefix(mostLabel - 1)) + "…"
    }

    // MARK: Events

    private func blocks(of event: LoggedEvent, number: Int) -> [Block] {
        let record = event.record
        var blocks: [Block] = [
            .heading(
                [.words("\(number). \(texts.word("type", event.payload.typeName)) (")] + [field("type", of: event)]
                    + [.words(")")])
        ]
        guard let stated = event.event else {
            blocks.append(.facts([fact("event.recorded", time("recorded-at", of: event, record.recordedAt))]))
            blocks.append(.paragraph([.words(texts.text("event.unknown"))], style: "note"))
            return blocks + [.facts([place(of: event)])]
        }
        var facts = [
            fact(
                "event.happened",
                stated.occurredAt.map { time("occurred-at", of: event, $0.start) }
                    ?? [.words(texts.text("event.happened.unknown"))]),
            fact("event.recorded", time("recorded-at", of: event, record.recordedAt)),
        ]
        let possible = stated.type.requiredFields.union(stated.type.optionalFields)
        if possible.contains(.channels), stated.type != .consentConfirmed || stated.channels != nil {
            facts.append(fact("event.scope", scope(of: event, stated)))
        }
        for (name, known) in [("method", EventField.method), ("verification", .verification)] {
            guard let word = stated.text(known) else { continue }
            facts.append(
                fact("event.\(name)", [.words(texts.word(name, word) + " ("), field(name, of: event), .words(")")]))
        }
        if stated[.presentation] != nil {
            facts.append(fact("event.presentation", [field("presentation", of: event)]))
        }
        if stated.notice != nil { facts.append(fact("event.words", notice(of: event))) }
        blocks.append(.facts(facts))
        if let words = reading.words(of: event) {
            blocks.append(
                .quote(.value(words, origin: EvidencePage.Origin(record: record.index, field: "notice/text"))))
        }
        blocks.append(.facts(further(of: event, stated)))
        return blocks
    }

    private func scope(of event: LoggedEvent, _ stated: Event) -> [Piece] {
        var pieces: [Piece] =
            stated.categories == nil ? [.words(texts.text("event.everything"))] : [field("categories", of: event)]
        pieces.append(.words(", "))
        if let channels = stated.channels {
            pieces.append(.words(channels.map { texts.word("channel", $0) }.joined(separator: ", ") + " ("))
            pieces += [field("channels", of: event), .words(")")]
        } else {
            pieces.append(.words(texts.text("event.every-channel")))
        }
        return pieces
    }

    private func notice(of event: LoggedEvent) -> [Piece] {
        guard let notice = reading.notice(of: event) else { return [field("notice", of: event)] }
        let record = notice.window.from
        func defined(_ name: String, _ text: String) -> Piece {
            .value(text, origin: EvidencePage.Origin(record: record, field: name))
        }
        var pieces = texts.pieces(
            "event.words.notice", [field("notice", of: event)], [defined("language", notice.language)], [index(record)],
            [defined("recorded-at", Self.text(notice.recordedAt))])
        if notice.shown != nil { pieces.append(.words(". " + texts.text("event.words.attested"))) }
        if reading.words(of: event) == nil { pieces.append(.words(". " + texts.text("event.words.missing"))) }
        return pieces
    }

    /// What else the event says, who stated it, what is private, and where it is.
    private func further(of event: LoggedEvent, _ stated: Event) -> [Fact] {
        var facts: [Fact] = []
        let others = stated.fields.filter { !Self.toldFields.contains($0.field) }
        if !others.isEmpty {
            facts.append(
                fact(
                    "event.other",
                    joined(
                        others.map { other, _ in
                            let words: Piece = .words("\(other.name): ")
                            let value = field(other.name, of: event)
                            return other == .imported
                                ? [words, value, .words(" (\(texts.text("event.imported")))")] : [words, value]
                        }, by: "; ")))
        }
        if let source = event.source {
            let name: [Piece] = [
                .value(source, origin: EvidencePage.Origin(record: event.record.index, field: "source"))
            ]
            facts.append(
                fact(
                    "event.source",
                    reading.sourceKey(of: event).map { key in
                        let custody = EvidencePage.Origin(record: key.window.from, field: "custody")
                        return texts.pieces(
                            "event.source.custody", name, [index(key.window.from)],
                            [
                                .words(texts.word("custody", key.custody) + " ("), .value(key.custody, origin: custody),
                                .words(")"),
                            ])
                    } ?? texts.pieces("event.source.unknown", name)))
        }
        facts.append(fact("event.key", [field("key", of: event)]))
        facts += privateFacts(of: event)
        if reading.attachmentRecord(of: event) != nil { facts.append(attached(by: event)) }
        return facts + seen(event) + [place(of: event)]
    }

    private func attached(by event: LoggedEvent) -> Fact {
        var pieces =
            reading.attachment(of: event).map {
                texts.pieces("event.attached.here", [.value($0.name)], [.value(String($0.byteCount))])
            } ?? [.words(texts.text("event.attached.missing"))]
        if let concerned = reading.concerned(by: event) {
            pieces += texts.pieces("event.attached.to", [index(concerned)])
        }
        return fact("event.attached", pieces)
    }

    /// When others are claimed to have seen the record, and the log without it.
    private func seen(_ event: LoggedEvent) -> [Fact] {
        func told(_ sighting: ClaimedSighting, _ name: String, at time: Timestamp) -> [Piece] {
            let size: [Piece] = [.value(String(sighting.size))]
            guard let witness = sighting.name else { return texts.pieces("\(name).stamped", moment(time), size) }
            return texts.pieces("\(name).cosigned", moment(time), [.value(witness)], size)
        }
        let (existed, notShown) = reading.sightings(of: event)
        let parts = [
            existed.map { told($0, "event.seen", at: $0.latest) },
            notShown.map { told($0, "event.unseen", at: $0.earliest) },
        ].compactMap(\.self)
        return parts.isEmpty ? [] : [fact("event.seen", joined(parts, by: "; "))]
    }

    private static let toldFields: Set<EventField> = [
        .source, .occurredAt, .commitment, .channels, .categories, .notice, .method, .verification, .presentation,
    ]

    private func privateFacts(of event: LoggedEvent) -> [Fact] {
        let record = event.record.index
        guard let part = reading.contents.privateParts[record] else {
            guard reading.isUnopened(event) else { return [] }
            return [fact("event.private.hidden", [.words(texts.text("event.private.closed"))])]
        }
        var facts = part.fields.map { field in
            Fact(
                name: texts.pieces("event.private", [.words(field.name)]).map(\.text).joined(),
                value: [
                    .value(
                        FieldText.text(ofPrivate: field.value),
                        origin: EvidencePage.Origin(record: record, field: "private/\(field.name)"))
                ])
        }
        if !part.hidden.isEmpty {
            facts.append(
                fact(
                    "event.private.hidden", texts.counted("event.private.count", part.hidden.count)))
        }
        return facts
    }

    private func place(of event: LoggedEvent) -> Fact {
        let record = event.record
        let link =
            record.links.first { $0.chain == .contact(asked.handle) }
            ?? record.links.first { if case .contact = $0.chain { true } else { false } }
        return fact(
            "event.place",
            texts.pieces(
                "event.place.value", [index(record.index)], [.value(String((link?.sequence ?? 0) + 1))],
                [
                    .value(
                        MerkleHash.leaf(record.encoded()).description,
                        origin: EvidencePage.Origin(record: record.index, field: "leaf-hash"))
                ]))
    }

    // MARK: The rest

    private var clearances: [Block] {
        let columns = ["decided", "about", "answer", "anchor"].map { texts.text("clearances.columns.\($0)") }
        let rows = reading.clearances.map { shown -> [[Piece]] in
            let clearance = shown.file.signed.clearance
            let about = shown.leaf.categories.isEmpty ? [shown.leaf.question.template ?? ""] : shown.leaf.categories
            return [
                moment(clearance.decidedTime),
                [.value(about.joined(separator: ", ")), .words(", ")] + channel(shown.leaf.question.channel),
                [.words(texts.text("outcome.\(shown.leaf.outcome.rawValue)"))],
                reading.anchor(of: clearance).map { texts.pieces("record", [index($0)]) }
                    ?? [.words(texts.text("clearances.none"))],
            ]
        }
        return [.paragraph([.words(texts.text("clearances.intro"))]), .table(columns: columns, rows: rows)]
    }

    private var proof: [Block] {
        let tree = reading.contents.checkpoint.checkpoint
        let statements = reading.sourceStatements
        let doubts = ["operator", "source", "log", "maker"].map { name in
            ["who", "can", "cannot"].map { [Piece.words(texts.text("proof.doubt.\(name).\($0)"))] }
        }
        let shown: [Block] = [
            .list([
                texts.pieces("proof.tree", [.value(tree.origin)], [.value(String(tree.size))]),
                [.words(texts.text("proof.chain"))],
                texts.counted("proof.signatures", statements.count)
                    + texts.counted("proof.held", statements.ledgerHeld),
                [.words(texts.text("proof.words"))],
            ])
        ]
        let doubted: [Block] = [
            .paragraph([.words(texts.text("proof.unrecorded"))]),
            .table(
                columns: ["who", "can", "cannot"].map { texts.text("proof.doubt.columns.\($0)") }, rows: doubts),
            .facts([
                fact("proof.origin", [.value(tree.origin)]),
                fact("proof.ledger-id", [.value(reading.replay.catalog.ledgerID?.description ?? "")]),
                fact("proof.size", [.value(String(tree.size))]),
                fact("proof.root", [.value(tree.root.description)]),
            ]),
        ]
        return shown + sightings + doubted
    }

    /// Who is claimed to have seen the log.
    private var sightings: [Block] {
        let rows = reading.checkpoints.flatMap { claimed -> [[[Piece]]] in
            let size: [Piece] = [.value(String(claimed.checkpoint.size))]
            let untimed: [Piece] = [.words(texts.text("proof.seen.untimed"))]
            return claimed.cosigned.map { [size, [.value($0.name)], $0.at.map(moment) ?? untimed] }
                + claimed.stamped.map { stamp in
                    let times = stamp.times.map { earliest, latest in
                        earliest == latest
                            ? moment(earliest) : texts.pieces("proof.seen.between", moment(earliest), moment(latest))
                    }
                    // A whole hash would push the times off a printed page.
                    let name = "\(stamp.digest.description.prefix(16))…"
                    return [size, texts.pieces("proof.seen.stamp", [.value(name)]), times ?? untimed]
                }
        }
        guard !rows.isEmpty else {
            return [.paragraph([.words(texts.text("proof.unanchored"))], style: "note")]
        }
        let last = reading.own.last.flatMap { reading.sightings(of: $0).existed }
        let all: [Piece] = last.map { [.words(" ")] + texts.pieces("proof.seen.all", moment($0.latest)) } ?? []
        let columns = ["size", "who", "when"].map { texts.text("proof.seen.columns.\($0)") }
        return [
            .paragraph([.words(texts.text("proof.seen"))] + all, style: "note"), .table(columns: columns, rows: rows),
        ]
    }

    private var custodian: [Block] {
        [
            .paragraph([.words(texts.text("custodian.text"))]),
            .signature(["name", "place", "signature"].map { texts.text("custodian.\($0)") }),
        ]
    }

    // MARK: Pieces

    private func fact(_ name: String, _ value: [EvidencePage.Piece]) -> EvidencePage.Fact {
        EvidencePage.Fact(name: texts.text(name), value: value)
    }

    private func joined(_ parts: [[EvidencePage.Piece]], by words: String = ", ") -> [EvidencePage.Piece] {
        Array(parts.joined(separator: [.words(words)]))
    }

    private func index(_ record: UInt64) -> EvidencePage.Piece {
        .value(
            String(record),
            origin: reading.event(record) == nil ? nil : EvidencePage.Origin(record: record, field: "index"))
    }

    /// What a record says in one of its fields.
    private func field(_ name: String, of event: LoggedEvent) -> EvidencePage.Piece {
        .value(
            event.pageText(of: name) ?? "", origin: EvidencePage.Origin(record: event.record.index, field: name))
    }

    private func channel(_ channel: String) -> [EvidencePage.Piece] {
        [.words(texts.word("channel", channel) + " ("), .value(channel), .words(")")]
    }

    /// A time of a record in UTC and, where the person's clock is known, as that showed it.
    private func time(_ name: String, of event: LoggedEvent, _ moment: Timestamp) -> [EvidencePage.Piece] {
        [field(name, of: event)] + local(moment)
    }

    private func moment(_ moment: Timestamp) -> [EvidencePage.Piece] {
        [.value(Self.text(moment))] + local(moment)
    }

    /// What the person's clock showed; of several time zones that it may have been in, the earliest and the latest.
    private func local(_ moment: Timestamp) -> [EvidencePage.Piece] {
        let clocks = request.local.compactMap { local in
            local.offsets[moment].flatMap { seconds in
                Self.text(moment, at: seconds).map { (seconds: seconds, text: $0, zone: local.zone) }
            }
        }
        guard let first = clocks.min(by: { $0.seconds < $1.seconds }),
            let last = clocks.max(by: { $0.seconds < $1.seconds })
        else { return [] }
        let pieces =
            first.seconds == last.seconds
            ? texts.pieces("event.local", [.value(first.text)])
            : texts.pieces(
                "event.local-between",
                [.value(first.text)], [.value(first.zone)], [.value(last.text)], [.value(last.zone)])
        return [.words(" (")] + pieces + [.words(")")]
    }

    /// A moment as a clock shows it that many seconds east of UTC.
    private static func text(_ moment: Timestamp, at seconds: Int) -> String? {
        let shifted = Int(moment.milliseconds) + seconds * 1000
        guard shifted >= 0, let time = Timestamp(milliseconds: UInt64(shifted)) else { return nil }
        return "\(text(time).dropLast(4)) \(offset(seconds))"
    }

    /// An offset from UTC as RFC 3339 writes it.
    private static func offset(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let minutes = abs(seconds) / 60
        return "\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }

    private static func text(_ time: Timestamp) -> String { FieldText.pageText(of: time) }
}

extension LoggedEvent {
    /// When it happened, or was recorded where that is not known.
    fileprivate var moment: Timestamp {
        event?.occurredAt.map { min($0.start, record.recordedAt) } ?? record.recordedAt
    }
}

extension Event {
    /// How the picture marks it.
    fileprivate var markKind: String {
        switch type {
        case .consentGiven, .consentConfirmed, .consentRenewed, .consentResumed, .basisBegan: "grant"
        default: type.isRestriction ? "stop" : "other"
        }
    }
}
