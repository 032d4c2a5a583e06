public import ArgumentParser
public import ConsentModel
public import ConsentServer

extension Role: ExpressibleByArgument {}

extension TimeLength: ExpressibleByArgument {
    /// As `init(_:)`.
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { text }
}
