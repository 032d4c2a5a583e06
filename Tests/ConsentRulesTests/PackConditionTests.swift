import ConsentModel
import ConsentRules
import Testing

private func question(at minutes: Int = 20, _ change: (inout Question) -> Void = { _ in }) -> Question {
    var question = Question(business: "acme", channel: "whatsapp", category: "offers", at: minute(minutes))
    change(&question)
    return question
}

private let hour: UInt64 = 3_600_000

/// Which rules of which packs are about a message.
@Suite struct RuleScopeTests {
    private func isProhibited(_ scope: RuleScope, _ change: (inout Question) -> Void = { _ in }) throws -> Bool {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        contact.packs = [adopted(rule(.prohibit, scope))]
        return try contact.decide(question(at: 20, change)).summary == "deny prohibited"
    }

    @Test func everyListMustAllowIt() throws {
        #expect(try isProhibited(RuleScope()))
        #expect(try isProhibited(RuleScope(channels: ["sms", "whatsapp"])))
        #expect(try !isProhibited(RuleScope(channels: ["sms"])))
        #expect(try isProhibited(RuleScope(classes: ["marketing"])))
        #expect(try !isProhibited(RuleScope(classes: ["utility"])))
        #expect(try isProhibited(RuleScope(categories: ["offers"])))
        #expect(try !isProhibited(RuleScope(categories: ["newsletter"])))
        #expect(try !isProhibited(RuleScope(channels: ["whatsapp"], classes: ["utility"])))
    }

    @Test func aCountryThatIsNotKnownIsOnEveryListAndOnNoListOfExceptions() throws {
        for (country, isListed) in [("ES", true), ("FR", false), (nil, true)] {
            let asked: (inout Question) -> Void = { $0.recipient = Recipient(country: country) }
            #expect(try isProhibited(RuleScope(recipientCountries: ["ES"]), asked) == isListed)
            #expect(
                try isProhibited(RuleScope(exceptRecipientCountries: ["ES"]), asked) == (country == nil || !isListed))
        }
        // “acme” of these tests has said no country.
        #expect(try isProhibited(RuleScope(senderCountries: ["ES"])))
        #expect(try isProhibited(RuleScope(exceptSenderCountries: ["ES"])))
    }

    @Test func theCountryOfTheBusinessIsTheSenders() throws {
        var ledger = try TestLedger.opened()
        try ledger.govern(.businessRegistered, [.name: word("Acme"), .country: word("ES")], business: "acme")
        var contact = try TestContact(ledger)
        let asked = question { $0.category = "utility" }
        contact.packs = [adopted(rule(.prohibit, RuleScope(senderCountries: ["ES"])))]
        #expect(try contact.decide(asked).summary == "deny no-record")
        var basis = asked
        basis.assertedBasis = "contract"
        #expect(try contact.decide(basis).summary == "deny prohibited")
        contact.packs = [adopted(rule(.prohibit, RuleScope(exceptSenderCountries: ["ES"])))]
        #expect(try contact.decide(basis).summary == "allow basis-asserted")
    }

    @Test func rulesAndPacksCountInTheirTimeAndAsFarAsTheyMayBeKnown() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 1)
        func summary(at minutes: Int, _ knownAt: KnownAt = .everything) throws -> String {
            try contact.decide(question(at: minutes) { $0.knownAt = knownAt }).summary
        }
        contact.packs = [adopted(rule(.prohibit, from: minute(10), until: minute(20)))]
        #expect(try summary(at: 9) == "allow consent-given")
        #expect(try summary(at: 10) == "deny prohibited")
        #expect(try summary(at: 19) == "deny prohibited")
        #expect(try summary(at: 20) == "allow consent-given")
        contact.packs = [adopted(rule(.prohibit), from: minute(10), adoption: 150, recordedAt: minute(30))]
        #expect(try summary(at: 9) == "allow consent-given")
        #expect(try summary(at: 10) == "deny prohibited")
        #expect(try summary(at: 10, .size(150)) == "allow consent-given")
        #expect(try summary(at: 10, .size(151)) == "deny prohibited")
        #expect(try summary(at: 10, .time(minute(29))) == "allow consent-given")
        #expect(try summary(at: 10, .time(minute(30))) == "deny prohibited")
        // A pack of another business is none of this one's, one for all is.
        contact.packs = [adopted(rule(.prohibit), business: "other")]
        #expect(try summary(at: 10) == "allow consent-given")
        contact.packs = [adopted(rule(.prohibit), business: nil)]
        #expect(try summary(at: 10) == "deny prohibited")
        // A later version takes the place of an earlier one of the same name, and of no other.
        contact.packs = [adopted(rule(.prohibit)), adopted([], from: minute(10), adoption: 91)]
        #expect(try summary(at: 9) == "deny prohibited")
        #expect(try summary(at: 10) == "allow consent-given")
        contact.packs = [adopted(rule(.prohibit)), adopted([], id: "another", from: minute(10), adoption: 91)]
        #expect(try summary(at: 10) == "deny prohibited")
    }

    @Test func aReasonCitesItsRule() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 1)
        contact.packs = [adopted(rule(.prohibit, id: "no-marketing"), id: "law")]
        let cited = try #require(contact.decide(question()).reasons.first?.rule)
        #expect(cited.pack == "law")
        #expect(cited.rule == "no-marketing")
        #expect(cited.adoption == 90)
        #expect(cited.meaning == "it is so")
    }

    @Test func theLedgersOwnNoComesFirst() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 1)
        contact.packs = [
            adopted(
                rule(.prohibit, id: "prohibit"), rule(.hours(.init(from: 600, until: 660)), id: "hours"),
                rule(.cap(.init(count: 1, window: hour, counted: .business)), id: "cap"))
        ]
        #expect(try contact.decide(question()).summary == "deny withdrawn")
        try contact.add(.consentGiven, at: 2)
        #expect(try contact.decide(question()).summary == "deny prohibited")
    }
}

