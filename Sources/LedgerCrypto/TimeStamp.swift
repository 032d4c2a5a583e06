/// What a verified time stamp shows: that whoever made it had seen a digest at a time.
public struct TimeStamp: Hashable, Sendable {
    let said: StampedTime
    /// The name in the authority's certificate, as RFC 2253 writes it; at most 256 characters.
    public let authority: String
    /// The policy under which it was made, as dotted numbers.
    public let policy: String
    /// The stamp's number at the authority, in hexadecimal.
    public let serial: String

    /// When it was made, by the authority's clock, in milliseconds since 1970-01-01T00:00:00Z; what is finer is cut off.
    public var time: UInt64 { said.time }
    /// How far that can be from the true time, in milliseconds, as the authority says; 0 where it says nothing.
    public var accuracy: UInt64 { said.accuracy }
    /// When it was made at the earliest.
    public var earliest: UInt64 { said.earliest }
    /// When it was made at the latest.
    public var latest: UInt64 { said.latest }
}
