public import ConsentModel
public import ConsentRules
internal import LedgerCrypto
public import TransparencyLog

/// Computes the decisions of a clearance again, from the log as it was when they were made, the rule packs and notices
/// that its records name, and what was stated with each question. What it takes from the log is shown to be in the tree of
/// the log's checkpoint; whose statements they are is for `Verifier` to check.
public final class ClearanceReplay {
    private let log: PublishedLog
    private let clearance: Clearance
    private let catalog: Catalog
    /// The two contacts of each record that is about two, by its index.
    private let pairs: [UInt64: [ContactHandle]]
    /// The contacts that are with a contact in some record.
    private let neighbours: [ContactHandle: Set<ContactHandle>]
    /// What decides about each business that was asked about so far.
    private var rules: [String: DecisionRules] = [:]

    /// Reads what all decisions of `clearance` need. Throws `foreignClearance` if it was not given on this log,
    /// `outOfRange` if the log's checkpoint does not reach as far yet, and as `PublishedLog` does.
    public init(_ clearance: Clearance, in log: PublishedLog) throws {
        guard clearance.origin.utf8.elementsEqual(log.checkpoint.checkpoint.origin.utf8) else {
            throw Self.foreign("is of the log “\(clearance.origin)”, and this is “\(log.checkpoint.checkpoint.origin)”")
        }
        guard clearance.logSize <= log.size else {
            throw AuditError(
                .outOfRange,
                "the clearance rests on \(clearance.logSize) records, and the log's checkpoint has \(log.size); get a newer "
                    + "copy of the log")
        }
        let root = try log.root(at: clearance.logSize)
        guard root == clearance.logRoot else {
            throw Self.foreign(
                "rests on a log with the root \(clearance.logRoot) at size \(clearance.logSize), and this one has \(root) there"
            )
        }
        guard try MerkleHash.leaf(log.entry(at: 0)) == clearance.ledgerID else {
            throw Self.foreign("is of the ledger \(clearance.ledgerID), which this log is not of")
        }
        self.log = log
        self.clearance = clearance
        var governance = GovernanceReplay(origin: clearance.origin)
        var pairs: [UInt64: [ContactHandle]] = [:]
        var neighbours: [ContactHandle: Set<ContactHandle>] = [:]
        try log.forEachEntry(in: 0..<clearance.logSize) { index, entry in
            let logged = try LoggedEvent(decoding: entry, at: index)
            governance.take(logged)
            let handles = logged.record.handles
            guard handles.count > 1 else { return }
            pairs[index] = handles
            for handle in handles { neighbours[handle, default: []].formUnion(handles.filter { $0 != handle }) }
        }
        catalog = governance.catalog
        self.pairs = pairs
        self.neighbours = neighbours
    }

    /// What the governance below the clearance's size says.
    public var governance: Catalog { catalog }

    /// Reads the log once for what is recorded of `contacts` and of all that are with them in some record: of those that a
    /// decision names as `DecisionLeaf.contacts`. Throws as `PublishedLog` does.
    public func histories(of contacts: some Sequence<ContactHandle>) throws -> ContactHistories {
        var histories = ContactHistories()
        var open = Array(contacts)
        while let contact = open.popLast() {
            guard histories.add(contact) else { continue }
            open += neighbours[contact] ?? []
        }
        guard !histories.isEmpty else { return histories }
        try log.forEachEntry(in: 0..<clearance.logSize) { try histories.take($1, at: $0) }
        return histories
    }

    /// Computes a decision again, by `histories` that have its contacts; how it differs. Throws `missingFile` for an adopted
    /// pack that is not there, and as `PublishedLog` and `RulePack` do.
    public func differences(of leaf: DecisionLeaf, by histories: ContactHistories) throws -> [ReplayDifference] {
        let business = leaf.question.business
        let own = try rules[business] ?? self.rules(for: business)
        rules[business] = own
        return try differences(of: leaf, own, histories)
    }

    /// What decided about a business: the governance, the packs adopted for it or for all, and the words of notices.
    private func rules(for business: String) throws -> DecisionRules {
        let adoptions = catalog.adoptions.filter { ($0.business ?? business) == business }
        let packs = try adoptions.map { adoption in
            guard let bytes = try log.object(adoption.digest) else {
                throw AuditError(
                    .missingFile,
                    "the log has no object \(adoption.digest), the rule pack \(adoption.pack) that record "
                        + "\(adoption.index) adopted; restore it from a copy")
            }
            return AdoptedPack(try RulePack(parsing: bytes), adoption)
        }
        let notices = NoticeTexts { [log] digest throws(RulesError) in
            guard let digest = SHA256Digest(digest) else { return nil }
            do { return try log.object(digest) } catch {
                throw RulesError(.missingText, "the text of a notice cannot be taken from the log: \(error)")
            }
        }
        return DecisionRules(catalog: catalog, packs: packs, notices: notices)
    }

