internal import ConsentModel
internal import Synchronization

/// Whether the words of notices say what they must. A text is read, and judged for one kind of message, once.
final class NoticeWords: Sendable {
    private let texts: NoticeTexts
    private let judged = Mutex<[Case: [MissingWords]]>([:])

    /// What a verdict depends on.
    private struct Case: Hashable {
        let notice: UInt64
        let business: String
        let channel: String
        let category: String
        /// The rules in force, each by the record that adopted its pack and its place among the pack's.
        let rules: [RuleKey]
    }

    private struct RuleKey: Hashable {
        let adoption: UInt64
        let rule: String
        let effectiveFrom: Timestamp?
    }

    private static let mostJudged = 4096

    init(_ texts: NoticeTexts) { self.texts = texts }

    /// What a notice that was shown at a time had to say and does not. Throws `missingText`.
    func missing(
        in notice: Catalog.Notice, shownAt time: Timestamp, _ scope: QuestionScope
    ) throws(RulesError) -> [MissingWords] {
        let business = scope.subject.business
        let rules = scope.conditions.notices.filter { $0.rule.isInForce(at: time) }
        let this = Case(
            notice: notice.window.from, business: business.id, channel: scope.channel, category: scope.category.id,
            rules: rules.map {
                RuleKey(adoption: $0.reference.adoption, rule: $0.rule.id, effectiveFrom: $0.rule.effectiveFrom)
            })
        if let missing = judged.withLock({ $0[this] }) { return missing }
        guard let text = try texts.text(notice.textDigest) else {
            throw RulesError(
                .missingText,
                "the text of the notice “\(notice.name)” (record \(notice.window.from)) is not there, so that nobody can tell "
                    + "what it says; run consent verify, and restore it from a copy")
        }
        let wording = NoticeWording(
            notice, text: text, of: business, channels: [scope.channel], categories: [scope.category.id])
        let missing = NoticeLint.missing(in: wording, by: rules, shownAt: time)
        judged.withLock { judged in
            if judged.count >= Self.mostJudged { judged = [:] }
            judged[this] = missing
        }
        return missing
    }
}
