public import ConsentModel

/// Hours that no moment is among by every clock of a country: a message to someone there waits as long as their rules are
/// in force.
public struct UnsharedHours: Hashable, Sendable {
    /// The rules that set them: one, or two that are in force for one message.
    public let rules: [Rule]
    /// The countries (ISO 3166-1 alpha-2), in ascending order.
    public let countries: [String]

    /// Whether the rules speak of these countries by their names, and not of every country. Then they contradict
    /// themselves.
    public var areNamed: Bool { rules.contains { $0.scope.recipientCountries != nil } }
}

extension RulePack {
    /// How far the hours are looked for, in milliseconds: what clocks do in one year they do in the next.
    private static let lookedThrough = 366 * OccurredAt.day

    /// The hours of its rules that nobody in a country ever has, from `time` on. `clocks` gives the clocks of a country
    /// around a moment, for as long as a waiting message is told when it may be sent (fourteen days); none where they are
    /// not known, of which nothing is said.
    public func unsharedHours(
        from time: Timestamp, clocks: (_ country: String, _ at: Timestamp) -> [LocalClock]
    ) -> [UnsharedHours] {
        let hours = rules.filter { rule in
            guard case .hours(let allowed) = rule.effect else { return false }
            return !allowed.isAlways && rule.effectiveUntil.map { time < $0 } ?? true
        }
        let pairs = hours.indices.flatMap { second in
            hours[..<second].filter { $0.overlapsInTime(hours[second]) && $0.scope.meets(hours[second].scope) }
                .map { [$0, hours[second]] }
        }
        var found: [UnsharedHours] = []
        for group in hours.map({ [$0] }) + pairs {
            let start = group.compactMap(\.effectiveFrom).reduce(time, max)
            let end = start.adding(milliseconds: Self.lookedThrough)
            let countries = CountryCodes.all.sorted().filter { country in
                // What one rule rules out alone is not told of two.
                let isTold = found.contains { told in
                    told.rules.count == 1 && group.contains(told.rules[0]) && told.countries.contains(country)
                }
                return !isTold && group.allSatisfy { $0.scope.isAbout(recipientsIn: country) }
                    && Self.isUnshared(group, from: start, until: end) { clocks(country, $0) }
            }
            if !countries.isEmpty { found.append(UnsharedHours(rules: group, countries: countries)) }
        }
        return found
    }

    private static func isUnshared(
        _ rules: [Rule], from start: Timestamp, until end: Timestamp, clocks: (Timestamp) -> [LocalClock]
    ) -> Bool {
        let hours = rules.compactMap { rule -> RuleEffect.AllowedHours? in
            guard case .hours(let hours) = rule.effect else { return nil }
            return hours
        }
        var time = start
        while time < end {
            let known = clocks(time)
            guard !known.isEmpty, known.allSatisfy({ !$0.offsets.isEmpty }) else { return false }
            let next = time.adding(milliseconds: WaitingConditions.horizon)
            let last = min(next, end).subtracting(milliseconds: 1)
            if hours.beginning(from: time, by: known, last: last) != nil { return false }
            time = next
        }
        return true
    }
}

extension RuleScope {
    fileprivate func isAbout(recipientsIn country: String) -> Bool {
        recipientCountries?.contains(country) ?? true && !(exceptRecipientCountries?.contains(country) ?? false)
    }
}
