internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel

/// `consent registry`: what is kept of people outside of the log.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "What is kept of people outside of the log.",
        discussion: """
            EXAMPLE
              consent registry check
            """,
        subcommands: [RegistryCheckCommand.self])
}

/// `consent registry check`.
struct RegistryCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Check that what is kept of people is whole: what every record commits to opens, and nothing is orphaned.",
        discussion: """
            It says exactly who is affected by what is missing. consent verify checks the log; this checks what the log \
            leaves out. Exit status 2 where something does not hold.

            EXAMPLE
              consent registry check
            """)

    @OptionGroup var ledger: LedgerOptions

    func run() throws {
        let report = try Ledger(ledger.location(), toleratesLostParts: true).read { try $0.checkRegistry() }
        if ledger.json {
            print(Self.json(report).text)
        } else {
            Self.show(report)
        }
        if !report.findings.isEmpty { throw ExitStatus.doesNotVerify }
    }

    private static func show(_ report: RegistryReport) {
        let word = report.findings.isEmpty ? "Holds." : "Does not hold."
        print(Terminal.output.styled(word, report.findings.isEmpty ? .green : .red))
        print(
            "\(counted(report.contacts, "contact")) kept, \(report.erasedContacts) erased; "
                + "\(counted(report.openedFacts, "private fact")) opened, \(counted(report.comparedRecords, "record")) compared with "
                + "what they commit to.")
        if report.comparedAttachments > 0 {
            print("\(counted(report.comparedAttachments, "attachment")) read, and as recorded.")
        }
        if report.erasedRecords > 0 {
            print("\(counted(report.erasedRecords, "record")) cannot be compared any more, since a contact was erased.")
        }
        for finding in report.findings {
            let who = finding.contact.map { " (\(Terminal.plain($0.text)))" } ?? ""
            print("  \(finding.code.name)\(who): \(Terminal.plain(finding.sentence))")
        }
    }

    private static func json(_ report: RegistryReport) -> JSON {
        [
            "holds": .bool(report.findings.isEmpty), "contacts": .number(UInt64(report.contacts)),
            "erased-contacts": .number(UInt64(report.erasedContacts)),
            "opened-facts": .number(UInt64(report.openedFacts)),
            "compared-records": .number(UInt64(report.comparedRecords)),
            "erased-records": .number(UInt64(report.erasedRecords)),
            "compared-attachments": .number(UInt64(report.comparedAttachments)),
            "findings": .array(
                report.findings.map { finding in
                    [
                        "code": .string(finding.code.name), "business": .optional(finding.business),
                        "contact": .optional(finding.contact?.text),
                        "handle": .optional(finding.handle.map { "\($0)" }),
                        "records": .array(finding.records.map { .number($0) }), "sentence": .string(finding.sentence),
                    ]
                }),
        ]
    }
}
