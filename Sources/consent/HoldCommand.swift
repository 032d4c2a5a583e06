internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent hold`: legal holds.
struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Keep what a business has of one person, or of all, from being erased.",
        discussion: """
            A hold stops erasure and retention, and nothing else: messages stop all the same for who asks for it.

            EXAMPLE
              consent hold add case-2026-117 --reason litigation --contact +34600111222
              consent hold lift case-2026-117
            """,
        subcommands: [HoldAddCommand.self, HoldLiftCommand.self, HoldListCommand.self])
}

/// `consent hold add`.
struct HoldAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a legal hold, on one person or on everything of a business.",
        discussion: """
            The hold's name and its reason are codes, since the log has both in clear, and for ever: say nothing of a person in \
            them. Whom it is on, the log says by a handle alone.

            EXAMPLE
              consent hold add case-2026-117 --reason litigation --contact +34600111222
              consent hold add audit-2026 --reason authority --until 2027-06-30
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: "The hold's name, of a to z, 0 to 9 and -. It is public: no person's name or number.")
    var id: String

    @Option(help: ArgumentHelp("Why, as a code. It is public too.", valueName: "code"))
    var reason: String

    @Option(
        help: ArgumentHelp(
            "The person it is on; - reads one line of standard input. Default: everybody.", valueName: "contact"))
    var contact: String?

    @Option(
        help: ArgumentHelp(
            "When it ends by itself: a time, or the last day (UTC). Default: when it is lifted.", valueName: "time"))
    var until: String?

    func run() throws {
        for code in [id, reason] { try Identifier.checkPublic(code) }
        let address = try contact.map { try ContactAddress(argument: $0) }
        let end = try until.map(Self.end)
        let (recorded, business) = try writing.write(ledger) { writer in
            let catalog = writer.currentCatalog()
            let business = try owner.business(in: catalog)
            let now = writer.currentTime()
            if let end, end <= now {
                throw CommandError(.badInput, "--until \(end) is over already; give a later time, or none")
            }
            let standing = catalog.holds.first { $0.business == business.id && $0.id == id && $0.stands(at: now) }
            if let standing {
                throw CommandError(
                    .badInput, "the hold “\(id)” stands already (record \(standing.index)); choose another name")
            }
            if let address, try writer.timelines(of: [(address, business.id)])[0] == nil {
                throw CommandError(.badInput, "\(business.name) has no record of \(address); there is nothing to hold")
            }
            var draft = EventDraft(.holdAdded, business: business.id, contact: address)
            draft.fields = [.hold: .text(id), .reason: .text(reason)]
            draft.fields[.holdUntil] = end.map { .number($0.milliseconds) }
            return (try RecordedEvent(draft, with: writer), business)
        }
        let what = address.map { "\($0)" } ?? "everything of \(business.name)"
        recorded.report("Held: \(what) \(end.map { "until \($0)" } ?? "until it is lifted")", json: ledger.json)
    }

    /// The moment named, or the end of the day named: who holds until a day holds on that day.
    private static func end(_ text: String) throws -> Timestamp {
        let time = try OccurredAt(parsing: text)
        return time.precision == OccurredAt.day ? time.end.adding(milliseconds: 1) : time.start
    }
}

/// `consent hold lift`.
struct HoldLiftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift",
        abstract: "Lift a legal hold.",
        discussion: """
            What was to be erased meanwhile is erased by the next consent retention apply.

            EXAMPLE
              consent hold lift case-2026-117
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: "The hold's name.")
    var id: String

    @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
    var reason: String?

    func run() throws {
        let recorded = try writing.write(ledger) { writer in
            let catalog = writer.currentCatalog()
            let business = try owner.business(in: catalog)
            let now = writer.currentTime()
            let standing = catalog.holds(of: business.id, at: now)
            let lifted = standing.filter { $0.id == id }
            guard !lifted.isEmpty else {
                let known = Set(standing.map(\.id)).sorted().joined(separator: ", ")
                throw CommandError(
                    .badInput,
                    "\(business.name) has no hold “\(id)” that stands; \(known.isEmpty ? "none does" : "these do: \(known)")"
                )
            }
            return try lifted.map { try RecordedEvent(EventDraft(lifting: $0, reason: reason), with: writer) }
        }
        for event in recorded { event.report("Lifted: the hold \(id)", json: ledger.json) }
    }
}

/// `consent hold list`.
struct HoldListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the legal holds that stand; with --all, those that ended too.",
        discussion: """
            EXAMPLE
              consent hold list
            """)

    @OptionGroup var ledger: LedgerOptions

    @Flag(help: "Those that ended too.")
    var all = false

    func run() throws {
        let now = SystemClock().now()
        let holds = try ledger.read { snapshot in
            try snapshot.catalog.holds.filter { all || $0.stands(at: now) }.map { hold in
                (hold, try hold.contact.map { try snapshot.address(of: $0)?.text ?? "erased" })
            }
        }
        if ledger.json {
            let items = holds.map { hold, contact -> JSON in
                [
                    "hold": .string(hold.id), "business": .string(hold.business), "contact": .optional(contact),
                    "reason": .string(hold.reason), "until": .optional(hold.until?.description),
                    "record": .number(hold.index), "stands": .bool(hold.stands(at: now)),
                    "lifted-by": hold.liftedBy.map { .number($0) } ?? .null,
                ]
            }
            return print(JSON.array(items).text)
        }
        var table = TextTable(["hold", "business", "on", "reason", "until", "record"])
        for (hold, contact) in holds {
            let end = hold.liftedBy.map { "lifted (\($0))" } ?? hold.until?.description ?? "it is lifted"
            table.add([hold.id, hold.business, contact ?? "everybody", hold.reason, end, "\(hold.index)"])
        }
        table.print(orIfEmpty: all ? "There was never a hold." : "No hold stands.")
    }
}
