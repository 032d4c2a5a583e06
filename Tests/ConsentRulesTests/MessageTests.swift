import ConsentModel
import ConsentRules
import LedgerCrypto
import Testing

/// A question about offers by WhatsApp at minute 20, changed by `change`.
private func question(_ change: (inout Question) -> Void = { _ in }) -> Question {
    var question = Question(business: "acme", channel: "whatsapp", category: "offers", at: minute(20))
    change(&question)
    return question
}

/// Messages about several categories.
@Suite struct SeveralCategoriesTests {
    @Test func eachMustBeAllowedAndTheReasonsSayWhich() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        let both = question { $0.alsoAbout = ["orders"] }
        let denied = try contact.decide(both)
        #expect(denied.summary == "deny no-basis")
        #expect(denied.reasons.map(\.category) == ["orders"])
        try contact.add(.basisBegan, at: 11, [.basis: word("contract"), .categories: words("orders")])
        let allowed = try contact.decide(both)
        #expect(allowed.summary == "allow consent-given basis-recorded")
        #expect(allowed.reasons.map(\.category) == ["offers", "orders"])
        #expect(allowed.about == ["offers", "orders"])
        // What is about one category does not say which: there is nothing to tell apart.
        #expect(try contact.decide(question()).reasons.map(\.category) == [nil])
        try contact.add(.consentWithdrawn, at: 12, [.categories: words("marketing")])
        #expect(try contact.decide(both).summary == "deny withdrawn")
    }

    @Test(arguments: [
        (["offers", "orders"], "marketing"), (["orders", "tips"], "marketing"), (["codes", "orders"], "utility"),
        (["codes", "service"], "service"), (["codes", "pin"], "authentication"), (["orders"], "utility"),
    ])
    func itCountsAsMarketingWhereOneIs(_ about: [String], _ categoryClass: String) throws {
        let contact = try TestContact()
        for first in about {
            let asked = question {
                $0.category = first
                $0.alsoAbout = about.filter { $0 != first }
            }
            #expect(try contact.decide(asked).categoryClass == categoryClass)
        }
    }

    @Test func rulesOfMarketingApplyToAllOfIt() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.basisBegan, at: 11, [.basis: word("contract"), .categories: words("orders")])
        let marketing = RuleScope(classes: ["marketing"])
        let mixed = question {
            $0.category = "orders"
            $0.alsoAbout = ["offers"]
        }
        let plain = question { $0.category = "orders" }
        for (effect, summary) in [
            (RuleEffect.prohibit, "deny prohibited"), (.notDecidable, "deny not-decidable"),
            (.hours(.init(from: 600, until: 660)), "defer time-zone-unknown"),
            (.requireConsent(orRecorded: []), "deny consent-required"),
        ] {
            contact.packs = [adopted(rule(effect, marketing))]
            #expect(try contact.decide(plain).summary == "allow basis-recorded")
            #expect(try contact.decide(mixed).summary == summary)
        }
    }

    @Test func theSameCategoryTwiceIsOnce() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        let decision = try contact.decide(question { $0.alsoAbout = ["offers", "offers"] })
        #expect(decision.about == ["offers"])
        #expect(decision.summary == "allow consent-given")
        #expect(throws: RulesError(.unknownCategory, "")) {
            try contact.decide(question { $0.alsoAbout = ["cruises"] })
        }
        #expect(throws: RulesError(.unknownCategory, "")) { try contact.decide(question { $0.category = "" }) }
    }
}

