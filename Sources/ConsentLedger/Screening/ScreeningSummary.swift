internal import ConsentRules

/// What came of the rows of a file.
public struct ScreeningSummary: Sendable {
    /// What a row is answered with.
    public enum Verdict: String, Sendable, CaseIterable {
        case allow
        case deny
        case `defer`
        /// There is no answer, which is never a yes.
        case error

        init(_ outcome: Decision.Outcome) {
            switch outcome {
            case .allow: self = .allow
            case .deny: self = .deny
            case .defer: self = .defer
            }
        }
    }

    /// A verdict with its reasons, as they stand in a row.
    public struct Ground: Hashable, Sendable {
        public let verdict: Verdict
        /// The codes, joined with a space.
        public let reason: String
    }

    /// A row without an answer.
    public struct RowError: Sendable {
        /// The line on which it begins, from 1.
        public let line: Int
        /// What is wrong and what to do.
        public let description: String
    }

    /// The first rows without an answer, for people; no more than these are kept.
    public static let mostErrors = 5

    /// How many rows were answered, those not given back included.
    public private(set) var rows = 0
    /// How many were given back.
    public private(set) var written = 0
    /// How many rows there are of each ground.
    public private(set) var grounds: [Ground: Int] = [:]
    /// Of rows asked about a time of their own: how many were allowed by what was known then, and are not by what is now.
    public private(set) var allowedThenOnly = 0
    public private(set) var errors: [RowError] = []

    public init() {}

    /// How many rows have that verdict.
    public func count(_ verdict: Verdict) -> Int {
        grounds.reduce(0) { $0 + ($1.key.verdict == verdict ? $1.value : 0) }
    }

    mutating func add(_ ground: Ground, isWritten: Bool, isAllowedThenOnly: Bool) {
        rows += 1
        if isWritten { written += 1 }
        if isAllowedThenOnly { allowedThenOnly += 1 }
        grounds[ground, default: 0] += 1
    }

    mutating func add(_ error: RowError) {
        if errors.count < Self.mostErrors { errors.append(error) }
    }

    /// Adds those of later rows.
    public mutating func add(_ later: ScreeningSummary) {
        rows += later.rows
        written += later.written
        allowedThenOnly += later.allowedThenOnly
        grounds.merge(later.grounds) { $0 + $1 }
        errors += later.errors.prefix(Self.mostErrors - errors.count)
    }
}
