internal import ArgumentParser
internal import ConsentModel

extension TimeLength {
    /// How it is written, for the help of options.
    static let valueName = "duration"

    /// Reads it; throws what is right for anything else.
    init(parsing text: String) throws {
        guard let length = TimeLength(text) else {
            throw ValidationError(
                "write a whole number from 1 to \(Self.mostNumber) and s, m, h or d, such as 90s, 15m, 24h or 1826d")
        }
        self = length
    }
}
