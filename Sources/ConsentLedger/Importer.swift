internal import ConsentModel
internal import ConsentRules

/// Imports a file into a ledger, streaming: memory does not grow with the file, every item gets a result, a bad item
/// never stops the rest, and the same file again appends nothing.
public struct Importer {
    private static let batch = 4096

    /// Finds the file of a name that an item gives as its proof; throws `ImportError` if it cannot be had.
    public typealias Proofs = @Sendable (String) throws -> any AttachableFile

    private let writer: LedgerWriter
    private let options: ImportOptions
    private let proofs: Proofs?

    /// Imports into `writer` by `options`; without `proofs`, opt-ins that name a file as their proof are rejected.
    public init(_ writer: LedgerWriter, options: ImportOptions, proofs: Proofs? = nil) {
        self.writer = writer
        self.options = options
        self.proofs = proofs
    }

    /// An item that is recorded together with those around it, and the place of its result.
    private struct Waiting {
        let slot: Int
        let item: ImportItem
        let drafted: ImportDrafting.Drafted
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

    /// Records a batch of items, in their order. Throws only when the ledger cannot go on.
    private func settle(_ parsed: [ImportItem]) throws -> [ImportResult] {
        let items = options.isOfWebhook ? parsed.map(\.heldWhereUnknown) : parsed
        let drafting = try ImportDrafting(options: options, widening: OptOutWidening(for: writer), proofs: proofs)
        var results = [ImportResult?](repeating: nil, count: items.count)
        var waiting: [Waiting] = []
        var links: [EventDraft] = []
        var repeatedLinks: [EventDraft] = []
        func flush() throws {
            let recorded = try record(waiting, drafting, &repeatedLinks)
            for (entry, result) in zip(waiting, recorded) { results[entry.slot] = result }
            waiting = []
        }
        // What does not depend on what the items before it leave.
        let independent = concurrently(items.count) { position -> ImportDrafting.Drafted? in
            switch items[position].intent {
            case .nothing, .rejected, .confirm: nil
            case .templateCategory: try drafting.template(items[position])
            default: try drafting.draft(items[position], contact: drafting.contact(of: items[position]))
            }
        }
        for (slot, item) in items.enumerated() {
            let drafted: Result<ImportDrafting.Drafted, any Error>
            switch item.intent {
            case .nothing(let reason):
                results[slot] = result(item, .nothing(reason: reason))
                links += drafting.links(of: item)
                continue
            case .rejected(let error): drafted = .failure(error)
            case .confirm:
                // Whether there is a request may depend on what waits.
                try flush()
                switch Result(catching: { try drafting.contact(of: item) }) {
                case .failure(let error): drafted = .failure(error)
                case .success(let contact):
                    guard let request = try openRequest(of: contact, for: item, drafting) else {
                        results[slot] = result(
                            item, .nothing(reason: "a yes, and no request is open for it to confirm"))
                        links += drafting.links(of: item)
                        continue
                    }
                    drafted = Result { try drafting.confirmation(item, contact: contact, request: request) }
                }
            default:
                drafted = independent[slot].flatMap { drafted in
                    drafted.map { .success($0) } ?? .failure(LedgerError(.badEvent, "an item was not drafted"))
                }
            }
            switch drafted {
            case .success(let drafted): waiting.append(Waiting(slot: slot, item: item, drafted: drafted))
            case .failure(let error): results[slot] = rejection(item, error)
            }
        }
        try flush()
        if !options.isDryRun {
            try completeLinks(links, isNewEvidence: false)
            try completeLinks(repeatedLinks, isNewEvidence: true)
        }
        return results.compactMap(\.self)
    }

    /// Records what waits; `repeatedLinks` gains the links that were recorded before and that something new repeats.
    private func record(
        _ waiting: [Waiting], _ drafting: ImportDrafting, _ repeatedLinks: inout [EventDraft]
    ) throws -> [ImportResult] {
        var results = try waiting.map { try forgotten($0) }
        let rest = zip(waiting, results).compactMap { $1 == nil ? $0 : nil }
        var recorded = try recordKnown(rest, drafting, &repeatedLinks)[...]
        for position in results.indices where results[position] == nil { results[position] = recorded.removeFirst() }
        return results.compactMap(\.self)
    }

    /// What becomes of a stop of somebody who asked to be forgotten; `nil` for anything else.
    private func forgotten(_ entry: Waiting) throws -> ImportResult? {
        guard try writer.isNewsOfWhoIsForgotten(entry.drafted.draft) else { return nil }
        return result(
            entry.item,
            .nothing(
                reason: "the person asked to be forgotten, so that nothing is sent to them, and nothing is kept of this"
            ))
    }

