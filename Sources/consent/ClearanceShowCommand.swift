internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance show`: what a clearance says, checked or not.
struct ClearanceShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a clearance says, with the address in full; nothing of it is checked.",
        discussion: """
            EXAMPLE
              consent clearance show offer.clearance
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A file with one decision, -, or the directory of a campaign.", valueName: "path"))
    var path: String

    func run() throws {
        let input = try ClearanceInput(path)
        let text = ClearanceText(input)
        var outcomes: [Decision.Outcome: UInt64] = [:]
        try input.forEachDecision { outcomes[$1.outcome, default: 0] += 1 }
        guard !ledger.json else { return print(text.json.text) }
        var lines: [String] = []
        if case .decision(let shown) = input {
            let leaf = shown.leaf
            lines += ClearanceText.answer(leaf, until: leaf.goodUntil(input.signed.clearance.lastTime)) + [""]
            lines.append("contact    \(Terminal.plain(leaf.contact))")
            lines.append("handle     \(leaf.handle?.description ?? "none: nothing is recorded of this address")")
            if !leaf.otherHandles.isEmpty {
                lines.append("and        \(leaf.otherHandles.map(\.description).joined(separator: ", "))")
            }
            for pack in leaf.packs {
                lines.append("rules      \(pack.name) \(Terminal.plain(pack.version)), \(pack.digest)")
            }
            let stated = ClearanceText.stated(leaf)
            if !stated.isEmpty { lines.append("stated     \(stated.joined(separator: "; "))") }
        } else {
            lines += ["\(counted(input.signed.clearance.count, "decision")): \(ClearanceText.counts(outcomes)).", ""]
        }
        lines += text.facts + ["", "Nothing of this was checked; “consent clearance verify” does."]
        print(lines.joined(separator: "\n"))
    }
}
