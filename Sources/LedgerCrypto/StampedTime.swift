/// The time that a time stamp says, and how far that can be from the true one; in milliseconds since 1970-01-01T00:00:00Z.
struct StampedTime: Hashable, Sendable {
    /// What is finer is cut off.
    let time: UInt64
    /// 0 where the authority says nothing.
    let accuracy: UInt64
    /// Whether the authority's time is finer than a millisecond, so that it can be one later than `time` says.
    let hasFinerTime: Bool

    /// When it was made at the earliest.
    var earliest: UInt64 { time > accuracy ? time - accuracy : 0 }
    /// When it was made at the latest.
    var latest: UInt64 { time + accuracy + (hasFinerTime ? 1 : 0) }
}
