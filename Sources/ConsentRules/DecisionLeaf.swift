public import ConsentModel
public import LedgerCrypto

/// A question and its answer as a clearance has them: a leaf of its tree (SPEC.md, “Decisions”). It holds what a replay
/// needs, and the address in clear; the salt keeps its hash from telling whom it is about.
public struct DecisionLeaf: Hashable, Sendable {
    /// The longest leaf, in bytes.
    public static let mostBytes = 60_000
    /// The salt's size in bytes.
    public static let saltByteCount = 32
    /// The longest reference, in bytes.
    public static let mostReferenceBytes = 200

    /// A ground of the answer. Its code is a text: a later version may know codes that this one does not.
    public struct StatedReason: Hashable, Sendable {
        /// Its stable code.
        public let code: String
        /// The records it rests on, by index.
        public let records: [UInt64]
        /// When what it names happened or ends.
        public let time: Timestamp?
        /// The rule it rests on, where it is one of a pack.
        public let rule: StatedRule?
        /// Which category it is about, of a message about several.
        public let category: String?
    }

    /// A rule that a reason rests on.
    public struct StatedRule: Hashable, Sendable {
        /// SHA-256 of its pack, one of those in force.
        public let pack: SHA256Digest
        /// Its name within the pack.
        public let rule: String
    }

    /// A rule pack that counted.
    public struct PackInForce: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its version.
        public let version: String
        /// SHA-256 of its bytes.
        public let digest: SHA256Digest
        /// The record that adopted it.
        public let adoption: UInt64

        public init(name: String, version: String, digest: SHA256Digest, adoption: UInt64) {
            self.name = name
            self.version = version
            self.digest = digest
            self.adoption = adoption
        }
    }

    /// Random, another for every leaf; 32 bytes.
    public let salt: [UInt8]
    /// The ledger that was asked.
    public let ledgerID: SHA256Digest
    /// The address that was asked about, as text.
    public let contact: String
    /// The handle that the address has at the business; `nil` if none.
    public let handle: ContactHandle?
    /// The handles of other spellings of the same line.
    public let otherHandles: [ContactHandle]
    /// What was asked, and what was stated with it. What could be known is the size of the log that the clearance names,
    /// so that this says `everything`.
    public let question: Question
    /// The sender's own reference.
    public let reference: String?
    /// Yes, no, or not now.
    public let outcome: Decision.Outcome
    /// Why, the most important first.
    public let reasons: [StatedReason]
    /// Of *not now*: the first moment at which nothing known then stands against it.
    public let nextAllowedAt: Timestamp?
    /// Of a yes: the first moment at which what was known no longer carries it.
    public let lapsesAt: Timestamp?
    /// The rule packs that counted, in ascending order of their names.
    public let packs: [PackInForce]

    /// A leaf for an answer; a category that is named twice is taken once. Throws `badValue` for what the format cannot
    /// say, a question about a part of what is known among it, and `tooLarge` over its limits.
    public init(
        _ question: Question, contact: String, handle: ContactHandle?, otherHandles: [ContactHandle] = [],
        decision: Decision, packs: [PackInForce], reference: String? = nil, ledgerID: SHA256Digest, salt: [UInt8]
    ) throws(ModelError) {
        guard question.knownAt == .everything else {
            throw ModelError(
                .badValue,
                "a clearance rests on all that is recorded; ask without a time or size that limits what is known")
        }
        var question = question
        var named: Set<String> = []
        let categories = ([question.category] + question.alsoAbout).filter { !$0.isEmpty && named.insert($0).inserted }
        question.category = categories.first ?? ""
        question.alsoAbout = Array(categories.dropFirst())
        self.question = question
        self.salt = salt
        self.ledgerID = ledgerID
        self.contact = contact
        self.handle = handle
        self.otherHandles = otherHandles
        self.reference = reference
        outcome = decision.outcome
        reasons = decision.reasons.map { reason in
            StatedReason(
                code: reason.code.rawValue, records: reason.records, time: reason.time,
                rule: reason.rule.map { StatedRule(pack: $0.digest, rule: $0.rule) }, category: reason.category)
        }
        nextAllowedAt = decision.nextAllowedAt
        lapsesAt = decision.lapsesAt
        self.packs = packs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        try check()
        guard encoded().bytes.count <= Self.mostBytes else { throw Self.tooLarge }
    }

    /// The categories that were named; none where the template says them.
    public var categories: [String] { question.category.isEmpty ? [] : [question.category] + question.alsoAbout }

    /// The contacts that the answer rests on: the address's own, and those of other spellings.
    public var contacts: [ContactHandle] { (handle.map { [$0] } ?? []) + otherHandles }

    /// The indexes of all records that the decision names: its reasons, its packs, and the uses that were stated.
    public var namedRecords: [UInt64] {
        reasons.flatMap(\.records) + packs.map(\.adoption) + question.uses.compactMap(\.concerns)
    }

    /// Whether one may act on a yes then, as far as the leaf says: the clearance's own end is looked at beside it.
    public func isInForce(at time: Timestamp) -> Bool { question.at <= time && lapsesAt.map { time < $0 } ?? true }

    static let tooLarge = ModelError(
        .tooLarge, "the decision has more than \(mostBytes) bytes, which no clearance holds; state fewer uses before it"
    )
}

