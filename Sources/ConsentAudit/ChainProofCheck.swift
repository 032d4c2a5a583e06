internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Checks the records of some chains and of the ledger's own, in the order of their indexes (SPEC.md, “Proof files”, rules
/// 3 to 6).
struct ChainProofCheck {
    /// The last record of a chain that was shown.
    private struct Head {
        let index: UInt64
        let sequence: UInt64
        let leafHash: SHA256Digest
    }

    private let chains: Set<Chain>
    private let ends: [Chain: UInt64]
    private let first: UInt64
    private let origin: String
    private var ledgerID: SHA256Digest?
    /// What the governance records so far say.
    private(set) var catalog: Catalog
    private var heads: [Chain: Head] = [:]
    /// The signatures that are still to be verified.
    private(set) var signatures: [SignatureJob] = []
    /// The first record with each event id.
    private var eventIDs: [EventID: UInt64] = [:]

    /// `pinned` stands for the ledger-id where entry 0 is not shown, so that what else is wrong can be told.
    init(of proof: ChainProof, pinned: SHA256Digest?) {
        self.init(
            of: [proof.chain], from: proof.first, origin: proof.checkpoint.checkpoint.origin, pinned: pinned)
    }

    /// The same for several chains, shown from the index `first` on, of the log of that origin. One in `ends` is shown up to
    /// that index: a later record of it can be here for another chain, and what lies between need not.
    init(
        of chains: Set<Chain>, ends: [Chain: UInt64] = [:], from first: UInt64 = 0, origin: String,
        pinned: SHA256Digest?
    ) {
        self.chains = chains
        self.ends = ends
        self.first = first
        self.origin = origin
        ledgerID = pinned
        catalog = Catalog(origin: origin)
    }

    /// Takes the next record; it is in the tree.
    mutating func take(_ record: Record, leafHash: SHA256Digest, _ report: inout ProofReport) {
        if record.index == 0 {
            ledgerID = leafHash
            report.ledgerID = leafHash
        }
        checkLinks(record, leafHash: leafHash, &report)
        guard let (statement, payload) = Self.stated(in: record, &report) else { return }
        report.records.append(ProofReport.ShownRecord(record: record, payload: payload))
        if record.index == 0, payload.type != .ledgerOpened {
            report.findings.append(
                Finding(
                    .notOpened, .signatures, index: 0, expected: EventType.ledgerOpened.name,
                    found: payload.type?.name ?? "an unknown event",
                    "Entry 0 does not open a ledger, so no key is authorised by anything"))
        }
        checkSignature(statement, of: payload, record, &report)
        if let earlier = eventIDs[payload.id] {
            report.findings.append(
                Finding(
                    .repeatedEvent, .replay, index: record.index, expected: "an id that no earlier record has",
                    found: "\(payload.id)", "Record \(record.index) has the event id of record \(earlier)"))
        } else {
            eventIDs[payload.id] = record.index
        }
        apply(payload, record, leafHash: leafHash, &report)
    }

    /// A record's statement and what it states; what is malformed goes into the report.
    static func stated(in record: Record, _ report: inout ProofReport) -> (statement: Statement, payload: Payload)? {
        let statement: Statement
        do { statement = try Statement(decoding: record.statement[...]) } catch {
            report.findings.append(malformed(.malformedStatement, record, error))
            return nil
        }
        do { return (statement, try Payload(decoding: statement.payload[...])) } catch {
            report.findings.append(malformed(.malformedEvent, record, error))
            return nil
        }
    }

    /// What is known when all records have been taken.
    func conclude(_ report: inout ProofReport) {
        if heads[.ledger] == nil {
            report.findings.append(
                Finding(
                    .notOpened, .signatures, expected: EventType.ledgerOpened.name, found: "no record",
                    "The ledger's chain is not shown, so no key is authorised by anything"))
        }
        for chain in chains.sorted() where heads[chain] == nil {
            report.findings.append(
                Finding(.missingRecord, .tree, "No record of \(chain.title) from index \(first) on is shown"))
        }
        report.isTest = catalog.ledgerID == nil ? nil : catalog.isTest
    }

    // MARK: Links

