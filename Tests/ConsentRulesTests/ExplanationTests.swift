import ConsentModel
import ConsentRules
import Testing

/// Why records count or do not.
@Suite struct ExplanationTests {
    private func bearings(
        _ contact: TestContact, at minutes: Int = 30, knownAt: KnownAt = .everything, linked: [LinkedContact] = []
    ) throws -> [Explanation.Bearing] {
        let question = Question(
            business: "acme", channel: "whatsapp", category: "offers", at: minute(minutes), knownAt: knownAt)
        let rules = DecisionRules(catalog: contact.ledger.catalog, packs: contact.packs, notices: .ofTests)
        let explanation = try rules.explain(question, timeline: contact.timeline, linked: linked)
        #expect(try explanation.decision == rules.decide(question, timeline: contact.timeline, linked: linked))
        return explanation.cells.flatMap { $0.records.map(\.bearing) }
    }

    @Test func everyBearingIsGivenWhenItIsDue() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5, [.channels: words("sms")])
        let lapsed = try contact.add(.consentRequested, at: 6, [.validFor: .number(60_000)])
        try contact.add(.consentGiven, at: 7, bare: true)
        try contact.add(.consentGiven, at: 8)
        try contact.add(.consentWithdrawn, at: 9, [.via: word("whatsapp")])
        try contact.add(.consentResumed, at: 10, [.via: word("whatsapp")])
        let wrong = try contact.add(.consentRefused, at: 11)
        try contact.add(.eventVoided, at: 12, [.concerns: .bytes(wrong.bytes)])
        try contact.add(.consentRenewed, at: 13)
        try contact.add(.evidenceAttached, at: 14, [.concerns: .bytes(lapsed.bytes)])
        #expect(
            try bearings(contact) == [
                .otherScope, .lapsed, .doesNotCount, .overtaken, .undone, .changesAnother, .voided, .changesAnother,
                .decides, .noBearing,
            ])
        // An earlier time, and less knowledge.
        #expect(
            try bearings(contact, at: 8).suffix(6) == [
                .later, .noBearing, .voided, .changesAnother, .later, .noBearing,
            ])
        #expect(try bearings(contact, knownAt: .size(104)).suffix(6) == Array(repeating: .notKnown, count: 6))
        // Beside what decides.
        try contact.add(.complained, at: 15)
        try contact.add(.consentWithdrawn, at: 16)
        #expect(try bearings(contact).suffix(2) == [.decides, .restricts])
        // Of a linked contact what restricts counts, until they are unlinked.
        var linked = try TestContact(handle: 2)
        linked.ledger.nextIndex = 200
        try linked.add(.consentGiven, at: 1)
        try linked.add(.blocked, at: 20)
        try linked.add(.blocked, at: 21)
        #expect(
            try bearings(contact, linked: [LinkedContact(linked.timeline, until: 202)]).suffix(3) == [
                .noBearing, .decides, .notShared,
            ])
    }

    @Test func rulesAreSatisfiedOrStandAgainstTheMessage() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        func states(_ rules: Rule...) throws -> [Explanation.RuleState] {
            contact.packs = [adopted(rules)]
            let question = Question(
                business: "acme", channel: "whatsapp", category: "offers", at: minute(20), recipient: .inSpain())
            return try DecisionRules(catalog: contact.ledger.catalog, packs: contact.packs, notices: .ofTests)
                .explain(question, timeline: contact.timeline).rules.map(\.state)
        }
        let night = rule(.hours(.init(from: 600, until: 660)), id: "night")
        let consent = rule(.requireConsent(orRecorded: []), id: "consent")
        #expect(try states() == [])
        #expect(try states(consent, rule(.prohibit, RuleScope(channels: ["sms"]))) == [.satisfied])
        #expect(try states(night, consent) == [.standsAgainst, .satisfied])
        #expect(try states(rule(.prohibit), night, consent) == [.standsAgainst, .standsAgainst, .notReached])
        #expect(try states(rule(.requireVerification(["code"])), consent) == [.standsAgainst, .notReached])
    }
}
