public import ConsentModel

/// What is said of a platform's template for messages, in the order of the log.
public struct Template: Hashable, Sendable {
    /// What the platform calls it.
    public let name: String
    /// What was said of it; never empty.
    public internal(set) var statements: [Statement]

    /// One `template-categorized` record.
    public struct Statement: Hashable, Sendable {
        /// The language it is about (BCP 47); `nil` is all.
        public let language: String?
        /// What messages made from it are about, as the business says it.
        public let category: String?
        /// Their class, as the platform says it.
        public let categoryClass: String?
        /// From when on it is so.
        public let since: Timestamp
        /// The record.
        public let index: UInt64
        /// When the ledger recorded it.
        public let recordedAt: Timestamp
        /// The key that signed it.
        let keyIdentifier: [UInt8]
    }

    /// The category that counts at a moment, of what may be known: the latest said by then or, where none was, the first one.
    /// What a key in other hands says gives no category.
    func category(at time: Timestamp, where counts: (Statement) -> Bool) -> String? {
        let said = statements.filter { $0.category != nil && counts($0) }
        return (Self.latest(said, at: time) ?? said.first)?.category
    }

    /// The record by which the platform counts it as marketing then, in one language at least: which one a message is
    /// written in is not known.
    func marketing(
        at time: Timestamp, where isKnown: (Statement) -> Bool, isSuspect: (Statement) -> Bool
    ) -> UInt64? {
        let said = statements.filter { statement in
            statement.categoryClass != nil && isKnown(statement)
                // What a key in other hands says restricts and does not permit.
                && (statement.categoryClass == "marketing" || !isSuspect(statement))
        }
        for language in Set(said.map(\.language)) {
            // What is said of all languages holds for each until it is said of that one.
            let ofIt = said.filter { $0.language == language || $0.language == nil }
            let counting = Self.latest(ofIt, at: time)
            if counting?.categoryClass == "marketing" { return counting?.index }
        }
        return nil
    }

    private static func latest(_ statements: [Statement], at time: Timestamp) -> Statement? {
        statements.filter { $0.since <= time }.max { ($0.since, $0.index) < ($1.since, $1.index) }
    }
}