    private func recordKnown(
        _ waiting: [Waiting], _ drafting: ImportDrafting, _ repeatedLinks: inout [EventDraft]
    ) throws -> [ImportResult] {
        guard !options.isDryRun else {
            return waiting.map { entry in
                do {
                    try drafting.check(entry.drafted.draft)
                    try writer.refuseIfSuppressed(entry.drafted.draft)
                    return recorded(entry, index: nil)
                } catch { return rejection(entry.item, error) }
            }
        }
        // What links two addresses comes after the act itself, so that a refusal of it cannot hold the act back.
        var drafts: [EventDraft] = []
        drafts.reserveCapacity(waiting.count)
        for entry in waiting {
            drafts.append(entry.drafted.draft)
            drafts += entry.drafted.links
        }
        let outcomes = try writer.append(drafts)
        var position = 0
        var results: [ImportResult] = []
        for entry in waiting {
            let links = outcomes[(position + 1)...].prefix(entry.drafted.links.count)
            let remarks = try unlinked(entry, Array(links))
            switch outcomes[position] {
            case .success(.recorded(let index)):
                results.append(recorded(entry, index: index, remarks + attached(entry, to: index)))
                for (link, outcome) in zip(entry.drafted.links, links) where link.type == .contactLinked {
                    if case .success(.alreadyRecorded) = outcome { repeatedLinks.append(link) }
                }
            case .success(.alreadyRecorded(let index)):
                switch try restate(entry, after: index) {
                case .success(let again)?:
                    let remark = "the ledger had it, but it no longer stood, so it is recorded again"
                    results.append(recorded(entry, index: again, remarks + [remark] + attached(entry, to: again)))
                case .failure(let error)?: results.append(rejection(entry.item, error))
                case nil:
                    // An earlier run may have been stopped before it was attached.
                    results.append(
                        result(
                            entry.item, .alreadyRecorded(index: index), remarks: remarks + attached(entry, to: index)))
                }
            case .failure(let error): results.append(rejection(entry.item, error))
            }
            position += 1 + entry.drafted.links.count
        }
        return results
    }

    /// Attaches the file that proves the item to what was recorded of it; returns what to remark.
    private func attached(_ entry: Waiting, to index: UInt64) -> [String] {
        let draft = entry.drafted.draft
        guard let file = entry.drafted.proof, let contact = draft.contact else { return [] }
        do {
            // Not by the draft's id: of who was erased and came back, it can be that of an event from before.
            let timeline = try writer.timelines(of: [(contact, options.business)])[0]
            guard let concerned = timeline?.entries.first(where: { $0.index == index })?.payload.id else {
                return ["its proof was not attached: record \(index) is of an earlier holder of \(contact)"]
            }
            let attachment = try AttachmentDraft(
                business: options.business, contact: contact, concerns: concerned, fileName: file.name,
                mediaType: file.mediaType, byteCount: file.byteCount, digest: file.digest,
                fields: [.source: .text(draft.source)])
            let outcome = try writer.attach(attachment, from: file.open())
            if case .recorded(let index) = outcome { return ["its proof is attached as record \(index)"] }
            return []
        } catch { return ["its proof was not attached: \(error)"] }
    }

    private func recorded(_ entry: Waiting, index: UInt64?, _ remarks: [String] = []) -> ImportResult {
        result(
            entry.item, entry.drafted.isReview ? .heldForReview(index: index) : .recorded(index: index),
            remarks: entry.drafted.remarks + remarks)
    }

    /// Where an address could not be linked, a restriction is recorded for that address too; returns what to remark.
    private func unlinked(
        _ entry: Waiting, _ outcomes: [Result<AppendOutcome, any Error>]
    ) throws -> [String] {
        var remarks: [String] = []
        for (link, outcome) in zip(entry.drafted.links, outcomes) {
            guard case .failure(let error) = outcome else { continue }
            var draft = entry.drafted.draft
            guard draft.type.isRestriction else {
                remarks.append("another address of the person was not linked: \(error)")
                continue
            }
            draft.contact = link.contact == draft.contact ? link.otherContact : link.contact
            draft.outsideID = draft.outsideID.map { "\($0):\(draft.contact?.text ?? "")" }
            switch try writer.append([draft])[0] {
            case .success(let said):
                remarks.append(
                    "another address of the person could not be linked, so record \(said.index) says it of that one")
            case .failure(let error):
                remarks.append("another address of the person was neither linked nor stopped: \(error)")
            }
        }
        return remarks
    }