/// What rules ask of an opt-in.
@Suite struct OptInRuleTests {
    @Test func consentIsRequiredUnlessARecordShowsABasisTheRuleTakes() throws {
        func summary(
            _ bases: [String], recorded: Bool, asserted: Bool = false, consent: Bool = false
        ) throws -> String {
            var contact = try TestContact()
            if recorded {
                try contact.add(.basisBegan, at: 10, [.basis: word("contract"), .categories: words("orders")])
            }
            if consent { try contact.add(.consentGiven, at: 11, [.categories: words("orders")]) }
            contact.packs = [adopted(rule(.requireConsent(orRecorded: bases)))]
            return try contact.decide(
                question {
                    $0.category = "orders"
                    $0.assertedBasis = asserted ? "contract" : nil
                }
            ).summary
        }
        #expect(try summary([], recorded: true) == "deny consent-required")
        #expect(try summary(["contract"], recorded: true) == "allow basis-recorded")
        #expect(try summary(["legitimate-interest"], recorded: true) == "deny consent-required")
        #expect(try summary(["contract"], recorded: false, asserted: true) == "deny consent-required")
        #expect(try summary([], recorded: false, asserted: true) == "deny consent-required")
        #expect(try summary([], recorded: true, consent: true) == "allow consent-given")
        // What the ledger denies itself, it denies for its own reason.
        #expect(try summary([], recorded: false) == "deny no-record")
    }

