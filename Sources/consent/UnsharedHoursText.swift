internal import ConsentModel
internal import ConsentRules

extension UnsharedHours {
    /// Where nobody ever has the hours, and which those are: a sentence without its full stop.
    var sentence: String {
        let hours = rules.map { rule -> String in
            guard case .hours(let hours) = rule.effect else { return rule.id }
            return "\(hours.clause)\(hours.dayClause) (rule \(rule.id))"
        }
        return
            "in \(ScopePhrase.joined(countries)) no moment is \(hours.joined(separator: " and ")) by every clock of the "
            + "country: a message there waits as long as that is in force"
    }

    var json: JSON {
        [
            "rules": .strings(rules.map(\.id)), "countries": .strings(countries), "named": .bool(areNamed),
            "says": .string(sentence),
        ]
    }
}
