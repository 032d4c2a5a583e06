internal import ConsentModel

/// The rules by which a message that is allowed waits: hours of the recipient's day, and how many messages were sent.
struct WaitingConditions {
    private let at: Timestamp
    private let clocks: [LocalClock]
    private let hours: [(hours: RuleEffect.AllowedHours, rule: RuleReference)]
    private let caps: [Cap]
    private let usesSince: Timestamp?

    private struct Cap {
        let cap: RuleEffect.Cap
        let rule: RuleReference
        /// When the messages that it counts were sent, in ascending order.
        let times: [Timestamp]
    }

    /// How far ahead a time at which it is allowed is looked for, in milliseconds.
    static let horizon: UInt64 = 14 * OccurredAt.day

    init(_ conditions: PackConditions, _ question: Question, _ subject: MessageSubject) {
        at = question.at
        clocks = question.recipient.clocks
        usesSince = question.usesSince
        var hours: [(RuleEffect.AllowedHours, RuleReference)] = []
        var caps: [Cap] = []
        for condition in conditions.conditions {
            switch condition.rule.effect {
            case .hours(let allowed) where !allowed.isAlways: hours.append((allowed, condition.reference))
            case .cap(let cap):
                let times = question.uses.filter { use in
                    Self.counts(use, cap, condition.rule.scope, question, subject)
                }.map(\.at)
                caps.append(Cap(cap: cap, rule: condition.reference, times: times.sorted()))
            default: continue
            }
        }
        self.hours = hours
        self.caps = caps
    }

    /// What a cap counts: of the messages that its rule is about, those like this one.
    private static func counts(
        _ use: Use, _ cap: RuleEffect.Cap, _ scope: RuleScope, _ question: Question, _ subject: MessageSubject
    ) -> Bool {
        let message = PackConditions.Message(
            channel: use.channel, categoryClass: use.categoryClass, categories: use.categories,
            senderCountry: subject.business.country, recipientCountry: question.recipient.country)
        guard scope.coverage(of: message) != .none else { return false }
        return switch cap.counted {
        case .business: true
        case .channel: use.channel == question.channel
        case .category: use.categories.contains { id in subject.categories.contains { $0.id == id } }
        }
    }

    /// Why it waits, each with the time at which that would end; empty where it need not.
    var reasons: [Reason] {
        let last = at.adding(milliseconds: Self.horizon)
        var reasons: [Reason] = []
        for (allowed, rule) in hours {
            guard isClockKnown else {
                reasons.append(Reason(.timeZoneUnknown, rule: rule))
                continue
            }
            guard let next = [allowed].beginning(from: at, by: clocks, last: last) else {
                reasons.append(Reason(.outsideHours, rule: rule))
                continue
            }
            if next > at { reasons.append(Reason(.outsideHours, time: next, rule: rule)) }
        }
        for cap in caps {
            if isFull(cap, at: at) {
                reasons.append(Reason(.capReached, time: end(of: cap, at: at), rule: cap.rule))
            } else if !isComplete(cap, at: at) {
                reasons.append(Reason(.countsIncomplete, time: completion(of: cap), rule: cap.rule))
            }
        }
        return reasons
    }

    /// The first moment at which nothing of it stands against the message, within the horizon.
    var nextAllowedAt: Timestamp? {
        guard isClockKnown || hours.isEmpty else { return nil }
        let last = at.adding(milliseconds: Self.horizon)
        var time = at
        while time <= last {
            let before = time
            for cap in caps where isFull(cap, at: time) {
                guard let end = end(of: cap, at: time) else { return nil }
                time = end
            }
            for cap in caps where !isComplete(cap, at: time) {
                guard let completion = completion(of: cap) else { return nil }
                time = completion
            }
            guard let next = hours.map(\.hours).beginning(from: time, by: clocks, last: last) else { return nil }
            time = next
            if time == before { return time }
        }
        return nil
    }

    /// When the hours in which it is allowed end.
    var hoursEnd: Timestamp? {
        let last = at.adding(milliseconds: Self.horizon)
        return hours.flatMap { allowed, _ in clocks.compactMap { allowed.end(after: at, by: $0, last: last) } }.min()
    }

    private var isClockKnown: Bool { !clocks.isEmpty && clocks.allSatisfy { !$0.offsets.isEmpty } }

    /// The messages in the window that ends at a moment, and all that are stated of after it.
    private func counted(_ cap: Cap, at time: Timestamp) -> ArraySlice<Timestamp> {
        cap.times.drop { $0.adding(milliseconds: cap.cap.window) <= time }
    }

    private func isFull(_ cap: Cap, at time: Timestamp) -> Bool { counted(cap, at: time).count >= cap.cap.count }

    /// When enough of them have left the window.
    private func end(of cap: Cap, at time: Timestamp) -> Timestamp? {
        let counted = Array(counted(cap, at: time))
        let position = counted.count - cap.cap.count
        guard counted.indices.contains(position) else { return nil }
        return counted[position].adding(milliseconds: cap.cap.window)
    }

    private func isComplete(_ cap: Cap, at time: Timestamp) -> Bool {
        usesSince.map { $0 == .epoch || $0.adding(milliseconds: cap.cap.window) <= time } ?? false
    }

    private func completion(of cap: Cap) -> Timestamp? { usesSince?.adding(milliseconds: cap.cap.window) }
}
