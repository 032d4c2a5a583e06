internal import ConsentLedger
internal import ConsentRules

extension LedgerWriter {
    /// Throws `unknownSource` for a source that a request names and the ledger does not sign for: that is no fault of its
    /// keys.
    func refuseUnheld(_ source: String?) throws(RulesError) {
        guard let source,
            currentCatalog().sources[source]?.keys.contains(where: { $0.custody == "ledger" }) != true
        else { return }
        throw RulesError(
            .unknownSource,
            "the ledger signs for no source “\(source.prefix(64))”; GET /v1/sources lists those there are")
    }
}
