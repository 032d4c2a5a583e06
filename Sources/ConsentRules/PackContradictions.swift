internal import ConsentModel

/// What the rules of one pack may not say together. Two rules meet where both are in force for one message.
enum PackContradictions {
    /// Throws `badPack` for the first two rules that contradict each other.
    static func check(_ rules: [Rule]) throws(RulesError) {
        for (second, rule) in rules.enumerated() {
            for (first, earlier) in rules[..<second].enumerated() where earlier.overlapsInTime(rule) {
                guard let problem = problem(earlier, rule) else { continue }
                throw RulesError(
                    .badPack,
                    "rules[\(first)] “\(earlier.id)” and rules[\(second)] “\(rule.id)” \(problem); let one end before the "
                        + "other begins, or change one")
            }
        }
    }

    private static func problem(_ first: Rule, _ second: Rule) -> String? {
        if first.id == second.id { return "have one id and are in force at one time" }
        guard first.effect.kind == second.effect.kind, first.scope.meets(second.scope) else { return nil }
        let isSameScope = first.scope == second.scope
        switch (first.effect, second.effect) {
        case (.requireVerification(let one), .requireVerification(let other)):
            return Set(one).isDisjoint(with: other) ? "leave no verification that an opt-in could have" : nil
        case (.hours(let one), .hours(let other)):
            let isEmpty =
                Set(one.weekdays).isDisjoint(with: other.weekdays)
                || max(one.from, other.from) >= min(one.until, other.until)
            return isEmpty ? "leave no hour in which to send" : nil
        case (.consentLasts(let one), .consentLasts(let other)), (.requestLasts(let one), .requestLasts(let other)),
            (.serviceWindow(let one), .serviceWindow(let other)), (.keepEvidence(let one), .keepEvidence(let other)),
            (.optOutConfirmationWindow(let one), .optOutConfirmationWindow(let other)):
            return isSameScope && one != other ? "say two lengths of time for the same messages" : nil
        case (.acceptUnknownNotice(let one), .acceptUnknownNotice(let other)):
            return isSameScope && one != other ? "say two ends for the same messages" : nil
        case (.notice(let one), .notice(let other)):
            return isSameScope && one.subject == other.subject && one.isRequired != other.isRequired
                ? "make the same words an error and advice" : nil
        default: return nil
        }
    }
}

extension Rule {
    func overlapsInTime(_ other: Rule) -> Bool {
        (effectiveFrom ?? .epoch) < (other.effectiveUntil ?? .last)
            && (other.effectiveFrom ?? .epoch) < (effectiveUntil ?? .last)
    }
}

extension RuleScope {
    /// Whether a message can be in both scopes.
    func meets(_ other: RuleScope) -> Bool {
        func meet(_ one: [String]?, _ other: [String]?) -> Bool {
            guard let one, let other else { return true }
            return !Set(one).isDisjoint(with: other)
        }
        func meet(_ one: [String]?, except: [String]?, _ other: [String]?, except otherExcept: [String]?) -> Bool {
            let excepted = Set((except ?? []) + (otherExcept ?? []))
            let named = [one, other].compactMap { $0.map(Set.init) }
            guard var common = named.first else { return true }
            for set in named.dropFirst() { common.formIntersection(set) }
            return !common.subtracting(excepted).isEmpty
        }
        return meet(channels, other.channels) && meet(classes, other.classes) && meet(categories, other.categories)
            && meet(
                senderCountries, except: exceptSenderCountries, other.senderCountries,
                except: other.exceptSenderCountries)
            && meet(
                recipientCountries, except: exceptRecipientCountries, other.recipientCountries,
                except: other.exceptRecipientCountries)
    }
}
