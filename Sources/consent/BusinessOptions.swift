internal import ArgumentParser
internal import ConsentLedger
internal import ConsentRules

/// Which business.
struct BusinessOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The business; may be left out where the ledger has one.", valueName: "id"))
    var business: String?

    /// The business that is named, or the only one there is.
    func business(in catalog: Catalog) throws -> Catalog.Business {
        if let business { return try catalog.business(business, at: .max) }
        let ids = catalog.businesses.keys.sorted()
        guard let id = ids.first else {
            throw RulesError(
                .unknownBusiness, "this ledger has no business yet; add one with: consent business add ID --name NAME")
        }
        guard ids.count == 1 else {
            throw LedgerError(
                .ambiguous,
                "this ledger has several businesses (\(ids.joined(separator: ", "))); name one with --business")
        }
        return try catalog.business(id, at: .max)
    }
}
