internal import ArgumentParser

/// A length of time as an option takes it: `90s`, `15m`, `24h`, `7d`.
struct TimeLength {
    let milliseconds: UInt64

    /// How it is written, for the help of options.
    static let valueName = "duration"
    private static let mostNumber: UInt64 = 100_000

    init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// Reads it; throws what is right for anything else.
    init(parsing text: String) throws {
        guard let unit = Self.units.first(where: { text.hasSuffix($0.name) }),
            let number = UInt64(text.dropLast(unit.name.count)), 1...Self.mostNumber ~= number
        else {
            throw ValidationError(
                "write a whole number from 1 to \(Self.mostNumber) and s, m, h or d, such as 90s, 15m, 24h or 1826d")
        }
        milliseconds = number * unit.milliseconds
    }

    private static let units: [(name: String, milliseconds: UInt64)] = [
        ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
}
