public import ConsentModel

/// An entry of a log, read: its place and what it states. Whose signature it bears is for `Verifier` to check.
public struct LoggedEvent: Sendable {
    /// The record.
    public let record: Record
    /// The identifier of the key that its statement names, 16 bytes.
    public let keyIdentifier: [UInt8]
    /// What it states.
    public let payload: Payload

    /// Reads the entry at `index`; throws `damaged` if it is not the record of that index with a statement of an event.
    public init(decoding entry: [UInt8], at index: UInt64) throws(AuditError) {
        let record: Record
        do { record = try Record(decoding: entry[...]) } catch { throw Self.unreadable(index, error) }
        guard record.index == index else {
            throw AuditError(.damaged, "entry \(index) of the log says that it is record \(record.index)")
        }
        try self.init(record)
    }

    /// Reads what a record states; throws `damaged` if it is no statement of an event.
    public init(_ record: Record) throws(AuditError) {
        self.record = record
        do {
            let statement = try Statement(decoding: record.statement[...])
            keyIdentifier = statement.keyIdentifier
            payload = try Payload(decoding: statement.payload[...])
        } catch {
            throw Self.unreadable(record.index, error)
        }
    }

    static func unreadable(_ index: UInt64, _ error: ModelError) -> AuditError {
        AuditError(.damaged, "entry \(index) of the log is not a record that this software can read: \(error)")
    }

    /// The event; `nil` if its type is not known.
    public var event: Event? {
        guard case .event(let event) = payload else { return nil }
        return event
    }

    /// The source that states it; `nil` where an admin key signs.
    public var source: String? { payload.source }
}
