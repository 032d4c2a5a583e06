internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent log`: the records as the log has them.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show records as the log has them, without private facts.",
        discussion: """
            RANGE is 812, 800..820 (both included), 800.. or ..820; without it, everything, as with “..”. PATH is a ledger or a \
            bare copy of its log; without it, the ledger of --ledger. Only the records are shown of which all that is asked \
            holds; --since and --until go by when they were recorded, not by when it happened.

            Records of a bare copy are shown if the tree of its checkpoint confirms them. Who signed that is for consent verify.

            EXAMPLE
              consent log 0..4
              consent log 812 --json
              consent log --business acme-viajes --type consent-withdrawn --since 2026-01-01 --until 2026-12-31
              consent log .. /media/usb/log --source cli
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "Which records, by index.")
    var range: IndexRange?

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(help: ArgumentHelp("Only the records of this business.", valueName: "id"))
    var business: String?

    @Option(help: ArgumentHelp("Only the records of this type. Can be repeated.", valueName: "type"))
    var type: [String] = []

    @Option(help: ArgumentHelp("Only what this source states.", valueName: "id"))
    var source: String?

    @Option(help: ArgumentHelp("Only what was recorded then or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what was recorded then or earlier; a date is all of that day.", valueName: "time"))
    var until: String?

    /// A range of indexes as it is typed.
    struct IndexRange: ExpressibleByArgument {
        let first: UInt64
        /// `nil` is the last there is.
        let last: UInt64?

        init?(argument: String) {
            if let index = UInt64(argument) {
                (first, last) = (index, index)
                return
            }
            let text = argument[...]
            guard let dots = text.indices.first(where: { text[$0...].hasPrefix("..") }) else { return nil }
            let (from, to) = (text[..<dots], text[dots...].dropFirst(2))
            guard from.isEmpty || UInt64(from) != nil, to.isEmpty || UInt64(to) != nil else { return nil }
            first = UInt64(from) ?? 0
            last = UInt64(to)
        }

        /// The indexes of it that a log of `size` records has; throws `badInput` if it goes beyond them.
        func indices(in size: UInt64) throws(CommandError) -> Range<UInt64> {
            guard first < size, last.map({ $0 < size && $0 >= first }) ?? true else {
                throw CommandError(
                    .badInput,
                    size == 0
                        ? "the log has no records"
                        : "the ledger has the records 0 to \(size - 1), and no such range; write FIRST..LAST")
            }
            return first..<(last ?? size - 1) + 1
        }
    }

    func run() throws {
        let words = try filter()
        if path == nil, (try? LogSource(nil, ledger).isBare) != true {
            return try ledger.read { snapshot in
                try check(snapshot.catalog)
                try show(words, size: snapshot.size) { indices, body in
                    for index in indices { try body(LoggedEvent(snapshot.record(at: index))) }
                }
            }
        }
        let source = try LogSource(path, ledger)
        let log = try PublishedLog(reader: source.reader())
        if business != nil || self.source != nil { try check(log.governance().catalog) }
        try show(words, size: log.size) { indices, body in
            try log.forEachEntry(in: indices) { try body(LoggedEvent(decoding: $1, at: $0)) }
        }
    }

    private func filter() throws -> RecordFilter {
        for name in type where EventType(name: name) == nil && !Payload.isUnknownTypeName(name) {
            let names = EventType.allCases.map(\.name).joined(separator: ", ")
            throw CommandError(.badInput, "there is no type “\(name.prefix(80))”; there are: \(names)")
        }
        let filter = RecordFilter(
            types: Set(type), business: business, source: source,
            since: try since.map { try OccurredAt(parsing: $0).start },
            until: try until.map { try OccurredAt(parsing: $0).end })
        if let since = filter.since, let until = filter.until, until < since {
            throw CommandError(.badInput, "--until is before --since, so that there is no such record")
        }
        return filter
    }

    /// Throws `unknownBusiness` or `unknownSource` for one that the ledger does not have.
    private func check(_ catalog: Catalog) throws(RulesError) {
        if let business { _ = try catalog.business(business, at: .max) }
        guard let source, catalog.sources[source] == nil else { return }
        let known = catalog.sources.keys.sorted().joined(separator: ", ")
        throw RulesError(
            .unknownSource,
            "there is no source “\(source.prefix(80))” in this ledger; it has: \(known.isEmpty ? "none" : known)")
    }

    /// Shows what `filter` leaves through of what `forEach` gives of the range.
    private func show(
        _ filter: RecordFilter, size: UInt64, _ forEach: (Range<UInt64>, (LoggedEvent) throws -> Void) throws -> Void
    ) throws {
        let indices = try range.map { try $0.indices(in: size) } ?? 0..<size
        let bar = ProgressBar(total: UInt64(indices.count), unit: "records")
        var array = JSONArrayOutput()
        var isEmpty = true
        try forEach(indices) { logged in
            bar.update(logged.record.index - indices.lowerBound + 1)
            guard filter.contains(logged) else { return }
            isEmpty = false
            if ledger.json { array.add(Self.json(logged)) } else { print(Self.line(logged)) }
        }
        bar.end()
        if ledger.json { array.end() } else if isEmpty { print("There is no such record.") }
    }

    private static func line(_ logged: LoggedEvent) -> String {
        let (record, payload) = (logged.record, logged.payload)
        // The beginning of a handle tells contacts apart well enough for the eye.
        let contacts = record.handles.map { $0.description.prefix(8) }
        let about = ([record.business].compactMap { $0 } + contacts.map(String.init)).joined(separator: " ")
        return
            "\(record.index)  \(record.recordedAt)  \(payload.typeName)  \(about.isEmpty ? "-" : about)  \(payload.line)"
    }

    private static func json(_ logged: LoggedEvent) -> JSON {
        let (record, payload) = (logged.record, logged.payload)
        let links = record.links.map { link -> JSON in
            [
                "kind": .number(link.chain.kind), "sequence": .number(link.sequence),
                "previous-index": .number(link.previousIndex),
                "previous-leaf-hash": .string(link.previousLeafHash.description),
            ]
        }
        return [
            "index": .number(record.index), "recorded-at": .string(record.recordedAt.description),
            "type": .string(payload.typeName), "event-id": .string(payload.id.description),
            "business": .optional(record.business), "handles": .strings(record.handles.map(\.description)),
            "key-id": .string(Hexadecimal.encode(logged.keyIdentifier)), "links": .array(links),
            "leaf-hash": .string(MerkleHash.leaf(record.encoded()).description), "fields": payload.json,
        ]
    }
}