/// Templates, and what their platform says they are.
@Suite struct TemplateTests {
    private func world() throws -> TestContact {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 1)
        try contact.add(.basisBegan, at: 1, [.basis: word("contract"), .categories: words("orders")])
        return contact
    }

    private func asked(
        _ template: String = "order_update_1", _ category: String = "", at minutes: Int = 20,
        _ knownAt: KnownAt = .everything
    ) -> Question {
        question {
            $0.template = template
            $0.category = category
            $0.at = minute(minutes)
            $0.knownAt = knownAt
        }
    }

    @Test func theMappedCategoryIsTheCategory() throws {
        var contact = try world()
        let mapped = try contact.ledger.categorize("order_update_1", category: "orders")
        let decision = try contact.decide(asked())
        #expect(decision.about == ["orders"])
        #expect(decision.summary == "allow basis-recorded")
        #expect(try contact.decide(asked("order_update_1", "orders")) == decision)
        #expect(throws: RulesError(.contradictoryQuestion, "")) {
            try contact.decide(asked("order_update_1", "offers"))
        }
        #expect(throws: RulesError(.unknownTemplate, "")) { try contact.decide(asked("order_update_2")) }
        // What is not known yet is not there.
        #expect(throws: RulesError(.unknownTemplate, "")) {
            try contact.decide(asked("order_update_1", "", .size(mapped)))
        }
        // A message may be about more than its template says.
        var more = asked("order_update_1", "offers")
        more.alsoAbout = ["orders"]
        #expect(try contact.decide(more).about == ["offers", "orders"])
    }

    @Test func thePlatformsMarketingBeatsTheSendersWord() throws {
        var contact = try world()
        try contact.ledger.categorize("order_update_1", category: "orders")
        contact.ledger.now = minute(30)
        let recategorized = try contact.ledger.categorize("order_update_1", categoryClass: "marketing", at: 10)
        let decision = try contact.decide(asked())
        #expect(decision.about == ["orders", "marketing"])
        #expect(decision.categoryClass == "marketing")
        #expect(decision.summary == "deny no-consent")
        // Two clocks: what was true before, and what was known before.
        #expect(try contact.decide(asked(at: 9)).summary == "allow basis-recorded")
        #expect(try contact.decide(asked("order_update_1", "", .size(recategorized))).summary == "allow basis-recorded")
        #expect(try contact.decide(asked("order_update_1", "", .time(minute(29)))).summary == "allow basis-recorded")
        // With consent to marketing as such it may go.
        try contact.add(.consentGiven, at: 31, [.categories: words("marketing")], bare: true)
        contact.packs = [adopted(rule(.acceptUnknownNotice(until: minute(60))))]
        #expect(
            try contact.decide(asked(at: 40)).summary
                == "allow basis-recorded consent-given notice-unknown-accepted")
        // And back again.
        contact.ledger.now = minute(50)
        try contact.ledger.categorize("order_update_1", categoryClass: "utility", at: 45)
        #expect(try contact.decide(asked(at: 44)).about == ["orders", "marketing"])
        #expect(try contact.decide(asked(at: 45)).about == ["orders"])
    }

    @Test func aCategoryOfMarketingIsEnoughAndThePlatformNeverLoosens() throws {
        var contact = try world()
        try contact.ledger.categorize("sale", category: "offers", categoryClass: "utility")
        #expect(try contact.decide(asked("sale")).categoryClass == "marketing")
        try contact.ledger.categorize("sale", categoryClass: "marketing")
        let decision = try contact.decide(asked("sale"))
        #expect(decision.about == ["offers"])
        #expect(decision.summary == "allow consent-given")
    }

    @Test func aTemplateOfWhichOnlyTheClassIsKnownNeedsACategory() throws {
        var contact = try world()
        try contact.ledger.categorize("news", categoryClass: "marketing")
        #expect(throws: RulesError(.unknownTemplate, "")) { try contact.decide(asked("news")) }
        #expect(try contact.decide(asked("news", "orders")).about == ["orders", "marketing"])
    }

    @Test func marketingInOneLanguageIsMarketing() throws {
        var contact = try world()
        try contact.ledger.categorize("order_update_1", category: "orders", categoryClass: "utility")
        #expect(try contact.decide(asked()).about == ["orders"])
        try contact.ledger.categorize("order_update_1", categoryClass: "marketing", language: "es")
        #expect(try contact.decide(asked()).about == ["orders", "marketing"])
        try contact.ledger.categorize("order_update_1", categoryClass: "marketing", language: "en-US")
        try contact.ledger.categorize("order_update_1", categoryClass: "utility", language: "es")
        #expect(try contact.decide(asked()).about == ["orders", "marketing"])
        // Said of all languages, it is so in each.
        try contact.ledger.categorize("order_update_1", categoryClass: "utility")
        #expect(try contact.decide(asked()).about == ["orders"])
    }

    @Test func aKeyInOtherHandsRestrictsAndDoesNotPermit() throws {
        var contact = try world()
        try contact.ledger.categorize("order_update_1", category: "orders", categoryClass: "marketing")
        let key = try Ed25519PrivateKey(seed: SecretBytes(bytes32("hook")))
        try contact.ledger.govern(
            .sourceAuthorized,
            [.authorizedSource: word("hook"), .publicKey: .bytes(key.publicKey.bytes), .custody: word("ledger")])
        try contact.ledger.categorize("order_update_1", categoryClass: "utility", signedBy: key)
        try contact.ledger.categorize("other", category: "orders", signedBy: key)
        try contact.ledger.categorize("other", categoryClass: "marketing", signedBy: key)
        #expect(try contact.decide(asked()).about == ["orders"])
        #expect(try contact.decide(asked("other")).about == ["orders", "marketing"])
        try contact.ledger.revoke("hook", compromisedSince: minute(0))
        #expect(try contact.decide(asked()).about == ["orders", "marketing"])
        #expect(throws: RulesError(.unknownTemplate, "")) { try contact.decide(asked("other")) }
        #expect(try contact.decide(asked("other", "orders")).about == ["orders", "marketing"])
    }

    @Test func whatIsSaidOfATemplateMustSayAndNameWhatThereIs() throws {
        var ledger = try TestLedger.furnished()
        #expect(throws: RulesError(.missingField, "")) { try ledger.categorize("empty") }
        #expect(throws: RulesError(.unknownCategory, "")) { try ledger.categorize("empty", category: "cruises") }
        try ledger.govern(.categoryRetired, [.category: word("newsletter")], business: "acme")
        #expect(throws: RulesError(.unknownCategory, "")) { try ledger.categorize("empty", category: "newsletter") }
        #expect(ledger.catalog.businesses["acme"]?.templates.isEmpty == true)
    }
}

