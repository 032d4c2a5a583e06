internal import ConsentModel

/// How many records there are of each kind.
public struct RecordTally: Hashable, Sendable {
    /// How many records were counted.
    public private(set) var count: UInt64 = 0
    /// By the type's name, as `Payload.typeName` gives it.
    public private(set) var byType: [String: UInt64] = [:]
    /// By the business whose chain they are in; under the empty text those in none.
    public private(set) var byBusiness: [String: UInt64] = [:]
    /// By the source that states them; under the empty text those that an admin key signs.
    public private(set) var bySource: [String: UInt64] = [:]

    /// Nothing counted yet.
    public init() {}

    /// Counts a record.
    public mutating func take(_ logged: LoggedEvent) {
        count += 1
        byType[logged.payload.typeName, default: 0] += 1
        byBusiness[logged.record.business ?? "", default: 0] += 1
        bySource[logged.source ?? "", default: 0] += 1
    }
}
