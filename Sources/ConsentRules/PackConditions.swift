internal import ConsentModel

/// The rules of the adopted packs that bear on one message, at the moment asked about.
struct PackConditions {
    /// A rule that is in force and about the message.
    struct Condition {
        let rule: Rule
        let reference: RuleReference
        /// Whether it is about the message for sure, and not only since a country is not known.
        let isCertain: Bool
        /// Whether the business itself adopted it, in its own chain.
        let isOwn: Bool

        /// Whether it says what the words of a notice must say.
        var isOnNotices: Bool { if case .notice = rule.effect { true } else { false } }
    }

    /// In the order of the packs' names and of the rules in them.
    let conditions: [Condition]
    /// When rules or packs that may bear on the message begin or end to count, after the moment asked about; ascending.
    let changes: [Timestamp]
    private let byCategory: [String: CategoryConditions]

    /// What the scope of a rule is held against.
    struct Message: Hashable {
        let channel: String
        let categoryClass: String
        let categories: [String]
        let senderCountry: String?
        let recipientCountry: String?
    }

    /// No packs at all.
    static let none = PackConditions(conditions: [], changes: [], byCategory: [:])

    private init(conditions: [Condition], changes: [Timestamp], byCategory: [String: CategoryConditions]) {
        self.conditions = conditions
        self.changes = changes
        self.byCategory = byCategory
    }

    /// Those of `adopted` about a message.
    init(_ adopted: [AdoptedPack], about message: Message, _ question: Question) {
        let packs = adopted.inForce(for: question.business, at: question.at, knownAt: question.knownAt)
        let conditions = packs.flatMap { adopted in
            adopted.pack.rules.compactMap { rule -> Condition? in
                guard rule.isInForce(at: question.at) else { return nil }
                // What is kept afterwards says nothing of the message.
                if case .keepEvidence = rule.effect { return nil }
                let coverage = rule.scope.coverage(of: message)
                guard coverage != .none else { return nil }
                return Condition(
                    rule: rule, reference: adopted.reference(to: rule), isCertain: coverage == .certain,
                    isOwn: adopted.business != nil)
            }
        }
        let notices = packs.flatMap { adopted in
            adopted.pack.rules.filter { rule in
                guard case .notice = rule.effect else { return false }
                return rule.scope.coverage(of: message) != .none
            }.map { (rule: $0, reference: adopted.reference(to: $0)) }
        }
        self.conditions = conditions
        changes = Self.changes(in: adopted, about: message, question)
        byCategory = Dictionary(
            uniqueKeysWithValues: message.categories.map { category in
                let about = conditions.filter { $0.rule.scope.categories?.contains(category) ?? true }
                return (category, CategoryConditions(conditions: about, notices: notices))
            })
    }

    private static func changes(
        in adopted: [AdoptedPack], about message: Message, _ question: Question
    ) -> [Timestamp] {
        var times: Set<Timestamp> = []
        for pack in adopted
        where (pack.business ?? question.business) == question.business
            && question.knownAt.includes(index: pack.adoption, recordedAt: pack.recordedAt)
        {
            if pack.effectiveFrom > question.at { times.insert(pack.effectiveFrom) }
            for rule in pack.pack.rules where rule.scope.coverage(of: message) != .none {
                for time in [rule.effectiveFrom, rule.effectiveUntil] {
                    if let time, time > question.at { times.insert(time) }
                }
            }
        }
        return times.sorted()
    }

    /// Those about the message as a whole, whatever its categories.
    var aboutAll: CategoryConditions { CategoryConditions(conditions: conditions, notices: []) }

    /// Those about one of the message's categories.
    func about(_ category: Catalog.Category) -> CategoryConditions { byCategory[category.id] ?? .none }

    /// What forbids the message whatever was agreed to.
    var prohibitions: [Reason] {
        conditions.compactMap { condition in
            switch condition.rule.effect {
            case .prohibit: Reason(.prohibited, rule: condition.reference)
            case .notDecidable: Reason(.notDecidable, rule: condition.reference)
            default: nil
            }
        }
    }
}

/// The rules that bear on one category of a message.
struct CategoryConditions {
    let conditions: [PackConditions.Condition]
    /// What a notice must say, of every time: a notice is judged by the rules of the day on which it was shown.
    let notices: [(rule: Rule, reference: RuleReference)]

    static let none = CategoryConditions(conditions: [], notices: [])

    /// The first rule that another basis than consent does not satisfy; nothing but a record shows one.
    func consentRequired(besides recordedBasis: String?) -> RuleReference? {
        first { condition in
            guard case .requireConsent(let bases) = condition.rule.effect else { return false }
            return !(recordedBasis.map(bases.contains) ?? false)
        }
    }

