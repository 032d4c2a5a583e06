internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent log`: the records as the log has them.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show records as the log has them, without private facts.",
        discussion: """
            RANGE is 812, 800..820 (both included), 800.. or ..820; without it, everything.

            EXAMPLE
              consent log 0..4
              consent log 812 --json
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "Which records, by index.")
    var range: IndexRange?

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
    }

    func run() throws {
        try ledger.read { snapshot in
            let first = range?.first ?? 0
            let last = min(range?.last ?? .max, snapshot.size - 1)
            guard first < snapshot.size, range?.last.map({ $0 < snapshot.size && $0 >= first }) ?? true else {
                throw CommandError(
                    .badInput,
                    "the ledger has the records 0 to \(snapshot.size - 1), and no such range; write FIRST..LAST")
            }
            let bar = ProgressBar(total: last - first + 1, unit: "records")
            var array = JSONArrayOutput()
            for index in first...last {
                let record = try snapshot.record(at: index)
                let statement = try Statement(decoding: record.statement[...])
                let payload = try Payload(decoding: statement.payload[...])
                if ledger.json {
                    array.add(Self.json(record, statement, payload))
                } else {
                    print(Self.line(record, payload))
                }
                bar.update(index - first + 1)
            }
            bar.end()
            if ledger.json { array.end() }
        }
    }

    private static func line(_ record: Record, _ payload: Payload) -> String {
        // The beginning of a handle tells contacts apart well enough for the eye.
        let contacts = record.handles.map { $0.description.prefix(8) }
        let about = ([record.business].compactMap { $0 } + contacts.map(String.init)).joined(separator: " ")
        return
            "\(record.index)  \(record.recordedAt)  \(payload.typeName)  \(about.isEmpty ? "-" : about)  \(payload.line)"
    }

    private static func json(_ record: Record, _ statement: Statement, _ payload: Payload) -> JSON {
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
            "key-id": .string(Hexadecimal.encode(statement.keyIdentifier)), "links": .array(links),
            "leaf-hash": .string(MerkleHash.leaf(record.encoded()).description), "fields": payload.json,
        ]
    }
}
