internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird

/// What the ledger says of itself: businesses, what they send and say, sources and rules. Changed by events of those types.
enum CatalogRoutes {
    static let routes = [
        list("/v1/businesses", "businesses") { catalog, access, _ in
            catalog.businesses.values.filter { access.opens($0.id) }.sorted { $0.window.from < $1.window.from }.map(
                \.json)
        },
        ofBusiness("brands") { business in
            business.brands.values.sorted { $0.window.from < $1.window.from }.map { $0.json(business.id) }
        },
        ofBusiness("senders") { business in
            business.senders.values.sorted { $0.window.from < $1.window.from }.map { $0.json(business.id) }
        },
        ofBusiness("categories") { business in
            business.categories.values.sorted { ($0.window.from, $0.id) < ($1.window.from, $1.id) }.map {
                $0.json(business.id)
            }
        },
        ofBusiness("notices") { business in business.notices.map { $0.json(business.id) } },
        list("/v1/sources", "sources") { catalog, access, _ in
            access.sourceKeys(in: catalog).map { $0.key.json(source: $0.source) }
        },
        list("/v1/rule-packs", "rule-packs") { catalog, access, _ in
            catalog.adoptions.filter { $0.business.map(access.opens) ?? true }.map(\.json)
        },
        lint,
    ]

    private static func list(
        _ path: String, _ operation: String,
        _ items: @escaping @Sendable (Catalog, Access, Exchange) throws -> [JSON]
    ) -> Route {
        Route(method: .get, path: path, operation: operation, roles: Set(Role.allCases)) { exchange in
            _ = try exchange.query()
            let access = try exchange.access
            let found = try await exchange.server.ledger.read { try items($0.catalog, access, exchange) }
            return Response(["items": .array(found)])
        }
    }

    private static func ofBusiness(
        _ name: String, _ items: @escaping @Sendable (Catalog.Business) -> [JSON]
    ) -> Route {
        list("/v1/businesses/{business}/\(name)", name) { catalog, access, exchange in
            items(try access.business(exchange.parameters["business"], in: catalog))
        }
    }

    /// Judges the words of a notice by the rules in force when it is shown, and records nothing.
    private static let lint = Route(
        method: .post, path: "/v1/notices/lint", operation: "lint", roles: Set(Role.allCases)
    ) { exchange in
        var members = try await exchange.members()
        let name = try members.text("business")
        let text = try members.needed("text")
        let language = try members.needed("language")
        let channels = try members.texts("channels")
        let categories = try members.texts("categories") ?? ["marketing"]
        let brand = try members.text("brand")
        let shown = try members.time("shown")?.start
        try members.finish()
        for channel in channels ?? [] where !Vocabulary.channel.words.contains(channel) {
            throw RulesError(.unknownChannel, "there is no channel “\(channel.prefix(64))”")
        }
        let access = try exchange.access
        let problems = try await exchange.server.ledger.read { [clock = exchange.server.clock] snapshot in
            let business = try access.business(name, in: snapshot.catalog)
            for id in categories where business.categories[id] == nil {
                throw RulesError(.unknownCategory, "the business “\(business.id)” has no category “\(id.prefix(64))”")
            }
            if let brand, business.brands[brand] == nil {
                throw RulesError(.unknownBrand, "the business “\(business.id)” has no brand “\(brand.prefix(64))”")
            }
            let now = max(clock.now(), snapshot.lastRecordedAt)
            let wording = NoticeWording(
                text: text, language: language, channels: channels ?? Vocabulary.channel.words, categories: categories,
                of: business, brand: brand)
            let packs = try snapshot.packs(business: business.id).inForce(for: business.id, at: now)
            return NoticeLint.problems(of: wording, packs: packs, shownAt: shown ?? now)
        }
        return Response([
            "outcome": .string(problems.contains(where: \.isRequired) ? "defective" : "usable"),
            "problems": .array(problems.map(\.json)),
        ])
    }
}
