internal import ConsentModel

/// A question whose words have been found in the catalog, as far as the catalog may be known.
struct QuestionScope {
    let at: Timestamp
    let channel: String
    let category: Catalog.Category
    /// The record that retired the category, if that is known and was so at the time asked about.
    let retirement: UInt64?
    private let sender: String?
    private let brand: String?
    private let business: Catalog.Business

    init(_ question: Question, catalog: Catalog) throws(RulesError) {
        guard Vocabulary.channel.contains(question.channel) else {
            let known = Vocabulary.channel.words.joined(separator: ", ")
            throw RulesError(.unknownChannel, "there is no channel “\(question.channel)”; there are: \(known)")
        }
        if let basis = question.assertedBasis, !Vocabulary.basis.contains(basis) || basis == "consent" {
            let known = Vocabulary.basis.words.filter { $0 != "consent" }.joined(separator: ", ")
            throw RulesError(.unknownBasis, "“\(basis)” is not a basis other than consent; there are: \(known)")
        }
        let size = catalog.size(knownAt: question.knownAt)
        business = try catalog.business(question.business, at: size)
        if let unknown = (catalog.unknownRecords + business.unknownRecords).min(), unknown < size {
            throw RulesError(
                .notCovered,
                "record \(unknown) is governance of a type this version does not know; no answer is given that it could "
                    + "change. Update this software")
        }
        guard let category = business.categories[question.category], category.window.from < size else {
            throw catalog.unknownCategory(question.category, business, at: size)
        }
        brand = try Self.brand(of: question, business, at: size)
        at = question.at
        channel = question.channel
        self.category = category
        retirement = category.window.until.flatMap { until in
            until < size && catalog.recordedAt(until).map { $0 <= question.at } ?? true ? until : nil
        }
        sender = question.sender
    }

    private static func brand(
        of question: Question, _ business: Catalog.Business, at size: UInt64
    ) throws(RulesError) -> String? {
        guard let id = question.sender else { return nil }
        guard let sender = business.senders[id], sender.window.from < size else {
            throw RulesError(
                .unknownSender,
                "the business “\(business.id)” has no sender “\(id)”; add it with: consent sender add")
        }
        guard sender.channels.contains(question.channel) else {
            throw RulesError(.unknownSender, "the sender “\(id)” does not send by \(question.channel)")
        }
        return sender.brand
    }

    /// What a do-not-contact leaves: a legal obligation, and the code that the person just asked for.
    var isExemptFromDoNotContact: Bool {
        category.basis == "legal-obligation" || category.categoryClass == "authentication"
    }

    /// The notice an opt-in names.
    func notice(of carrier: Act) -> Catalog.Notice? {
        carrier.event.notice.flatMap { business.notice($0, shownAt: carrier.earliest, before: carrier.index) }
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
    /// categories, and a question without sender is covered by a stop for any sender.
    func isCovered(byRestriction event: Event) -> Bool {
        if let channels = event.channels, !channels.contains(channel) { return false }
        if event.categories != nil, !isNamed(by: event) { return false }
        if let senders = event.senders, let sender, !senders.contains(sender) { return false }
        if let brands = event.brands, let brand, !brands.contains(brand) { return false }
        return true
    }

    /// Whether a restriction speaks of the question's very category or of its class.
    func isNamed(by event: Event) -> Bool {
        guard let categories = event.categories else { return false }
        return categories.contains(category.id) || categories.contains(category.categoryClass)
    }
}
