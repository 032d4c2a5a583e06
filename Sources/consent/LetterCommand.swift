internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent letter`: the letter of an erasure again.
struct LetterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "letter",
        abstract: "Write the letter and the proof of an erasure, or of a request to be erased, again.",
        discussion: """
            For a letter that was lost, or could not be written. The records are those that erase the person (all that one \
            erasure made), or the one with their request; consent log --type contact-erased finds them. Of somebody who was \
            erased the ledger does not know the address any more: the letter has the one that you give.

            EXAMPLE
              consent letter +34600111222 9 -o letter.txt
              consent letter +34600111222 9 10 --language es
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions

    @Argument(help: ArgumentHelp("The records.", valueName: "record"))
    var records: [UInt64]

    @OptionGroup var form: LetterOptions

    func run() throws {
        let address = try person.address()
        let file = try form.output.map { try OutputFile($0, overwriting: false) }
        let (what, business) = try ledger.read { snapshot -> (ErasureLetter.What, Catalog.Business) in
            guard records.count == 1, let request = try snapshot.erasureRequest(atRecord: records[0]) else {
                let erasure = try snapshot.erasure(inRecords: records)
                return (.erased(erasure, holds: []), try snapshot.catalog.business(erasure.business, at: .max))
            }
            let waiting = try snapshot.waitingErasure(of: address, business: request.business)
            guard let waiting, waiting.request.record == records[0] else {
                throw CommandError(
                    .badInput,
                    "record \(records[0]) is not the request of \(address) that counts"
                        + (waiting.map { ", which is record \($0.request.record)" } ?? ""))
            }
            return (
                .requested(waiting.request, erasesAt: waiting.erasesAt, hold: waiting.hold),
                try snapshot.catalog.business(request.business, at: .max)
            )
        }
        let written = WrittenLetter(about: records, to: file, at: form.output, ledger) {
            ErasureLetter(
                address: address.text, business: business.name, language: form.language, what: what, proofs: $0)
        }
        if ledger.json {
            let object: JSON = [
                "business": .string(business.id), "contact": .string(address.text),
                "records": .array(records.map { .number($0) }), "letter": .string(written.letter.text),
                "proofs": .strings(written.proofs.map(\.text)),
            ]
            print(object.text)
        } else if let output = form.output {
            print("\(Terminal.plain(output)): the letter to \(address).")
        } else {
            print(written.letter.text)
        }
        try written.check("nothing was recorded", records: records)
    }
}

/// How a letter is written.
struct LetterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The letter's language.", valueName: "en|es"))
    var language = ErasureLetter.Language.en

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The file to write the letter to, which must not be there; the proof goes beside it.", valueName: "file"),
        completion: .file())
    var output: String?
}

/// A request to be erased that waits, and what it waits for.
struct WaitingErasure {
    let request: ErasureRequest
    /// When all that is kept of the address may go; `nil` where nothing says it.
    let erasesAt: Timestamp?
    /// A hold that keeps some of it beyond that.
    let hold: Hold?
}

extension LedgerSnapshot {
    /// The request to be erased that counts for whoever has the address, and whether it is their own rather than that of
    /// somebody who had it before; `nil` if there is none.
    func openErasureRequest(
        of address: ContactAddress, business: String
    ) throws -> (request: ErasureRequest, isOwn: Bool)? {
        guard let handle = try handle(of: address, business: business), let request = try erasureRequest(of: handle)
        else { return nil }
        return (request, try record(at: request.record).handles.contains(handle))
    }

    /// The request of the person at an address that waits: what is kept goes as was asked, or later where a rule keeps proof
    /// longer.
    func waitingErasure(of address: ContactAddress, business: String) throws -> WaitingErasure? {
        let contacts = try retained(address, business: business, now: SystemClock().now(), ownKeeping: nil)
            .filter(\.isRequested)
        guard let request = contacts.compactMap(\.request).max(by: { $0.record < $1.record }) else { return nil }
        var hold: Hold?
        let dates = contacts.map { contact -> Timestamp? in
            switch contact.verdict {
            case .mayGoAsRequested(let date), .mayGo(let date), .kept(let date, _): return date
            case .held(let held):
                hold = hold ?? held
                return request.erasesAt
            case .undated, .inUse: return nil
            }
        }
        return WaitingErasure(
            request: request, erasesAt: dates.contains(nil) ? nil : dates.compactMap(\.self).max(), hold: hold)
    }
}
