public import ConsentModel
internal import ConsentRules

/// What the log tells of an erasure: enough for the letter to the person, whenever it is written.
public struct RecordedErasure: Sendable {
    /// The contact-erased records, in ascending order.
    public let records: [UInt64]
    /// When the last of them was recorded.
    public let recordedAt: Timestamp
    /// The business.
    public let business: String
    /// Why, as the log has it: a code.
    public let reason: String?
    /// Whether a keyed suppression of the address was left.
    public let keepsSuppression: Bool
    /// How many records the log has of the contacts that were erased, those that erase them included.
    public let recordCount: Int
    /// Addresses that records tie to them, and that are kept: they may be the same person's.
    public let linkedContacts: [ContactAddress]
}

extension LedgerSnapshot {
    /// What these records tell of an erasure. Throws `badInput` for none, for one of another type, and for those of several
    /// businesses.
    public func erasure(inRecords records: [UInt64]) throws -> RecordedErasure {
        var handles: [ContactHandle] = []
        var businesses: Set<String> = []
        var recordedAt = Timestamp.epoch
        var keepsSuppression = false
        var reason: String?
        for index in records {
            let record = try record(at: index)
            let payload = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...])
            guard case .event(let event) = payload, event.type == .contactErased else {
                throw LedgerError(
                    .badInput,
                    "record \(index) erases nobody: it is \(payload.typeName); consent log --type contact-erased lists those "
                        + "that do")
            }
            handles += record.handles
            businesses.formUnion([record.business].compactMap(\.self))
            recordedAt = max(recordedAt, record.recordedAt)
            reason = reason ?? event.text(.reason)
            keepsSuppression = keepsSuppression || event[.keepSuppression] != nil
        }
        guard let business = businesses.first, businesses.count == 1 else {
            throw LedgerError(.badInput, "name the records of one erasure, at one business")
        }
        return RecordedErasure(
            records: Set(records).sorted(), recordedAt: recordedAt, business: business, reason: reason,
            keepsSuppression: keepsSuppression,
            recordCount: try Set(handles).reduce(0) { try $0 + timeline(of: $1).entries.count },
            linkedContacts: try linkedContacts(of: handles))
    }

    /// The addresses of contacts that a record ties to one of these, in order and each once.
    func linkedContacts(of handles: [ContactHandle]) throws -> [ContactAddress] {
        let own = Set(handles)
        var found: Set<ContactAddress> = []
        for handle in own {
            for other in try self.handles(tiedIn: timeline(of: handle)) where !own.contains(other) {
                if let address = try address(of: other) { found.insert(address) }
            }
        }
        return found.sorted { $0.text < $1.text }
    }
}
