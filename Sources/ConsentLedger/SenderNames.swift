public import ConsentRules

extension Catalog.Business {
    /// The senders that another system calls by one of `names`, its best name first: by our id, or by an address of theirs.
    /// The first name that is known may be of several, such as one number that sends by two channels.
    public func senders(named names: [String]) -> [String] {
        for name in names {
            let number = digits(of: name)
            let named = senders.values.filter { sender in
                sender.id == name
                    || sender.addresses.contains { $0 == name || number != nil && digits(of: $0) == number }
            }
            if !named.isEmpty { return named.map(\.id).sorted() }
        }
        return []
    }
}

/// The digits of what can only be a phone number: WhatsApp leaves out the plus, and sometimes puts in spaces.
private func digits(of text: String) -> String? {
    guard text.utf8.allSatisfy({ "0123456789+- ()".utf8.contains($0) }) else { return nil }
    let digits = text.filter(\.isNumber)
    return digits.utf8.count >= 7 ? digits : nil
}
