internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent opt-in`: a person agreed.
struct OptInCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-in",
        abstract: "Record that a person agreed to messages.",
        discussion: """
            Channels and categories are the notice's unless they are named. With --pending the person was only asked, and \
            consent confirm records the answer.

            EXAMPLE
              consent opt-in +34600111222 --notice web --evidence ip=203.0.113.9 --id form-812
              consent opt-in ana@example.com --notice newsletter --pending
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions

    @Option(help: ArgumentHelp("The notice that the person was shown.", valueName: "name"))
    var notice: String

    @Option(help: ArgumentHelp("In which language, where the notice has several.", valueName: "tag"))
    var language: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var act: ActOptions

    @Option(
        help: ArgumentHelp(
            "How it was made sure that the person is the one reached there: "
                + "\(Vocabulary.verification.words.joined(separator: ", ")).", valueName: "verification"),
        completion: .list(Vocabulary.verification.words))
    var verification: String?

    @Option(help: ArgumentHelp("When the consent ends.", valueName: "time"))
    var expiresAt: String?

    @Flag(help: "The person was asked and has yet to confirm.")
    var pending = false

    func run() throws {
        try scope.checkChannels()
        let address = try person.address()
        let expiry = try expiresAt.map { try OccurredAt(parsing: $0).start }
        let (recorded, phrase) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog())
            var draft = act.draft(pending ? .consentRequested : .consentGiven, business: business.id, contact: address)
            let time = try act.setTime(of: &draft)
            try ActOptions.checkExpiry(expiry, after: time)
            let shown = try business.liveNotice(notice, language: language, at: time.start)
            draft.fields[.channels] = .list(shown.channels)
            draft.fields[.categories] = .list(shown.categories)
            draft.fields.merge(scope.fields) { $1 }
            draft.fields[.notice] = .notice(NoticeReference(name: shown.name, textDigest: shown.textDigest))
            if let verification { draft.fields[.verification] = .text(verification) }
            if let expiry { draft.fields[.expiresAt] = .number(expiry.milliseconds) }
            let open = try ledger.read { try $0.openErasureRequest(of: address, business: business.id) }
            let warnings = open.map { request, _ in
                "\(address) asked to be erased (record \(request.record)), so that nothing is sent to them all the same; if they "
                    + "have changed their mind, take that back with: consent erase CONTACT --take-back"
            }
            return (
                try RecordedEvent(draft, with: writer, warnings: warnings.map { [$0] } ?? []),
                ScopePhrase(of: draft.fields)
            )
        }
        recorded.report(
            pending ? "Requested: \(address) is asked for \(phrase)" : "Opted in: \(address) to \(phrase)",
            json: ledger.json)
    }
}

extension Catalog.Business {
    /// The notice of that name that is in force, in the one language it has or the one that is named. Of several versions
    /// it is the latest that can have been shown at `time`, else the latest. Throws `unknownNotice` or `ambiguous`.
    func liveNotice(_ name: String, language: String?, at time: Timestamp) throws -> Catalog.Notice {
        let live = try notices(named: name, language: language).filter { $0.window.until == nil }
        guard let last = live.last else {
            throw RulesError(
                .unknownNotice, "the notice “\(name)” was retired; publish the words in use with: consent notice add")
        }
        let languages = Set(live.map(\.language)).sorted()
        guard languages.count == 1 else {
            throw LedgerError(
                .ambiguous,
                "the notice “\(name)” is in several languages (\(languages.joined(separator: ", "))); "
                    + "say which one the person was shown with --language")
        }
        return live.last { $0.couldBeShown(at: time) } ?? last
    }
}
