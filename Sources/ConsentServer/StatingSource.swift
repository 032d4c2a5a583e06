internal import ConsentLedger
internal import ConsentRules

extension LedgerWriter {
    /// Throws `unknownSource` for a source that a request names and the ledger does not sign for, or not for the business: that
    /// is no fault of its keys, and whether another business has one of that name is not told.
    func refuseUnheld(_ source: String?, for business: String?) throws(RulesError) {
        guard let source,
            currentCatalog().sources[source]?.keys.contains(where: { key in
                key.custody == "ledger" && business.map { key.businesses?.contains($0) != false } ?? true
            }) != true
        else { return }
        throw RulesError(
            .unknownSource,
            "the ledger signs for no source “\(source.prefix(64))”; GET /v1/sources lists those there are")
    }
}