extension DecisionRules {
    /// The rule packs that count for a question, as a clearance names them.
    public func packsInForce(for question: Question) -> [DecisionLeaf.PackInForce] {
        rules.inForce(for: question).map {
            DecisionLeaf.PackInForce(
                name: $0.pack.id, version: $0.pack.version, digest: $0.pack.digest, adoption: $0.adoption)
        }
    }
}

extension DecisionRules {
    /// Whether a rule pack that counts for a question has a rule about how many messages are sent, so that what is sent must
    /// be counted to be known to it.
    public func hasCaps(for question: Question) -> Bool {
        rules.inForce(for: question).flatMap(\.pack.rules).contains { rule in
            if case .cap = rule.effect { rule.isInForce(at: question.at) } else { false }
        }
    }
}

// MARK: - Bounds

extension DecisionLeaf {
    static let mostHandles = 64
    static let mostCategories = 64
    static let mostClocks = 64
    static let mostOffsets = 64
    static let mostUses = 512
    static let mostReasons = 256
    static let mostRecords = 1024
    static let mostPacks = 64
    private static let mostOffsetSeconds = 86_399

    /// Throws `badValue` or `tooLarge` for what SPEC.md does not allow.
    func check() throws(ModelError) {
        try Self.require(salt.count == Self.saltByteCount, "salt is not \(Self.saltByteCount) random bytes")
        try Self.check(text: contact, most: 320, "contact")
        try Self.check(otherHandles.count, most: Self.mostHandles, "handles of other spellings")
        try checkQuestion()
        if let reference { try Self.check(text: reference, most: Self.mostReferenceBytes, "reference") }
        try checkAnswer()
    }

    private func checkQuestion() throws(ModelError) {
        try Self.check(identifier: question.business, "business")
        try Self.check(question.channel, in: .channel)
        if !categories.isEmpty { try Self.check(categories) }
        try Self.require(
            !categories.isEmpty || question.template != nil || question.purpose == .optOutConfirmation,
            "question names neither a category nor a template")
        if let sender = question.sender { try Self.check(identifier: sender, "sender") }
        if let template = question.template { try Self.check(text: template, most: 512, "template") }
        if let basis = question.assertedBasis {
            try Self.check(basis, in: .basis)
            try Self.require(basis != "consent", "asserted basis is consent, which is recorded and not asserted")
        }
        if let country = question.recipient.country {
            try Self.require(
                country.utf8.count == 2 && country.utf8.allSatisfy { 0x41...0x5a ~= $0 },
                "recipient's country is not two capital letters")
        }
        try Self.check(question.recipient.clocks.count, most: Self.mostClocks, "clocks")
        for clock in question.recipient.clocks {
            try Self.check(text: clock.name, most: 64, "name of a clock")
            try Self.require(!clock.offsets.isEmpty, "clock has no offset")
            try Self.check(clock.offsets.count, most: Self.mostOffsets, "offsets of a clock")
            try Self.require(
                clock.offsets.allSatisfy { -Self.mostOffsetSeconds...Self.mostOffsetSeconds ~= $0.seconds },
                "offset is a day or more")
        }
        try Self.check(question.uses.count, most: Self.mostUses, "uses before it")
        for use in question.uses {
            try Self.check(use.channel, in: .channel)
            try Self.check(use.categories)
            try Self.check(use.categoryClass, in: .categoryClass)
            if let sender = use.sender { try Self.check(identifier: sender, "sender of a use") }
        }
    }

