internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
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
        try admit()
        let reader = try LogSource(nil, ledger).reader()
        let log = try PublishedLog(reader: reader)
        let clearances = try clearance.map { path in
            let bytes = try FileInput.bytes(of: path, most: 1 << 20)
            _ = try ShownDecision(parsing: bytes)
            return bytes
        }
        guard let keys = try reader.read("log.vkey") else {
            throw AuditError(.missingFile, "the log has no log.vkey; restore it from a copy")
        }
        let (bundle, business, report) = try ledger.read { snapshot in
            let source = try LedgerEvidence(snapshot, address: contact.map { try ContactAddress(argument: $0) })
            let business = try owner.business(in: snapshot.catalog)
            let request = try request(business, source, log)
            let bundle = try EvidenceBuilder(log, private: source).bundle(
                for: request, clearances: clearances, attachments: !withoutAttachments, keys: keys)
            try bundle.write { try file.write($0) }
            return (bundle, business, try verified(file))
        }
        try file.finish()
        let pdf = noPDF ? nil : try PrintedPage.print(bundle.page, to: pdfPath)
        tell(report.report, business, byteCount: report.byteCount, pdf)
    }

    /// Whoever's proof is shut is shown to legal alone.
    private func admit() throws {
        if let contact { try access.admit(ContactAddress(argument: contact), owner, ledger) }
        if let handle { try access.admit(ContactHandle(argument: handle), ledger) }
    }

    /// What verifying the file that was written finds. Throws `damaged` if it does not hold.
    private func verified(_ file: OutputFile) throws -> (report: EvidenceReport, byteCount: UInt64) {
        var result: (report: EvidenceReport, byteCount: UInt64) = (EvidenceReport(), 0)
        try file.readBack { path in
            let source = try FileSource(path)
            result = (try EvidenceVerifier(pins: Pins()).verify(source), source.byteCount)
        }
        if let finding = result.report.findings.first {
            throw AuditError(
                .damaged,
                "what the ledger gives does not verify, so nothing was written: \(finding.sentence); “consent verify” says "
                    + "what is wrong with the log")
        }
        return result
    }

    /// Beside the bundle, with another ending.
    private var pdfPath: String { (output.hasSuffix(".zip") ? String(output.dropLast(4)) : output) + ".pdf" }

    // MARK: What is asked

    private func request(
        _ business: Catalog.Business, _ source: LedgerEvidence, _ log: PublishedLog
    ) throws -> EvidenceRequest {
        let snapshot = source.snapshot
        let reach = try reach(source, business)
        guard let handle = reach.handle else {
            throw CommandError(
                .badInput,
                "\(business.name) has no record of \(source.address?.description ?? "this contact"), or it was erased: then "
                    + "name it by --handle, which the log keeps; consent log lists handles")
        }
        let timeline = try snapshot.timeline(of: handle)
        var channels = Set(business.channels)
        var categories = Set(business.categories.values.filter { $0.window.until == nil }.map(\.id))
        for entry in timeline.entries {
            guard case .event(let event) = entry.payload else { continue }
            channels.formUnion(event.channels ?? [])
            categories.formUnion(event.categories ?? [])
        }
        categories = categories.filter { business.categories[$0].map { $0.window.from < log.size } ?? false }
        let sends = try sends.map { try DisputedSends(reading: $0).sends } ?? []
        let now = SystemClock().now()
        return EvidenceRequest(
            language: language, madeAt: now, business: business.id, contact: source.address?.text, handle: handle,
            otherHandles: reach.otherHandles,
            at: try asOf.map { try OccurredAt(parsing: $0).start } ?? max(now, snapshot.lastRecordedAt),
            channels: (channels.isEmpty ? Set(Vocabulary.channel.words) : channels).sorted(),
            categories: categories.sorted(), fields: try shownFields(), sends: sends)
    }

    private func reach(_ source: LedgerEvidence, _ business: Catalog.Business) throws -> ContactReach {
        guard let handle else {
            guard let address = source.address else { return ContactReach(own: [], others: []) }
            return try source.snapshot.reach(of: address, business: business.id)
        }
        return ContactReach(own: [try ContactHandle(argument: handle)], others: [])
    }

    private func shownFields() throws -> [String]? {
        guard let fields else { return nil }
        let names = fields.split(separator: ",", omittingEmptySubsequences: true).map { name in
            String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        for name in names where !FieldKind.isIdentifier(name) {
            throw CommandError(
                .badInput, "--fields: “\(name)” is no name of a private field; write for instance contact,ip")
        }
        return Set(names).sorted()
    }

    // MARK: What is told

    private func tell(_ report: EvidenceReport, _ business: Catalog.Business, byteCount: UInt64, _ pdf: PrintedPage?) {
        if ledger.json {
            let object: JSON = [
                "test": report.isTest.map { .bool($0) } ?? .null, "business": .string(business.id),
                "handle": .optional(report.request?.handle.description), "file": .string(output),
                "records": .number(UInt64(report.recordCount)), "bytes": .number(byteCount),
                "size": .number(report.checkpoint?.size ?? 0),
                "root": .optional(report.checkpoint?.root.description),
                "allowed": .array(
                    report.carried.map { ["category": .string($0.category), "channel": .string($0.channel)] }),
                "pdf": .optional(pdf?.path), "not-covered": JSON(report.notCovered),
            ]
            return print(object.text)
        }
        let allowed = report.carried.map { "\($0.category) \(ScopePhrase.by($0.channel))" }
        print("Wrote \(output): \(report.recordCount) records with their proofs.")
        print(
            allowed.isEmpty
                ? "It shows that no message was allowed then." : "Allowed then: \(allowed.joined(separator: ", ")).")
        if let missing = report.notCovered.first(where: { $0.code == .attachments }) {
            print("Not in it: \(missing.sentence.prefix(1).lowercased())\(missing.sentence.dropFirst()).")
        }
        if let pdf { print(pdf.sentence) }
        if report.isTest == true { print("This is a TEST ledger.") }
        print("It verifies with: consent evidence verify \(output) --vkey VKEY --ledger-id LEDGER_ID")
    }
}

/// The private side of a ledger, as a bundle of evidence needs it.
struct LedgerEvidence: EvidenceSource {
    let snapshot: LedgerSnapshot
    let address: ContactAddress?

    init(_ snapshot: LedgerSnapshot, address: ContactAddress?) {
        self.snapshot = snapshot
        self.address = address
    }

    func timeline(of contact: ContactHandle) throws -> ContactTimeline { try snapshot.timeline(of: contact) }

    func privateFields(of index: UInt64) throws -> [(contact: ContactHandle, field: PrivateField)] {
        try snapshot.privateFields(of: index).map { (contact: $0.handle, field: $0.field) }
    }

    func attachments(of contact: ContactHandle) throws -> [AttachedContent] {
        try snapshot.attachments(of: contact).filter { try snapshot.holdsContent(of: $0) }.map { attachment in
            AttachedContent(
                record: attachment.index, digest: attachment.digest, byteCount: attachment.byteCount
            ) { try snapshot.read(attachment, $0) }
        }
    }

    func recipient(at time: Timestamp) -> Recipient { address.map { Recipient(of: $0, at: time) } ?? Recipient() }
}
