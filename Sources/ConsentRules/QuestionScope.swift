internal import ConsentModel

/// A question about one category, its words found in the catalog, as far as the catalog may be known. A class, since it
/// is handed about for every event of a contact.
final class QuestionScope: Sendable {
    let at: Timestamp
    let channel: String
    let category: Catalog.Category
    /// The record that retired the category, if that is known and was so at the time asked about.
    let retirement: UInt64?
    /// The rules of packs about it.
    let conditions: CategoryConditions
    let subject: MessageSubject
    private let sender: String?

    init(
        _ question: Question, _ subject: MessageSubject, _ category: Catalog.Category, catalog: Catalog,
        conditions: CategoryConditions
    ) {
        at = question.at
        channel = question.channel
        self.category = category
        retirement = category.window.until.flatMap { until in
            until < subject.size && catalog.recordedAt(until).map { $0 <= question.at } ?? true ? until : nil
        }
        self.conditions = conditions
        self.subject = subject
        sender = question.sender
    }

    private var brand: String? { subject.brand }

    /// What a do-not-contact leaves: a legal obligation, and the code that the person just asked for.
    var isExemptFromDoNotContact: Bool {
        category.basis == "legal-obligation" || category.categoryClass == "authentication"
    }

    /// The notice an opt-in names.
    func notice(of carrier: Act) -> Catalog.Notice? {
        carrier.event.notice.flatMap { subject.business.notice($0, shownAt: carrier.earliest, before: carrier.index) }
    }

    /// Whether a grant of that scope covers the question: it must name the channel and the category, and where it is
    /// limited to senders or brands, the question must be about one of them.
    func isCovered(byGrant event: Event) -> Bool {
        guard let channels = event.channels, channels.contains(channel) else { return false }
        guard let categories = event.categories, categories.contains(category.id) else { return false }
        if let senders = event.senders, !(sender.map(senders.contains) ?? false) { return false }
        if let brands = event.brands, !(brand.map(brands.contains) ?? false) { return false }
        return true
    }

    /// Whether words shown for a brand cover the question: it must be about that brand. Words of no brand are the
    /// business's, and cover all.
    func isCovered(byBrandOf notice: Catalog.Notice?) -> Bool { notice?.brand.map { $0 == brand } ?? true }

    /// Whether a restriction of that scope covers the question: what it does not name it covers, a class covers its
    /// categories, a question without sender is covered by a stop for any sender, and of a stop that names senders and
    /// brands, both are stopped.
    func isCovered(byRestriction event: Event) -> Bool {
        if let channels = event.channels, !channels.contains(channel) { return false }
        if event.categories != nil, !isNamed(by: event) { return false }
        let bySender = event.senders.map { senders in sender.map(senders.contains) ?? true }
        let byBrand = event.brands.map { brands in brand.map(brands.contains) ?? true }
        return bySender == nil && byBrand == nil || bySender ?? false || byBrand ?? false
    }

    /// Whether a restriction speaks of the question's very category or of its class.
    func isNamed(by event: Event) -> Bool {
        guard let categories = event.categories else { return false }
        return categories.contains(category.id) || categories.contains(category.categoryClass)
    }

    /// The rule by which an opt-out that does not speak of the question covers it all the same.
    func widening(of event: Event) -> RuleReference? {
        guard let rule = conditions.widensOptOut else { return nil }
        return switch event.type {
        case .consentWithdrawn, .objected, .reviewOpened: rule
        case .reviewDecided: event.text(.outcome) == "opt-out" ? rule : nil
        default: nil
        }
    }
}
