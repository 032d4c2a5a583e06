internal import ConsentModel
internal import Synchronization

/// Whether the words of notices say what they must. A text is read once.
final class NoticeWords: Sendable {
    private let texts: NoticeTexts
    private let read = Mutex<Set<UInt64>>([])

    init(_ texts: NoticeTexts) { self.texts = texts }

    /// What a notice lacks that was shown at a time; `nil` where it lacks nothing. Throws `missingText`.
    func defect(
        of notice: Catalog.Notice, shownAt time: Timestamp, _ scope: QuestionScope
    ) throws(RulesError) -> (rule: RuleReference?, what: String)? {
        guard !read.withLock({ $0.contains(notice.window.from) }) else { return nil }
        guard try texts.text(notice.textDigest) != nil else {
            throw RulesError(
                .missingText,
                "the text of the notice “\(notice.name)” (record \(notice.window.from)) is not there, so that nobody can tell "
                    + "what it says; run consent verify, and restore it from a copy")
        }
        read.withLock { _ = $0.insert(notice.window.from) }
        return nil
    }
}
