internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What happened between two checkpoints, in words and in JSON.
struct DifferenceText {
    private let difference: LedgerDifference
    private let comparison: CheckpointComparison
    private let isPinned: Bool

    /// The groups in which changes are listed: a title, a name for machines, and the types.
    private static let groups: [(title: String, key: String, types: Set<EventType>)] = [
        ("Businesses registered", "businesses", [.businessRegistered]),
        ("Brands defined", "brands", [.brandDefined]),
        ("Senders defined", "senders", [.senderDefined]),
        ("Categories defined", "categories", [.categoryDefined]),
        ("Categories retired", "categories-retired", [.categoryRetired]),
        ("Sources authorised", "sources-authorized", [.sourceAuthorized]),
        ("Sources revoked", "sources-revoked", [.sourceRevoked]),
        ("Keys added", "keys-added", [.adminKeyAdded, .logKeyAdded]),
        ("Keys retired", "keys-retired", [.adminKeyRetired, .logKeyRetired]),
        ("Notices published", "notices-published", [.noticePublished, .noticeReconstructed]),
        ("Notices retired", "notices-retired", [.noticeRetired]),
        ("Rule packs adopted", "rule-packs", [.rulepackAdopted]),
        ("Templates categorised", "templates", [.templateCategorized]),
        ("Legal holds", "holds", [.holdAdded, .holdLifted]),
        ("The ledger opened", "opened", [.ledgerOpened]),
    ]

    init(_ difference: LedgerDifference, _ comparison: CheckpointComparison, isPinned: Bool) {
        self.difference = difference
        self.comparison = comparison
        self.isPinned = isPinned
    }

    /// Prints it for people.
    func print() {
        let range = difference.range
        consent.print(
            "\(Terminal.output.styled("Consistent.", .green)) "
                + (comparison.old == nil
                    ? "The log of size \(range.upperBound), from its beginning."
                    : "The log of size \(range.upperBound) begins with that of size \(range.lowerBound)."))
        for sentence in reservations { consent.print(sentence) }
        guard let first = difference.firstRecordedAt, let last = difference.lastRecordedAt else {
            return consent.print("Nothing was recorded between them.")
        }
        consent.print(
            "\(counted(difference.tally.count, "record")), \(range.lowerBound) to \(range.upperBound - 1), \(first) to \(last)"
        )
        consent.print(
            "\(counted(difference.newContactCount, "contact")) seen for the first time, \(difference.erasedContactCount) erased"
        )
        show("Records by type", difference.tally.byType, none: "")
        show("Records by business", difference.tally.byBusiness, none: "(the ledger itself)")
        show("Records by source", difference.tally.bySource, none: "(admin keys)")
        for group in Self.groups {
            let changes = difference.changes.filter { group.types.contains($0.event.type) }
            guard !changes.isEmpty else { continue }
            consent.print("")
            consent.print("\(group.title):")
            for change in changes {
                let what = Payload.event(change.event).line
                let business = change.business.map { "\($0): " } ?? ""
                consent.print(
                    "  record \(change.index)  \(change.recordedAt)  \(change.event.type.name)  \(business)\(what)\(key(of: change.event))"
                )
            }
        }
    }

    /// What an attentive reader would ask about the checkpoints.
    private var reservations: [String] {
        var sentences: [String] = []
        if !isPinned {
            sentences.append("The log's key was not pinned, so that a whole false log would look the same.")
        }
        for (size, isSigned) in [
            (comparison.oldSize, comparison.isOldSigned), (comparison.new.checkpoint.size, comparison.isNewSigned),
        ]
        where !isSigned {
            sentences.append(
                "The checkpoint of size \(size) is signed by none of the known keys; the log contains "
                    + "it all the same.")
        }
        return sentences
    }

    private func show(_ title: String, _ counts: [String: UInt64], none: String) {
        consent.print("")
        consent.print("\(title):")
        let width = counts.values.map { String($0).count }.max() ?? 0
        for (name, count) in Self.ordered(counts) {
            let digits = String(count)
            let space = String(repeating: " ", count: width - digits.count)
            consent.print("  \(space)\(digits)  \(name.isEmpty ? none : Terminal.plain(name))")
        }
    }

    /// The most first, then by name.
    private static func ordered(_ counts: [String: UInt64]) -> [(key: String, value: UInt64)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }

    /// The key that an event is about, which its line does not have.
    private func key(of event: Event) -> String {
        if let key = event.text(.logKey) { return Terminal.plain(key) }
        guard event.type == .adminKeyAdded || event.type == .adminKeyRetired else { return "" }
        return event.bytes(.publicKey).map { Hexadecimal.encode($0) } ?? ""
    }

    /// For machines.
    var json: JSON {
        func counts(_ counts: [String: UInt64]) -> JSON {
            .object(Self.ordered(counts).map { ($0.key, .number($0.value)) })
        }
        let changes = Self.groups.map { group -> (String, JSON) in
            let members = difference.changes.filter { group.types.contains($0.event.type) }.map { change -> JSON in
                [
                    "index": .number(change.index), "recorded-at": .string(change.recordedAt.description),
                    "type": .string(change.event.type.name), "business": .optional(change.business),
                    "fields": change.event.json,
                ]
            }
            return (group.key, .array(members))
        }
        func checkpoint(_ checkpoint: SignedCheckpoint?, _ isSigned: Bool) -> JSON {
            guard let checkpoint else { return ["size": .number(0), "root": .null, "signed-by-known-key": .null] }
            return [
                "size": .number(checkpoint.checkpoint.size), "root": .string(checkpoint.checkpoint.root.description),
                "signed-by-known-key": .bool(isSigned),
            ]
        }
        return [
            "consistent": .bool(true), "key-pinned": .bool(isPinned),
            "old": checkpoint(comparison.old, comparison.isOldSigned),
            "new": checkpoint(comparison.new, comparison.isNewSigned), "records": .number(difference.tally.count),
            "first-recorded-at": .optional(difference.firstRecordedAt?.description),
            "last-recorded-at": .optional(difference.lastRecordedAt?.description),
            "contacts-first-seen": .number(difference.newContactCount),
            "contacts-erased": .number(difference.erasedContactCount), "by-type": counts(difference.tally.byType),
            "by-business": counts(difference.tally.byBusiness), "by-source": counts(difference.tally.bySource),
            "changes": .object(changes),
        ]
    }
}
