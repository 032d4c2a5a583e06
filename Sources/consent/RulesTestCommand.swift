internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent rules test`: does a pack answer as its cases say?
struct RulesTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Try a pack with cases: what was recorded, what is asked, what the answer must be.",
        discussion: """
            Each case is tried in a ledger of its own, in memory. Exits 0 if all answers are as they should be, else 2. Hours \
            that nobody in a country ever has are told. \
            Documentation/rule-packs.md has the format of cases.

            EXAMPLE
              consent rules test whatsapp ledger/packs/tests/whatsapp.json
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "The name of a pack that comes with this program, or a file.")
    var pack: String

    @Argument(help: ArgumentHelp("The file of cases.", valueName: "file"), completion: .file())
    var file: String

    func run() throws {
        let input = try PackInput(pack)
        let bytes = try FileInput.bytes(of: file, most: RulePackTrial.maximumByteCount)
        let trial: RulePackTrial
        do { trial = try RulePackTrial(parsing: bytes) } catch let error as LedgerError {
            throw LedgerError(error.code, "\(file): \(error)")
        }
        let results = try trial.results(with: input.bytes)
        let failed = results.count { $0.failure != nil }
        // A case has one clock; a country may have more.
        let unshared = input.pack.unsharedHours(from: SystemClock().now())
        if ledger.json {
            let cases = results.map { result -> JSON in
                [
                    "name": .string(result.name), "passed": .bool(result.failure == nil),
                    "failure": .optional(result.failure),
                ]
            }
            let summary: JSON = [
                "pack": .string(input.pack.id), "version": .string(input.pack.version), "cases": .array(cases),
                "failed": .number(UInt64(failed)), "unshared-hours": .array(unshared.map(\.json)),
            ]
            print(summary.text)
        } else {
            for result in results {
                guard let failure = result.failure else { continue }
                print(
                    "\(Terminal.output.styled("Not so:", .red)) \(Terminal.plain(result.name)): \(Terminal.plain(failure))"
                )
            }
            print(
                failed == 0
                    ? "All \(results.count) cases of \(input.pack.id) are as they should be."
                    : "\(failed) of \(results.count) cases of \(input.pack.id) are not as they should be.")
            for unshared in unshared { Terminal.warn(unshared.sentence) }
        }
        if failed > 0 { throw ExitStatus.doesNotVerify }
    }
}
