internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent key rotate`.
struct KeyRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace keys, and destroy the old ones; the log is not touched.",
        discussion: """
            epoch and registry are replaced together, as every erasure does: what they seal is sealed again, and older copies \
            of the registry do not open any more. Interrupted, it is finished by the next command that writes.

            data gives every person another data key, or the one who is named: what is kept of them in private is sealed again \
            under it, attachments too, and epoch and registry are replaced. It writes all of private/sealed anew, and takes as \
            much room until it is done. Where anything of anybody is missing or does not open, it is refused. Interrupted, it \
            has happened wholly or not at all.

            admin is followed by a new key, which the log says, and the old one is retired. Interrupted, it is finished by \
            doing it again.

            EXAMPLE
              consent key rotate epoch
              consent key rotate admin
              consent key rotate data
              consent key rotate data +34600111222
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Argument(help: "What to replace: epoch and registry, which go together, admin, or data.")
    var key: RotatedKey

    @Argument(help: "With data: the person, by address; all of them without. Or - for one line of standard input.")
    var contact: String?

    @OptionGroup var owner: BusinessOptions

    func run() throws {
        if let reason = key.refusal { throw CommandError(.usage, reason) }
        if key == .data { return try rotateData() }
        guard contact == nil, owner.business == nil else {
            throw CommandError(.usage, "the key \(key.rawValue) is not one person's or business's; only data is")
        }
        if key == .admin { return try rotateAdmin() }
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

    private func rotateData() throws {
        guard contact != nil || owner.business == nil else {
            throw CommandError(.usage, "--business goes with a person; without one, the data keys of all are replaced")
        }
        let address = try contact.map { try ContactAddress(argument: $0) }
        let (count, linked, isCleared) = try writing.write(ledger) { writer in
            try writer.rotateDataKeys(
                of: address.map { (address: $0, business: try owner.business(in: writer.currentCatalog()).id) })
        }
        if ledger.json {
            let object: JSON = [
                "result": .string("rotated"), "keys": .strings(["data", "epoch", "registry"]),
                "contacts": .number(UInt64(count)), "linked-and-kept": .strings(linked.map(\.text)),
                "traces-cleared": .bool(isCleared),
            ]
            return print(object.text)
        }
        print(
            "Replaced the data keys of \(count) contact\(count == 1 ? "" : "s"), and the keys epoch and registry; what they "
                + "sealed is sealed again, and the old keys are destroyed.")
        for contact in linked {
            Terminal.warn(
                "\(contact.text) is tied to it by records, and keeps its data key; if it is the same person's, replace it too"
            )
        }
        if !isCleared { Terminal.warn(Self.copiesRemain) }
    }

    private static let copiesRemain =
        "another program is reading the ledger, so that what is sealed under the old data keys is left in private/sealed, and "
        + "whoever has one of those opens it; the next command that writes once nobody reads removes it"

    private func rotateAdmin() throws {
        let (old, new) = try writing.write(ledger) { try $0.rotateAdminKey() }
        let names = (old: Hexadecimal.encode(old.keyIdentifier), new: Hexadecimal.encode(new.keyIdentifier))
        if ledger.json {
            let object: JSON = [
                "result": .string("rotated"), "keys": .strings(["admin"]), "old": .string(names.old),
                "new": .string(names.new),
            ]
            return print(object.text)
        }
        print("The admin key \(names.new) follows \(names.old), which is retired; the log says so.")
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
    case data

    /// Why it is not replaced so; `nil` for those that are.
    var refusal: String? {
        switch self {
        case .epoch, .registry, .admin, .data: nil
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
        case .log:
            "the key log is not replaced in its place: auditors have pinned it, and would take checkpoints of another for a "
                + "false log"
        }
    }
}