    private func differences(
        of leaf: DecisionLeaf, _ rules: DecisionRules, _ histories: ContactHistories
    ) throws -> [ReplayDifference] {
        var differences: [ReplayDifference] = []
        let missing = leaf.contacts.filter { !histories.hasRecords(of: $0) }
        if !missing.isEmpty {
            differences.append(
                ReplayDifference(
                    .handles, stated: missing.map(\.description).joined(separator: ", "),
                    found: "no record of it below \(clearance.logSize)"))
        }
        var question = leaf.question
        question.knownAt = .size(clearance.logSize)
        let inForce = rules.packsInForce(for: question)
        differences += [ReplayDifference(.packs, stated: leaf.packs, found: inForce)].compactMap(\.self)
        let timeline = try leaf.handle.flatMap { histories.hasRecords(of: $0) ? try histories.timeline(of: $0) : nil }
        do {
            let linked = try LinkRules(catalog: catalog, knownAt: question.knownAt).linked(
                to: timeline, others: leaf.otherHandles, timelines: { try histories.timeline(of: $0) },
                other: { index, handle in pairs[index]?.first { $0 != handle } })
            let decision = try rules.decide(question, timeline: timeline, linked: linked)
            let found = try DecisionLeaf(
                leaf.question, contact: leaf.contact, handle: leaf.handle, otherHandles: leaf.otherHandles,
                decision: decision, packs: inForce, reference: leaf.reference, ledgerID: leaf.ledgerID, salt: leaf.salt)
            return differences + ReplayDifference.all(stated: leaf, found: found)
        } catch {
            differences.append(
                ReplayDifference(.outcome, stated: leaf.outcome.rawValue, found: "no answer: \(error)"))
            return differences
        }
    }

    private static func foreign(_ what: String) -> AuditError {
        AuditError(.foreignClearance, "the clearance \(what); it was not given on this log, or the log was rewritten")
    }
}

/// How a decision that was computed again differs from the one that a clearance states.
public struct ReplayDifference: Hashable, Sendable {
    /// What differs; an open set.
    public struct Part: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        /// Yes, no or not now.
        public static let outcome = Part(name: "outcome")
        /// Why.
        public static let reasons = Part(name: "reasons")
        /// From when on it may be sent.
        public static let nextAllowedAt = Part(name: "next-allowed-at")
        /// When a yes ends.
        public static let lapsesAt = Part(name: "lapses-at")
        /// The rule packs that counted.
        public static let packs = Part(name: "packs")
        /// The handles of the address.
        public static let handles = Part(name: "handles")
    }

    /// What differs.
    public let part: Part
    /// What the clearance states.
    public let stated: String
    /// What was computed.
    public let found: String

    /// A difference that its finder describes.
    public init(_ part: Part, stated: String, found: String) {
        self.part = part
        self.stated = stated
        self.found = found
    }

    fileprivate init?(_ part: Part, stated: [DecisionLeaf.PackInForce], found: [DecisionLeaf.PackInForce]) {
        guard stated != found else { return nil }
        self.init(part, stated: Self.text(stated), found: Self.text(found))
    }

    fileprivate static func all(stated: DecisionLeaf, found: DecisionLeaf) -> [ReplayDifference] {
        func text(_ time: Timestamp?) -> String { time?.description ?? "none" }
        let parts: [(Part, String, String)] = [
            (.outcome, stated.outcome.rawValue, found.outcome.rawValue),
            (.reasons, Self.text(stated.reasons), Self.text(found.reasons)),
            (.nextAllowedAt, text(stated.nextAllowedAt), text(found.nextAllowedAt)),
            (.lapsesAt, text(stated.lapsesAt), text(found.lapsesAt)),
        ]
        return parts.filter { $1 != $2 }.map { ReplayDifference($0, stated: $1, found: $2) }
    }

    private static func text(_ packs: [DecisionLeaf.PackInForce]) -> String {
        packs.isEmpty
            ? "none"
            : packs.map { "\($0.name) \($0.version) \($0.digest) by record \($0.adoption)" }.joined(separator: ", ")
    }

    private static func text(_ reasons: [DecisionLeaf.StatedReason]) -> String {
        reasons.map { reason in
            var text = reason.code
            if let category = reason.category { text += " of \(category)" }
            if !reason.records.isEmpty { text += " by \(reason.records.map(String.init).joined(separator: " "))" }
            if let time = reason.time { text += " at \(time)" }
            if let rule = reason.rule { text += " under \(rule.rule) of \(rule.pack)" }
            return text
        }.joined(separator: ", ")
    }
}
