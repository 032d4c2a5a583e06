import ConsentModel
import ConsentRules
import Testing

/// What must be true of every history: seeded random ones, by the ten thousand. A failure prints its seed and history.
@Suite struct DecisionPropertyTests {
    private static let questions = 4

    private func forEachHistory(
        from first: UInt64, count: UInt64 = 6_000, _ body: (inout RandomHistory) throws -> Void
    ) throws {
        let furnished = try TestLedger.furnished()
        for seed in first..<first + count {
            var history = try RandomHistory(seed: seed, furnished: furnished)
            try body(&history)
        }
    }

    /// Records a failure with its history; the caller then stops, so that one seed is printed and not thousands.
    private func fail(_ what: String, _ question: Question, _ history: RandomHistory) {
        Issue.record("\(what)\n\(question)\n\(history.description)")
    }

    @Test func theRulesEqualTheNaiveModel() throws {
        var outcomes: [String: Int] = [:]
        try forEachHistory(from: 0, count: 20_000) { history in
            for _ in 0..<Self.questions {
                let question = history.randomQuestion()
                let decision = try history.decide(question)
                let answer = "\(decision.outcome) \(decision.reasons[0].code.rawValue)"
                let naive = history.naive.answer(question, history.contact, linked: history.linked)
                outcomes[answer, default: 0] += 1
                guard answer == naive else {
                    fail("“\(answer)” where the naive model says “\(naive)”", question, history)
                    throw FailedProperty()
                }
            }
        }
        // The histories are worth something only if they come to every answer.
        let beside: Set<Reason.Code> = [.noticeReconstructed, .importDoesNotRevive, .confirmationAfterWithdrawal]
        for code in Set(Reason.Code.allCases).subtracting(beside).subtracting(Self.ofMessagesAndRules) {
            let count = outcomes.filter { $0.key.hasSuffix(" \(code.rawValue)") }.values.reduce(0, +)
            #expect(count >= 5, "\(code.rawValue) in \(outcomes)")
        }
    }

    @Test func theRulesOfPacksEqualTheNaiveModel() throws {
        var outcomes: [String: Int] = [:]
        try forEachHistory(from: 7_000_000, count: 20_000) { history in
            history.adoptPacks()
            for _ in 0..<Self.questions {
                let question = history.randomMessage()
                let decision = try history.decide(question)
                let answer = "\(decision.outcome) \(decision.reasons[0].code.rawValue)"
                let naive = history.naive.answer(question, history.contact, linked: history.linked)
                outcomes[answer, default: 0] += 1
                guard answer == naive else {
                    fail("“\(answer)” where the naive model says “\(naive)”", question, history)
                    throw FailedProperty()
                }
            }
        }
        for code in Self.ofMessagesAndRules.subtracting(Self.unreachedHere) {
            let count = outcomes.filter { $0.key.hasSuffix(" \(code.rawValue)") }.values.reduce(0, +)
            #expect(count >= 5, "\(code.rawValue) in \(outcomes)")
        }
    }

    /// What confirmations alone come to, what is only beside a yes, and what these histories have none of.
    private static let unreachedHere: Set<Reason.Code> = [
        .optOutConfirmation, .confirmationRequest, .noticeUnknownAccepted, .noticeDefective, .noOptOutToConfirm,
        .optOutConfirmed, .optOutConfirmationTooLate, .noPendingRequest, .alreadyRequested, .sentUnknown,
        .countsIncomplete,
    ]

    @Test func addingARestrictingRuleNeverTurnsAnAnswerIntoAllow() throws {
        try forEachHistory(from: 8_000_000) { history in
            history.adoptPacks()
            let questions = (0..<Self.questions).map { _ in history.randomMessage() }
            let before = try questions.map { try history.decide($0).outcome }
            var added = history.randomRule(number: 9)
            while !RandomHistory.isRestricting(added.effect) { added = history.randomRule(number: 9) }
            // In a pack of its own, for all or for the business: it takes no other's place.
            history.packs.append(
                adopted([added], id: "third", business: history.generator.pick(["acme", nil]), adoption: 95))
            for (question, before) in zip(questions, before) where before != .allow {
                guard try history.decide(question).outcome != .allow else {
                    fail("the rule \(added) turned \(before) into allow", question, history)
                    throw FailedProperty()
                }
            }
        }
    }