/// The class service: answers within the window.
@Suite struct ServiceTests {
    private func summary(
        _ contact: TestContact, at minutes: Int = 20, replyingTo: Int? = 15,
        _ change: (inout Question) -> Void = { _ in }
    ) throws -> String {
        try contact.decide(
            question {
                $0.category = "service"
                $0.at = minute(minutes)
                $0.replyingTo = replyingTo.map(minute)
                change(&$0)
            }
        ).summary
    }

    @Test func onlyAnAnswerWithinADayIsAllowed() throws {
        let contact = try TestContact()
        #expect(try summary(contact, replyingTo: nil) == "deny no-message-to-answer")
        #expect(try summary(contact, replyingTo: 21) == "deny no-message-to-answer")
        #expect(try summary(contact, replyingTo: 20) == "allow replying")
        #expect(try summary(contact, at: 15 + 24 * 60 - 1) == "allow replying")
        #expect(try summary(contact, at: 15 + 24 * 60) == "deny outside-service-window")
        // A basis that the sender asserts does not stand for the person's message.
        #expect(try summary(contact, replyingTo: nil) { $0.assertedBasis = "contract" } == "deny no-message-to-answer")
    }

    @Test func theWindowIsThatOfTheRule() throws {
        var contact = try TestContact()
        contact.packs = [adopted(rule(.serviceWindow(10 * 60_000)))]
        #expect(try summary(contact, at: 24) == "allow replying")
        #expect(try summary(contact, at: 25) == "deny outside-service-window")
        // One that is only perhaps about the message shortens and does not lengthen.
        let spain = RuleScope(recipientCountries: ["ES"])
        contact.packs = [adopted(rule(.serviceWindow(3 * OccurredAt.day), spain))]
        #expect(try summary(contact, at: 15 + 24 * 60) == "deny outside-service-window")
        #expect(try summary(contact, at: 15 + 24 * 60) { $0.recipient = .inSpain() } == "allow replying")
        contact.packs = [adopted(rule(.serviceWindow(60_000), spain))]
        #expect(try summary(contact, at: 17) == "deny outside-service-window")
        #expect(try summary(contact, at: 17) { $0.recipient = Recipient(country: "FR") } == "allow replying")
    }

