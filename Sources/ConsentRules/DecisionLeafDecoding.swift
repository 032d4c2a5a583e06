public import ConsentModel
internal import LedgerCrypto

extension DecisionLeaf {
    /// Reads a leaf. Throws `encoding`, `form`, `unknownField`, `missingField`, `badValue` or `tooLarge` unless it is
    /// exactly what `encoded` gives.
    public init(decoding bytes: [UInt8]) throws(ModelError) {
        guard bytes.count <= Self.mostBytes else { throw Self.tooLarge }
        var decoder = CBORDecoder(bytes)
        guard try decoder.array(most: 4) == 4, try decoder.text() == Self.tag else {
            throw ModelError(.form, "this is not a decision of a clearance, whose tag is “\(Self.tag)”", at: 0)
        }
        salt = Array(try decoder.byteString())
        var asked = DecodedQuestion()
        try decoder.map(named: "question") { key, decoder throws(ModelError) in
            try asked.take(QuestionKey(rawValue: key), from: &decoder)
        }
        ledgerID = try Self.due(asked.ledgerID, "the ledger-id")
        contact = try Self.due(asked.contact, "the contact")
        handle = asked.handle
        otherHandles = asked.otherHandles
        reference = asked.reference
        question = try asked.question()

        var answered = DecodedAnswer()
        try decoder.map(named: "answer") { key, decoder throws(ModelError) in
            try answered.take(AnswerKey(rawValue: key), from: &decoder)
        }
        outcome = try Self.due(answered.outcome, "the outcome")
        reasons = answered.reasons
        nextAllowedAt = answered.nextAllowedAt
        lapsesAt = answered.lapsesAt
        packs = answered.packs
        try decoder.end()
        try check()
        // What has two spellings, such as an empty list or a purpose that need not be said, is refused by this.
        guard encoded().bytes == bytes else {
            throw ModelError(.encoding, "the decision is not in the one encoding that it has")
        }
    }

    fileprivate static func due<Value>(_ value: Value?, _ what: String) throws(ModelError) -> Value {
        guard let value else { throw ModelError(.missingField, "the decision does not say \(what)") }
        return value
    }

    fileprivate static func unknown(_ what: String) -> ModelError {
        ModelError(.unknownField, "\(what) of the decision has a key that this version does not know")
    }

    private struct DecodedQuestion {
        var ledgerID: SHA256Digest?
        var business: String?
        var contact: String?
        var handle: ContactHandle?
        var otherHandles: [ContactHandle] = []
        var channel: String?
        var categories: [String] = []
        var sender: String?
        var template: String?
        var purpose = Question.Purpose.message
        var at: Timestamp?
        var assertedBasis: String?
        var replyingTo: Timestamp?
        var recipient = Recipient()
        var usesSince: Timestamp?
        var uses: [Use] = []
        var reference: String?

        mutating func take(_ key: QuestionKey?, from decoder: inout CBORDecoder) throws(ModelError) {
            switch key {
            case .ledgerID: ledgerID = try decoder.digest()
            case .business: business = try decoder.text()
            case .contact: contact = try decoder.text()
            case .handle: handle = try decoder.handle()
            case .otherHandles:
                otherHandles = try decoder.list(most: DecisionLeaf.mostHandles) { decoder throws(ModelError) in
                    try decoder.handle()
                }
            case .channel: channel = try decoder.text()
            case .categories: categories = try decoder.texts(most: DecisionLeaf.mostCategories)
            case .sender: sender = try decoder.text()
            case .template: template = try decoder.text()
            case .purpose: purpose = try decoder.word()
            case .at: at = try decoder.moment()
            case .assertedBasis: assertedBasis = try decoder.text()
            case .replyingTo: replyingTo = try decoder.moment()
            case .country: recipient.country = try decoder.text()
            case .clocks:
                recipient.clocks = try decoder.list(most: DecisionLeaf.mostClocks) { decoder throws(ModelError) in
                    try decoder.clock()
                }
            case .usesSince: usesSince = try decoder.moment()
            case .uses:
                uses = try decoder.list(most: DecisionLeaf.mostUses) { decoder throws(ModelError) in
                    try decoder.use()
                }
            case .reference: reference = try decoder.text()
            case nil: throw DecisionLeaf.unknown("the question")
            }
        }

        func question() throws(ModelError) -> Question {
            return Question(
                business: try due(business, "the business"), channel: try due(channel, "the channel"),
                category: categories.first ?? "", alsoAbout: Array(categories.dropFirst()), template: template,
                sender: sender,
                at: try due(at, "the moment asked about"), assertedBasis: assertedBasis, replyingTo: replyingTo,
                purpose: purpose, recipient: recipient, uses: uses, usesSince: usesSince)
        }
    }

    private struct DecodedAnswer {
        var outcome: Decision.Outcome?
        var reasons: [StatedReason] = []
        var nextAllowedAt: Timestamp?
        var lapsesAt: Timestamp?
        var packs: [PackInForce] = []

        mutating func take(_ key: AnswerKey?, from decoder: inout CBORDecoder) throws(ModelError) {
            switch key {
            case .outcome: outcome = try decoder.word() as Decision.Outcome
            case .reasons:
                reasons = try decoder.list(most: DecisionLeaf.mostReasons) { decoder throws(ModelError) in
                    try decoder.reason()
                }
            case .nextAllowedAt: nextAllowedAt = try decoder.moment()
            case .lapsesAt: lapsesAt = try decoder.moment()
            case .packs:
                packs = try decoder.list(most: DecisionLeaf.mostPacks) { decoder throws(ModelError) in
                    try decoder.pack()
                }
            case nil: throw DecisionLeaf.unknown("the answer")
            }
        }
    }
}

