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
            was agreed to before them holds again, and who never agreed has not agreed now.

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
        let recorded = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog()).id
            var draft = act.draft(.consentResumed, business: business, contact: address)
            try act.setTime(of: &draft)
            draft.fields.merge(scope.fields) { $1 }
            if doNotContact { draft.fields[.doNotContact] = .mark }
            return try RecordedEvent(draft, with: writer)
        }
        recorded.report("Resumed: \(address), opt-outs of \(ScopePhrase(of: scope.fields))", json: ledger.json)
    }
}