    @Test func whatStopsAReply() throws {
        func contact(_ type: EventType, at minutes: Int, _ fields: [EventField: FieldValue] = [:]) throws -> TestContact
        {
            var contact = try TestContact()
            try contact.add(type, at: minutes, fields)
            return contact
        }
        #expect(try summary(contact(.consentWithdrawn, at: 10, [.categories: words("marketing")])) == "allow replying")
        #expect(try summary(contact(.consentWithdrawn, at: 10)) == "allow replying")
        // Who opts out of everything in or after the message wants no answer.
        #expect(try summary(contact(.consentWithdrawn, at: 15)) == "deny withdrawn")
        #expect(try summary(contact(.consentWithdrawn, at: 16)) == "deny withdrawn")
        #expect(try summary(contact(.consentWithdrawn, at: 10, [.categories: words("service")])) == "deny withdrawn")
        #expect(try summary(contact(.objected, at: 10, [.doNotContact: .mark])) == "deny do-not-contact")
        #expect(try summary(contact(.complained, at: 10)) == "deny complained")
    }
}

/// The one confirmation of an opt-out, and the one request.
@Suite struct OptOutConfirmationTests {
    private func confirmation(
        _ contact: TestContact, at minutes: Int, category: String = "", uses: [Use] = [],
        linked: [TestContact] = []
    ) throws -> Decision {
        try contact.decide(
            question {
                $0.purpose = .optOutConfirmation
                $0.category = category
                $0.at = minute(minutes)
                $0.uses = uses
            }, linked: linked)
    }

    @Test func anOptOutIsConfirmedOnceSoonAndByItsChannel() throws {
        var contact = try TestContact()
        #expect(try confirmation(contact, at: 10).summary == "deny no-opt-out-to-confirm")
        try contact.add(.consentWithdrawn, at: 10, recorded: 12, [.via: word("whatsapp"), .doNotContact: .mark])
        // The five minutes count from the recording: the sender could not know sooner.
        #expect(try confirmation(contact, at: 11).summary == "deny no-opt-out-to-confirm")
        let allowed = try confirmation(contact, at: 12)
        #expect(allowed.summary == "allow opt-out-confirmation")
        #expect(allowed.categoryClass == "service")
        #expect(allowed.lapsesAt == minute(17).adding(milliseconds: 1))
        #expect(try confirmation(contact, at: 17).summary == "allow opt-out-confirmation")
        #expect(try confirmation(contact, at: 18).summary == "deny opt-out-confirmation-too-late")
        let sent = use(at: 13, categoryClass: "service", purpose: .optOutConfirmation, concerns: 100)
        #expect(try confirmation(contact, at: 14, uses: [sent]).summary == "deny opt-out-confirmed")
        // A second opt-out is another one; what confirmed the first says nothing of it.
        try contact.add(.consentWithdrawn, at: 15, [.via: word("whatsapp")])
        #expect(try confirmation(contact, at: 16, uses: [sent]).summary == "allow opt-out-confirmation")
        // What came by another channel is not confirmed by this one.
        var other = try TestContact()
        try other.add(.consentWithdrawn, at: 10, [.via: word("sms")])
        #expect(try confirmation(other, at: 11).summary == "deny no-opt-out-to-confirm")
    }