    @Test func aYesHoldsUntilItLapsesAndNoLonger() throws {
        var lapsed = 0
        try forEachHistory(from: 9_000_000) { history in
            history.adoptPacks()
            for _ in 0..<Self.questions {
                var question = history.randomMessage()
                // What happens later in the history, or was sent later, is another matter than what ends by itself.
                question.uses = []
                guard history.naive.retirement == nil else { continue }
                let history = history.without(after: question.at)
                let decision = try history.decide(question)
                guard decision.outcome == .allow, let lapses = decision.lapsesAt else { continue }
                lapsed += 1
                // Until then it is yes, and from then on no, not now, or a yes that rests on something else.
                question.at = lapses.subtracting(milliseconds: 1)
                let last = try history.decide(question)
                question.at = lapses
                let next = try history.decide(question)
                guard last.outcome == .allow, next.reasons != last.reasons || next.outcome != .allow else {
                    fail(
                        "a yes said to lapse at \(lapses) is “\(last.summary)”, then “\(next.summary)”", question,
                        history)
                    throw FailedProperty()
                }
            }
        }
        #expect(lapsed > 200)
    }

    @Test func whatIsSaidNotToCountCanBeLeftOut() throws {
        let counting: Set<Explanation.Bearing> = [.decides, .restricts, .permits, .changesAnother]
        var leftOut: [Explanation.Bearing: Int] = [:]
        try forEachHistory(from: 11_000_000, count: 3_000) { history in
            if history.generator.chance(50) { history.adoptPacks() }
            var question = history.randomMessage()
            question.alsoAbout = []
            let explanation = try DecisionRules(
                catalog: history.ledger.catalog, packs: history.packs, notices: .ofTests
            ).explain(question, timeline: history.contact, linked: history.linked)
            for record in explanation.cells.flatMap(\.records) where !counting.contains(record.bearing) {
                leftOut[record.bearing, default: 0] += 1
                var without = history
                without.timelines = history.timelines.map { $0.filter { $0.index != record.index } }
                guard try without.decide(question).outcome == explanation.decision.outcome else {
                    fail("record \(record.index), said to be \(record.bearing), changes the answer", question, history)
                    throw FailedProperty()
                }
            }
        }
        let all = Set(Explanation.Bearing.allCases).subtracting(counting)
        for bearing in all { #expect(leftOut[bearing, default: 0] >= 5, "\(bearing) in \(leftOut)") }
    }

    @Test func aWaitEndsWhenItSays() throws {
        var waited = 0
        try forEachHistory(from: 10_000_000) { history in
            history.adoptPacks()
            // Rules that begin or end, and what people do, are other matters.
            history.packs = history.packs.map { pack in
                adopted(
                    pack.pack.rules.map { rule($0.effect, id: $0.id, $0.scope) }, id: pack.pack.id, from: minute(0),
                    business: pack.business, adoption: pack.adoption, recordedAt: pack.recordedAt)
            }
            for _ in 0..<Self.questions {
                var question = history.randomMessage()
                question.assertedBasis = "contract"
                question.category = "orders"
                question.alsoAbout = []
                let decision = try history.decide(question)
                guard decision.outcome == .defer, let next = decision.nextAllowedAt else { continue }
                waited += 1
                for time in [next.subtracting(milliseconds: 1), next] {
                    question.at = time
                    let then = try history.decide(question)
                    guard then.outcome == .deny || (then.outcome == .allow) == (time == next) else {
                        fail("a wait said to end at \(next) is “\(then.summary)” at \(time)", question, history)
                        throw FailedProperty()
                    }
                }
            }
        }
        #expect(waited > 200)
    }

    /// What comes of answers, confirmations and rules of packs, which these histories have none of.
    private static let ofMessagesAndRules: Set<Reason.Code> = [
        .replying, .optOutConfirmation, .confirmationRequest, .noticeUnknownAccepted, .noticeDefective, .notVerified,
        .presentationRefused, .consentRequired, .noMessageToAnswer, .outsideServiceWindow, .noOptOutToConfirm,
        .optOutConfirmed, .optOutConfirmationTooLate, .noPendingRequest, .alreadyRequested, .sentUnknown, .prohibited,
        .notDecidable,
        .outsideHours, .timeZoneUnknown, .capReached, .countsIncomplete,
    ]

    @Test func anOptOutIsNeverOutlivedByAnEarlierOrSimultaneousOptIn() throws {
        try forEachHistory(from: 1_000_000) { history in
            history.unlinkedBy = nil
            let occurred = minute(Int.random(in: 0...12, using: &history.generator))
            let fields: [EventField: FieldValue] = [
                .occurredAt: .occurredAt(OccurredAt(occurred)), .via: word("email"),
            ]
            let type = history.generator.pick([EventType.consentRefused, .consentRevoked, .objected])
            try history.insertEvent(type, to: history.generator.pick([0, 1]), fields.merging(wide) { $1 })
            let recorded = history.timelines.joined().first { entry in
                guard case .event(let event) = entry.payload else { return false }
                return event.type == type && event.via == "email"
            }
            guard let recordedAt = recorded?.recordedAt else { throw FailedProperty() }
            for _ in 0..<Self.questions {
                var question = history.randomQuestion()
                question.knownAt = .everything
                guard question.at >= min(occurred, recordedAt) else { continue }
                let decision = try history.decide(question)
                guard decision.outcome == .allow, let reason = decision.reasons.first,
                    [.consentGiven, .consentConfirmed, .consentRenewed].contains(reason.code)
                else { continue }
                guard let time = reason.time, time > min(occurred, recordedAt) else {
                    fail("an opt-in outlived the \(type.name) of \(occurred)", question, history)
                    throw FailedProperty()
                }
            }
        }
    }

    /// Scope fields whose values cover every question here.
    private var wide: [EventField: FieldValue] {
        [
            .channels: words("email", "sms", "whatsapp"),
            .categories: words(
                "codes", "marketing", "newsletter", "offers", "orders", "pin", "recalls", "tips", "utility"),
            .senders: words("wa-hoteles", "wa-plain", "wa-viajes"), .brands: words("hoteles", "viajes"),
        ]
    }

    @Test func addingAWithdrawalOrAStopNeverTurnsDenyIntoAllow() throws {
        try forEachHistory(from: 2_000_000) { history in
            let questions = (0..<Self.questions).map { _ in history.randomQuestion() }
            let before = try questions.map { try history.decide($0).outcome }
            try history.insertEvent(
                history.generator.pick(RandomHistory.restrictions), to: history.generator.chance(80) ? 0 : 1)
            for (question, before) in zip(questions, before) where before == .deny {
                guard try history.decide(question).outcome == .deny else {
                    fail("a restriction turned deny into allow", question, history)
                    throw FailedProperty()
                }
            }
        }
    }

    @Test func noImportTurnsADenyThatCameFromAWithdrawalIntoAllow() throws {
        let optOuts: Set<Reason.Code> = [.withdrawn, .refused, .revoked, .objected, .invalidated, .doNotContact]
        var tried = 0
        try forEachHistory(from: 3_000_000) { history in
            let questions = (0..<Self.questions).map { _ in history.randomQuestion() }
            let before = try questions.map { try history.decide($0) }
            for _ in 0..<3 {
                try history.addEvent(
                    history.generator.pick(RandomHistory.permissions), [.imported: .mark])
            }
            for (question, before) in zip(questions, before)
            where before.outcome == .deny && optOuts.contains(before.reasons[0].code) {
                tried += 1
                guard try history.decide(question).outcome == .deny else {
                    fail("an import revived what “\(before.summary)” had ended", question, history)
                    throw FailedProperty()
                }
            }
        }
        #expect(tried > 500)
    }

    @Test func addingAnUnrelatedEventChangesNothing() throws {
        let types: [EventType] = [
            .consentGiven, .consentRenewed, .consentRequested, .consentRefused, .consentRevoked, .consentResumed,
            .consentInvalidated, .complained, .blocked, .reported, .reviewOpened, .basisBegan, .basisEnded,
            .evidenceAttached, .contactLinked, .contactUnlinked,
        ]
        try forEachHistory(from: 4_000_000) { history in
            let questions = (0..<Self.questions).map { _ in history.randomQuestion() }
            let before = try questions.map { try history.decide($0) }
            let type = history.generator.pick(types)
            let isScoped = type.optionalFields.union(type.requiredFields).contains(.channels)
            try history.insertEvent(type, isScoped ? [.channels: words("email")] : [:])
            for (question, before) in zip(questions, before)
            where !before.reasons.contains(where: { $0.code == .noRecord }) {
                guard try history.decide(question) == before else {
                    fail("an unrelated \(type.name) changed “\(before.summary)”", question, history)
                    throw FailedProperty()
                }
            }
        }
    }

    @Test func anAnswerAtAKnownSizeOrTimeIsThatOfALedgerTruncatedThere() throws {
        try forEachHistory(from: 5_000_000) { history in
            if history.generator.chance(50) { history.adoptPacks() }
            var question = history.randomMessage()
            if history.generator.chance(30) {
                for _ in 0..<2 {
                    try history.ledger.categorize(
                        "order_update_1", category: history.generator.pick(["orders", "tips", nil]),
                        categoryClass: history.generator.pick(["marketing", "utility"]))
                    history.ledger.nextIndex += RandomHistory.stride - 1
                    history.ledger.now = history.ledger.now.adding(milliseconds: 60_000)
                }
                question.template = "order_update_1"
            }
            let isKnown: (UInt64, Timestamp) -> Bool
            if history.generator.chance(50) {
                let size = UInt64.random(in: 95...200, using: &history.generator)
                question.knownAt = .size(size)
                isKnown = { index, _ in index < size }
            } else {
                let time = minute(Int.random(in: 0...12, using: &history.generator))
                question.knownAt = .time(time)
                isKnown = { _, recordedAt in recordedAt <= time }
            }
            if history.generator.chance(5) { try history.ledger.governUnknown(business: "acme") }
            let answer = try history.decide(question, orError: history.ledger.catalog)
            var truncated = history
            truncated.timelines = history.timelines.map { $0.filter { isKnown($0.index, $0.recordedAt) } }
            truncated.packs = history.packs.filter { isKnown($0.adoption, $0.recordedAt) }
            question.knownAt = .everything
            let catalog = try history.ledger.catalog { isKnown($0.index, $0.recordedAt) }
            guard try truncated.decide(question, orError: catalog) == answer else {
                fail("known then and truncated there differ: \(answer)", question, history)
                throw FailedProperty()
            }
        }
    }
}

/// Ends a property's run after its first failure.
private struct FailedProperty: Error {}

extension RandomHistory {
    /// The same without what is recorded or claimed to happen after that moment.
    fileprivate func without(after time: Timestamp) -> RandomHistory {
        var history = self
        history.timelines = timelines.map { entries in
            entries.filter { entry in
                guard case .event(let event) = entry.payload else { return true }
                return entry.recordedAt <= time && event.occurredAt.map { $0.start <= time } ?? true
            }
        }
        return history
    }

    /// The decision by that catalog, or the code of the error there is instead.
    fileprivate func decide(_ question: Question, orError catalog: Catalog) throws -> Answer {
        do throws(RulesError) {
            return .decision(
                try DecisionRules(catalog: catalog, packs: packs, notices: .ofTests).decide(
                    question, timeline: contact, linked: linked))
        } catch {
            return .error(error.code)
        }
    }

    fileprivate enum Answer: Equatable {
        case decision(Decision)
        case error(RulesError.Code)
    }
}
