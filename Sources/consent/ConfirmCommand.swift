internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent confirm`: the second step of a double opt-in.
struct ConfirmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Record that a person confirmed a pending opt-in.",
        discussion: """
            A confirmation gives what its request asked for, no more. It counts within seven days, and not if the person \
            opted out in between.

            EXAMPLE
              consent confirm ana@example.com --verification double-opt-in
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions

    @Option(
        help: ArgumentHelp("The record of the request, where several are open; history shows it.", valueName: "record"))
    var request: UInt64?

    @OptionGroup var act: ActOptions

    @Option(
        help: ArgumentHelp("How it was made sure that the person is the one reached there.", valueName: "verification"),
        completion: .list(Vocabulary.verification.words))
    var verification = "double-opt-in"

    func run() throws {
        let address = try person.address()
        let (recorded, answered) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog()).id
            let timeline = try writer.timelines(of: [(address, business)])[0]
            let pending = try requested(in: timeline)
            var draft = act.draft(.consentConfirmed, business: business, contact: address)
            try act.setTime(of: &draft)
            draft.fields[.request] = .bytes(pending.event.id.bytes)
            draft.fields[.verification] = .text(verification)
            return (try RecordedEvent(draft, with: writer), pending)
        }
        recorded.report(
            "Confirmed: \(address) to \(ScopePhrase(of: answered.event)), as asked in record \(answered.index)",
            json: ledger.json, more: ["request": .number(answered.index)])
    }

    /// The request that is confirmed: the one that is named, or the only open one. With an id of its own the act may be
    /// told again, so that then a confirmed one will do.
    private func requested(in timeline: ContactTimeline?) throws -> (index: UInt64, event: Event) {
        let requests = Self.requests(in: timeline, of: .consentRequested)
        if let request {
            guard let found = requests.first(where: { $0.index == request }) else {
                throw CommandError(
                    .badInput, "record \(request) does not ask this contact for consent; see: consent history CONTACT")
            }
            return found
        }
        let confirmed = Set(Self.requests(in: timeline, of: .consentConfirmed).compactMap { $0.event.bytes(.request) })
        let open = requests.filter { !confirmed.contains($0.event.id.bytes) }
        guard open.count <= 1 else {
            let indexes = ScopePhrase.joined(open.map { String($0.index) })
            throw LedgerError(
                .ambiguous, "several opt-ins wait for this contact (records \(indexes)); name one with --request")
        }
        guard let found = open.first ?? (act.id == nil ? nil : requests.last) else {
            throw CommandError(
                .badInput, "no opt-in of this contact waits to be confirmed; ask with: consent opt-in … --pending")
        }
        return found
    }

    private static func requests(in timeline: ContactTimeline?, of type: EventType) -> [(index: UInt64, event: Event)] {
        (timeline?.entries ?? []).compactMap { entry in
            guard case .event(let event) = entry.payload, event.type == type else { return nil }
            return (entry.index, event)
        }
    }
}
