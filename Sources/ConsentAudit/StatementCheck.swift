internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Replays the governance records, and from them says which key each statement must be signed with and whether each event
/// may stand in its place.
struct StatementCheck {
    private let level: VerificationLevel
    private let origin: String
    private(set) var catalog: Catalog
    private(set) var ledgerID: SHA256Digest?
    private(set) var sourceStatementCount: UInt64 = 0
    private(set) var ledgerHeldStatementCount: UInt64 = 0
    private(set) var objects: ObjectCheck
    private var eventIDs = EventIDCheck()

    init(level: VerificationLevel, origin: String, reader: any LogReader) {
        self.level = level
        self.origin = origin
        catalog = Catalog(origin: origin)
        objects = ObjectCheck(reader: reader)
    }

    /// Entry 0's leaf hash, known even if the entry itself cannot be read.
    mutating func open(ledgerID: SHA256Digest) { self.ledgerID = ledgerID }

    /// Takes the next record that could be read; gives the signature to verify if there is a key that may have made it. Of
    /// one that `wasVerified` before, only what it says of others is taken: keys, businesses, notices, its event id.
    mutating func take(
        _ entry: ExaminedEntry, at index: UInt64, leafHash: SHA256Digest, file: String, wasVerified: Bool,
        findings: inout [Finding]
    ) throws -> SignatureJob? {
        guard let ledgerID, let statement = entry.statement, let payload = entry.payload else { return nil }
        let record = entry.record
        func finding(_ level: VerificationLevel, _ error: RulesError, expected: String, found: String) -> Finding {
            Finding(
                Finding.Code(name: error.code.name), level, file: file, index: index, offset: entry.offset,
                expected: expected, found: found, "Record \(index): \(error)")
        }
        if index == 0, payload.type != .ledgerOpened {
            findings.append(
                Finding(
                    .notOpened, .signatures, file: file, index: 0, offset: entry.offset,
                    expected: EventType.ledgerOpened.name, found: payload.type?.name ?? "an unknown event",
                    "Entry 0 does not open a ledger, so no key is authorised by anything"))
        }
        var job: SignatureJob?
        do {
            let key = try catalog.signingKey(
                for: payload, keyIdentifier: statement.keyIdentifier, business: record.business, index: index)
            if !wasVerified {
                job = SignatureJob(
                    index: index, file: file, offset: entry.offset, statement: statement,
                    context: StatementContext(
                        origin: origin, ledgerID: index == 0 ? [] : ledgerID.bytes, business: record.business ?? "",
                        handles: record.handles),
                    key: key)
            }
            count(payload, statement)
        } catch {
            findings.append(
                finding(
                    .signatures, error, expected: "a key that counts at record \(index)",
                    found: "the key \(Hexadecimal.encode(statement.keyIdentifier))"))
        }
        if level >= .replay { eventIDs.take(payload.id) }
        switch payload {
        case .unknown: catalog.applyUnknown(record)
        case .event(let event):
            guard record.isLinked(as: event.type) else {
                if level >= .replay {
                    findings.append(
                        Finding(
                            .wrongLinks, .replay, file: file, index: index, offset: entry.offset,
                            expected: "the chains of a \(event.type.name)",
                            found: record.links.map(\.chain.title).joined(separator: ", "),
                            "A \(event.type.name) event does not belong into exactly these chains"))
                }
                catalog.noteRefused(record, event)
                break
            }
            do {
                try catalog.apply(record, event, leafHash: leafHash)
                if level >= .replay, !wasVerified {
                    try catalog.admit(
                        event, business: record.business ?? "", index: index, recordedAt: record.recordedAt)
                }
            } catch {
                catalog.noteRefused(record, event)
                // Repeated ids, those of governance included, are told when all are known.
                if level >= .replay, error.code != .repeatedEvent {
                    findings.append(
                        finding(
                            .replay, error, expected: "an event that is valid in its place",
                            found: "\(event.type.name) \(event.id)"))
                }
            }
            if level >= .replay { try objects.take(event, at: index, findings: &findings) }
        }
        return job
    }

    /// The fingerprints of ids that more than one record has; to be asked once, at the end.
    mutating func takeRepeatedEventIDs() -> RepeatedEventIDs { eventIDs.takeRepeated() }

    private mutating func count(_ payload: Payload, _ statement: Statement) {
        guard let source = payload.source else { return }
        sourceStatementCount += 1
        if catalog.sourceKey(source, keyIdentifier: statement.keyIdentifier)?.custody == "ledger" {
            ledgerHeldStatementCount += 1
        }
    }

    /// The log's keys that count for a checkpoint of `size`: of the empty tree, those that entry 0 names.
    func logKeys(forCheckpointOf size: UInt64) -> [VerifierKey] {
        catalog.logKeys.filter { $0.window.contains(max(size, 1)) }.compactMap { try? VerifierKey($0.verifierKey) }
    }
}

extension Payload {
    /// The event's type, if it is known.
    var type: EventType? {
        guard case .event(let event) = self else { return nil }
        return event.type
    }

    /// The source that states it, if one is named.
    var source: String? {
        switch self {
        case .event(let event): event.source
        case .unknown(_, _, let source): source
        }
    }
}
