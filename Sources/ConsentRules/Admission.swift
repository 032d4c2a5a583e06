public import ConsentModel

/// Whether an event may stand at its place in the log: what the writer checks before it sequences and what a verifier
/// checks again at the level `replay`. What a contact's earlier events make of it is for the decision, so that this needs
/// nothing but the catalog.
extension Catalog {
    /// How far in the future a live act may lie, for clocks that differ, in milliseconds.
    public static let clockTolerance: UInt64 = 5 * 60 * 1000

    /// Judges a notice for a grant given at a time on those channels and in those categories.
    public typealias NoticeJudge = (
        _ notice: Notice, _ business: Business, _ channels: [String], _ categories: [String], _ shownAt: Timestamp
    ) throws(RulesError) -> [NoticeProblem]

    /// Throws the rule that a consent event breaks at `index`: an unknown business, category, sender or brand,
    /// `fromTheFuture`, or what is wrong with the notice it names. Restrictions are only held to naming what exists: where
    /// someone's stop does not, it is made wider before it gets here. `judge` is asked about the notices of live grants;
    /// without it, as in a replay, what notices say is not judged.
    public func admit(
        _ event: Event, business id: String, index: UInt64, recordedAt: Timestamp, judge: NoticeJudge? = nil
    ) throws(RulesError) {
        guard !event.type.isGovernance else { return }
        let business = try business(id, at: index)
        func isKnown(_ window: Window?) -> Bool { window.map { $0.from < index } ?? false }
        for category in event.categories ?? [] where !isKnown(business.categories[category]?.window) {
            throw unknownCategory(category, business, at: index)
        }
        for sender in event.senders ?? [] where !isKnown(business.senders[sender]?.window) {
            throw RulesError(
                .unknownSender, "the business “\(id)” has no sender “\(sender)”; add it with: consent sender add")
        }
        for brand in event.brands ?? [] where !isKnown(business.brands[brand]?.window) {
            throw RulesError(
                .unknownBrand, "the business “\(id)” has no brand “\(brand)”; add it with: consent brand add")
        }
        guard !event.type.isRestriction else { return }
        if let start = event.occurredAt?.start, start > recordedAt.adding(milliseconds: Self.clockTolerance) {
            throw RulesError(
                .fromTheFuture,
                "a \(event.type.name) that occurs at \(start) cannot be recorded at \(recordedAt); give the time at which it "
                    + "occurred, or set this machine's clock right")
        }
        try admitNotice(event, business, index: index, recordedAt: recordedAt, judge)
    }

    private func admitNotice(
        _ event: Event, _ business: Business, index: UInt64, recordedAt: Timestamp, _ judge: NoticeJudge?
    ) throws(RulesError) {
        guard let reference = event.notice else { return }
        let given = event.earliest(recordedAt: recordedAt)
        guard let notice = business.notice(reference, shownAt: given, before: index) else {
            throw RulesError(
                .unknownNotice,
                "the business “\(business.id)” has no notice “\(reference.name)” with that text; "
                    + "add it with: consent notice add")
        }
        let channels = (event.channels ?? []).filter { !notice.channels.contains($0) }
        let categories = (event.categories ?? []).filter { !notice.categories.contains($0) }
        guard channels.isEmpty, categories.isEmpty else {
            throw RulesError(
                .widerThanNotice,
                "the notice “\(notice.name)” does not speak of \((channels + categories).joined(separator: ", "))")
        }
        guard event.isImported || notice.couldBeShown(at: given) else {
            let since = notice.shown.map { "was shown from \($0.from)" } ?? "was recorded at \(notice.recordedAt)"
            throw RulesError(
                .olderThanNotice,
                "the notice “\(notice.name)” \(since), and the \(event.type.name) that names it "
                    + (event.occurredAt == nil ? "says no time" : "occurred at \(given)")
                    + "; an older text is added with: consent notice add --reconstructed --shown-from TIME")
        }
        guard !event.isImported, let judge else { return }
        let problems = try judge(notice, business, event.channels ?? [], event.categories ?? [], given)
        if let problem = problems.first(where: \.isRequired) {
            let rule = problem.rule.map { " (\(problem.pack?.id ?? ""), rule \($0.id))" } ?? ""
            throw RulesError(
                .defectiveNotice,
                "the notice “\(notice.name)” can carry no opt-in: \(problem)\(rule); see: consent notice lint --notice "
                    + "\(notice.name)")
        }
    }

    func unknownCategory(_ category: String, _ business: Business, at index: UInt64) -> RulesError {
        if let later = business.categories[category] {
            return RulesError(
                .unknownCategory,
                "the category “\(category)” of “\(business.id)” is defined by record \(later.window.from), which is not among "
                    + "those that may be known here; ask by what is recorded later")
        }
        let known = business.categories.values.filter { $0.window.from < index }.map(\.id).sorted()
        return RulesError(
            .unknownCategory,
            "the business “\(business.id)” has no category “\(category)”; it has: \(known.joined(separator: ", "))")
    }
}
