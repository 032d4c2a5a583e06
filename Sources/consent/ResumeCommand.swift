internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent resume`: a person took an opt-out back.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Record that a person took an opt-out back (START, ALTA, a platform's resume).",
        discussion: """
            Undoes opt-outs of the same or a narrower scope that came by the same channel (--via), and nothing more: what \
            was agreed to before them holds again, and who never agreed has not agreed now. It is recorded even where there \
            is nothing to undo.

            EXAMPLE
              consent resume +34600111222 --category marketing --channel whatsapp --via whatsapp
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var scope: ScopeOptions

    @Flag(help: "Takes a do-not-contact back, too.")
    var doNotContact = false

    @OptionGroup var act: ActOptions

    func validate() throws {
        guard act.via != nil else {
            throw ValidationError(
                "--via is missing: a return undoes what came by the same channel, so say by which it came")
        }
    }

    func run() throws {
        try scope.checkChannels()
        let address = try person.address()
        let (recorded, undone) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog()).id
            var draft = act.draft(.consentResumed, business: business, contact: address)
            try act.setTime(of: &draft)
            draft.fields.merge(scope.fields) { $1 }
            if doNotContact { draft.fields[.doNotContact] = .mark }
            let recorded = try RecordedEvent(draft, with: writer)
            let rules = DecisionRules(catalog: writer.currentCatalog())
            let timeline = try writer.timelines(of: [(address, business)])[0]
            return (
                recorded, timeline.map { rules.withdrawals(undoneBy: recorded.outcome.index, in: $0) } ?? []
            )
        }
        recorded.report(
            sentence(address, undone), json: ledger.json, more: ["undone": .array(undone.map { .number($0) })])
    }

    /// What the act did: it is recorded even where it undid nothing, since the person did it.
    private func sentence(_ address: ContactAddress, _ undone: [UInt64]) -> String {
        let scope = doNotContact ? "everything, do-not-contact included" : ScopePhrase(of: scope.fields).description
        guard !undone.isEmpty else {
            let channel = act.via.map { " \(ScopePhrase.by($0))" } ?? ""
            return "Nothing was there to undo, and the act is recorded: \(address) has no opt-out that came\(channel), "
                + "still stands and is of \(scope) or less"
        }
        let records = ScopePhrase.joined(undone.map(String.init))
        return "Resumed: \(address), opt-outs of \(scope): this undoes record\(undone.count == 1 ? "" : "s") \(records)"
    }
}