    private func checkAnswer() throws(ModelError) {
        try Self.require(!reasons.isEmpty, "answer has no reason")
        try Self.check(reasons.count, most: Self.mostReasons, "reasons")
        for reason in reasons {
            try Self.check(identifier: reason.code, "code of a reason")
            try Self.check(reason.records.count, most: Self.mostRecords, "records of a reason")
            if let rule = reason.rule { try Self.check(text: rule.rule, most: 64, "name of a rule") }
            if let category = reason.category { try Self.check(identifier: category, "category of a reason") }
        }
        try Self.check(packs.count, most: Self.mostPacks, "rule packs")
        for pack in packs {
            try Self.check(identifier: pack.name, "name of a pack")
            try Self.check(text: pack.version, most: 64, "version of a pack")
        }
        try Self.require(
            zip(packs, packs.dropFirst()).allSatisfy { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) },
            "list of packs does not ascend by name with each once")
        let named = Set(packs.map(\.digest))
        try Self.require(
            reasons.allSatisfy { $0.rule.map { named.contains($0.pack) } ?? true },
            "reason names a rule of a pack that is not among those in force")
        try Self.require(
            nextAllowedAt.map { outcome == .defer && question.at < $0 } ?? true,
            "next allowed moment is not of a defer, or not after the moment asked about")
        try Self.require(
            lapsesAt.map { outcome == .allow && question.at < $0 } ?? true,
            "moment of lapsing is not of an allow, or not after the moment asked about")
    }

    private static func check(_ categories: [String]) throws(ModelError) {
        try require(!categories.isEmpty, "list of categories is empty")
        try check(categories.count, most: mostCategories, "categories")
        for category in categories { try check(identifier: category, "category") }
        try require(Set(categories).count == categories.count, "list of categories names one twice")
    }

    private static func check(identifier: String, _ what: String) throws(ModelError) {
        try require(FieldKind.isIdentifier(identifier), "\(what) is not 1 to 64 of a–z, 0–9 and “-”")
    }

    private static func check(text: String, most: Int, _ what: String) throws(ModelError) {
        try require(
            1...most ~= text.utf8.count
                && !text.unicodeScalars.contains { $0.value < 0x20 || 0x7f...0x9f ~= $0.value },
            "\(what) is not 1 to \(most) bytes without control characters")
    }

    private static func check(_ word: String, in vocabulary: Vocabulary) throws(ModelError) {
        try require(vocabulary.contains(word), "\(vocabulary.rawValue) is none of the words for it")
    }

    private static func check(_ count: Int, most: Int, _ what: String) throws(ModelError) {
        guard count <= most else {
            throw ModelError(.tooLarge, "a decision of a clearance has at most \(most) \(what); this one has \(count)")
        }
    }

    private static func require(_ condition: Bool, _ problem: String) throws(ModelError) {
        guard condition else { throw ModelError(.badValue, "the decision of a clearance cannot be so: its \(problem)") }
    }
}

extension DecisionLeaf {
    /// The last moment at which one may act on it, where its clearance ends at `end`. A moment of lapsing is the first at
    /// which one may not.
    public func goodUntil(_ end: Timestamp) -> Timestamp {
        lapsesAt.map { min(end, $0.subtracting(milliseconds: 1)) } ?? end
    }
}
