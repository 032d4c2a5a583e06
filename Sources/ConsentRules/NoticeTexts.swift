internal import ConsentModel

/// Where the texts of notices are found, by their SHA-256: the log's objects.
public struct NoticeTexts: Sendable {
    let text: @Sendable (_ digest: [UInt8]) throws(RulesError) -> [UInt8]?

    /// `text` gives the bytes of a text, `nil` where it is not there, and throws where it cannot be read.
    public init(_ text: @escaping @Sendable (_ digest: [UInt8]) throws(RulesError) -> [UInt8]?) { self.text = text }

    /// None at all: every question that an opt-in with a notice could answer is an error.
    public static let none = NoticeTexts { _ in nil }
}
