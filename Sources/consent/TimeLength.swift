public import ArgumentParser
public import ConsentModel

extension TimeLength: ExpressibleByArgument {
    /// How it is written, for the help of options.
    static let valueName = "duration"

    /// As `init(_:)`.
    public init?(argument: String) { self.init(argument) }
}
