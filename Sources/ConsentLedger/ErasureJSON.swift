public import ConsentModel
internal import ConsentRules

/// As programs tell it.
extension Erasure {
    /// `erased`, or `nothing-kept` where nothing went: neither records nor counts nor a suppression.
    public var outcome: String {
        let hasDeleted = !records.isEmpty || uncountedUses > 0 || (wasSuppressed && !isSuppressed)
        return hasDeleted ? "erased" : "nothing-kept"
    }

    /// What was erased of `contact` at a business, as a JSON object; `isCleared` is whether all traces are cleared by now.
    public func json(of contact: ContactAddress, business: String, isCleared: Bool) -> JSON {
        [
            "business": .string(business), "contact": .string(contact.text),
            "records": .array(records.map { .number($0) }), "handles": .strings(handles.map { "\($0)" }),
            "records-in-log": .number(UInt64(recordCount)), "counted-messages": .number(UInt64(uncountedUses)),
            "suppressed": .bool(isSuppressed), "linked-and-kept": .strings(linkedContacts.map(\.text)),
            "held": .strings(holds.map(\.id)), "traces-cleared": .bool(isCleared),
        ]
    }
}
