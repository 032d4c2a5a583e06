internal import ConsentModel
internal import ConsentRules

/// Imports a file into a ledger, streaming: memory does not grow with the file, every item gets a result, a bad item
/// never stops the rest, and the same file again appends nothing.
public struct Importer {
    private static let batch = 4096

    private let writer: LedgerWriter
    private let options: ImportOptions
    private let clock: any LedgerClock

    /// Imports into `writer` by `options`.
    public init(_ writer: LedgerWriter, options: ImportOptions, clock: any LedgerClock = SystemClock()) {
        self.writer = writer
        self.options = options
        self.clock = clock
    }

    /// An item on its way into the ledger.
    private struct Pending {
        let item: ImportItem
        var outcome: Result<ImportDrafting.Drafted, any Error>?
        var settled: ImportResult.Outcome?
    }

    /// Imports what `nextChunk` gives until it gives `nil`, and hands the results over in the order of the file. Stops
    /// between batches when `isCancelled` says so; what was recorded stays, and the next run goes on. Throws `ImportError`
    /// when nothing in the file can be used, and what `nextChunk`, `results` and the ledger throw.
    public func run(
        _ parser: some ImportParser, nextChunk: () throws -> [UInt8]?, isCancelled: () -> Bool = { false },
        results: ([ImportResult]) throws -> Void
    ) throws -> ImportSummary {
        var parser = parser
        var summary = ImportSummary()
        var waiting: [ImportItem] = []
        func settle(_ count: Int) throws {
            let settled = try self.settle(Array(waiting.prefix(count)))
            waiting.removeFirst(min(count, waiting.count))
            for result in settled { summary.count(result.outcome) }
            try results(settled)
        }
        while let chunk = try nextChunk() {
            waiting += try parser.items(in: chunk)
            while waiting.count >= Self.batch {
                try settle(Self.batch)
                if isCancelled() { return summary }
            }
            if isCancelled() { break }
        }
        if !isCancelled() {
            waiting += try parser.finish()
            summary.isComplete = true
        }
        while !waiting.isEmpty { try settle(Self.batch) }
        return summary
    }

    /// Records a batch of items, in their order.
    private func settle(_ items: [ImportItem]) throws -> [ImportResult] {
        let drafting = try ImportDrafting(options: options, catalog: writer.currentCatalog(), now: clock.now())
        var results: [ImportResult] = []
        var pending: [(item: ImportItem, drafted: ImportDrafting.Drafted)] = []
        // Results keep the order of the file: what waits is recorded before anything after it gets its result.
        func flush() throws {
            results += try record(pending)
            pending = []
        }
        for item in items {
            do {
                switch item.intent {
                case .nothing(let reason):
                    try flush()
                    results.append(result(item, .nothing(reason: reason)))
                case .rejected(let error): throw error
                case .confirm:
                    // Whether there is a request may depend on what waits.
                    try flush()
                    let contact = try drafting.address(of: contact(of: item))
                    guard let request = try openRequest(of: contact) else {
                        results.append(
                            result(item, .nothing(reason: "a yes, and no request is open for it to confirm")))
                        continue
                    }
                    pending.append((item, drafting.confirmation(item, contact: contact, request: request)))
                default:
                    let contact = try drafting.address(of: contact(of: item))
                    pending.append((item, try drafting.draft(item, contact: contact)))
                }
            } catch {
                try flush()
                results.append(rejection(item, error))
            }
        }
        try flush()
        return results
    }

    private func contact(of item: ImportItem) throws -> ImportItem.Contact {
        guard let contact = item.contact else {
            throw ImportError(.missing, field: "contact", "the item names no contact")
        }
        return contact
    }

    private func record(_ pending: [(item: ImportItem, drafted: ImportDrafting.Drafted)]) throws -> [ImportResult] {
        if options.isDryRun {
            return pending.map { item, drafted in
                result(
                    item, drafted.isReview ? .heldForReview(index: nil) : .recorded(index: nil),
                    remarks: drafted.remarks)
            }
        }
        // What links two addresses is recorded after the act itself, so that a refusal of it cannot hold the act back.
        let drafts = pending.flatMap { [$0.drafted.draft] + $0.drafted.before }
        let outcomes = try writer.append(drafts)
        var position = 0
        return pending.map { item, drafted in
            defer { position += 1 + drafted.before.count }
            switch outcomes[position] {
            case .success(.recorded(let index)):
                return result(
                    item, drafted.isReview ? .heldForReview(index: index) : .recorded(index: index),
                    remarks: drafted.remarks)
            case .success(.alreadyRecorded(let index)):
                return result(item, .alreadyRecorded(index: index))
            case .failure(let error): return rejection(item, error)
            }
        }
    }

    /// The latest request of the contact that nothing has confirmed and that has not lapsed.
    private func openRequest(of contact: ContactAddress) throws -> EventID? {
        guard let timeline = try writer.timelines(of: [(contact, options.business)])[0] else { return nil }
        let events = timeline.entries.compactMap { entry -> Event? in
            guard case .event(let event) = entry.payload else { return nil }
            return event
        }
        let confirmed = Set(events.filter { $0.type == .consentConfirmed }.compactMap { $0.bytes(.request) })
        let now = clock.now()
        return events.last { event in
            guard event.type == .consentRequested, !confirmed.contains(event.id.bytes) else { return false }
            let asked = event.occurredAt?.start ?? .epoch
            return asked.adding(milliseconds: event.number(.validFor) ?? DecisionRules.defaultRequestValidity) >= now
        }?.id
    }

    private func result(
        _ item: ImportItem, _ outcome: ImportResult.Outcome, remarks: [String] = []
    ) -> ImportResult {
        ImportResult(
            position: item.position, outcome: outcome, remarks: remarks, correlationID: item.correlationID, faults: [])
    }

    private func rejection(_ item: ImportItem, _ error: any Error) -> ImportResult {
        let fault: ImportError
        let code: String
        switch error {
        case let error as ImportError: (fault, code) = (error, error.code.name)
        case let error as ContactAddressError:
            (fault, code) = (ImportError(.malformed, field: "contact", error.description), error.code.name)
        case let error as RulesError:
            let field: String? =
                switch error.code {
                case .unknownSender: "sender"
                case .fromTheFuture, .olderThanNotice: "occurred-at"
                default: nil
                }
            (fault, code) = (ImportError(.malformed, field: field, error.description), error.code.name)
        case let error as LedgerError:
            (fault, code) = (ImportError(.malformed, error.description), error.code.name)
        case let error as ModelError:
            (fault, code) = (ImportError(.malformed, error.description), error.code.name)
        default: (fault, code) = (ImportError(.malformed, "\(error)"), "failed")
        }
        return ImportResult(
            position: item.position, outcome: .rejected(code: code, reason: fault.description), remarks: [],
            correlationID: item.correlationID, faults: [fault])
    }
}