    @Test func verificationIsWhatTheOptInSays() throws {
        for (said, isEnough) in [("code", true), ("signed", false), ("none", false), (nil, false)] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 10, said.map { [.verification: word($0)] } ?? [:])
            contact.packs = [adopted(rule(.requireVerification(["code", "double-opt-in"])))]
            #expect(
                try contact.decide(question()).summary == (isEnough ? "allow consent-given" : "deny not-verified"))
        }
        // A confirmation is a double opt-in, whatever else it says.
        var contact = try TestContact()
        let request = try contact.add(.consentRequested, at: 10)
        try contact.add(.consentConfirmed, at: 11, [.request: .bytes(request.bytes)])
        contact.packs = [adopted(rule(.requireVerification(["double-opt-in"])))]
        #expect(try contact.decide(question()).summary == "allow consent-confirmed")
        contact.packs = [adopted(rule(.requireVerification(["signed"])))]
        #expect(try contact.decide(question()).summary == "deny not-verified")
    }

    @Test func anOptInThatDoesNotCountTakesNoneAway() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.verification: word("code")])
        try contact.add(.consentGiven, at: 12)
        contact.packs = [adopted(rule(.requireVerification(["code"])))]
        let decision = try contact.decide(question())
        #expect(decision.summary == "allow consent-given")
        #expect(decision.reasons[0].records == [100])
    }

    @Test func presentationsAreRefusedOneByOne() throws {
        let ways: [(String, WritableKeyPath<Presentation, Bool>)] = [
            ("pre-ticked", \.preTicked), ("bundled", \.bundled), ("condition-of-purchase", \.conditionOfPurchase),
        ]
        for (refused, _) in ways {
            for (way, path) in ways {
                var presentation = Presentation()
                presentation[keyPath: path] = true
                var contact = try TestContact()
                try contact.add(.consentGiven, at: 10, [.presentation: .presentation(presentation)])
                contact.packs = [adopted(rule(.refusePresentation([refused])))]
                #expect(
                    try contact.decide(question()).summary
                        == (way == refused ? "deny presentation-refused" : "allow consent-given"))
            }
        }
        // What the request was presented with is what the confirmation rests on.
        var presentation = Presentation()
        presentation.preTicked = true
        var contact = try TestContact()
        let request = try contact.add(.consentRequested, at: 10, [.presentation: .presentation(presentation)])
        try contact.add(.consentConfirmed, at: 11, [.request: .bytes(request.bytes)])
        contact.packs = [adopted(rule(.refusePresentation(["pre-ticked"])))]
        #expect(try contact.decide(question()).summary == "deny presentation-refused")
    }

    @Test func consentLastsAsLongAsTheShorterOfTermAndRule() throws {
        for (term, lasts, end) in [(nil, 5, 15), (12, 5, 12), (18, 5, 15)] as [(Int?, Int, Int)] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 10, term.map { [.expiresAt: time(minute($0))] } ?? [:])
            contact.packs = [
                adopted(
                    rule(.consentLasts(UInt64(lasts) * 60_000), id: "short"), rule(.consentLasts(hour), id: "long"))
            ]
            let allowed = try contact.decide(question(at: end - 1))
            #expect(allowed.summary == "allow consent-given")
            #expect(allowed.lapsesAt == minute(end))
            let expired = try contact.decide(question(at: end))
            #expect(expired.summary == "deny expired")
            #expect(expired.reasons[0].time == minute(end))
            #expect((expired.reasons[0].rule?.rule ?? "none") == (end == 15 ? "short" : "none"))
        }
    }

    @Test func requestsLastAsTheRuleSaysUnlessTheySayThemselves() throws {
        for (said, confirmed, isInTime) in [(nil, 13, true), (nil, 14, false), (10, 14, true)] as [(Int?, Int, Bool)] {
            var contact = try TestContact()
            let request = try contact.add(
                .consentRequested, at: 10, said.map { [.validFor: .number(UInt64($0) * 60_000)] } ?? [:])
            try contact.add(.consentConfirmed, at: confirmed, [.request: .bytes(request.bytes)])
            contact.packs = [adopted(rule(.requestLasts(3 * 60_000)))]
            #expect(
                try contact.decide(question()).summary
                    == (isInTime ? "allow consent-confirmed" : "deny confirmation-too-late"))
        }
    }

    @Test func unknownWordsAreAcceptedByTheBusinessItselfForATime() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, bare: true)
        let accepting = rule(.acceptUnknownNotice(until: minute(30)))
        for (packs, isAccepted) in [
            ([adopted(accepting)], true), ([adopted(accepting, business: nil)], false), ([], false),
            ([adopted(rule(.acceptUnknownNotice(until: minute(30)), RuleScope(recipientCountries: ["ES"])))], false),
        ] {
            contact.packs = packs
            #expect(
                try contact.decide(question()).summary
                    == (isAccepted
                        ? "allow consent-given notice-unknown-accepted" : "deny notice-unknown"))
        }
        contact.packs = [adopted(accepting)]
        #expect(try contact.decide(question()).lapsesAt == minute(30))
        #expect(try contact.decide(question(at: 30)).summary == "deny notice-unknown")
        // Words that are known are not excused.
        var other = try TestContact()
        contact.ledger.now = minute(20)
        try other.add(.consentGiven, recorded: 10, [.imported: .mark])
        other.packs = [adopted(accepting)]
        #expect(try other.decide(question()).summary == "deny opt-in-undated")
    }
}

