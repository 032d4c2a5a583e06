internal import ConsentRules
internal import Synchronization

/// What decides in one snapshot, by business: packs and notices are read once, however many questions there are.
final class DecidingRules: Sendable {
    private let made = Mutex<[String: DecisionRules]>([:])

    /// Those of `business`, made with `make` the first time.
    func rules(for business: String, make: () throws -> DecisionRules) rethrows -> DecisionRules {
        if let rules = made.withLock({ $0[business] }) { return rules }
        let rules = try make()
        made.withLock { $0[business] = rules }
        return rules
    }
}
