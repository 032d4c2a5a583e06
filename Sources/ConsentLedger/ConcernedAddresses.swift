public import ConsentModel
internal import ConsentRules

extension LedgerSnapshot {
    /// The addresses whose answers may be other ones since something was recorded of `handles`, contacts of `business`: theirs,
    /// then, in order, the other spellings of the same lines and the addresses of contacts that records ever tied to them,
    /// directly or by way of others (DESIGN §7.6). `nil` stands for one of `handles` that has no address any more.
    public func concernedAddresses(of handles: [ContactHandle], business: String) throws -> [ContactAddress?] {
        let own = try handles.map { try address(of: $0) }
        var bound: Set<ContactAddress> = []
        var seen = Set(handles)
        var waiting = handles
        while let handle = waiting.popLast() {
            var tied: [ContactHandle] = []
            if let address = try address(of: handle) {
                bound.insert(address)
                for spelling in address.otherSpellings {
                    bound.insert(spelling)
                    tied += try self.handles(of: spelling, business: business)
                }
            }
            let timeline = try timeline(of: handle)
            if timeline.hasLinks { tied += try self.handles(tiedIn: timeline) }
            waiting += tied.filter { seen.insert($0).inserted }
        }
        return own + bound.subtracting(own.compactMap(\.self)).sorted { $0.text < $1.text }
    }

    /// The contacts of every record that ties a contact to another, or unties them, in the order of its timeline: itself too.
    func handles(tiedIn timeline: ContactTimeline) throws -> [ContactHandle] {
        try timeline.entries.flatMap { entry -> [ContactHandle] in
            guard case .event(let event) = entry.payload, event.type.chains.contacts.upperBound > 1 else { return [] }
            return try record(at: entry.index).handles
        }
    }
}
