/// Records that became durable by one flush.
public struct FlushedGroup: Hashable, Sendable {
    /// How many they were, at least one.
    public let recordCount: Int
    /// How long writing and flushing them took, in milliseconds.
    public let milliseconds: UInt64
}
