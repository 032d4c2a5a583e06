internal import ConsentModel

/// Answers questions from a contact's timeline and the catalog, by the rules of DESIGN §7. Pure: the same input gives
/// the same answer, today and in years.
public struct DecisionRules: Sendable {
    /// How long a request waits for its confirmation unless it says so, in milliseconds: seven days.
    public static let defaultRequestValidity: UInt64 = 7 * OccurredAt.day

    private let catalog: Catalog

    public init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// The answer for the contact of `timeline`; `nil` is a contact without any record. `linked` are the timelines of
    /// the contacts linked to it: their restrictions count here, their grants never do. Throws when there is no answer:
    /// an unknown business, category, channel or sender, or a record that this software does not understand.
    public func decide(
        _ question: Question, timeline: ContactTimeline?, linked: [ContactTimeline] = []
    ) throws(RulesError) -> Decision {
        let scope = try QuestionScope(question, catalog: catalog)
        let own = try known(timeline, question)
        var others: [ContactTimeline.Entry] = []
        for timeline in linked { others += try known(timeline, question) }
        return ContactHistory(
            of: timeline?.handle, own: own, linked: others, question: question, scope: scope, catalog: catalog
        ).decide()
    }

    /// The entries that may be known. An entry of unknown type could change the answer, so there is none (DESIGN §5).
    private func known(
        _ timeline: ContactTimeline?, _ question: Question
    ) throws(RulesError) -> [ContactTimeline.Entry] {
        let entries = (timeline?.entries ?? []).filter {
            question.knownAt.includes(index: $0.index, recordedAt: $0.recordedAt)
        }
        for entry in entries {
            if case .unknown(let type, _, _) = entry.payload {
                throw RulesError(
                    .notCovered,
                    "record \(entry.index) has the event type \(type), which this version does not know; "
                        + "no answer is given that it could change. Update this software")
            }
        }
        return entries
    }
}

/// A question whose words have been found in the catalog.
struct QuestionScope {
    let channel: String
    let category: Catalog.Category
    let sender: String?
    let brand: String?
    let isRetired: Bool

    init(_ question: Question, catalog: Catalog) throws(RulesError) {
        guard Vocabulary.channel.contains(question.channel) else {
            throw RulesError(
                .unknownChannel,
                "there is no channel “\(question.channel)”; there are: \(Vocabulary.channel.words.joined(separator: ", "))"
            )
        }
        if let basis = question.assertedBasis, !Vocabulary.basis.contains(basis) || basis == "consent" {
            throw RulesError(.unknownBasis, "“\(basis)” is not a basis other than consent")
        }
        // Words count as of everything recorded: a category defined later may be asked about at an earlier time, and the
        // answer is then what it must be, that nothing covers it.
        let business = try catalog.business(question.business, at: .max)
        guard let category = business.categories[question.category] else {
            throw catalog.unknownCategory(question.category, business, at: .max)
        }
        if let sender = question.sender {
            guard let known = business.senders[sender] else {
                throw RulesError(
                    .unknownSender,
                    "the business “\(business.id)” has no sender “\(sender)”; add it with: consent sender add")
            }
            guard known.channels.contains(question.channel) else {
                throw RulesError(
                    .unknownSender, "the sender “\(sender)” does not send by \(question.channel)")
            }
            brand = known.brand
        } else {
            brand = nil
        }
        let unknown = (catalog.unknownRecords + business.unknownRecords).min()
        if let unknown {
            throw RulesError(
                .notCovered,
                "record \(unknown) is governance of a type this version does not know; no answer is given that it could "
                    + "change. Update this software")
        }
        channel = question.channel
        self.category = category
        sender = question.sender
        isRetired = category.window.until.map { question.knownAt.coversRetirement(at: $0) } ?? false
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

    /// Whether a restriction of that scope covers the question: what it does not name it covers, a class covers its
    /// categories, and a question without sender is covered by a stop for any sender.
    func isCovered(byRestriction event: Event) -> Bool {
        if let channels = event.channels, !channels.contains(channel) { return false }
        if event.categories != nil, !namesCategory(event) { return false }
        if let senders = event.senders, let sender, !senders.contains(sender) { return false }
        if let brands = event.brands, let brand, !brands.contains(brand) { return false }
        return true
    }

    /// Whether a restriction speaks of the question's very category or of its class.
    func namesCategory(_ event: Event) -> Bool {
        guard let categories = event.categories else { return false }
        return categories.contains(category.id) || categories.contains(category.categoryClass)
    }
}

extension KnownAt {
    /// Whether a category retired by the record at `index` counts as retired. A retirement known only by time is taken
    /// as known: it can only deny.
    fileprivate func coversRetirement(at index: UInt64) -> Bool {
        if case .size(let size) = self { return index < size }
        return true
    }
}