    /// Why an opt-in verified and presented like that does not count, by a rule.
    func problem(verifications: [String], presentation: Presentation?) -> (code: Reason.Code, rule: RuleReference)? {
        for condition in conditions {
            switch condition.rule.effect {
            case .requireVerification(let due) where !verifications.contains(where: due.contains):
                return (.notVerified, condition.reference)
            case .refusePresentation(let ways) where presentation.map({ !$0.ways.isDisjoint(with: ways) }) ?? false:
                return (.presentationRefused, condition.reference)
            default: continue
            }
        }
        return nil
    }

    /// How long an opt-in counts at most.
    var consentLasts: (milliseconds: UInt64, rule: RuleReference)? {
        shortest { effect in
            guard case .consentLasts(let time) = effect else { return nil }
            return time
        }
    }

    /// How long a request that does not say may be confirmed.
    var requestLasts: UInt64 {
        duration(orElse: DecisionRules.defaultRequestValidity) { effect in
            guard case .requestLasts(let time) = effect else { return nil }
            return time
        }
    }

    /// How long a message of class service may follow the person's last one.
    var serviceWindow: (milliseconds: UInt64, rule: RuleReference?) {
        window(orElse: DecisionRules.defaultServiceWindow) { effect in
            guard case .serviceWindow(let time) = effect else { return nil }
            return time
        }
    }

    /// How long the confirmation of an opt-out may follow its recording.
    var optOutConfirmationWindow: (milliseconds: UInt64, rule: RuleReference?) {
        window(orElse: DecisionRules.defaultOptOutConfirmationWindow) { effect in
            guard case .optOutConfirmationWindow(let time) = effect else { return nil }
            return time
        }
    }

    /// The rule by which an opt-out of any scope covers the message.
    var widensOptOut: RuleReference? { first { $0.rule.effect == .widenOptOut } }

    /// Until when opt-ins without a notice count: only where the business itself said so, in the log.
    func unknownNoticeAccepted(at time: Timestamp) -> (until: Timestamp, rule: RuleReference)? {
        var longest: (until: Timestamp, rule: RuleReference)?
        for condition in conditions where condition.isOwn && condition.isCertain {
            guard case .acceptUnknownNotice(let until) = condition.rule.effect, time < until else { continue }
            if longest.map({ $0.until < until }) ?? true { longest = (until, condition.reference) }
        }
        return longest
    }

    /// How long it is, and the rule that says so where one does.
    private func window(
        orElse usual: UInt64, _ read: (RuleEffect) -> UInt64?
    ) -> (milliseconds: UInt64, rule: RuleReference?) {
        let milliseconds = duration(orElse: usual, read)
        let shortest = shortest(read)
        return (milliseconds, shortest?.milliseconds == milliseconds ? shortest?.rule : nil)
    }

    private func first(where isMeant: (PackConditions.Condition) -> Bool) -> RuleReference? {
        conditions.first(where: isMeant)?.reference
    }

    private func shortest(_ read: (RuleEffect) -> UInt64?) -> (milliseconds: UInt64, rule: RuleReference)? {
        conditions.compactMap { condition in read(condition.rule.effect).map { ($0, condition.reference) } }
            .min { $0.0 < $1.0 }
    }

    /// The shortest of the rules; one that may not be about the message shortens and does not lengthen.
    private func duration(orElse usual: UInt64, _ read: (RuleEffect) -> UInt64?) -> UInt64 {
        let certain = conditions.filter(\.isCertain).compactMap { read($0.rule.effect) }.min() ?? usual
        return conditions.compactMap { read($0.rule.effect) }.reduce(certain, min)
    }
}

extension RuleScope {
    /// Whether a rule is about a message.
    enum Coverage {
        case none
        /// Only if a country that is not known is one that it names.
        case possible
        case certain
    }

    func coverage(of message: PackConditions.Message) -> Coverage {
        if let channels, !channels.contains(message.channel) { return .none }
        if let classes, !classes.contains(message.categoryClass) { return .none }
        if let categories, !message.categories.contains(where: categories.contains) { return .none }
        var coverage = Coverage.certain
        for (country, listed, excepted) in [
            (message.senderCountry, senderCountries, exceptSenderCountries),
            (message.recipientCountry, recipientCountries, exceptRecipientCountries),
        ] {
            guard let country else {
                if listed != nil || excepted != nil { coverage = .possible }
                continue
            }
            if let listed, !listed.contains(country) { return .none }
            if let excepted, excepted.contains(country) { return .none }
        }
        return coverage
    }
}

extension Presentation {
    /// The ways of presenting that rules can refuse, by the words they refuse them with.
    fileprivate var ways: Set<String> {
        var ways: Set<String> = []
        if preTicked { ways.insert("pre-ticked") }
        if bundled { ways.insert("bundled") }
        if conditionOfPurchase { ways.insert("condition-of-purchase") }
        return ways
    }
}
