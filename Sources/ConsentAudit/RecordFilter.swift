public import ConsentModel

/// Which records are asked for: those of which everything holds that is said here.
public struct RecordFilter: Sendable {
    /// The names of types, as `Payload.typeName` gives them; empty is every type.
    public let types: Set<String>
    /// The business whose chain the record is in; `nil` is any, and none.
    public let business: String?
    /// The source that states it; `nil` is any, and the admin keys.
    public let source: String?
    /// Recorded then or later.
    public let since: Timestamp?
    /// Recorded then or earlier.
    public let until: Timestamp?

    /// A filter that leaves everything through, but for what is said.
    public init(
        types: Set<String> = [], business: String? = nil, source: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil
    ) {
        self.types = types
        self.business = business
        self.source = source
        self.since = since
        self.until = until
    }

    /// Whether the record is asked for.
    public func contains(_ logged: LoggedEvent) -> Bool {
        (types.isEmpty || types.contains(logged.payload.typeName))
            && (business == nil || logged.record.business == business)
            && (source == nil || logged.source == source)
            && (since.map { $0 <= logged.record.recordedAt } ?? true)
            && (until.map { logged.record.recordedAt <= $0 } ?? true)
    }
}