    /// An opt-out without a time says how things stand when it is told. Where the ledger has it, but the person came back
    /// since or it was voided, it is another one; returns what became of it if that is so.
    private func restate(_ entry: Waiting, after index: UInt64) throws -> Result<UInt64, any Error>? {
        var draft = entry.drafted.draft
        guard entry.drafted.isOfNow, let contact = draft.contact,
            let timeline = try writer.timelines(of: [(contact, options.business)])[0]
        else { return nil }
        var latest = index
        while true {
            let said = timeline.entries.first { $0.index == latest }?.payload.id
            let end = timeline.entries.last {
                $0.index > latest && ($0.isReturn || said.map($0.voids) ?? false)
            }
            guard let end else { return nil }
            draft.outsideID = entry.drafted.draft.outsideID.map { "\($0):after:\(end.index)" }
            switch try writer.append([draft])[0] {
            case .success(.recorded(let again)): return .success(again)
            case .success(.alreadyRecorded(let next)):
                // That one may no longer stand either.
                guard next > latest else { return nil }
                latest = next
            case .failure(let error): return .failure(error)
            }
        }
    }

    /// Links what stands together in an item, where the ledger knows one of the two addresses and no link between those who
    /// have them now. A link binds the holders of then: on new evidence, later ones are linked anew. What someone unlinked
    /// stays so.
    private func completeLinks(_ links: [EventDraft], isNewEvidence: Bool) throws {
        var seen: Set<String> = []
        let links = links.filter { seen.insert($0.outsideID ?? "").inserted }
        let addresses = links.flatMap { [$0.contact, $0.otherContact].compactMap(\.self) }
        let timelines = try writer.timelines(of: addresses.map { ($0, options.business) })
        for (position, link) in links.enumerated() {
            let (one, other) = (timelines[2 * position], timelines[2 * position + 1])
            guard one != nil || other != nil,
                Self.linkRecords(of: one).isDisjoint(with: Self.linkRecords(of: other))
            else { continue }
            var link = link
            // A source that may not link is no reason to stop: what people did is recorded.
            while case .success(.alreadyRecorded(let index)) = try writer.append([link])[0], isNewEvidence {
                link.outsideID = link.outsideID.map { "\($0):after:\(index)" }
            }
        }
    }

    private static func linkRecords(of timeline: ContactTimeline?) -> Set<UInt64> {
        var records: Set<UInt64> = []
        for entry in timeline?.entries ?? [] {
            if case .event(let event) = entry.payload, event.type == .contactLinked { records.insert(entry.index) }
        }
        return records
    }

    /// The latest request that a yes of that time and channel can be about: asked before, not lapsed, for that channel and
    /// sender, and confirmed by nothing else.
    private func openRequest(
        of contact: ContactAddress, for item: ImportItem, _ drafting: ImportDrafting
    ) throws -> EventID? {
        guard let time = item.occurredAt.flatMap(ImportDrafting.interval), let channel = item.arrivedBy,
            let timeline = try writer.timelines(of: [(contact, options.business)])[0]
        else { return nil }
        let events = timeline.entries.compactMap { entry -> Event? in
            guard case .event(let event) = entry.payload else { return nil }
            return event
        }
        let confirmations = events.filter { $0.type == .consentConfirmed }
        let senders = drafting.knownSenders(item)
        return events.last { request in
            guard request.type == .consentRequested, let asked = request.occurredAt?.start, asked <= time.start,
                time.end
                    <= asked.adding(
                        milliseconds: request.number(.validFor) ?? DecisionRules.defaultRequestValidity),
                request.via == channel || request.channels?.contains(channel) ?? false,
                request.senders.map({ !Set($0).isDisjoint(with: senders) }) ?? true
            else { return false }
            // The same yes again finds its request.
            let answers = confirmations.filter { $0.bytes(.request) == request.id.bytes }
            return answers.isEmpty || answers.contains { $0.occurredAt == time }
        }?.id
    }

    private func result(
        _ item: ImportItem, _ outcome: ImportResult.Outcome, remarks: [String] = []
    ) -> ImportResult {
        ImportResult(
            position: item.position, outcome: outcome, remarks: remarks, correlationID: item.correlationID, faults: [],
            error: nil)
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
        // The sentence is of the first; machines are told of all. An item that restricts is not rejected for its doubts.
        var faults = [fault]
        if case .rejected = item.intent { faults += item.doubts }
        return ImportResult(
            position: item.position, outcome: .rejected(code: code, reason: fault.description), remarks: [],
            correlationID: item.correlationID, faults: faults, error: error)
    }
}