/// An opt-out of anything is one of all that the rule is about.
@Suite struct WidenedOptOutTests {
    private let revokeAll = rule(.widenOptOut, RuleScope(channels: ["sms", "whatsapp"]), from: minute(15))

    private func summary(
        _ contact: TestContact, at minutes: Int = 20, _ category: String = "offers", _ channel: String = "whatsapp",
        _ basis: String? = nil
    ) throws -> String {
        try contact.decide(
            question(at: minutes) {
                $0.category = category
                $0.channel = channel
                $0.assertedBasis = basis
            }
        ).summary
    }

    @Test func itCoversOtherCategoriesChannelsAndContracts() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentWithdrawn, at: 11, [.channels: words("sms"), .categories: words("newsletter")])
        contact.packs = [adopted(revokeAll)]
        #expect(try summary(contact, at: 14) == "allow consent-given")
        #expect(try summary(contact, at: 15) == "deny withdrawn")
        let denied = try contact.decide(question(at: 15))
        #expect(denied.reasons[0].rule?.rule == "rule")
        #expect(try summary(contact, at: 14, "orders", "whatsapp", "contract") == "allow basis-asserted")
        #expect(try summary(contact, at: 15, "orders", "whatsapp", "contract") == "deny withdrawn")
        #expect(try summary(contact, at: 15, "recalls", "whatsapp", "legal-obligation") == "allow basis-asserted")
        #expect(try summary(contact, at: 15, "orders", "email", "contract") == "allow basis-asserted")
        // Only an opt-out is: a refusal of one thing is none of another.
        var refused = try TestContact()
        try refused.add(.consentGiven, at: 10)
        try refused.add(.consentRefused, at: 11, [.categories: words("newsletter")])
        refused.packs = [adopted(revokeAll)]
        #expect(try summary(refused) == "allow consent-given")
        // What the person agrees to afterwards counts.
        contact.ledger.now = minute(16)
        try contact.add(.consentGiven, at: 16)
        #expect(try summary(contact, at: 20) == "allow consent-given")
    }

    @Test func anOptOutOfEverythingEndsAContractToo() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 11)
        #expect(try summary(contact, at: 20, "orders", "whatsapp", "contract") == "allow basis-asserted")
        contact.packs = [adopted(revokeAll)]
        let denied = try contact.decide(
            question {
                $0.category = "orders"
                $0.assertedBasis = "contract"
            })
        #expect(denied.summary == "deny withdrawn")
        #expect(denied.reasons[0].rule?.rule == "rule")
    }

    @Test func aReviewIsAsWideAsTheOptOutItMayBe() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.reviewOpened, at: 11, [.categories: words("newsletter")])
        #expect(try summary(contact) == "allow consent-given")
        contact.packs = [adopted(revokeAll)]
        #expect(try summary(contact) == "deny held-for-review")
    }
}
