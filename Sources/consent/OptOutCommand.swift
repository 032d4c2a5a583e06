internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent opt-out`: a person said stop. It fails wide: what is unclear about it never loses it.
struct OptOutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-out",
        abstract: "Record that a person wants no more messages.",
        discussion: """
            With nothing named it ends every consent and legitimate interest. A stop is never lost: an unknown category \
            widens it to the whole channel, an unknown sender to the business, a time in the future becomes now, one that \
            cannot be read counts as unknown, and the state of its source does not matter. The record carries a flag that \
            says so.

            EXAMPLE
              consent opt-out +34600111222
              consent opt-out +34600111222 --category marketing --channel whatsapp --via whatsapp
              consent opt-out ana@example.com --do-not-contact
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var scope: ScopeOptions

    @Flag(help: "The person wants to hear nothing at all, save what the law obliges to and codes they ask for.")
    var doNotContact = false

    @OptionGroup var act: ActOptions

    func run() throws {
        let address = try person.address()
        let (recorded, draft) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog())
            var draft = act.draft(.consentWithdrawn, business: business.id, contact: address)
            draft.fields.merge(scope.fields) { $1 }
            if doNotContact { draft.fields[.doNotContact] = .mark }
            let widened = try act.widened(draft, with: writer)
            return (try RecordedEvent(widened.draft, with: writer, warnings: widened.remarks), widened.draft)
        }
        let what = doNotContact ? "everything; do not contact" : ScopePhrase(of: draft.fields).description
        recorded.report("Opted out: \(address) of \(what)", json: ledger.json)
    }
}
