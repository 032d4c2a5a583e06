/// A length of time as people write it: `90s`, `15m`, `24h`, `7d`.
public struct TimeLength: Hashable, Sendable {
    /// The length.
    public let milliseconds: UInt64
    /// As it was written.
    public let text: String

    /// The largest number of a unit.
    public static let mostNumber: UInt64 = 100_000

    /// Reads a whole number from 1 to 100,000 with its unit; `nil` for anything else.
    public init?(_ text: String) {
        guard let unit = Self.units.first(where: { text.hasSuffix($0.name) }),
            let number = UInt64(text.dropLast(unit.name.count)), 1...Self.mostNumber ~= number
        else { return nil }
        milliseconds = number * unit.milliseconds
        self.text = text
    }

    /// A length that nobody wrote; its text has whole seconds, rounded up.
    public init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
        text = "\(milliseconds / 1000 + (milliseconds % 1000 == 0 ? 0 : 1))s"
    }

    private static let units: [(name: String, milliseconds: UInt64)] = [
        ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
}
