internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import TransparencyLog

/// `consent receipt-for`: a consent receipt for a person.
struct ReceiptForCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt-for",
        abstract: "Give a person a receipt of what they agreed to, refused and withdrew.",
        discussion: """
            The receipt is an ISO/IEC TS 27560 consent receipt in the terms of the W3C Data Privacy Vocabulary (its profile \
            dpv-27560), as JSON-LD or as a page to read. It has each category and channel with how it stands, the words that \
            were shown, how and when it was captured, and where it is in the log.

            What the profile asks for and a ledger does not hold (addresses, contacts, how to withdraw, how long data is kept, \
            where, and who gets it) comes from --controller, a JSON file; what is missing is said to be missing. The members: \
            \(ControllerFile.members.joined(separator: ", ")).

            First make sure that who asks has control of the address: whoever reads it knows what they agreed to.

            EXAMPLE
              consent receipt-for +34600111222 -o receipt.jsonld
              consent receipt-for +34600111222 --controller acme.json --format html --language es -o receipt.html
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonld, html
    }

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var access: LegalAccessOptions
    @OptionGroup var page: PersonPageOptions

    @Option(help: "How it is written. Default: html for an output of that ending, else jsonld.")
    var format: Format?

    @Option(
        help: ArgumentHelp("A JSON file with what the business says of itself.", valueName: "file"),
        completion: .file())
    var controller: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write, which must not be there. Default: standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    private var writes: Format { format ?? (output?.hasSuffix(".html") == true ? .html : .jsonld) }

    func validate() throws {
        try page.validate()
        guard !ledger.json || output != nil || writes == .jsonld else {
            throw ValidationError("a page is no JSON; name a file for it with -o, or leave out --json")
        }
    }

    func run() throws {
        let address = try person.address()
        let stated =
            try controller.map { path in
                try ControllerFile(parsing: FileInput.bytes(of: path, most: ControllerFile.mostBytes), path: path)
            } ?? ControllerFile()
        let file = try output.map { try OutputFile($0, overwriting: false) }
        try access.admit(address, owner, ledger)
        let checkpoint = try PublishedLog(reader: LogSource(nil, ledger).reader()).checkpoint
        let reading = try ledger.read { snapshot in
            try PersonReading(
                address, owner.business(in: snapshot.catalog), in: snapshot, at: SystemClock().now())
        }
        guard !reading.records.isEmpty else {
            throw CommandError(
                .badInput,
                "\(reading.business.name) has no record of \(address), so there is nothing to give a receipt of; what is held "
                    + "all the same is told by: consent subject-access")
        }
        let receipt = ConsentReceipt(reading, stated, language: page.language, checkpoint: checkpoint)
        let bytes =
            switch writes {
            case .jsonld: Array((ReceiptJSONLD(receipt).json.text + "\n").utf8)
            case .html: EvidencePageHTML.bytes(of: try ReceiptPage(receipt).page)
            }
        let target = file ?? OutputFile()
        try target.write(bytes)
        try target.finish()
        tell(receipt)
    }

    private func tell(_ receipt: ConsentReceipt) {
        let missing = receipt.missing.map(\.rawValue)
        if let output, ledger.json {
            let object: JSON = [
                "test": .bool(receipt.reading.isTest), "business": .string(receipt.reading.business.id),
                "contact": .string(receipt.reading.address.text), "receipt": .string(receipt.id),
                "file": .string(output), "format": .string(writes.rawValue),
                "consents": .array(
                    receipt.reading.consents.map { consent in
                        [
                            "category": .string(consent.cell.category.id), "channel": .string(consent.cell.channel),
                            "sender": .optional(consent.cell.sender), "status": .string(consent.status.rawValue),
                        ]
                    }),
                "missing": .strings(missing),
            ]
            return print(object.text)
        }
        if let output {
            let standing = receipt.reading.consents.count { $0.status.stands }
            print(
                "Wrote \(Terminal.plain(output)): \(counted(receipt.reading.consents.count, "consent")), of which \(standing) "
                    + "\(standing == 1 ? "stands" : "stand").")
            print("Give it to who has control of \(receipt.reading.address) only.")
        }
        if !missing.isEmpty {
            Terminal.warn(
                "the receipt lacks what neither the ledger nor --controller says, and says so: \(missing.joined(separator: ", "))"
            )
        }
    }
}

/// The language of a page for a person.
struct PersonPageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The page's language: \(PersonPage.languages.joined(separator: " or ")).", valueName: "tag"),
        completion: .list(PersonPage.languages))
    var language = "en"

    func validate() throws {
        guard PersonPage.languages.contains(language) else {
            throw ValidationError(
                "the page can be in \(PersonPage.languages.joined(separator: " or ")), not in “\(language)”")
        }
    }
}
