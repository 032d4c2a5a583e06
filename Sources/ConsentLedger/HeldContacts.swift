internal import ConsentModel
internal import ConsentRules

extension Catalog {
    /// Throws `held` where a hold forbids to erase one of these contacts.
    func refuseHeld(_ contacts: [ContactHandle], business: String, at time: Timestamp) throws(LedgerError) {
        guard !contacts.isEmpty, let hold = holds(on: contacts, business: business, at: time).first else { return }
        let what = hold.contact == nil ? "everything of \(business)" : "this contact"
        let end = hold.until.map { "until \($0)" } ?? "until it is lifted"
        throw LedgerError(
            .held,
            "the legal hold “\(hold.id)” (\(hold.reason), record \(hold.index)) keeps \(what) \(end); "
                + "nothing was erased. Lift it with: consent hold lift \(hold.id)")
    }
}
