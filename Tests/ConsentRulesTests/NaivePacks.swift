import ConsentModel
import ConsentRules

/// What packs say about a message, read aloud: which rules count, and what they do, one by one.
struct NaivePacks {
    var packs: [AdoptedPack] = []

    /// The rules that count for a message of “acme”, which has said no country, in the order in which they are given.
    func rules(_ question: Question, _ categoryClass: String, _ about: [String]) -> [Rule] {
        names.flatMap { name in inForce(name, question)?.pack.rules ?? [] }.filter { rule in
            let from = rule.effectiveFrom ?? .epoch
            let until = rule.effectiveUntil ?? .last
            return from <= question.at && question.at < until && concerns(rule, question, categoryClass, about)
        }
    }

    /// Whether the business itself adopted what has the rule.
    func isOwn(_ rule: Rule, _ question: Question) -> Bool {
        names.contains { name in
            let pack = inForce(name, question)
            return pack?.business != nil && pack?.pack.rules.contains(rule) == true
        }
    }

    private var names: [String] { Set(packs.map(\.pack.id)).sorted() }

    private func inForce(_ name: String, _ question: Question) -> AdoptedPack? {
        let known = packs.filter { pack in
            let isKnown =
                switch question.knownAt {
                case .everything: true
                case .size(let size): pack.adoption < size
                case .time(let time): pack.recordedAt <= time
                }
            return pack.pack.id == name && isKnown && pack.effectiveFrom <= question.at && pack.business != "other"
        }
        let own = known.filter { $0.business == "acme" }
        return (own.isEmpty ? known : own).max {
            ($0.effectiveFrom, $0.adoption) < ($1.effectiveFrom, $1.adoption)
        }
    }

    private func concerns(
        _ rule: Rule, _ question: Question, _ categoryClass: String, _ about: [String],
        channel: String? = nil
    ) -> Bool {
        let scope = rule.scope
        if scope.channels?.contains(channel ?? question.channel) == false { return false }
        if scope.classes?.contains(categoryClass) == false { return false }
        if let categories = scope.categories, Set(categories).isDisjoint(with: about) { return false }
        guard let country = question.recipient.country else { return true }
        if scope.recipientCountries?.contains(country) == false { return false }
        return scope.exceptRecipientCountries?.contains(country) != true
    }

    /// Whether the rule is about the message whatever the countries turn out to be.
    static func isCertain(_ rule: Rule, _ question: Question) -> Bool {
        let scope = rule.scope
        if scope.senderCountries != nil || scope.exceptSenderCountries != nil { return false }
        return question.recipient.country != nil
            || (scope.recipientCountries == nil && scope.exceptRecipientCountries == nil)
    }

    /// Why a message waits, the first reason; `nil` where it does not.
    func wait(_ question: Question, _ rules: [Rule], _ about: [String]) -> String? {
        for rule in rules {
            guard case .hours(let hours) = rule.effect else { continue }
            if question.recipient.clocks.isEmpty { return "time-zone-unknown" }
            for clock in question.recipient.clocks {
                // The tests' clocks have one offset each, and its day is the first of January or the last of December.
                let local = Int(question.at.milliseconds / 1000) + clock.offsets[0].seconds
                let minuteOfDay = local % 86_400 / 60
                if minuteOfDay < hours.from || minuteOfDay >= hours.until { return "outside-hours" }
            }
        }
        for rule in rules {
            guard case .cap(let cap) = rule.effect else { continue }
            let counted = question.uses.filter { use in
                let isLikeIt =
                    switch cap.counted {
                    case .business: true
                    case .channel: use.channel == question.channel
                    case .category: !Set(use.categories).isDisjoint(with: about)
                    }
                let isInTime = use.at.adding(milliseconds: cap.window) > question.at
                return isInTime && isLikeIt
                    && concerns(rule, question, use.categoryClass, use.categories, channel: use.channel)
            }
            if counted.count >= cap.count { return "cap-reached" }
        }
        return nil
    }
}
