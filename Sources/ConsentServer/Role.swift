/// What a token is for.
public enum Role: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Records what persons do.
    case capture
    /// Asks whether a message may be sent, and hears of changes.
    case query
    /// Looks at persons to help them, and decides what may be an opt-out.
    case support
    /// Copies the log, and reads what the ledger says of itself.
    case audit
    /// Looks at persons for legal reasons. Every use is recorded.
    case legal
    /// Answers for what is kept of persons.
    case protectionOfficer = "protection-officer"
    /// Says what the ledger, its businesses, notices and rules are. Every use is recorded.
    case admin

    /// Whether every use of the role is recorded.
    public var isRecorded: Bool { self == .legal || self == .admin }

    /// The order in which they are listed.
    public static func < (left: Role, right: Role) -> Bool {
        allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
    }
}
