internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent append`: records events in their native form, which the other verbs are sugar for.
struct AppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Record events in their native form, a JSON object a line.",
        discussion: """
            Any event of any type; Documentation/native-events.md lists the members. Each line stands for itself: one that \
            is refused does not stop the others, and then the exit status is 65. An opt-out is refused only where its type, \
            business or contact cannot be read: what else is doubtful is left out, which makes it wider, and is said.

            EXAMPLE
              consent append events.jsonl
              consent append -
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    private static let batch = 1024

    func run() throws {
        let input = try InputFile(file)
        var outcome = Outcome(isJSON: ledger.json)
        try writing.write(ledger) { writer in
            var rest: [UInt8] = []
            var number = 0
            var batch: [(line: Int, bytes: [UInt8])] = []
            func take(_ line: [UInt8]) throws {
                number += 1
                guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return }
                batch.append((number, line))
                if batch.count == Self.batch { try flush() }
            }
            func flush() throws {
                let outcomes = try writer.append(native: batch) { line, widening, business in
                    try NativeEvent.draft(parsing: line.bytes, by: widening, business: owner.business ?? business)
                }
                for (line, result) in zip(batch, outcomes) { outcome.add(result, line: line.line) }
                batch = []
            }
            while !Interruption.isRequested, let piece = try input.next() {
                rest += piece
                var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                let last = lines.popLast() ?? []
                for line in lines { try take(Array(line)) }
                // Of a line that is too long, enough is kept for it to be refused as such; the rest is passed over.
                rest = Array(last.prefix(NativeEvent.mostBytes + 1))
            }
            if !rest.isEmpty, !Interruption.isRequested { try take(rest) }
            try flush()
        }
        outcome.end()
        if outcome.refused > 0 { throw ExitStatus.badInput }
    }

    /// Tells what became of each line.
    private struct Outcome {
        private let isJSON: Bool
        private var array = JSONArrayOutput()
        private var recorded = 0
        private var known = 0
        private(set) var refused = 0

        init(isJSON: Bool) {
            self.isJSON = isJSON
        }

        mutating func add(_ outcome: NativeOutcome, line number: Int) {
            var object: JSON = ["line": .number(UInt64(number))]
            switch outcome.result {
            case .success(let recorded):
                tell(outcome.remarks, ofLine: number)
                let isNew = if case .recorded = recorded { true } else { false }
                if isNew { self.recorded += 1 } else { known += 1 }
                object =
                    object + [
                        "outcome": .string(isNew ? "recorded" : "already-recorded"), "index": .number(recorded.index),
                    ]
            case .failure(let error):
                refused += 1
                object = object + ["outcome": .string("refused"), "message": .string("\(error)")]
                tell(["\(error)"], ofLine: number)
            }
            if isJSON { array.add(object + ["warnings": .strings(outcome.remarks)]) }
        }

        private func tell(_ sentences: [String], ofLine number: Int) {
            guard !isJSON else { return }
            for sentence in sentences { Terminal.warn("line \(number): \(Terminal.plain(sentence))") }
        }

        func end() {
            if isJSON { return array.end() }
            print("\(recorded) recorded, \(known) recorded before, \(refused) refused.")
        }
    }
}
