import ConsentModel
import ConsentRules
import Testing

/// A no that rests on the words of a notice says what they lack, and which rule asks for it.
@Suite struct MissingWordsTests {
    private static func requirement(
        _ subject: NoticeRequirement.Subject, isRequired: Bool = true, words: [String: [String]] = [:]
    ) -> RuleEffect {
        .notice(NoticeRequirement(subject: subject, isRequired: isRequired, words: words))
    }

    /// Someone who opted in by words that say only “Acepto recibir ofertas.”
    private static func contact(_ rules: Rule...) throws -> TestContact {
        var contact = try TestContact()
        try contact.ledger.publish("nameless")
        try contact.add(.consentGiven, at: 10, [.notice: notice("nameless")])
        contact.packs = [adopted(rules)]
        return contact
    }

    private static let asked = Question(
        business: "acme", channel: "whatsapp", category: "offers", at: minute(20))

    private static func missing(_ contact: TestContact) throws -> [String] {
        let decision = try contact.decide(asked)
        #expect(decision.summary == "deny notice-defective")
        let reason = try #require(decision.reasons.first)
        #expect(reason.rule == reason.missing.first?.rule)
        return reason.missing.map { "\($0.rule?.rule ?? "always"): \($0.clause)" }
    }

    @Test func allThatIsMissingIsToldWithItsRules() throws {
        let channel = rule(Self.requirement(.channel), id: "channel")
        let instruction = rule(
            Self.requirement(.optOutInstruction, words: ["es": ["baja", "darte de baja"], "en": ["stop"]]), id: "stop")
        let name = rule(Self.requirement(.businessName), id: "name")
        let wording = rule(Self.requirement(.consentWording, words: ["es": ["acepto"]]), id: "wording")
        let advice = rule(Self.requirement(.value, isRequired: false, words: ["es": ["novedades"]]), id: "advice")
        let later = rule(Self.requirement(.value, words: ["es": ["novedades"]]), id: "later", from: minute(11))
        let german = rule(Self.requirement(.value, words: ["de": ["Angebote"]]), id: "german")
        let noChannel = "the text does not name the channel whatsapp"
        let noName = "the text does not name “Acme Viajes, S.A.”"
        #expect(try Self.missing(Self.contact(channel)) == ["channel: \(noChannel)", "always: \(noName)"])
        #expect(
            try Self.missing(Self.contact(channel, instruction, name, wording, advice, later, german)) == [
                "channel: \(noChannel)",
                "stop: the text does not say how to opt out, by words such as “baja”, “darte de baja”",
                "name: \(noName)",
                "german: the rule has no words for the language “es”, so that nothing tells whether the text says what the "
                    + "person has from the messages",
            ])
        // Each rule is cited once, in the order of what is missing.
        let reason = try #require(Self.contact(channel, name).decide(Self.asked).reasons.first)
        #expect(reason.rules.map(\.rule) == ["channel", "name"])
        #expect(reason.rules.allSatisfy { $0.pack == "test" && $0.citation.source == "The tests" })
    }

    @Test func itIsToldAgainWhenAskedAgainAndOfEachChannelItsOwn() throws {
        var contact = try Self.contact(rule(Self.requirement(.channel), id: "channel"))
        try contact.add(.consentGiven, at: 11, [.channels: words("sms"), .notice: notice("nameless")])
        let rules = DecisionRules(catalog: contact.ledger.catalog, packs: contact.packs, notices: .ofTests)
        for _ in 0..<2 {
            for channel in ["whatsapp", "sms"] {
                var asked = Self.asked
                asked.channel = channel
                let missing = try rules.decide(asked, timeline: contact.timeline).reasons.flatMap(\.missing)
                #expect(missing.first?.clause == "the text does not name the channel \(channel)")
            }
        }
    }

    @Test func theRecordIsExplainedWithIt() throws {
        var contact = try Self.contact()
        try contact.add(.consentGiven, at: 11)
        let explanation = try DecisionRules(catalog: contact.ledger.catalog, notices: .ofTests).explain(
            Self.asked, timeline: contact.timeline)
        #expect(explanation.decision.summary == "allow consent-given")
        let records = explanation.cells.flatMap(\.records)
        #expect(records.map(\.code) == [.noticeDefective, nil])
        #expect(records.map { $0.missing.map(\.clause) } == [["the text does not name “Acme Viajes, S.A.”"], []])
    }
}
