internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint list`: the checkpoints that a log kept, and who has seen each.
struct CheckpointListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the kept checkpoints, and since when others show that each existed.",
        discussion: """
            PATH is a ledger or a bare copy of its log; without it, the ledger of --ledger. Cosignatures count of the witnesses \
            in --policy, time stamps of the authorities in --roots; how many others there are is told. That a checkpoint was \
            seen shows that the records below its size existed then, and nothing of later ones.

            That each is consistent with the published checkpoint is checked; the records are not: that is for consent verify.

            EXAMPLE
              consent checkpoint list --roots authority.pem
              consent checkpoint list /media/usb/log --vkey "$VKEY" --policy witnesses.policy --roots authority.pem
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @OptionGroup var pins: PinOptions
    @OptionGroup var sightings: SightingOptions

    /// A kept checkpoint, and who has seen it.
    private struct Kept {
        let checkpoint: SignedCheckpoint
        /// Whether a known key of the log signed it.
        let isSigned: Bool
        var seen: [SeenTree] = []
        /// What does not count, and why.
        var unproven: [String] = []
        /// A larger tree that was seen, and so this one with it, where this one was not seen by itself.
        var seenWith: SeenTree?
    }

    func run() throws {
        let policy = try sightings.witnessPolicy()
        let roots = try sightings.stampRoots()
        let log = try PublishedLog(reader: LogSource(path, ledger).reader())
        let trust = try CheckpointTrust(of: log, pins: pins.pins())
        let stamps = Dictionary(grouping: try log.stamps(), by: \.size)
        var kept = try log.keptSizes().map { size in
            let checkpoint = try log.keptCheckpoint(size: size)
            var kept = Kept(checkpoint: checkpoint, isSigned: try trust.covers(checkpoint))
            if kept.isSigned {
                Self.take(policy, &kept)
                for stamp in stamps[size] ?? [] { Self.take(stamp, of: log, roots, &kept) }
            }
            return kept
        }
        // A tree begins with all that are smaller.
        let bounds = TimeBounds(kept.flatMap(\.seen))
        for place in kept.indices where kept[place].isSigned && kept[place].seen.isEmpty {
            let size = kept[place].checkpoint.checkpoint.size
            kept[place].seenWith = size > 0 ? bounds.bounds(of: size - 1).existed : nil
        }
        Listing(
            kept,
            [
                ("SIZE", { String($0.checkpoint.checkpoint.size) }),
                ("ROOT", { "\($0.checkpoint.checkpoint.root.description.prefix(16))…" }),
                ("SHOWN TO HAVE EXISTED", Self.text),
            ], json: Self.json
        ).print(json: ledger.json, orIfEmpty: "No checkpoint was kept.")
    }

    private static func take(_ policy: WitnessPolicy?, _ kept: inout Kept) {
        let lines = kept.checkpoint.note.signatures.count { $0.name != kept.checkpoint.checkpoint.origin }
        guard lines > 0 else { return }
        guard let policy, !policy.witnesses.isEmpty else {
            return kept.unproven.append("\(lines) cosignature\(lines == 1 ? "" : "s"), not checked (--policy)")
        }
        do {
            let signatures = try kept.checkpoint.verify(with: policy.witnesses.map(\.key))
            let names = policy.witnesses.filter { witness in signatures.contains { $0.key == witness.key } }.map(\.name)
            guard policy.isQuorum(Set(names)),
                let tree = SeenTree(size: kept.checkpoint.checkpoint.size, cosigned: signatures)
            else { return kept.unproven.append("cosigned by too few of the policy's witnesses") }
            kept.seen.append(tree)
        } catch {
            kept.unproven.append(
                error.code == .notSigned ? "cosigned by none of the policy's witnesses" : "\(error)")
        }
    }

    private static func take(_ stamp: KeptStamp, of log: PublishedLog, _ roots: TimeStampRoots?, _ kept: inout Kept) {
        guard let roots else { return kept.unproven.append("a time stamp, not checked (--roots)") }
        do {
            kept.seen.append(
                try SeenTree(of: kept.checkpoint, stampedBy: log.response(of: stamp), roots: roots))
        } catch { kept.unproven.append("\(error)") }
    }

    private static func text(_ kept: Kept) -> String {
        guard kept.isSigned else { return "not signed by the log's key" }
        func since(_ tree: SeenTree) -> String { "since \(tree.time) by \(tree.names.joined(separator: ", "))" }
        var seen = kept.seen.sorted { $0.time < $1.time }.map(since)
        if let tree = kept.seenWith { seen = ["\(since(tree)), with that of size \(tree.size)"] }
        return seen.isEmpty && kept.unproven.isEmpty ? "by nobody" : (seen + kept.unproven).joined(separator: "; ")
    }

    private static func json(_ kept: Kept) -> JSON {
        kept.checkpoint.json([
            ("signed", .bool(kept.isSigned)), ("seen", .array(kept.seen.map(\.json))),
            ("seen-with", kept.seenWith?.json ?? .null), ("unproven", .strings(kept.unproven)),
        ])
    }
}
