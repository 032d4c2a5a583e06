internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent evidence CONTACT`: makes a bundle.
struct EvidenceBundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Make a bundle: a page for people, the records with their proofs, and all that verifies them.",
        discussion: """
            The file is a ZIP. It has evidence.html, a page that a judge can read and a printer can print; evidence.json, the \
            same for machines; the person's records from the first to the last and those that say whose keys count, each \
            with a proof that it is in the log; the private evidence, opened; the words that were shown; and VERIFY.txt, which \
            says how others check it. So are the files that were attached to the person's records, older checkpoints of the \
            log that others have signed or stamped, and the time stamps. Nothing about any other person is in it, and no key. Where WeasyPrint is installed, the \
            page is also printed as a PDF beside it.

            --sends names messages that are disputed: a CSV file with the columns at and channel, and category, template, \
            sender or reference where they are known. Each is answered on what was recorded when it was sent.

            Someone who was erased has no address any more; what is left is shown by --handle.

            EXAMPLE
              consent evidence bundle +34600111222 -o ana.zip
              consent evidence bundle +34600111222 -o ana.zip --language es --as-of 2024-03-03T10:15:00Z --sends disputed.csv
              consent evidence bundle +34600111222 -o ana.zip --fields contact,ip
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: "A phone number, an e-mail address, whatsapp:USER-ID, or - for one line of standard input.")
    var contact: String?

    @Option(help: ArgumentHelp("The contact's handle instead, 32 hexadecimal digits.", valueName: "hex"))
    var handle: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write, which must not be there.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(help: ArgumentHelp("The moment asked about. Default: now.", valueName: "time"))
    var asOf: String?

    @Option(
        help: ArgumentHelp("A CSV file of disputed messages: at, channel, category, …", valueName: "file"),
        completion: .file())
    var sends: String?

    @Option(
        help: ArgumentHelp(
            "The private fields to show, with commas; the others stay hashes. Default: all.", valueName: "names"))
    var fields: String?

    @Option(
        help: ArgumentHelp("A clearance to put in. Can be repeated.", valueName: "file"), completion: .file())
    var clearance: [String] = []

    @Option(
        help: ArgumentHelp(
            "The page's language: \(EvidenceTexts.languages.joined(separator: " or ")).", valueName: "tag"),
        completion: .list(EvidenceTexts.languages))
    var language = "en"

    @Flag(help: "Leave out the files that were attached to the person's records; their hashes stay.")
    var withoutAttachments = false

    @OptionGroup var access: LegalAccessOptions

    @Flag(help: "Do not print the page as a PDF.")
    var noPDF = false

    func validate() throws {
        guard (contact == nil) != (handle == nil) else {
            throw ValidationError("name the person by an address, or by --handle")
        }
        guard EvidenceTexts.languages.contains(language) else {
            throw ValidationError(
                "the page can be in \(EvidenceTexts.languages.joined(separator: " or ")), not in “\(language)”")
        }
    }

    func run() throws {
        let file = try OutputFile(output, overwriting: false)
        let inquiry = try inquiry()
        try admit(inquiry.person)
        let reader = try LogSource(nil, ledger).reader()
        let (bundle, business, report, absent) = try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog)
            let bundle = try inquiry.bundle(of: business, in: snapshot, log: reader, now: SystemClock().now())
            try bundle.write { try file.write($0) }
            return (
                bundle, business, try verified(file), try inquiry.absentFields(of: business, in: snapshot)
            )
        }
        try file.finish()
        let pdf = noPDF ? nil : try PrintedPage.print(bundle.page, to: pdfPath)
        tell(report.report, business, byteCount: report.byteCount, pdf, absent)
    }

    /// Whoever's proof is shut is shown to legal alone.
    private func admit(_ person: EvidenceInquiry.Person) throws {
        switch person {
        case .address(let address): try access.admit(address, owner, ledger)
        case .handle(let handle): try access.admit(handle, ledger)
        }
    }

    /// What verifying the file that was written finds. Throws `damaged` if it does not hold.
    private func verified(_ file: OutputFile) throws -> (report: EvidenceReport, byteCount: UInt64) {
        var result: (report: EvidenceReport, byteCount: UInt64) = (EvidenceReport(), 0)
        try file.readBack { path in
            let source = try OpenFile(reading: path)
            result = (try EvidenceInquiry.verified(source), source.byteCount)
        }
        return result
    }

    /// Beside the bundle, with another ending.
    private var pdfPath: String { (output.hasSuffix(".zip") ? String(output.dropLast(4)) : output) + ".pdf" }

    // MARK: What is asked

    private func inquiry() throws -> EvidenceInquiry {
        let person: EvidenceInquiry.Person =
            try contact.map { .address(try ContactAddress(argument: $0)) }
            ?? .handle(ContactHandle(argument: handle ?? ""))
        var inquiry = EvidenceInquiry(person)
        inquiry.language = language
        inquiry.at = try asOf.map { try OccurredAt(parsing: $0).start }
        inquiry.fields = try shownFields()
        inquiry.sends = try sends.map { try DisputedSends(reading: $0).sends } ?? []
        inquiry.clearances = try clearance.map { path in
            let bytes = try FileInput.bytes(of: path, most: 1 << 20)
            _ = try ShownDecision(parsing: bytes)
            return bytes
        }
        inquiry.hasAttachments = !withoutAttachments
        return inquiry
    }

    private func shownFields() throws -> [String]? {
        guard let fields else { return nil }
        return fields.split(separator: ",", omittingEmptySubsequences: true).map { name in
            String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    // MARK: What is told

    private func tell(
        _ report: EvidenceReport, _ business: Catalog.Business, byteCount: UInt64, _ pdf: PrintedPage?,
        _ absent: (names: [String], known: [String])
    ) {
        if ledger.json {
            let object: JSON = [
                "test": report.isTest.map { .bool($0) } ?? .null, "business": .string(business.id),
                "handle": .optional(report.request?.handle.description), "file": .string(output),
                "records": .number(UInt64(report.recordCount)), "bytes": .number(byteCount),
                "size": .number(report.checkpoint?.size ?? 0),
                "root": .optional(report.checkpoint?.root.description),
                "allowed": .array(
                    report.carried.map { ["category": .string($0.category), "channel": .string($0.channel)] }),
                "pdf": .optional(pdf?.path), "absent-fields": .strings(absent.names),
                "not-covered": JSON(report.notCovered),
            ]
            return print(object.text)
        }
        let allowed = report.carried.map { "\($0.category) \(ScopePhrase.by($0.channel))" }
        print("Wrote \(Terminal.plain(output)): \(report.recordCount) records with their proofs.")
        print(
            allowed.isEmpty
                ? "It shows that no message was allowed then." : "Allowed then: \(allowed.joined(separator: ", ")).")
        if let missing = report.notCovered.first(where: { $0.code == .attachments }) {
            print("Not in it: \(missing.sentence.prefix(1).lowercased())\(missing.sentence.dropFirst()).")
        }
        if !absent.names.isEmpty {
            Terminal.warn(
                "--fields: the person's records have no \(absent.names.joined(separator: ", ")), so nothing is shown by that name; "
                    + (absent.known.isEmpty
                        ? "they have no private field" : "they have \(absent.known.joined(separator: ", "))"))
        }
        if let pdf { print(pdf.sentence) }
        if report.isTest == true { print("This is a TEST ledger.") }
        print("It verifies with: consent evidence verify \(Terminal.plain(output)) --vkey VKEY --ledger-id LEDGER_ID")
    }
}
