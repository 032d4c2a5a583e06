internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `evidence.json`: everything that a bundle says, for machines (SPEC.md; `ledger/evidence.schema.json`).
struct EvidenceDocument {
    /// What the first member of every such document says.
    static let format = "consent-ledger/evidence/v1"

    private let reading: EvidenceReading
    private let page: EvidencePage

    init(_ reading: EvidenceReading, page: EvidencePage) {
        self.reading = reading
        self.page = page
    }

    /// The file: a line of JSON.
    var bytes: [UInt8] { Array((json.text + "\n").utf8) }

    private var json: JSONValue {
        .object([
            "format": .string(Self.format), "request": reading.contents.request.json, "ledger": ledger,
            "subject": subject, "answers": .array(reading.cells.map(answer)),
            "sends": .array(
                reading.sends.map { .object(["then": Self.json($0.then), "today": Self.json($0.today)]) }),
            "events": .array((reading.own + reading.others).map(event)),
            "clearances": .array(reading.clearances.map(clearance)), "proof": proof, "page": page.json,
        ])
    }

    private var ledger: JSONValue {
        let tree = reading.contents.checkpoint.checkpoint
        return .object([
            "origin": .string(tree.origin), "ledger-id": Self.optional(reading.replay.catalog.ledgerID?.description),
            "size": .integer(tree.size), "root": .string(tree.root.description),
            "test": .bool(reading.replay.catalog.isTest),
        ])
    }

    private var subject: JSONValue {
        let business = reading.business
        let asked = reading.contents.request.asked
        var chains = [chain(asked.handle, why: "contact", reading.own.count)]
        chains += reading.replay.linked.map { contact in
            chain(
                contact.timeline.handle,
                why: asked.otherHandles.contains(contact.timeline.handle) ? "same-line" : "linked",
                contact.timeline.entries.count)
        }
        return .object([
            "business": .object([
                "id": .string(business.id), "name": .string(business.name), "country": Self.optional(business.country),
                "brands": .strings(
                    business.brands.values.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }),
            ]),
            "contact": Self.optional(asked.contact),
            "contact-shown-by": reading.recordOfAddress.map { .integer($0) } ?? .null,
            "erased-by": reading.erasure.map { .integer($0.record.index) } ?? .null, "chains": .array(chains),
        ])
    }

    private func chain(_ handle: ContactHandle, why: String, _ count: Int) -> JSONValue {
        .object(["handle": .string(handle.description), "why": .string(why), "records": .integer(UInt64(count))])
    }

    // MARK: Answers

    private func answer(_ cell: EvidenceReading.Cell) -> JSONValue {
        let spans = cell.spans.map { span -> JSONValue in
            .object([
                "from": .string(span.from.description), "until": Self.optional(span.until?.description),
                "waiting": .bool(span.isWaiting),
            ])
        }
        return .object([
            "channel": .string(cell.channel), "category": .string(cell.category), "answer": Self.json(cell.answer),
            "carried": .array(spans),
        ])
    }

    /// An answer as the document has it.
    static func json(_ answer: EvidenceReplay.Answer) -> JSONValue {
        guard let decision = answer.decision else {
            return .object([
                "outcome": .null, "problem": optional(answer.problem?.code.name), "reasons": .array([]),
                "next-allowed-at": .null, "lapses-at": .null,
            ])
        }
        return .object([
            "outcome": .string(decision.outcome.rawValue), "problem": .null,
            "reasons": .array(
                decision.reasons.map { reason in
                    .object([
                        "code": .string(reason.code.rawValue), "records": .array(reason.records.map { .integer($0) }),
                        "time": optional(reason.time?.description), "category": optional(reason.category),
                        "pack": optional(reason.rule?.digest.description), "rule": optional(reason.rule?.rule),
                    ])
                }),
            "next-allowed-at": optional(decision.nextAllowedAt?.description),
            "lapses-at": optional(decision.lapsesAt?.description),
        ])
    }

    // MARK: Events

    private func event(_ event: LoggedEvent) -> JSONValue {
        var fields: [String: JSONValue] = [:]
        for (field, value) in event.event?.fields ?? [] {
            let texts = FieldText.texts(of: value, field.kind)
            switch value {
            case .texts, .byteStrings, .presentation: fields[field.name] = .strings(texts)
            default: fields[field.name] = .string(texts.joined())
            }
        }
        let record = event.record
        let part = reading.contents.privateParts[record.index]
        let key = reading.sourceKey(of: event)
        return .object([
            "record": .integer(record.index), "recorded-at": .string(record.recordedAt.description),
            "type": .string(event.payload.typeName), "event-id": .string(event.payload.id.description),
            "handles": .strings(record.handles.map(\.description)),
            "key": .string(Hexadecimal.encode(event.keyIdentifier)),
            "custody": Self.optional(key?.custody), "authorized-by": key.map { .integer($0.window.from) } ?? .null,
            "fields": .object(fields),
            "private": part.map { part in
                .object(
                    Dictionary(
                        uniqueKeysWithValues: part.fields.map {
                            ($0.name, .string(FieldText.text(ofPrivate: $0.value)))
                        }))
            } ?? .null,
            "not-shown": part.map { .integer(UInt64($0.hidden.count)) } ?? .null,
            "words": Self.optional(reading.words(of: event)),
            "attachment": Self.optional(reading.attachment(of: event)?.name),
            "existed-by": Self.json(reading.sightings(of: event).existed) { $0.latest },
            "not-shown-at": Self.json(reading.sightings(of: event).notShown) { $0.earliest },
        ])
    }

    private static func json(_ sighting: ClaimedSighting?, at time: (ClaimedSighting) -> Timestamp) -> JSONValue {
        guard let sighting else { return .null }
        return .object([
            "at": .string(time(sighting).description), "by": optional(sighting.name), "size": .integer(sighting.size),
        ])
    }

    // MARK: The rest

    private func clearance(_ shown: ShownDecision) -> JSONValue {
        let clearance = shown.file.signed.clearance
        return .object([
            "decided-at": .string(clearance.decidedTime.description), "at": .string(shown.leaf.question.at.description),
            "contact": .string(shown.leaf.contact), "channel": .string(shown.leaf.question.channel),
            "categories": .strings(shown.leaf.categories), "outcome": .string(shown.leaf.outcome.rawValue),
            "anchored-by": reading.anchor(of: clearance).map { .integer($0) } ?? .null,
        ])
    }

    private var proof: JSONValue {
        let statements = reading.sourceStatements
        return .object([
            "source-statements": .integer(UInt64(statements.count)),
            "ledger-held": .integer(UInt64(statements.ledgerHeld)),
            "governance-records": .integer(UInt64(reading.governanceCount)),
            "checkpoints": .array(reading.checkpoints.map(Self.json)),
        ])
    }

    private static func json(_ claimed: ClaimedCheckpoint) -> JSONValue {
        .object([
            "size": .integer(claimed.checkpoint.size), "root": .string(claimed.checkpoint.root.description),
            "sha-256": .string(claimed.digest.description),
            "cosigned": .array(
                claimed.cosigned.map { .object(["name": .string($0.name), "at": optional($0.at?.description)]) }),
            "stamped": .array(
                claimed.stamped.map { stamp in
                    .object([
                        "sha-256": .string(stamp.digest.description),
                        "earliest": optional(stamp.times?.earliest.description),
                        "latest": optional(stamp.times?.latest.description),
                    ])
                }),
        ])
    }

    private static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}

extension JSONValue {
    /// A whole number.
    static func integer(_ number: UInt64) -> JSONValue { .number(String(number)) }
}
