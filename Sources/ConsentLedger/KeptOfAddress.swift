public import ConsentModel
internal import ConsentRules

/// What is kept under an address beside its contact.
extension LedgerSnapshot {
    /// Whether the address was erased and a suppression keeps imports from bringing it back.
    public func isSuppressed(_ address: ContactAddress, business: String) throws -> Bool {
        try registry.isSuppressed(address, business: business, keys: keys)
    }

    /// The contacts that had the address before and lost it to a change of number or to another person, the oldest first.
    /// Whose they are, the address does not tell.
    public func formerContacts(of address: ContactAddress, business: String) throws -> [ContactHandle] {
        // A question about the earliest moment is one that they may answer.
        let question = Question(business: business, channel: "", category: "", at: .epoch)
        return try closed(try keys.tag(of: address, business: business), before: question)
    }
}
