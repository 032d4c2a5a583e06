internal import ConsentModel

/// What a message is about, found in the catalog as far as that may be known.
final class MessageSubject: Sendable {
    let business: Catalog.Business
    /// How many records may be known.
    let size: UInt64
    /// Each must be allowed; none where an opt-out of whatever is confirmed.
    let categories: [Catalog.Category]
    /// The class it counts as.
    let categoryClass: String
    let brand: String?

    init(_ question: Question, catalog: Catalog) throws(RulesError) {
        guard Vocabulary.channel.contains(question.channel) else {
            let known = Vocabulary.channel.words.joined(separator: ", ")
            throw RulesError(.unknownChannel, "there is no channel “\(question.channel)”; there are: \(known)")
        }
        if let basis = question.assertedBasis, !Vocabulary.basis.contains(basis) || basis == "consent" {
            let known = Vocabulary.basis.words.filter { $0 != "consent" }.joined(separator: ", ")
            throw RulesError(.unknownBasis, "“\(basis)” is not a basis other than consent; there are: \(known)")
        }
        size = catalog.size(knownAt: question.knownAt)
        business = try catalog.business(question.business, at: size)
        if let unknown = (catalog.unknownRecords + business.unknownRecords).min(), unknown < size {
            throw RulesError(
                .notCovered,
                "record \(unknown) is governance of a type this version does not know; no answer is given that it could "
                    + "change. Update this software")
        }
        var categories: [Catalog.Category] = []
        for id in try Self.names(question, business, catalog, size: size) {
            guard let category = business.categories[id], category.window.from < size else {
                throw catalog.unknownCategory(id, business, at: size)
            }
            if !categories.contains(where: { $0.id == id }) { categories.append(category) }
        }
        if try Self.isMarketingTemplate(question, business, catalog, size: size),
            !categories.contains(where: { $0.categoryClass == Self.marketing }),
            let marketing = business.categories[Self.marketing]
        {
            categories.append(marketing)
        }
        self.categories = categories
        brand = try Self.brand(of: question, business, at: size)
        // What confirms an opt-out answers what the person did, whatever that was about.
        categoryClass =
            question.purpose == .optOutConfirmation
            ? "service"
            : Self.weight.first { weight in categories.contains { $0.categoryClass == weight } } ?? "service"
    }

    private static let marketing = "marketing"
    /// A message about several categories counts as the first of these classes among them.
    private static let weight = [marketing, "utility", "service", "authentication"]

    /// The categories that the question and its template name.
    private static func names(
        _ question: Question, _ business: Catalog.Business, _ catalog: Catalog, size: UInt64
    ) throws(RulesError) -> [String] {
        let said = (question.category.isEmpty ? [] : [question.category]) + question.alsoAbout
        guard let name = question.template else {
            guard said.isEmpty, question.purpose != .optOutConfirmation else { return said }
            throw catalog.unknownCategory(question.category, business, at: size)
        }
        let template = try template(name, business, size: size)
        let mapped = template.category(at: question.at) { statement in
            statement.index < size
                && !catalog.isSuspect(statement.keyIdentifier, recordedAt: statement.recordedAt, size: size)
        }
        guard let mapped else {
            guard said.isEmpty else { return said }
            throw RulesError(
                .unknownTemplate,
                "what messages made from the template “\(name)” are about is not said; say it, or add it with: "
                    + "consent template map")
        }
        guard said.isEmpty || said.contains(mapped) else {
            throw RulesError(
                .contradictoryQuestion,
                "messages made from the template “\(name)” are about \(mapped), not about \(said.joined(separator: ", "))"
            )
        }
        return said.isEmpty ? [mapped] : said
    }

    private static func template(
        _ name: String, _ business: Catalog.Business, size: UInt64
    ) throws(RulesError) -> Template {
        guard let template = business.templates[name], template.statements.contains(where: { $0.index < size }) else {
            throw RulesError(
                .unknownTemplate,
                "the business “\(business.id)” has no template “\(name)”; add it with: consent template map")
        }
        return template
    }

    private static func isMarketingTemplate(
        _ question: Question, _ business: Catalog.Business, _ catalog: Catalog, size: UInt64
    ) throws(RulesError) -> Bool {
        guard let name = question.template else { return false }
        let marketing = try template(name, business, size: size).marketing(
            at: question.at, where: { $0.index < size },
            isSuspect: { catalog.isSuspect($0.keyIdentifier, recordedAt: $0.recordedAt, size: size) })
        return marketing != nil
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
}
