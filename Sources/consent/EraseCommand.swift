internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import TransparencyLog

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

            First make sure that who asks has control of the address. A letter for them is printed, or written with -o, with \
            the proof of the erasure beside it. Documentation/privacy.md says what is to be done about backups.

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

    @Option(
        help: ArgumentHelp(
            "How long what is kept as proof stays, shut, before it is deleted.", valueName: TimeLength.valueName))
    var retention: TimeLength?

    @Option(help: ArgumentHelp("The source that states it; its key must be in the ledger.", valueName: "source"))
    var source = "cli"

    @Option(help: ArgumentHelp("The letter's language.", valueName: "en|es"))
    var language = ErasureLetter.Language.en

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The file to write the letter to, which must not be there; the proof goes beside it.", valueName: "file"),
        completion: .file())
    var output: String?

    static let tracesRemain =
        "another program is reading the registry, so that traces of what was deleted may be left in its files; the next "
        + "command that writes clears them"

    func validate() throws {
        guard !forgetCompletely || now else {
            throw ValidationError("--forget-completely keeps nothing, so say --now with it")
        }
        guard !now || retention == nil else { throw ValidationError("say either --now or --retention") }
    }

    func run() throws {
        let address = try person.address()
        let letterFile = try output.map { try OutputFile($0, overwriting: false) }
        if now {
            try eraseNow(address, letterFile)
        } else {
            try request(address, letterFile)
        }
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
        guard !erasure.records.isEmpty else { return sayUnknown(address, business) }
        let proofs = try proofs(of: erasure.records)
        let letter = ErasureLetter(
            address: address.text, business: business.name, language: language,
            what: .erased(erasure, keepsSuppression: !forgetCompletely),
            proofs: output == nil ? [] : proofs.map(\.name))
        try write(letter, proofs, letterFile)
        if ledger.json {
            let object: JSON = [
                "result": .string("erased"), "business": .string(business.id), "contact": .string(address.text),
                "records": .array(erasure.records.map { .number($0) }),
                "handles": .strings(erasure.handles.map { "\($0)" }),
                "records-in-log": .number(UInt64(erasure.recordCount)),
                "suppressed": .bool(!forgetCompletely),
                "linked-and-kept": .strings(erasure.linkedContacts.map(\.text)), "traces-cleared": .bool(isCleared),
                "letter": .string(letter.text), "proofs": .strings(proofs.map(\.text)),
            ]
            return print(object.text)
        }
        if output == nil { print(letter.text) }
        let records = erasure.records.map { "\($0)" }.joined(separator: ", ")
        print("Erased: \(address) (record\(erasure.records.count == 1 ? "" : "s") \(records)).")
        for contact in erasure.linkedContacts {
            Terminal.warn(
                "\(contact.text) is tied to it by records, and is kept; if it is the same person's, erase it too")
        }
        if !isCleared {
            Terminal.warn(Self.tracesRemain)
        }
    }

    private func request(_ address: ContactAddress, _ letterFile: OutputFile?) throws {
        let (business, recorded, hold) = try writing.write(ledger) {
            writer -> (Catalog.Business, RecordedEvent?, Hold?) in
            let catalog = writer.currentCatalog()
            let business = try owner.business(in: catalog)
            let moment = writer.currentTime()
            let erasesAt = retention.map { moment.adding(milliseconds: $0.milliseconds) }
            guard let timeline = try writer.timelines(of: [(address, business.id)])[0] else {
                return (business, nil, nil)
            }
            var draft = EventDraft.erasureRequest(address, business: business.id, at: moment, erasesAt: erasesAt)
            draft.fields[.source] = .text(source)
            let hold = catalog.holds(on: [timeline.handle], business: business.id, at: moment).first
            return (business, try RecordedEvent(draft, with: writer), hold)
        }
        guard let recorded else { return sayUnknown(address, business) }
        let erasesAt = try dueDate(address, business)
        let letter = ErasureLetter(
            address: address.text, business: business.name, language: language,
            what: .requested(record: recorded.outcome.index, erasesAt: erasesAt, isHeld: hold != nil), proofs: [])
        try write(letter, [], letterFile)
        if !ledger.json {
            if output == nil { print(letter.text) }
            if erasesAt == nil {
                Terminal.warn(
                    "nothing says how long the proof is kept, so no date is set at which it is deleted; erase again with "
                        + "--retention, or with --now")
            }
            if let hold {
                Terminal.warn(
                    "the legal hold “\(hold.id)” (\(hold.reason)) keeps it beyond its date, until it is lifted")
            }
        }
        recorded.report(
            "Messages to \(address) have stopped; what is kept is shut, and goes \(erasesAt.map { "on \($0)" } ?? "on no date yet")",
            json: ledger.json,
            more: [
                "contact": .string(address.text), "erases-at": .optional(erasesAt?.description),
                "hold": .optional(hold?.id), "letter": .string(letter.text),
            ])
    }

    /// When what is kept may go: as was asked, or later where a rule keeps proof longer; `nil` where nothing says it.
    private func dueDate(_ address: ContactAddress, _ business: Catalog.Business) throws -> Timestamp? {
        try ledger.read { snapshot in
            let handle = try snapshot.handle(of: address, business: business.id)
            let asked = try handle.flatMap { try snapshot.erasureRequest(of: $0)?.erasesAt }
            let retained = try snapshot.retained(
                address, business: business.id, now: SystemClock().now(), ownKeeping: nil)
            guard case .kept(let until, _)? = retained?.verdict else { return asked }
            return until
        }
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

    private func proofs(of records: [UInt64]) throws -> [(name: String, text: String)] {
        let log = try PublishedLog(reader: LogSource(nil, ledger).reader())
        return try records.map { record in
            let proof = ProofFile.inclusion(try log.proveInclusion(of: record, at: log.checkpoint))
            return (
                "\(output ?? "record-\(record)").\(record).tlog-proof", String(decoding: proof.bytes, as: UTF8.self)
            )
        }
    }

    private func write(
        _ letter: ErasureLetter, _ proofs: [(name: String, text: String)], _ file: OutputFile?
    ) throws {
        guard let file else { return }
        for proof in proofs {
            let proofFile = try OutputFile(proof.name, overwriting: false)
            try proofFile.write(Array(proof.text.utf8))
            try proofFile.finish()
        }
        try file.write(Array((letter.text + "\n").utf8))
        try file.finish()
    }
}
