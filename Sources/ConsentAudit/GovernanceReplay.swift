public import ConsentModel
public import ConsentRules
internal import TransparencyLog

/// The catalog as the governance records of a log make it, for those who show what it holds. It judges nothing: a record
/// that may not stand in its place is passed over here, and is a finding of `Verifier`.
public struct GovernanceReplay: Sendable {
    /// What the records so far say.
    public private(set) var catalog: Catalog
    /// When each governance record was recorded, by index.
    public private(set) var recordedAt: [UInt64: Timestamp] = [:]

    /// Nothing replayed yet, of the log of that origin.
    public init(origin: String) {
        catalog = Catalog(origin: origin)
    }

    /// Takes the next record, in the order of the log; those about contacts alone change nothing and may be left out.
    public mutating func take(_ logged: LoggedEvent) {
        guard let event = logged.event else { return catalog.applyUnknown(logged.record) }
        guard event.type.isGovernance else { return }
        recordedAt[logged.record.index] = logged.record.recordedAt
        do {
            try catalog.apply(logged.record, event, leafHash: MerkleHash.leaf(logged.record.encoded()))
        } catch {
            catalog.noteRefused(logged.record, event)
        }
    }
}

extension PublishedLog {
    /// What the governance below the published checkpoint says. Only the records of the ledger's chain are read, as far
    /// as their links lead; throws `damaged` where they lead nowhere.
    public func governance() throws -> GovernanceReplay {
        var replay = GovernanceReplay(origin: checkpoint.checkpoint.origin)
        guard let last = try lastIndices(of: [.ledger], below: size)[.ledger] else { return replay }
        for record in try chain(.ledger, through: last) {
            replay.take(try LoggedEvent(record))
        }
        return replay
    }
}
