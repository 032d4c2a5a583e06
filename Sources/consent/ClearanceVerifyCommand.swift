internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance verify`: whether one may act on a clearance.
struct ClearanceVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a clearance offline, by the pins alone, and say whether one may act on it.",
        discussion: """
            PATH is a file with one decision, - for standard input, or the directory of a campaign. No ledger is read.

            Of one decision the exit status is the answer if it holds: 0 yes, 1 no, 3 not now. It is 2 where it does not \
            hold: not signed by the pinned key, of another ledger, changed, not about that message, or not good at that \
            time. A gateway that names what it sends, and sends on 0 alone, is right. Of a directory, 0 says that every \
            decision holds, and not that any is a yes.

            A decision clears what was asked about and nothing else: one for another purpose than a message of its own \
            holds only with --for, and one about a sender only with that --sender.

            EXAMPLE
              consent clearance verify offer.clearance --vkey "$VKEY" --ledger-id "$LEDGER_ID" \
            --contact +34600111222 --channel whatsapp --category marketing
              consent clearance verify campaign --vkey "$VKEY" --ledger-id "$LEDGER_ID" --at 2026-11-22T09:30:00Z
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("The clearance.", valueName: "path"), completion: .file())
    var path: String

    @Option(help: ArgumentHelp("When the message is or was sent. Default: now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("To whom it is sent: the decision must be about them.", valueName: "contact"))
    var contact: String?

    @Option(
        help: ArgumentHelp("How it is sent: the decision must be about that.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: String?

    @Option(
        help: ArgumentHelp(
            "What it is about: the decision must be about that. Can be repeated: each.", valueName: "category"))
    var category: [String] = []

    @Option(help: ArgumentHelp("What it comes from: a decision about a sender is about no other.", valueName: "sender"))
    var sender: String?

    @Option(help: ArgumentHelp("Who sends it: the decision must be theirs.", valueName: "id"))
    var business: String?

    @OptionGroup var use: PurposeOptions

    func validate() throws {
        guard pins.vkey != nil, pins.ledgerID != nil else {
            throw ValidationError(
                "nothing is proven by a key that comes with the clearance: name the log's key and the ledger, with --vkey "
                    + "and --ledger-id")
        }
    }

    func run() throws {
        let known = try pins.pins()
        let time = try moment() ?? SystemClock().now()
        let input = try ClearanceInput(path)
        var message: ClearanceVerifier.Message? = try message()
        if case .directory = input {
            guard use.named == nil, message == ClearanceVerifier.Message() else { throw Self.isOfMany(path) }
            message = nil
        }
        let report = try input.verify(
            ClearanceVerifier(
                keys: [known.verifierKey].compactMap(\.self), ledgerID: known.ledgerID, at: time, sending: message))
        let text = ClearanceText(input)
        if ledger.json {
            print((ClearanceText.json(report) + ["at": .string(time.description)] + text.json).text)
        } else {
            print(lines(input, report, text).joined(separator: "\n"))
        }
        guard report.holds else { throw ExitStatus.doesNotVerify }
        if case .decision(let shown) = input, let status = shown.leaf.status { throw status }
    }

    /// The moment that was named; throws `badInput` for a day, which is no moment of sending.
    private func moment() throws -> Timestamp? {
        guard let at else { return nil }
        let time = try OccurredAt(parsing: at)
        guard time.precision <= 1000 else {
            throw CommandError(
                .badInput, "--at is the moment of sending, to the second, such as \(time.start); “\(at)” is a whole day"
            )
        }
        return time.start
    }

    private static func isOfMany(_ path: String) -> CommandError {
        CommandError(
            .usage, "\(path) has decisions about many; take one out with “consent clearance extract”, and verify that")
    }

    /// What is to be sent.
    private func message() throws -> ClearanceVerifier.Message {
        let contact = try contact.map { try ContactAddress(parsing: $0).text }
        if let channel, !Vocabulary.channel.contains(channel) {
            throw CommandError(
                .badInput,
                "--channel is one of \(Vocabulary.channel.words.joined(separator: ", ")), and not “\(channel)”")
        }
        return ClearanceVerifier.Message(
            for: use.purpose, business: business, contact: contact, channel: channel, sender: sender,
            categories: category)
    }

    private func lines(_ input: ClearanceInput, _ report: ClearanceReport, _ text: ClearanceText) -> [String] {
        var lines: [String] = []
        if !report.holds {
            lines += ClearanceText.findings(report, "Does not hold.")
        } else if case .decision(let shown) = input {
            lines += ClearanceText.answer(shown.leaf, until: shown.leaf.goodUntil(input.signed.clearance.lastTime))
        } else {
            lines.append(
                "\(Terminal.output.styled("Holds.", .green)) \(counted(input.signed.clearance.count, "decision")): "
                    + "\(ClearanceText.counts(report.outcomes)).")
        }
        return lines + [""] + text.facts + [""] + ClearanceText.notCovered(report)
    }
}