extension CBORDecoder {
    /// A map whose keys are unsigned and ascend; `body` reads the value of each.
    fileprivate mutating func map(
        named what: String, _ body: (UInt64, inout CBORDecoder) throws(ModelError) -> Void
    ) throws(ModelError) {
        var previous: UInt64?
        for _ in 0..<(try map(most: 32)) {
            let key = try unsigned()
            guard previous.map({ $0 < key }) ?? true else {
                throw ModelError(.encoding, "the keys of the \(what) do not ascend at byte \(offset)", at: offset)
            }
            previous = key
            try body(key, &self)
        }
    }

    fileprivate mutating func list<Item>(
        most: Int, _ item: (inout CBORDecoder) throws(ModelError) -> Item
    ) throws(ModelError) -> [Item] {
        var items: [Item] = []
        for _ in 0..<(try array(most: most)) { items.append(try item(&self)) }
        return items
    }

    fileprivate mutating func texts(most: Int) throws(ModelError) -> [String] {
        try list(most: most) { decoder throws(ModelError) in try decoder.text() }
    }

    fileprivate mutating func word<Word: RawRepresentable<String>>() throws(ModelError) -> Word {
        guard let word = Word(rawValue: try text()) else {
            throw ModelError(
                .badValue, "the decision has a word that this version does not know, before byte \(offset)")
        }
        return word
    }

    fileprivate mutating func moment() throws(ModelError) -> Timestamp {
        guard let moment = Timestamp(milliseconds: try unsigned()) else {
            throw ModelError(.badValue, "the decision has a time after the year 9999, before byte \(offset)")
        }
        return moment
    }

    fileprivate mutating func digest() throws(ModelError) -> SHA256Digest {
        guard let digest = SHA256Digest(try byteString()) else {
            throw ModelError(.badValue, "the decision has a hash that is not 32 bytes, before byte \(offset)")
        }
        return digest
    }

    fileprivate mutating func handle() throws(ModelError) -> ContactHandle {
        guard let handle = ContactHandle(try byteString()) else {
            throw ModelError(.badValue, "the decision has a handle that is not 16 bytes, before byte \(offset)")
        }
        return handle
    }

    private mutating func exactly(_ count: Int) throws(ModelError) {
        guard try array(most: count) == count else {
            throw ModelError(.form, "the decision has an array that is not of \(count) items, before byte \(offset)")
        }
    }

    fileprivate mutating func clock() throws(ModelError) -> LocalClock {
        try exactly(2)
        let name = try text()
        return LocalClock(
            name: name,
            offsets: try list(most: DecisionLeaf.mostOffsets) { decoder throws(ModelError) in
                try decoder.exactly(2)
                let since = try decoder.moment()
                let isNegative = decoder.nextKind == .negative
                let seconds = Int(clamping: isNegative ? try decoder.negative() : try decoder.unsigned())
                return LocalClock.Offset(since: since, seconds: isNegative ? -1 - seconds : seconds)
            })
    }

    fileprivate mutating func use() throws(ModelError) -> Use {
        var at: Timestamp?
        var channel: String?
        var categories: [String] = []
        var categoryClass: String?
        var sender: String?
        var purpose = Question.Purpose.message
        var concerns: UInt64?
        try map(named: "use") { key, decoder throws(ModelError) in
            switch DecisionLeaf.UseKey(rawValue: key) {
            case .at: at = try decoder.moment()
            case .channel: channel = try decoder.text()
            case .categories: categories = try decoder.texts(most: DecisionLeaf.mostCategories)
            case .categoryClass: categoryClass = try decoder.text()
            case .sender: sender = try decoder.text()
            case .purpose: purpose = try decoder.word()
            case .concerns: concerns = try decoder.unsigned()
            case nil: throw DecisionLeaf.unknown("a use")
            }
        }
        return Use(
            at: try DecisionLeaf.due(at, "when a use was"),
            channel: try DecisionLeaf.due(channel, "the channel of a use"), categories: categories,
            categoryClass: try DecisionLeaf.due(categoryClass, "the class of a use"), sender: sender, purpose: purpose,
            concerns: concerns)
    }

    fileprivate mutating func reason() throws(ModelError) -> DecisionLeaf.StatedReason {
        var code: String?
        var records: [UInt64] = []
        var time: Timestamp?
        var rule: DecisionLeaf.StatedRule?
        var category: String?
        try map(named: "reason") { key, decoder throws(ModelError) in
            switch DecisionLeaf.ReasonKey(rawValue: key) {
            case .code: code = try decoder.text()
            case .records:
                records = try decoder.list(most: DecisionLeaf.mostRecords) { decoder throws(ModelError) in
                    try decoder.unsigned()
                }
            case .time: time = try decoder.moment()
            case .rule:
                try decoder.exactly(2)
                rule = DecisionLeaf.StatedRule(pack: try decoder.digest(), rule: try decoder.text())
            case .category: category = try decoder.text()
            case nil: throw DecisionLeaf.unknown("a reason")
            }
        }
        return DecisionLeaf.StatedReason(
            code: try DecisionLeaf.due(code, "the code of a reason"), records: records, time: time, rule: rule,
            category: category)
    }

    fileprivate mutating func pack() throws(ModelError) -> DecisionLeaf.PackInForce {
        try exactly(4)
        return DecisionLeaf.PackInForce(
            name: try text(), version: try text(), digest: try digest(), adoption: try unsigned())
    }
}
