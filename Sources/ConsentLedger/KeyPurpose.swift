/// What a key of the ledger is for. The raw value is its file's name without the ending.
enum KeyPurpose: String, CaseIterable, Sendable {
    /// Ed25519: signs governance.
    case admin
    /// Ed25519: signs checkpoints.
    case log
    /// Keys the look-up tags of addresses.
    case tags
    /// Keys event ids made from outside ids.
    case eventIDs = "event-ids"
    /// Chains the MACs of journal frames.
    case journal
    /// Wraps the contacts' data keys; replaced at every erasure.
    case epoch
    /// Seals addresses in the registry; replaced at every erasure.
    case registry
    /// Keys the suppressions of erased addresses. It is never replaced: nothing is left to make them anew from.
    case suppression

    var isSigning: Bool { self == .admin || self == .log }

    /// Those that every erasure replaces, and rotating one of them does.
    static let replaced: [KeyPurpose] = [.epoch, .registry]

    /// The name of the key that takes the place of this one, until it has.
    var nextName: String { rawValue + "-next" }

    /// What it does, as the end of a sentence.
    var use: String {
        switch self {
        case .admin: "signs what governs the ledger: businesses, notices, sources, rules, holds"
        case .log: "signs the log's checkpoints, without which nothing is recorded"
        case .tags: "finds people by their addresses"
        case .eventIDs: "recognises events by the ids that their sources give them"
        case .journal: "reads the records that are on their way into the log"
        case .epoch: "opens and seals the private evidence of people"
        case .registry: "opens and seals the addresses of people, and what was sent to them"
        case .suppression: "recognises who asked to be forgotten"
        }
    }
}

/// What somebody or a deployment does with a ledger, and so which of its keys they are given.
public enum KeyRole: String, CaseIterable, Sendable {
    /// Records what sources state: opt-ins and opt-outs, imports, attachments.
    case capture
    /// Answers whether a message may be sent.
    case query
    /// The same, and tells who is who.
    case support
    /// Verifies, the index and the records on their way into the log too; knows nobody's address.
    case audit
    /// Opens evidence, also of those who asked to be erased, which is recorded.
    case legal
    /// Erases, checks the registry, rotates keys.
    case protectionOfficer = "protection-officer"
    /// Governs: businesses, notices, sources, rules, holds.
    case admin

    /// Which of the keys with which the ledger signs for sources go with a role.
    enum SourceKeys { case none, own, all }

    /// The keys of the role, besides those of sources.
    var purposes: [KeyPurpose] {
        switch self {
        case .capture: [.log, .tags, .eventIDs, .journal, .epoch, .registry, .suppression]
        case .query: [.tags, .journal, .suppression]
        case .support: [.tags, .journal, .registry, .suppression]
        case .audit: [.journal]
        case .legal, .protectionOfficer: [.log, .tags, .journal, .epoch, .registry, .suppression]
        case .admin: [.admin, .log, .journal]
        }
    }

    /// The keys of sources that go with it: what legal and the protection officer do is recorded, too.
    var sourceKeys: SourceKeys {
        switch self {
        case .capture: .all
        case .legal, .protectionOfficer: .own
        case .query, .support, .audit, .admin: .none
        }
    }

    /// Whether the key file of that name goes with it.
    func has(_ name: String) -> Bool {
        if let purpose = KeyPurpose(rawValue: name) { return purposes.contains(purpose) }
        switch sourceKeys {
        case .none: return false
        case .own:
            let own = KeyFiles.sourceName(EventDraft.usualSource)
            return name == own || name.hasPrefix(own + ".")
        case .all: return name.hasPrefix(KeyFiles.sourceName(""))
        }
    }

    /// The roles that have the key file of that name, as a list in words.
    static func names(having name: String) -> String {
        let names = allCases.filter { $0.has(name) }.map(\.rawValue)
        guard let last = names.last, names.count > 1 else { return names.first.map { "the role \($0) has" } ?? "" }
        return "the roles \(names.dropLast().joined(separator: ", ")) and \(last) have"
    }
}
