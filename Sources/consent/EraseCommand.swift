internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent erase`: what is known of a person goes.
struct EraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase a person: messages stop at once, what is kept of them goes.",
        discussion: """
            Without --now, messages stop at once, what is kept as proof is shut to all but legal, and it is deleted when \
            consent retention apply runs after the time in --retention. With --now it is deleted at once, and nothing can be \
            shown of it any more. The log keeps records under a handle that leads to nobody.

            A suppression stays: a keyed hash of the address, so that no import brings the person back. They come back by a \
            new opt-in of their own. --forget-completely keeps nothing, not even that.

            --take-back is for a person who has changed their mind before anything was deleted: what they had agreed to counts \
            again.

            First make sure that who asks has control of the address. A letter for them is printed, or written with -o, with \
            the proof beside it; consent letter writes both again. Documentation/privacy.md says what is to be done about backups.

            EXAMPLE
              consent erase +34600111222 --retention 1826d
              consent erase +34600111222 --now --language es -o letter.txt
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions

    @Flag(help: "Delete at once; nothing can be shown of it any more.")
    var now = false

    @Flag(help: "Keep no suppression either: an import may bring the person back. With --now.")
    var forgetCompletely = false

    @Flag(help: "The person takes an earlier request back.")
    var takeBack = false

    @Option(
        help: ArgumentHelp(
            "How long what is kept as proof stays, shut, before it is deleted.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var retention: TimeLength?

    @Option(help: ArgumentHelp("The source that states it; its key must be in the ledger.", valueName: "source"))
    var source = "cli"

    @OptionGroup var form: LetterOptions

    static let tracesRemain =
        "another program is reading the registry, so that traces of what was deleted may be left in its files; the next "
        + "command that writes clears them"

    func validate() throws {
        guard !forgetCompletely || now else {
            throw ValidationError("--forget-completely keeps nothing, so say --now with it")
        }
        guard !now || retention == nil else { throw ValidationError("say either --now or --retention") }
        guard !takeBack || (!now && retention == nil && form.output == nil) else {
            throw ValidationError("--take-back erases nothing and writes no letter; say it alone")
        }
    }

    func run() throws {
        let address = try person.address()
        guard !takeBack else { return try takeRequestBack(address) }
        let letterFile = try form.output.map { try OutputFile($0, overwriting: false) }
        if now {
            try eraseNow(address, letterFile)
        } else {
            try request(address, letterFile)
        }
    }

    private func takeRequestBack(_ address: ContactAddress) throws {
        let recorded = try writing.write(ledger) { writer -> RecordedEvent? in
            let business = try owner.business(in: writer.currentCatalog()).id
            var last: RecordedEvent?
            // An earlier one may count where the later does not any more.
            while let (request, isOwn) = try ledger.read({
                try $0.openErasureRequest(of: address, business: business)
            }) {
                guard isOwn else {
                    throw CommandError(
                        .badInput,
                        "the request of record \(request.record) was made by somebody who had \(address) before, and is theirs "
                            + "to take back")
                }
                var draft = EventDraft(.eventVoided, business: business, contact: address)
                draft.fields = [
                    .source: .text(source), .occurredAt: .occurredAt(OccurredAt(writer.currentTime())),
                    .concerns: .bytes(request.event.bytes),
                ]
                last = try RecordedEvent(draft, with: writer)
            }
            return last
        }
        guard let recorded else {
            throw CommandError(.badInput, "nobody asked to have \(address) erased, so there is nothing to take back")
        }
        recorded.report(
            "The request to erase \(address) is taken back; what was agreed to before counts again", json: ledger.json)
    }

    private func eraseNow(_ address: ContactAddress, _ letterFile: OutputFile?) throws {
        let (business, erasure, isCleared) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog())
            var order = ErasureOrder(address, business: business.id)
            order.keepsSuppression = !forgetCompletely
            order.reason = ErasureRequest.reason
            order.source = source
            let (outcomes, isCleared) = try writer.erase([order])
            return (business, try outcomes[0].get(), isCleared)
        }
        guard !erasure.foundNothing else { return sayUnknown(address, business) }
        guard !erasure.records.isEmpty else {
            return tellOfAddress(address, business, erasure, isCleared: isCleared)
        }
        let recorded = try ledger.read { try $0.erasure(inRecords: erasure.records) }
        let written = WrittenLetter(about: erasure.records, to: letterFile, at: form.output, ledger) {
            ErasureLetter(
                address: address.text, business: business.name, language: form.language,
                what: .erased(recorded, holds: erasure.holds), proofs: $0)
        }
        tell(address, business, erasure, written, isCleared: isCleared)
        try written.check(
            "\(address) is erased (record \(erasure.records.map { "\($0)" }.joined(separator: ", ")))",
            records: erasure.records)
    }

    private func tell(
        _ address: ContactAddress, _ business: Catalog.Business, _ erasure: Erasure, _ written: WrittenLetter,
        isCleared: Bool
    ) {
        if ledger.json {
            let letter: JSON = [
                "letter": .string(written.letter.text), "proofs": .strings(written.proofs.map(\.text)),
            ]
            return print((Self.json(address, business, erasure, isCleared: isCleared) + letter).text)
        }
        if form.output == nil { print(written.letter.text) }
        let records = erasure.records.map { "\($0)" }.joined(separator: ", ")
        print("Erased: \(address) (record\(erasure.records.count == 1 ? "" : "s") \(records)).")
        for contact in erasure.linkedContacts {
            Terminal.warn(
                "\(contact.text) is tied to it by records, and is kept; if it is the same person's, erase it too")
        }
        for hold in erasure.holds {
            Terminal.warn(
                "the legal hold “\(hold.id)” (\(hold.reason)) keeps a contact who had this address at another time; that one "
                    + "is not erased")
        }
        if !isCleared {
            Terminal.warn(Self.tracesRemain)
        }
    }

    private static func json(
        _ address: ContactAddress, _ business: Catalog.Business, _ erasure: Erasure, isCleared: Bool
    ) -> JSON {
        ["result": .string(erasure.outcome)] + erasure.json(of: address, business: business.id, isCleared: isCleared)
    }

    /// Of an address without contacts, counts and a suppression are all that there can be.
    private func tellOfAddress(
        _ address: ContactAddress, _ business: Catalog.Business, _ erasure: Erasure, isCleared: Bool
    ) {
        let gone =
            (erasure.uncountedUses > 0 ? ["the count of \(counted(erasure.uncountedUses, "message"))"] : [])
            + (erasure.wasSuppressed && !erasure.isSuppressed ? ["the suppression"] : [])
        if ledger.json {
            return print(Self.json(address, business, erasure, isCleared: isCleared).text)
        }
        if !gone.isEmpty {
            print("Deleted: \(gone.joined(separator: " and ")) of \(address); \(business.name) has no record of it.")
        }
        guard erasure.isSuppressed else { return }
        print(
            "\(business.name) keeps nothing of \(address) but a suppression, so that no import brings it back; --now "
                + "--forget-completely deletes that too.")
    }

    private func request(_ address: ContactAddress, _ letterFile: OutputFile?) throws {
        let (business, recorded) = try writing.write(ledger) { writer -> (Catalog.Business, RecordedEvent?) in
            let business = try owner.business(in: writer.currentCatalog())
            let moment = writer.currentTime()
            // Whoever had the address and has it no more is meant too. Nobody else writes meanwhile.
            let kept = try ledger.read {
                try $0.retained(address, business: business.id, now: moment, ownKeeping: nil)
            }
            guard !kept.isEmpty else { return (business, nil) }
            var draft = EventDraft.erasureRequest(
                address, business: business.id, at: moment,
                erasesAt: retention.map { moment.adding(milliseconds: $0.milliseconds) })
            draft.fields[.source] = .text(source)
            return (business, try RecordedEvent(draft, with: writer))
        }
        guard let recorded else { return sayUnknown(address, business) }
        let record = recorded.outcome.index
        guard let waiting = try ledger.read({ try $0.waitingErasure(of: address, business: business.id) }) else {
            throw LedgerError(.damaged, "the request of record \(record) is not found; run consent registry check")
        }
        let written = WrittenLetter(about: [record], to: letterFile, at: form.output, ledger) {
            ErasureLetter(
                address: address.text, business: business.name, language: form.language,
                what: .requested(waiting.request, erasesAt: waiting.erasesAt, hold: waiting.hold), proofs: $0)
        }
        if !ledger.json {
            if form.output == nil { print(written.letter.text) }
            if waiting.erasesAt == nil {
                Terminal.warn(
                    "nothing says how long the proof is kept, so no date is set at which it is deleted; erase again with "
                        + "--retention, or with --now")
            }
            if let hold = waiting.hold {
                Terminal.warn(
                    "the legal hold “\(hold.id)” (\(hold.reason)) keeps it beyond its date, until it is lifted")
            }
        }
        recorded.report(
            "Messages to \(address) have stopped; what is kept is shut, and goes \(waiting.erasesAt.map { "on \($0)" } ?? "on no date yet")",
            json: ledger.json,
            more: [
                "contact": .string(address.text), "erases-at": .optional(waiting.erasesAt?.description),
                "hold": .optional(waiting.hold?.id), "letter": .string(written.letter.text),
                "proofs": .strings(written.proofs.map(\.text)),
            ])
        try written.check("the request of \(address) is recorded (record \(record))", records: [record])
    }

    private func sayUnknown(_ address: ContactAddress, _ business: Catalog.Business) {
        if ledger.json {
            let object: JSON = [
                "result": .string("nothing-kept"), "business": .string(business.id), "contact": .string(address.text),
                "records": .array([]),
            ]
            return print(object.text)
        }
        print("\(business.name) keeps nothing of \(address); there is nothing to erase.")
    }
}
