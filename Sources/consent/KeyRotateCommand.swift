internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel

/// `consent key rotate`.
struct KeyRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace keys, and destroy the old ones; the log is not touched.",
        discussion: """
            epoch and registry are replaced together, as every erasure does: what they seal is sealed again, and older copies \
            of the registry do not open any more. Interrupted, it is finished by the next command that writes.

            EXAMPLE
              consent key rotate epoch
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Argument(help: "What to replace: epoch, or registry, which go together.")
    var key: RotatedKey

    func run() throws {
        if let reason = key.refusal { throw CommandError(.usage, reason) }
        let isCleared = try writing.write(ledger) { try $0.rotateSealingKeys() }
        if ledger.json {
            let object: JSON = [
                "result": .string("rotated"), "keys": .strings(["epoch", "registry"]),
                "traces-cleared": .bool(isCleared),
            ]
            return print(object.text)
        }
        print("Replaced the keys epoch and registry; what they sealed is sealed again, and the old keys are destroyed.")
        if !isCleared { Terminal.warn(EraseCommand.tracesRemain) }
    }
}

/// A key that somebody may want to replace.
enum RotatedKey: String, CaseIterable, ExpressibleByArgument {
    case epoch
    case registry
    case tags
    case eventIDs = "event-ids"
    case suppression
    case journal
    case admin
    case log

    /// Why it is not replaced so; `nil` for those that are.
    var refusal: String? {
        switch self {
        case .epoch, .registry: nil
        case .suppression:
            "the key suppression is never replaced: of who asked to be forgotten nothing else is kept, from which their "
                + "suppressions could be made anew, and an import would bring them back"
        case .tags:
            "the key tags is never replaced: copies of the ledger that only answer find people by it, and would find nobody, so "
                + "that a stop would be lost. If it became known, addresses can be guessed in a copy of the registry; no evidence opens"
        case .eventIDs:
            "the key event-ids is never replaced: the log has the ids that it made, and the same event would be recorded twice "
                + "under another"
        case .journal:
            "the key journal is not replaced by itself: it guards only records that are on their way into the log; every "
                + "erasure and every rotation of epoch empties the journal"
        case .admin, .log:
            "the key \(rawValue) is not replaced in its place: what it signed must stay verifiable, so the log itself has to "
                + "say which key follows it"
        }
    }
}
