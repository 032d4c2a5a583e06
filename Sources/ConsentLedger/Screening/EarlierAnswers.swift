internal import ConsentModel
internal import ConsentRules

/// What the answers in the file of an earlier screening rest on: the same question, by the first so many records. Of the
/// rows that have another answer now, it is shown that they had theirs.
struct EarlierAnswers: Sendable {
    /// A row whose answer is another one now.
    struct Changed {
        let line: Int
        let contact: ContactAddress
        /// The decision in the file.
        let was: ArraySlice<UInt8>
        let verdict: ScreeningSummary.Verdict
    }

    private let size: UInt64
    /// The question by those records, at the first and at the last moment at which the file can have been written.
    private let questions: [Question]

    /// Throws where nobody could ask `question` of so few records.
    init(size: UInt64, _ question: Question, _ snapshot: LedgerSnapshot) throws {
        self.size = size
        guard size <= snapshot.size else {
            throw LedgerError(
                .badInput,
                "the ledger has \(snapshot.size) records, fewer than the \(size) that the earlier answers rest on: it is "
                    + "another ledger or an older copy, and what changed cannot be told")
        }
        var question = question
        question.knownAt = .size(size)
        do { try snapshot.check(question) } catch let error as RulesError {
            throw LedgerError(
                .badInput, "the earlier answers cannot rest on the ledger at size \(size): \(error)")
        }
        var first = question
        first.at = min(question.at, try snapshot.record(at: max(1, size) - 1).recordedAt)
        questions = [first, question]
    }

    /// Throws `badInput` where a row had another answer, by those records, than the file says. What changes by itself as
    /// time passes is not held against the file, neither is what waits.
    func refuseOthers(
        _ changed: [Changed], answering: ([Inquiry]) throws -> [Decision.Outcome?]
    ) throws {
        let settled: [ScreeningSummary.Verdict] = [.allow, .deny]
        let rows = changed.filter { row in
            settled.contains(row.verdict) && settled.contains { row.was.elementsEqual($0.rawValue.utf8) }
        }
        guard !rows.isEmpty else { return }
        let answers = try answering(rows.flatMap { row in questions.map { Inquiry($0, contact: row.contact) } })
        for (position, row) in rows.enumerated() {
            let found = answers[position * questions.count..<(position + 1) * questions.count].map {
                $0?.rawValue ?? ""
            }
            guard !found.contains(where: { row.was.elementsEqual($0.utf8) }) else { continue }
            throw LedgerError(
                .badInput,
                "the file's answers are not those of this question at size \(size): line \(row.line) says "
                    + "\(String(decoding: row.was, as: UTF8.self)), and it was \(found[0]). Ask what the file was asked, and name "
                    + "the size that its summary tells; or screen the whole list again")
        }
    }
}

extension LedgerSnapshot {
    /// The first moment at which the ledger had the business, the categories and the sender of `question`.
    func beginning(of question: Question) throws -> Timestamp {
        guard let business = catalog.businesses[question.business] else { return .epoch }
        var records = [business.window.from]
        for category in [question.category] + question.alsoAbout {
            if let category = business.categories[category] { records.append(category.window.from) }
        }
        if let sender = question.sender.flatMap({ business.senders[$0] }) { records.append(sender.window.from) }
        return try record(at: records.max() ?? 0).recordedAt
    }
}