    private mutating func checkLinks(_ record: Record, leafHash: SHA256Digest, _ report: inout ProofReport) {
        var isInNone = true
        for link in record.links {
            let isLedger = link.chain == .ledger
            let isShown =
                chains.contains(link.chain) && record.index >= first && record.index <= ends[link.chain] ?? .max
            guard isLedger || isShown else { continue }
            isInNone = false
            let finding = check(link, of: record, after: heads[link.chain], first: isLedger ? 0 : first)
            if let finding { report.findings.append(finding) }
            heads[link.chain] = Head(index: record.index, sequence: link.sequence, leafHash: leafHash)
        }
        if isInNone {
            let names = chains.sorted().map(\.title).joined(separator: ", ")
            report.findings.append(
                Finding(
                    .strayRecord, .tree, index: record.index,
                    found: record.links.map(\.chain.title).joined(separator: ", "),
                    "Record \(record.index) is neither in \(names) from index \(first) on nor in the ledger's chain"
                ))
        }
    }

    private func check(_ link: ChainLink, of record: Record, after head: Head?, first: UInt64) -> Finding? {
        let name = link.chain.title
        guard let head else {
            // The first record shown is the chain's first, or the one before it lies before what was asked for.
            let isBeginning = link.sequence == 0 && (link.chain != .ledger || record.index == 0)
            guard isBeginning || (first > 0 && link.sequence > 0 && link.previousIndex < first) else {
                return Finding(
                    .missingRecord, .tree, index: record.index, expected: "the first record of \(name)",
                    found: "number \(link.sequence) of the chain",
                    "Record \(record.index) is the first one shown of \(name), and there is one before it")
            }
            return nil
        }
        guard link.sequence > 0 else {
            return Finding(
                .chainBegunAgain, .tree, index: record.index, expected: "a link to record \(head.index)",
                found: "a beginning", "Record \(record.index) begins \(name) anew")
        }
        guard link.previousIndex == head.index else {
            let isGap = link.previousIndex > head.index
            return Finding(
                isGap ? .missingRecord : .forkedChain, .tree, index: record.index, expected: "record \(head.index)",
                found: "record \(link.previousIndex)",
                isGap
                    ? "Record \(record.index) follows record \(link.previousIndex) in \(name), which is not shown"
                    : "Record \(record.index) passes over record \(head.index), the last one of \(name) before it")
        }
        return ChainCheck.compare(
            sequence: link.sequence, hash: link.previousLeafHash, with: (head.sequence, head.leafHash),
            previous: head.index, chain: link.chain, at: record.index)
    }

    // MARK: Statements

    private mutating func checkSignature(
        _ statement: Statement, of payload: Payload, _ record: Record, _ report: inout ProofReport
    ) {
        if payload.source != nil { report.sourceStatementCount += 1 }
        if case .unknown = payload { report.unknownEventCount += 1 }
        let key: Ed25519PublicKey
        do {
            key = try catalog.signingKey(
                for: payload, keyIdentifier: statement.keyIdentifier, business: record.business, index: record.index)
        } catch {
            report.findings.append(
                Finding(
                    Finding.Code(name: error.code.name), .signatures, index: record.index,
                    "Record \(record.index): \(error)"))
            return
        }
        if let source = payload.source,
            catalog.sourceKey(source, keyIdentifier: statement.keyIdentifier)?.custody == "ledger"
        {
            report.ledgerHeldStatementCount += 1
        }
        guard let ledgerID else { return }
        signatures.append(
            SignatureJob(
                index: record.index, statement: statement,
                context: record.statementContext(origin: origin, ledgerID: ledgerID), key: key))
    }

    private mutating func apply(
        _ payload: Payload, _ record: Record, leafHash: SHA256Digest, _ report: inout ProofReport
    ) {
        guard case .event(let event) = payload else { return catalog.applyUnknown(record) }
        guard record.isLinked(as: event.type) else {
            report.findings.append(
                Finding(
                    .wrongLinks, .replay, index: record.index,
                    found: record.links.map(\.chain.title).joined(separator: ", "),
                    "A \(event.type.name) event does not belong into exactly these chains"))
            return catalog.noteRefused(record, event)
        }
        do { try catalog.apply(record, event, leafHash: leafHash) } catch {
            // A governance event that is not valid in its place changes nothing; that it is there is for `Verifier` to say.
            guard event.type.isGovernance else {
                report.findings.append(
                    Finding(
                        Finding.Code(name: error.code.name), .replay, index: record.index,
                        "Record \(record.index): \(error)"))
                return
            }
            catalog.noteRefused(record, event)
        }
    }

    private static func malformed(_ code: Finding.Code, _ record: Record, _ error: ModelError) -> Finding {
        Finding(
            code, .structure, index: record.index, found: error.code.name,
            "Entry \(record.index): \(error); nobody is shown to have stated anything")
    }
}
