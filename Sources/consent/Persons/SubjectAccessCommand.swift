internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules

/// `consent subject-access`: everything that is held on a person, for that person.
struct SubjectAccessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject-access",
        abstract: "Give a person everything that a business holds on them.",
        discussion: """
            First verify that who asks has control of the address, with a code sent to it for instance: this file tells \
            whoever reads it everything. A number that several people use is one subject: what is held under it was done by \
            whoever had it in hand, and nobody can tell them apart.

            With -o DIR it writes subject-access.html, subject-access.json and the attached files; with a name that ends in \
            .html or .json, that one alone. Without it, the page is printed as plain text, or with --json the document.

            Nothing of other persons or businesses is in it. An address that records tie to this one is not shown: it may be \
            somebody else's. Who moved to another address left what is held until then under the old one: it is in it. What \
            is held of whoever had the address before it passed to somebody else is not.

            EXAMPLE
              consent subject-access +34600111222 -o ana
              consent subject-access +34600111222 --language es -o ana.html
              consent subject-access +34600111222 --json
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var access: LegalAccessOptions
    @OptionGroup var rules: RetentionOptions
    @OptionGroup var page: PersonPageOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The directory to make, or a file that ends in .html or .json; it must not be there.", valueName: "path"))
    var output: String?

    private enum Destination {
        case directory(OutputDirectory)
        case page(OutputFile)
        case document(OutputFile)
        case standardOutput
    }

    func validate() throws { try page.validate() }

    func run() throws {
        let address = try person.address()
        let destination = try place()
        try admit(address)
        let found = try ledger.read { snapshot in
            let reading = try PersonReading(
                address, owner.business(in: snapshot.catalog), in: snapshot, at: SystemClock().now(),
                withMoved: true)
            var held = try SubjectAccess(
                reading, in: snapshot, language: page.language, ownKeeping: rules.keep?.milliseconds)
            if case .directory(let directory) = destination { try write(&held, to: directory, snapshot) }
            return held
        }
        let shown = try SubjectAccessPage(found)
        switch destination {
        case .directory(let directory): try directory.finish()
        case .page(let file): try finish(file, EvidencePageHTML.bytes(of: shown.page))
        case .document(let file): try finish(file, Self.document(found, shown))
        case .standardOutput:
            if ledger.json { return print(found.json(readFirst: shown.readFirst).text) }
            print("\(shown.readFirst)\n")
            return print(PageText(shown.page).text, terminator: "")
        }
        tell(found, shown)
    }

    /// What is kept of a person who asked to be erased is shown to legal alone, of whichever of the contacts it is.
    private func admit(_ address: ContactAddress) throws {
        let handles = try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog).id
            return try Array(snapshot.handles(of: address, business: business).prefix(1))
                + snapshot.formerContacts(of: address, business: business).moved
        }
        for handle in handles { try access.admit(handle, ledger) }
    }

    private func place() throws -> Destination {
        guard let output else { return .standardOutput }
        if output.hasSuffix(".html") { return .page(try OutputFile(output, overwriting: false)) }
        if output.hasSuffix(".json") { return .document(try OutputFile(output, overwriting: false)) }
        return .directory(try OutputDirectory(output))
    }

    private func write(
        _ found: inout SubjectAccess, to directory: OutputDirectory, _ snapshot: LedgerSnapshot
    ) throws {
        for (record, attachment) in found.attachments where try snapshot.holdsContent(of: attachment) {
            let name = "attachment-\(record.index)\(AttachmentFileEnding.text(of: attachment.mediaType))"
            try snapshot.read(attachment) { try directory.append($0, to: name) }
            found.files[record.index] = name
        }
        let page = try SubjectAccessPage(found)
        try directory.write(EvidencePageHTML.bytes(of: page.page), to: "subject-access.html")
        try directory.write(Self.document(found, page), to: "subject-access.json")
    }

    private static func document(_ found: SubjectAccess, _ page: SubjectAccessPage) -> [UInt8] {
        Array((found.json(readFirst: page.readFirst).text + "\n").utf8)
    }

    private func finish(_ file: OutputFile, _ bytes: [UInt8]) throws {
        try file.write(bytes)
        try file.finish()
    }

    private func tell(_ found: SubjectAccess, _ page: SubjectAccessPage) {
        let address = found.reading.address
        if ledger.json {
            let object: JSON = [
                "read-first": .string(page.readFirst), "test": .bool(found.reading.isTest),
                "business": .string(found.reading.business.id), "contact": .string(address.text),
                "state": .string(found.state.rawValue), "output": .optional(output),
                "records": .number(UInt64(found.reading.records.count)),
                "attachments": .strings(found.files.sorted { $0.key < $1.key }.map(\.value)),
            ]
            return print(object.text)
        }
        print("Before you hand it over: verify that who asks has control of \(address).")
        print("A shared number is one subject: what is held under it may be of anybody who had it in hand.")
        switch found.state {
        case .held, .erasureRequested:
            print(
                "Wrote \(Terminal.plain(output ?? "")): \(counted(found.reading.records.count, "record")) of \(address)."
            )
        case .erased:
            print("Wrote \(Terminal.plain(output ?? "")): \(address) was erased; it says what is still held.")
        case .nothing:
            print("Wrote \(Terminal.plain(output ?? "")): nothing leads to \(address).")
        }
        if !found.links.isEmpty {
            Terminal.warn(
                "records tie this address to another one, which is not shown; if it is the same person's, give them access to it "
                    + "too, once they showed that they have control of it")
        }
        if found.reading.isTest { print("This is a TEST ledger.") }
    }
}
