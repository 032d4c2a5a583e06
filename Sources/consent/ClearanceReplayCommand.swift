internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance replay`: computes the answers of a clearance again.
struct ClearanceReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Compute the answers of a clearance again, from the log as it was then, and say what differs.",
        discussion: """
            The log is that of the ledger, or a copy of it (--log). Answers follow from its records, the rule packs and \
            notices that they name, and what was stated with the question, which is told. Beside a ledger, its registry \
            confirms that the addresses have those handles; a copy of the log knows no addresses. The exit status is 2 where \
            anything differs.

            EXAMPLE
              consent clearance replay offer.clearance
              consent clearance replay campaign --log /media/usb/log --vkey "$VKEY" --ledger-id "$LEDGER_ID"
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("A file with one decision, -, or the directory of a campaign.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("A bare copy of a log, or another ledger.", valueName: "dir"), completion: .directory)
    var log: String?

    private static let mostShown = 20
    /// How many decisions are computed again by one reading of the log.
    private static let mostAtOnce = 1 << 20

    /// A decision that differs.
    private struct Differing {
        let index: UInt64
        let leaf: DecisionLeaf
        let differences: [ReplayDifference]
    }

    /// What came of computing all of them again.
    private struct Outcome {
        var count: UInt64 = 0
        var differingCount: UInt64 = 0
        var differing: [Differing] = []
        var stated: [(clause: String, count: UInt64)] = []
        /// Whether a registry was there to confirm the addresses.
        var confirmsAddresses = false
        var isTest = false

        mutating func take(_ leaf: DecisionLeaf, at index: UInt64, _ differences: [ReplayDifference]) {
            count += 1
            for clause in ClearanceText.stated(leaf) {
                if let place = stated.firstIndex(where: { $0.clause == clause }) {
                    stated[place].count += 1
                } else if stated.count < ClearanceReplayCommand.mostShown {
                    stated.append((clause, 1))
                }
            }
            guard !differences.isEmpty else { return }
            differingCount += 1
            if differing.count < ClearanceReplayCommand.mostShown {
                differing.append(Differing(index: index, leaf: leaf, differences: differences))
            }
        }
    }

    func run() throws {
        let known = try pins.pins()
        let input = try ClearanceInput(path)
        let source = try LogSource(log, ledger)
        let published = try PublishedLog(reader: source.reader())
        let keys = try known.verifierKey.map { [$0] } ?? published.namedKeys()
        _ = try published.checkpoint.verify(under: WitnessPolicy(logs: keys))
        let report = try input.verify(ClearanceVerifier(keys: keys, ledgerID: known.ledgerID, at: nil))
        guard report.holds else {
            print(
                ledger.json
                    ? ClearanceText.json(report).text
                    : ClearanceText.findings(report, "Does not hold.").joined(separator: "\n"))
            throw ExitStatus.doesNotVerify
        }
        let replay = try ClearanceReplay(input.signed.clearance, in: published)
        let outcome =
            source.isBare || log != nil
            ? try outcome(of: input, replay, nil) : try ledger.read { try self.outcome(of: input, replay, $0) }
        tell(outcome, input.signed.clearance)
        if outcome.differingCount > 0 { throw ExitStatus.doesNotVerify }
    }

    private func outcome(
        of input: ClearanceInput, _ replay: ClearanceReplay, _ snapshot: LedgerSnapshot?
    ) throws -> Outcome {
        var outcome = Outcome()
        outcome.confirmsAddresses = snapshot != nil
        outcome.isTest = replay.governance.isTest
        let size = input.signed.clearance.logSize
        // One reader runs ahead for the contacts of the next decisions, so that the log is read once for all of them.
        let (ahead, decisions) = (try input.decisions(), try input.decisions())
        while true {
            var contacts: Set<ContactHandle> = []
            var count = 0
            while count < Self.mostAtOnce, let (_, leaf) = try ahead.next() {
                contacts.formUnion(leaf.contacts)
                count += 1
            }
            guard count > 0 else { return outcome }
            let histories = try replay.histories(of: contacts)
            for _ in 0..<count {
                guard let (index, leaf) = try decisions.next() else { break }
                var differences = try replay.differences(of: leaf, by: histories)
                if let snapshot, let difference = try snapshot.difference(inReachOf: leaf, below: size) {
                    differences.append(difference)
                }
                outcome.take(leaf, at: index, differences)
            }
        }
    }

    private func tell(_ outcome: Outcome, _ clearance: Clearance) {
        guard !ledger.json else { return print(json(outcome, clearance).text) }
        let basis = "from the first \(clearance.logSize) records"
        if outcome.differingCount == 0 {
            let word = Terminal.output.styled("The same.", .green)
            print(
                outcome.count == 1
                    ? "\(word) Computed again \(basis), the answer and its reasons are those of the clearance."
                    : "\(word) Computed again \(basis), all \(outcome.count) answers and their reasons are those of the clearance."
            )
        } else {
            print(
                "\(Terminal.output.styled("Differs.", .red)) Computed again \(basis), \(outcome.differingCount) of "
                    + "\(outcome.count) answers differ from what the clearance says.")
            for differing in outcome.differing {
                print("  decision \(differing.index), \(ClearanceText.shortened(differing.leaf.contact)):")
                for difference in differing.differences {
                    print("    \(difference.part.name)")
                    print("      stated   \(Terminal.plain(difference.stated))")
                    print("      computed \(Terminal.plain(difference.found))")
                }
            }
            if outcome.differingCount > UInt64(outcome.differing.count) {
                print("  … and \(outcome.differingCount - UInt64(outcome.differing.count)) more")
            }
        }
        if outcome.isTest { print("This is a TEST ledger.") }
        if !outcome.stated.isEmpty {
            print("\nStated with the question, and not in the log:")
            for (clause, count) in outcome.stated { print("  \(clause)\(outcome.count > 1 ? ": \(count)" : "")") }
        }
        print("\nNot covered:")
        for sentence in Self.notCovered(outcome) { print("  \(sentence)") }
    }

    private static func notCovered(_ outcome: Outcome) -> [String] {
        let address =
            outcome.confirmsAddresses
            ? nil
            : "That the addresses have these handles: a copy of the log knows no addresses. Beside the ledger, its registry "
                + "says so"
        let log =
            "That the records of the log are signed by whom they should be: “consent verify” checks that"
        return [address, log].compactMap(\.self)
    }

    private func json(_ outcome: Outcome, _ clearance: Clearance) -> JSON {
        [
            "same": .bool(outcome.differingCount == 0), "count": .number(outcome.count),
            "differing-count": .number(outcome.differingCount),
            "differing": .array(
                outcome.differing.map { differing in
                    [
                        "index": .number(differing.index),
                        "differences": .array(
                            differing.differences.map {
                                [
                                    "part": .string($0.part.name), "stated": .string($0.stated),
                                    "computed": .string($0.found),
                                ]
                            }),
                    ]
                }),
            "stated": .array(
                outcome.stated.map { ["clause": .string($0.clause), "count": .number($0.count)] }),
            "addresses-confirmed": .bool(outcome.confirmsAddresses), "test": .bool(outcome.isTest),
            "size": .number(clearance.logSize), "root": .string(clearance.logRoot.description),
        ]
    }
}

extension LedgerSnapshot {
    /// How the handles that a decision names differ from those that the registry has for its address; `nil` where they do
    /// not, as far as the registry knows: an address that was erased or closed since is in it no more, and one that was met
    /// later had no handle then.
    fileprivate func difference(inReachOf leaf: DecisionLeaf, below size: UInt64) throws -> ReplayDifference? {
        let stated = [leaf.handle].compactMap(\.self) + leaf.otherHandles
        guard let address = try? ContactAddress(parsing: leaf.contact), address.text == leaf.contact else {
            return ReplayDifference(.address, stated: leaf.contact, found: "no address that this ledger could have")
        }
        let own = try [leaf.handle].compactMap(\.self).filter { handle in
            try self.address(of: handle).map { $0 != address } ?? false
        }
        if let handle = own.first {
            return ReplayDifference(.address, stated: "\(address) under \(handle)", found: "another address")
        }
        let reach = try reach(of: address, business: leaf.question.business)
        let missing = try ([reach.handle].compactMap(\.self) + reach.otherHandles).filter { handle in
            try !stated.contains(handle) && timeline(of: handle).entries.first.map { $0.index < size } ?? false
        }
        guard !missing.isEmpty else { return nil }
        return ReplayDifference(
            .address, stated: stated.isEmpty ? "no handle" : stated.map(\.description).joined(separator: ", "),
            found: "also \(missing.map(\.description).joined(separator: ", "))")
    }
}

extension ReplayDifference.Part {
    /// Which handles the address has.
    fileprivate static let address = ReplayDifference.Part(name: "address")
}