    @Test func aRuleSaysHowSoon() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 10, [.via: word("whatsapp")])
        let usual = try confirmation(contact, at: 12)
        #expect(usual.reasons.first?.rule == nil)
        func asked(at minutes: Int, _ rules: Rule..., country: String? = "ES", category: String = "") throws -> Decision
        {
            contact.packs = [adopted(rules)]
            return try contact.decide(
                question {
                    $0.purpose = .optOutConfirmation
                    $0.category = category
                    $0.at = minute(minutes)
                    $0.recipient = Recipient(country: country)
                })
        }
        let short = rule(.optOutConfirmationWindow(60_000), id: "short")
        let long = rule(.optOutConfirmationWindow(600_000), id: "long")
        let soon = try asked(at: 11, short)
        #expect(soon.summary == "allow opt-out-confirmation" && soon.lapsesAt == minute(11).adding(milliseconds: 1))
        #expect(soon.reasons.first?.rule?.rule == "short")
        let late = try asked(at: 12, short)
        #expect(late.summary == "deny opt-out-confirmation-too-late" && late.reasons.first?.time == minute(11))
        #expect(late.reasons.first?.rule?.rule == "short")
        #expect(try asked(at: 20, long).summary == "allow opt-out-confirmation")
        #expect(try asked(at: 20, long, category: "offers").summary == "allow opt-out-confirmation")
        #expect(try asked(at: 21, long).summary == "deny opt-out-confirmation-too-late")
        // The shortest counts, and what is not about the confirmation does not.
        #expect(try asked(at: 12, long, short).reasons.first?.rule?.rule == "short")
        for scope in [
            RuleScope(channels: ["sms"]), RuleScope(classes: ["marketing"]), RuleScope(categories: ["offers"]),
            RuleScope(recipientCountries: ["US"]),
        ] {
            let other = rule(.optOutConfirmationWindow(60_000), scope)
            #expect(try asked(at: 14, other).reasons.first?.rule == nil, "\(scope)")
        }
        // Where the country is not known a rule can shorten, and not lengthen.
        let us = RuleScope(classes: ["service"], recipientCountries: ["US"])
        let unsureShort = rule(.optOutConfirmationWindow(60_000), us)
        #expect(try asked(at: 12, unsureShort, country: nil).outcome == .deny)
        #expect(try asked(at: 20, rule(.optOutConfirmationWindow(600_000), us), country: nil).outcome == .deny)
        #expect(try asked(at: 20, rule(.optOutConfirmationWindow(600_000), us), country: "US").outcome == .allow)
    }

    @Test func theConfirmationIsExplainedWithoutACategory() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        try contact.add(.consentWithdrawn, at: 6, [.via: word("sms")])
        try contact.add(.consentWithdrawn, at: 7, [.via: word("whatsapp"), .categories: words("offers")])
        try contact.add(.consentResumed, at: 8, [.via: word("whatsapp"), .categories: words("offers")])
        try contact.add(.objected, at: 9, [.via: word("whatsapp")])
        let wrong = try contact.add(.complained, at: 9)
        try contact.add(.eventVoided, at: 9, [.concerns: .bytes(wrong.bytes)])
        try contact.add(.consentWithdrawn, at: 10, [.via: word("whatsapp")])
        try contact.add(.consentWithdrawn, at: 10, recorded: 14, [.via: word("whatsapp")])
        func explain(at minutes: Int, linked: [LinkedContact] = []) throws -> [Explanation.Bearing] {
            let asked = question {
                $0.purpose = .optOutConfirmation
                $0.category = ""
                $0.at = minute(minutes)
            }
            let rules = DecisionRules(catalog: contact.ledger.catalog, notices: .ofTests)
            let explanation = try rules.explain(asked, timeline: contact.timeline, linked: linked)
            #expect(try explanation.decision == rules.decide(asked, timeline: contact.timeline, linked: linked))
            #expect(explanation.cells.map(\.category) == [nil])
            return explanation.cells.flatMap { $0.records.map(\.bearing) }
        }
        #expect(
            try explain(at: 12) == [
                .noBearing, .otherScope, .undone, .changesAnother, .overtaken, .voided, .changesAnother, .decides,
                .later,
            ])
        #expect(try explain(at: 15).suffix(2) == [.overtaken, .decides])
        // Who complained wants silence, and what is to be confirmed speaks for nothing alone.
        try contact.add(.complained, at: 15)
        #expect(try explain(at: 16).suffix(3) == [.overtaken, .permits, .decides])
        var linked = try TestContact(handle: 2)
        linked.ledger.nextIndex = 200
        try linked.add(.consentWithdrawn, at: 1, [.via: word("whatsapp")])
        try linked.add(.blocked, at: 2)
        #expect(
            try explain(at: 16, linked: [LinkedContact(linked.timeline)]).suffix(3) == [
                .decides, .noBearing, .restricts,
            ])
    }

    @Test func neitherHoursNorCapsNorALaterReturnNorSilence() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 10, [.via: word("whatsapp"), .categories: words("offers")])
        contact.packs = [
            adopted(
                rule(.hours(.init(from: 600, until: 660)), id: "hours"),
                rule(.cap(.init(count: 1, window: 3_600_000, counted: .business)), id: "cap"),
                rule(.requireConsent(orRecorded: []), id: "consent"))
        ]
        #expect(try confirmation(contact, at: 11, uses: [use(at: 10)]).summary == "allow opt-out-confirmation")
        #expect(try confirmation(contact, at: 11, category: "offers").summary == "allow opt-out-confirmation")
        #expect(try confirmation(contact, at: 11, category: "orders").summary == "deny no-opt-out-to-confirm")
        contact.packs = [adopted(rule(.prohibit))]
        #expect(try confirmation(contact, at: 11).summary == "deny prohibited")
        contact.packs = []
        // A do-not-contact of another address of the person is no reason to leave this one without its answer.
        var linked = try TestContact(handle: 2)
        linked.ledger.nextIndex = 200
        try linked.add(.objected, at: 9, [.doNotContact: .mark])
        #expect(try confirmation(contact, at: 11, linked: [linked]).summary == "allow opt-out-confirmation")
        var blocked = contact
        try blocked.add(.blocked, at: 11)
        #expect(try confirmation(blocked, at: 12).summary == "deny blocked")
        try contact.add(.consentResumed, at: 12, [.via: word("whatsapp")])
        #expect(try confirmation(contact, at: 13).summary == "deny no-opt-out-to-confirm")
    }

    private func request(_ contact: TestContact, at minutes: Int, uses: [Use] = []) throws -> Decision {
        try contact.decide(
            question {
                $0.purpose = .confirmationRequest
                $0.at = minute(minutes)
                $0.uses = uses
            })
    }

    @Test func aPendingContactIsAskedOnceWhileItIsOpen() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 5)
        let asked = try contact.add(.consentRequested, at: 10, [.validFor: .number(5 * 60_000)])
        #expect(try request(contact, at: 9).summary == "deny no-pending-request")
        // An opt-out before the person asked again does not stop the question.
        let allowed = try request(contact, at: 10)
        #expect(allowed.summary == "allow confirmation-request")
        #expect(allowed.reasons.first?.records == [101])
        #expect(allowed.lapsesAt == minute(15).adding(milliseconds: 1))
        #expect(try request(contact, at: 15).summary == "allow confirmation-request")
        #expect(try request(contact, at: 16).summary == "deny no-pending-request")
        let sent = use(at: 11, purpose: .confirmationRequest, concerns: 101)
        #expect(try request(contact, at: 12, uses: [sent]).summary == "deny already-requested")
        var stopped = contact
        try stopped.add(.consentWithdrawn, at: 11)
        #expect(try request(stopped, at: 12).summary == "deny withdrawn")
        try contact.add(.consentConfirmed, at: 12, [.request: .bytes(asked.bytes)])
        #expect(try request(contact, at: 13).summary == "deny no-pending-request")
    }

    @Test func aRequestWaitsForItsHours() throws {
        var contact = try TestContact()
        try contact.add(.consentRequested, at: 10)
        contact.packs = [adopted(rule(.hours(.init(from: 600, until: 660))))]
        #expect(try request(contact, at: 11).summary == "defer time-zone-unknown")
        contact.packs = [adopted(rule(.requireConsent(orRecorded: [])))]
        #expect(try request(contact, at: 11).summary == "allow confirmation-request")
    }
}
