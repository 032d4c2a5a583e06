internal import ArgumentParser

/// A length of time as an option takes it: `90s`, `15m`, `24h`, `7d`.
struct TimeLength: ExpressibleByArgument {
    let milliseconds: UInt64

    /// How it is written, for the help of options.
    static let valueName = "duration"

    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
            let number = UInt64(argument.dropLast(unit.name.count)), number > 0, number <= 100_000
        else { return nil }
        milliseconds = number * unit.milliseconds
    }

    private static let units: [(name: String, milliseconds: UInt64)] = [
        ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
}
