public import ConsentModel
public import ConsentRules
public import LedgerCrypto
internal import TransparencyLog

/// What the decisions of one clearance rest on, and how long one may act on them. Decisions are made into leaves with it
/// on as many threads as there are; `ClearanceBuilder` then takes them in order.
public struct ClearanceTerms: Sendable {
    /// How long one may act on a clearance unless it is said, in milliseconds: fifteen minutes.
    public static let usualValidity: UInt64 = 15 * 60 * 1000
    /// The longest that can be said, in milliseconds: a day.
    public static let longestValidity = Clearance.longestValidity

    /// When the questions were decided.
    public let decidedAt: Timestamp
    /// The last moment at which one may act on the answers.
    public let notAfter: Timestamp
    let origin: String
    let ledgerID: SHA256Digest
    let size: UInt64
    let root: SHA256Digest

    /// Terms on all that `snapshot` has, from `decidedAt` on for `validity` milliseconds. Throws `badInput` unless that is
    /// from a millisecond to a day.
    public init(_ snapshot: LedgerSnapshot, decidedAt: Timestamp, validFor validity: UInt64 = usualValidity) throws {
        guard 1...Self.longestValidity ~= validity else {
            throw LedgerError(
                .badInput,
                "a clearance is good for a millisecond to a day; the person may opt out meanwhile, and it stays")
        }
        guard let ledgerID = snapshot.catalog.ledgerID else {
            throw LedgerError(.damaged, "the ledger has no record that opens it; run consent verify")
        }
        self.decidedAt = decidedAt
        notAfter = decidedAt.adding(milliseconds: validity)
        origin = snapshot.catalog.origin
        self.ledgerID = ledgerID
        size = snapshot.size
        root = try snapshot.root()
    }

    /// A decision made into a leaf, by the `rules` that made it.
    /// Throws `badInput` for an answer that rests on something else, or about a moment that these terms do not reach,
    /// `damaged` where it rests on a record that is not there, and as `DecisionLeaf` does.
    public func decision(
        _ answer: Answer, contact: ContactAddress, reach: ContactReach, rules: DecisionRules,
        reference: String? = nil, random: any RandomSource = SystemRandomSource()
    ) throws -> ClearedDecision {
        let question = answer.question
        guard answer.size == size else {
            throw LedgerError(
                .badInput, "the answer rests on \(answer.size) records, and the clearance on \(size); ask again")
        }
        guard decidedAt <= question.at, question.at <= notAfter else {
            throw LedgerError(
                .badInput,
                "a clearance is for what is sent between \(decidedAt) and \(notAfter), not at \(question.at); ask about "
                    + "now, or have it good for longer")
        }
        let leaf = try DecisionLeaf(
            question, contact: contact.text, handle: reach.handle, otherHandles: reach.otherHandles,
            decision: answer.decision, packs: rules.packsInForce(for: question), reference: reference,
            ledgerID: ledgerID,
            salt: random.bytes(DecisionLeaf.saltByteCount))
        if let record = leaf.namedRecords.first(where: { $0 >= size }) {
            throw LedgerError(
                .damaged,
                "private/registry.sqlite counts a message about record \(record), and there are \(size): it is a newer copy "
                    + "than the log; run consent verify")
        }
        let encoded = leaf.encoded()
        return ClearedDecision(
            leaf: leaf, bytes: encoded.bytes, leafHash: MerkleHash.leaf(encoded.bytes), question: encoded.question)
    }
}

/// The handles under which the ledger knows an address: what of it an answer rested on.
public struct ContactReach: Hashable, Sendable {
    /// The contact's own; `nil` if the business has no record of it.
    public let handle: ContactHandle?
    /// Those of other spellings of the same line.
    public let otherHandles: [ContactHandle]

    /// `own` are the handles of the address itself, `others` those of its other spellings.
    public init(own: [ContactHandle], others: [ContactHandle]) {
        handle = own.first
        otherHandles = own.dropFirst() + others
    }
}

extension LedgerSnapshot {
    /// The handles under which the ledger knows an address when `question` asks about it.
    public func reach(of address: ContactAddress, answering question: Question) throws -> ContactReach {
        ContactReach(
            own: try handles(of: address, answering: question),
            others: try address.otherSpellings.flatMap { try handles(of: $0, answering: question) })
    }

    /// The handles under which the ledger knows an address at a business.
    public func reach(of address: ContactAddress, business: String) throws -> ContactReach {
        ContactReach(
            own: try handles(of: address, business: business),
            others: try address.otherSpellings.flatMap { try handles(of: $0, business: business) })
    }
}

/// A decision that is ready to be a leaf of a clearance.
public struct ClearedDecision: Sendable {
    /// What it says.
    public let leaf: DecisionLeaf
    let bytes: [UInt8]
    let leafHash: SHA256Digest
    let question: SHA256Digest
}
