internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent history`: everything recorded about one person.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show everything recorded about a person, private facts opened.",
        discussion: """
            EXAMPLE
              consent history +34600111222
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var access: LegalAccessOptions

    func run() throws {
        let address = try person.address()
        try access.admit(address, owner, ledger)
        let (business, entries, isTest) = try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog)
            let timeline = try snapshot.handle(of: address, business: business.id).map { try snapshot.timeline(of: $0) }
            let entries = try (timeline?.entries ?? []).map { entry in
                let facts = try snapshot.privateFields(of: entry.index).filter { $0.handle == timeline?.handle }
                return (
                    entry, facts.map { ($0.field.name, String(decoding: $0.field.value, as: UTF8.self)) }
                )
            }
            return (business, entries, snapshot.catalog.isTest)
        }
        if ledger.json {
            let object: JSON = [
                "test": .bool(isTest), "business": .string(business.id), "contact": .string(address.text),
                "records": .array(entries.map { $0.json(privateFields: $1) }),
            ]
            return print(object.text)
        }
        guard !entries.isEmpty else { return print("\(business.name) has no record of \(address).") }
        print("\(business.name), \(address.text): \(entries.count) record\(entries.count == 1 ? "" : "s")")
        for (entry, facts) in entries { Self.show(entry, facts) }
        if isTest { print("This is a TEST ledger.") }
    }

    private static func show(_ entry: ContactTimeline.Entry, _ facts: [(name: String, value: String)]) {
        print("record \(entry.index)  \(entry.recordedAt)  \(entry.payload.typeName): \(entry.payload.line)")
        if case .event(let event) = entry.payload {
            if let time = event.occurredAt {
                let precision = time.precision > 1 ? ", to within \(readableDuration(time.precision))" : ""
                print("  occurred-at: \(time.start)\(precision)")
            }
            for field in [EventField.expiresAt, .verification] {
                if let time = field.kind == .time ? event.time(field) : nil { print("  \(field.name): \(time)") }
                if let text = event.text(field) { print("  \(field.name): \(text)") }
            }
        }
        for (name, value) in facts { print("  \(name): \(Terminal.plain(value))") }
    }
}
