import ConsentModel
import ConsentRules
import Testing

/// DESIGN §7.1: what is not an answer.
@Suite struct QuestionErrorTests {
    @Test func unknownWordsAreErrors() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        let rules = DecisionRules(catalog: contact.ledger.catalog, notices: .ofTests)
        let good = Question(business: "acme", channel: "whatsapp", category: "offers", at: minute(20))
        func code(_ change: (inout Question) -> Void) -> RulesError.Code? {
            var question = good
            change(&question)
            do throws(RulesError) {
                _ = try rules.decide(question, timeline: contact.timeline)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code { _ in } == nil)
        #expect(code { $0.business = "nobody" } == .unknownBusiness)
        #expect(code { $0.business = "" } == .unknownBusiness)
        #expect(code { $0.category = "nothing" } == .unknownCategory)
        #expect(code { $0.channel = "telegram" } == .unknownChannel)
        #expect(code { $0.channel = "WhatsApp" } == .unknownChannel)
        #expect(code { $0.sender = "nobody" } == .unknownSender)
        #expect(
            code {
                $0.sender = "wa-plain"
                $0.channel = "sms"
            } == .unknownSender)
        #expect(code { $0.assertedBasis = "consent" } == .unknownBasis)
        #expect(code { $0.assertedBasis = "habit" } == .unknownBasis)
        // The other business has the ready-made categories and nothing else.
        #expect(code { $0.business = "other" } == .unknownCategory)
        #expect(
            code {
                $0.business = "other"
                $0.category = "marketing"
            } == nil)
    }

    @Test func whatIsDefinedLaterIsUnknownBefore() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        contact.ledger.now = minute(15)
        try contact.ledger.defineCategory("cruises", "marketing", "consent")
        try contact.ledger.defineSender("sms-late", channels: words("whatsapp"), brand: nil)
        #expect(try contact.answer(at: 20, category: "cruises") == "deny no-consent")
        for knownAt in [KnownAt.size(101), .time(minute(14))] {
            #expect(throws: RulesError(.unknownCategory, "")) {
                try contact.answer(at: 20, category: "cruises", knownAt: knownAt)
            }
            #expect(throws: RulesError(.unknownSender, "")) {
                try contact.answer(at: 20, sender: "sms-late", knownAt: knownAt)
            }
        }
        #expect(throws: RulesError(.unknownBusiness, "")) { try contact.answer(at: 20, knownAt: .size(1)) }
    }

    @Test func anUnknownEventTypeIsAnErrorAndNeverAYes() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        var linked = try TestContact(handle: 2)
        linked.ledger.nextIndex = 200
        linked.addUnknown()
        #expect(throws: RulesError(.notCovered, "")) { try contact.answer(at: 20, linked: [linked]) }
        contact.addUnknown()
        #expect(throws: RulesError(.notCovered, "")) { try contact.answer(at: 20) }
        #expect(throws: RulesError(.notCovered, "")) { try contact.answer(at: 20, channel: "sms", category: "codes") }
        #expect(try contact.answer(at: 20, knownAt: .size(101)) == "allow consent-given")
    }

    @Test func unknownGovernanceTouchesItsBusinessOrAll() throws {
        for business in ["acme", "other", nil] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 10)
            contact.ledger.now = minute(15)
            try contact.ledger.governUnknown(business: business)
            if business == "other" {
                #expect(try contact.answer(at: 20) == "allow consent-given")
            } else {
                #expect(throws: RulesError(.notCovered, "")) { try contact.answer(at: 20) }
            }
            #expect(try contact.answer(at: 20, knownAt: .size(101)) == "allow consent-given")
            #expect(try contact.answer(at: 20, knownAt: .time(minute(14))) == "allow consent-given")
        }
    }
}

/// DESIGN §7.2: the layers.
@Suite struct LayerTests {
    @Test func theLatestByOccurredAtAnswers() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentWithdrawn, at: 20)
        try contact.add(.consentRenewed, at: 30)
        try contact.add(.consentRefused, at: 40)
        #expect(try contact.answer(at: 9) == "deny no-consent")
        #expect(try contact.answer(at: 10) == "allow consent-given")
        #expect(try contact.answer(at: 19) == "allow consent-given")
        #expect(try contact.answer(at: 20) == "deny withdrawn")
        #expect(try contact.answer(at: 30) == "allow consent-renewed")
        #expect(try contact.answer(at: 40) == "deny refused")
    }

    @Test(arguments: [
        (EventType.consentRefused, "refused"), (.consentWithdrawn, "withdrawn"), (.consentRevoked, "revoked"),
        (.objected, "objected"), (.consentInvalidated, "invalidated"),
    ])
    func onTiesTheLeastPermissiveCounts(_ type: EventType, _ code: String) throws {
        for grantFirst in [true, false] {
            var contact = try TestContact()
            if grantFirst { try contact.add(.consentGiven, at: 10) }
            try contact.add(type, at: 10)
            if !grantFirst { try contact.add(.consentGiven, at: 10) }
            #expect(try contact.answer(at: 20) == "deny \(code)")
            try contact.add(.consentGiven, at: 11)
            #expect(try contact.answer(at: 20) == "allow consent-given")
        }
    }

    @Test func ofSimultaneousGrantsTheExpiredOneCounts() throws {
        for expiredFirst in [true, false] {
            var contact = try TestContact()
            for expires in [expiredFirst, !expiredFirst] {
                try contact.add(.consentGiven, at: 10, expires ? [.expiresAt: time(minute(20))] : [:])
            }
            #expect(try contact.answer(at: 19) == "allow consent-given")
            #expect(try contact.answer(at: 20) == "deny expired")
        }
    }

    @Test func aRestrictionCountsFromTheEndOfItsIntervalAndBindsFromItsStart() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let tenMinutes = try #require(OccurredAt(start: minute(10), precision: 600_000))
        try contact.add(.consentWithdrawn, occurredAt: tenMinutes, recorded: 40)
        #expect(try contact.answer(at: 9) == "allow consent-given")
        #expect(try contact.answer(at: 10) == "deny withdrawn")
        try contact.add(.consentGiven, at: 19, recorded: 40)
        #expect(try contact.answer(at: 50) == "deny withdrawn")
        try contact.add(.consentGiven, at: 20, recorded: 40)
        #expect(try contact.answer(at: 50) == "allow consent-given")
    }

    @Test func aRestrictionIsCappedAtItsRecording() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let day = try #require(OccurredAt(start: minute(0), precision: OccurredAt.day))
        try contact.add(.consentWithdrawn, occurredAt: day, recorded: 10)
        try contact.add(.consentGiven, at: 11)
        #expect(try contact.answer(at: 10) == "deny withdrawn")
        #expect(try contact.answer(at: 12) == "allow consent-given")
        // One said to come later binds at once.
        try contact.add(.consentWithdrawn, at: 500, recorded: 15)
        #expect(try contact.answer(at: 15) == "deny withdrawn")
        try contact.add(.consentGiven, at: 16)
        #expect(try contact.answer(at: 16) == "allow consent-given")
    }

    @Test func aGrantCountsFromItsStart() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 10)
        let tenMinutes = try #require(OccurredAt(start: minute(10), precision: 600_000))
        try contact.add(.consentGiven, occurredAt: tenMinutes, recorded: 40)
        #expect(try contact.answer(at: 50) == "deny withdrawn")
    }

    @Test func ofUnknownTimeAGrantIsOldestAndARestrictionAnyTime() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentGiven, recorded: 12, [.expiresAt: time(minute(13)), .notice: notice("flyer")])
        #expect(try contact.answer(at: 20) == "allow consent-given")
        try contact.add(.consentWithdrawn, recorded: 30)
        for at in [0, 11, 30, 40] { #expect(try contact.answer(at: at) == "deny withdrawn") }
        #expect(try contact.answer(at: 11, knownAt: .time(minute(29))) == "allow consent-given")
        try contact.add(.consentGiven, at: 31)
        #expect(try contact.answer(at: 31) == "allow consent-given")
    }

    @Test func aGrantOfUnknownTimeCannotBeHeldAgainstItsNotice() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, recorded: 10, [.imported: .mark])
        #expect(try contact.answer(at: 9) == "deny no-consent")
        #expect(try contact.answer(at: 20) == "deny opt-in-undated")
    }

    @Test func aFutureGrantWaitsForItsTime() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 14, recorded: 10)
        #expect(try contact.answer(at: 13) == "deny no-consent")
        #expect(try contact.answer(at: 14) == "allow consent-given")
    }

    @Test func aFastClockDoesNotOutliveTheOptOutAfterIt() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 14, recorded: 10)
        try contact.add(.consentWithdrawn, at: 15, recorded: 11)
        #expect(try contact.answer(at: 20) == "deny withdrawn")
        var resumed = try TestContact()
        try resumed.add(.consentGiven, at: 1)
        try resumed.add(.consentResumed, at: 14, recorded: 10, [.via: word("whatsapp")])
        try resumed.add(.consentWithdrawn, at: 15, recorded: 11, [.via: word("whatsapp")])
        #expect(try resumed.answer(at: 20) == "deny withdrawn")
    }

    @Test func aRequestNeverLowersAStandingGrant() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentRequested, at: 20)
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test func aGrantThatDoesNotCountChangesNothing() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentRenewed, at: 20, bare: true)
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test(arguments: [
        (EventType.complained, "complained"), (.blocked, "blocked"), (.reported, "reported"),
        (.reviewOpened, "held-for-review"),
    ])
    func stopsHoldWhateverTheGrant(_ type: EventType, _ code: String) throws {
        var contact = try TestContact()
        let stop = try contact.add(type, at: 10, [.channels: words("whatsapp"), .via: word("whatsapp")])
        try contact.add(.consentGiven, at: 20)
        try contact.add(.basisBegan, at: 20, [.basis: word("legal-obligation"), .categories: words("recalls")])
        #expect(try contact.answer(at: 30) == "deny \(code)")
        #expect(try contact.answer(at: 30, category: "recalls") == "deny \(code)")
        #expect(try contact.answer(at: 30, channel: "sms") == "deny no-consent")
        #expect(try contact.answer(at: 9) == "deny no-consent")
        // A START lifts none of them, and lifting one lets the layer beneath answer.
        try contact.add(.consentResumed, at: 31, [.via: word("whatsapp"), .doNotContact: .mark])
        #expect(try contact.answer(at: 40) == "deny \(code)")
        try contact.add(.eventVoided, at: 50, [.concerns: .bytes(stop.bytes)])
        #expect(try contact.answer(at: 60) == "allow consent-given")
    }

    @Test func liftingAStopGivesNothingByItself() throws {
        var contact = try TestContact()
        let review = try contact.add(.reviewOpened, at: 10)
        try contact.add(.consentWithdrawn, at: 11)
        try contact.add(
            .reviewDecided, at: 20, [.concerns: .bytes(review.bytes), .outcome: word("dismissed")])
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }

    @Test func whatNamesTheOptInEndsItWhateverTheClocks() throws {
        var contact = try TestContact()
        let grant = try contact.add(.consentGiven, at: 20)
        try contact.add(.consentWithdrawn, at: 15, recorded: 25, [.concerns: .bytes(grant.bytes)])
        #expect(try contact.answer(at: 30) == "deny withdrawn")
        try contact.add(.consentGiven, at: 26)
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test func anInvalidConsentNeverWasOne() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentInvalidated, at: 20)
        #expect(try contact.answer(at: 15) == "deny invalidated")
        #expect(try contact.answer(at: 15, knownAt: .time(minute(19))) == "allow consent-given")
        try contact.add(.consentGiven, at: 21)
        #expect(try contact.answer(at: 22) == "allow consent-given")
    }
}

/// DESIGN §7.3: withdrawals.
@Suite struct WithdrawalTests {
    @Test func aWithdrawalCoversWhatItDoesNotNameAndWhatIsDefinedLater() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.channels: words("sms", "whatsapp")])
        try contact.add(.consentWithdrawn, at: 20, [.channels: words("whatsapp")])
        contact.ledger.now = minute(25)
        try contact.ledger.defineCategory("cruises", "marketing", "consent")
        #expect(try contact.answer(at: 30) == "deny withdrawn")
        #expect(try contact.answer(at: 30, category: "cruises") == "deny withdrawn")
        #expect(try contact.answer(at: 30, channel: "sms") == "allow consent-given")
    }

    @Test func aClassCoversItsCategories() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.categories: words("newsletter", "offers", "pin")])
        try contact.add(.consentWithdrawn, at: 20, [.categories: words("marketing")])
        #expect(try contact.answer(at: 30, category: "offers") == "deny withdrawn")
        #expect(try contact.answer(at: 30, category: "newsletter") == "deny withdrawn")
        #expect(try contact.answer(at: 30, category: "marketing") == "deny withdrawn")
        #expect(try contact.answer(at: 30, category: "pin") == "allow consent-given")
    }

    @Test func aCategoryDoesNotCoverItsClassAndNoGrantDoes() throws {
        var contact = try TestContact()
        try contact.ledger.govern(
            .noticePublished,
            TestLedger.noticeFields("all").merging([.categories: words("marketing", "newsletter", "offers")]) { $1 },
            business: "acme")
        try contact.add(.consentGiven, at: 10, [.notice: notice("all"), .categories: words("marketing")])
        #expect(try contact.answer(at: 30, category: "marketing") == "allow consent-given")
        #expect(try contact.answer(at: 30, category: "offers") == "deny no-consent")
        try contact.add(.consentWithdrawn, at: 20, [.categories: words("offers")])
        #expect(try contact.answer(at: 30, category: "marketing") == "allow consent-given")
    }

    @Test func sendersAndBrands() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.senders: words("wa-viajes")])
        try contact.add(.consentGiven, at: 10, [.brands: words("hoteles"), .categories: words("newsletter")])
        #expect(try contact.answer(at: 20, sender: "wa-viajes") == "allow consent-given")
        #expect(try contact.answer(at: 20, sender: "wa-hoteles") == "deny no-consent")
        #expect(try contact.answer(at: 20) == "deny no-consent", "a grant to one sender is none to any")
        #expect(try contact.answer(at: 20, category: "newsletter", sender: "wa-hoteles") == "allow consent-given")
        #expect(try contact.answer(at: 20, category: "newsletter", sender: "wa-viajes") == "deny no-consent")
        #expect(try contact.answer(at: 20, category: "newsletter", sender: "wa-plain") == "deny no-consent")
        #expect(try contact.answer(at: 20, category: "newsletter") == "deny no-consent")
    }

    @Test func stopsOfSendersAndBrands() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentWithdrawn, at: 20, [.senders: words("wa-viajes")])
        #expect(try contact.answer(at: 30, sender: "wa-viajes") == "deny withdrawn")
        #expect(try contact.answer(at: 30, sender: "wa-hoteles") == "allow consent-given")
        #expect(try contact.answer(at: 30) == "deny withdrawn", "without a sender the widest stop counts")
        try contact.add(.consentWithdrawn, at: 21, [.brands: words("hoteles")])
        #expect(try contact.answer(at: 30, sender: "wa-hoteles") == "deny withdrawn")
        #expect(try contact.answer(at: 30, sender: "wa-plain") == "deny withdrawn", "whose brand nobody knows")
    }

    /// A stop that names a sender and the brand of another one stops both.
    @Test func aStopOfSendersAndOfBrandsIsOfBoth() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(
            .consentWithdrawn, at: 20,
            [.senders: words("wa-viajes"), .brands: words("hoteles"), .via: .text("whatsapp")])
        for sender in ["wa-viajes", "wa-hoteles", "wa-plain", nil] {
            #expect(try contact.answer(at: 30, sender: sender) == "deny withdrawn", "\(sender ?? "")")
        }
        // Who comes back for less than that does not come back.
        try contact.add(.consentResumed, at: 40, [.senders: words("wa-viajes"), .via: .text("whatsapp")])
        try contact.add(.consentResumed, at: 41, [.brands: words("hoteles"), .via: .text("whatsapp")])
        for sender in ["wa-viajes", "wa-hoteles"] {
            #expect(try contact.answer(at: 50, sender: sender) == "deny withdrawn", "\(sender)")
        }
        try contact.add(
            .consentResumed, at: 60,
            [.senders: words("wa-viajes"), .brands: words("hoteles"), .via: .text("whatsapp")])
        for sender in ["wa-viajes", "wa-hoteles"] {
            #expect(try contact.answer(at: 70, sender: sender) == "allow consent-given", "\(sender)")
        }
    }

    /// Who ends an opt-in by naming it does not bring an older one back, however old the opt-out seems.
    @Test func anOptOutThatNamesAnOptInEndsTheOlderOnesToo() throws {
        for (expires, wanted) in [(nil, "deny withdrawn"), (30, "deny withdrawn")] as [(Int?, String)] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 10)
            let later = try contact.add(.consentGiven, at: 12, expires.map { [.expiresAt: time(minute($0))] } ?? [:])
            #expect(try contact.answer(at: 20) == "allow consent-given")
            try contact.add(.consentWithdrawn, at: 5, recorded: 21, [.concerns: .bytes(later.bytes)])
            for at in [22, 40] { #expect(try contact.answer(at: at) == wanted, "\(at)") }
            try contact.add(.consentGiven, at: 23, recorded: 50)
            #expect(try contact.answer(at: 51) == "allow consent-given")
        }
    }

    @Test func aLateGrantFromBeforeDoesNotRevive() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 20)
        try contact.add(.consentGiven, at: 10, recorded: 30)
        #expect(try contact.answer(at: 40) == "deny withdrawn")
        try contact.add(.consentGiven, at: 21, recorded: 41)
        #expect(try contact.answer(at: 50) == "allow consent-given")
    }

    @Test func aLateWithdrawalFromBeforeDoesNotEndWhatCameAfter() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 20)
        try contact.add(.consentWithdrawn, at: 10, recorded: 30)
        #expect(try contact.answer(at: 40) == "allow consent-given")
    }

    @Test(arguments: [
        EventType.consentWithdrawn, .consentRefused, .consentRevoked, .consentInvalidated, .objected,
    ])
    func anImportNeverRevives(_ type: EventType) throws {
        for (field, value) in [(EventField.imported, FieldValue.mark), (.method, word("import"))] {
            for grant in [EventType.consentGiven, .consentRenewed] {
                var contact = try TestContact()
                try contact.add(type, at: 10)
                try contact.add(grant, at: 15, recorded: 20, [field: value])
                try contact.add(grant, at: 5, recorded: 20, [field: value])
                #expect(try contact.answer(at: 30).hasSuffix("import-does-not-revive"))
                #expect(try contact.answer(at: 30).hasPrefix("deny"))
                try contact.add(.consentGiven, at: 21)
                #expect(try contact.answer(at: 30) == "allow consent-given")
            }
        }
    }

    @Test func anImportBeforeTheWithdrawalWasKnownCounts() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 15, recorded: 20, [.imported: .mark])
        try contact.add(.consentWithdrawn, at: 10, recorded: 25)
        #expect(try contact.answer(at: 30) == "allow consent-given")
        try contact.add(.consentWithdrawn, at: 16, recorded: 26)
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }

    @Test func anImportedRequestOrConfirmationNeverRevives() throws {
        for importedRequest in [true, false] {
            var contact = try TestContact()
            try contact.add(.consentWithdrawn, at: 10)
            let imported: [EventField: FieldValue] = [.imported: .mark]
            let request = try contact.add(.consentRequested, at: 11, importedRequest ? imported : [:])
            try contact.add(
                .consentConfirmed, at: 12,
                [.request: .bytes(request.bytes)].merging(importedRequest ? [:] : imported) { $1 })
            #expect(try contact.answer(at: 30) == "deny withdrawn import-does-not-revive")
        }
    }

    @Test func resumedUndoesTheSameOrANarrowerScopeByTheSameChannel() throws {
        func answer(
            _ withdrawal: [EventField: FieldValue], _ resumption: [EventField: FieldValue], at: Int = 20
        ) throws -> String {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 5)
            try contact.add(.consentWithdrawn, at: 10, withdrawal)
            try contact.add(.consentResumed, at: at, resumption)
            return try contact.answer(at: 30)
        }
        let whatsapp: [EventField: FieldValue] = [.via: word("whatsapp")]
        func by(_ fields: [EventField: FieldValue]) -> [EventField: FieldValue] { whatsapp.merging(fields) { $1 } }

        #expect(try answer(whatsapp, whatsapp) == "allow consent-given")
        #expect(try answer(by([.channels: words("whatsapp")]), whatsapp) == "allow consent-given")
        #expect(try answer(by([.categories: words("offers")]), whatsapp) == "allow consent-given")
        #expect(
            try answer(by([.channels: words("whatsapp")]), by([.channels: words("sms", "whatsapp")]))
                == "allow consent-given")
        #expect(
            try answer(by([.categories: words("marketing")]), by([.categories: words("marketing")]))
                == "allow consent-given")

        #expect(try answer(whatsapp, [.via: word("sms")]) == "deny withdrawn", "another channel")
        #expect(try answer(whatsapp, [:]) == "deny withdrawn", "nobody knows by which channel it came")
        #expect(try answer([:], whatsapp) == "deny withdrawn")
        #expect(try answer([:], [:]) == "deny withdrawn", "two unknown channels are not one")
        #expect(try answer(whatsapp, by([.channels: words("whatsapp")])) == "deny withdrawn", "a narrower scope")
        #expect(try answer(whatsapp, by([.categories: words("offers")])) == "deny withdrawn")
        #expect(try answer(whatsapp, by([.senders: words("wa-viajes")])) == "deny withdrawn")
        #expect(try answer(whatsapp, by([.brands: words("viajes")])) == "deny withdrawn")
        #expect(
            try answer(by([.categories: words("marketing")]), by([.categories: words("offers")])) == "deny withdrawn")
        #expect(try answer(whatsapp, whatsapp, at: 10) == "deny withdrawn", "at the same moment")
        #expect(try answer(whatsapp, whatsapp, at: 9) == "deny withdrawn")
        #expect(try answer(whatsapp, whatsapp, at: 31) == "deny withdrawn", "not yet")
        #expect(try answer(by([.doNotContact: .mark]), whatsapp) == "deny do-not-contact")
        #expect(
            try answer(by([.doNotContact: .mark]), by([.doNotContact: .mark])) == "allow consent-given")
    }

    @Test func resumedOfUnknownTimeUndoesNothing() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        try contact.add(.consentWithdrawn, at: 10, [.via: word("whatsapp")])
        try contact.add(.consentResumed, recorded: 20, [.via: word("whatsapp")])
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }

    @Test func resumedUndoesWithdrawalsAndNothingMore() throws {
        for type in [EventType.consentRefused, .consentRevoked, .consentInvalidated, .objected] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 5)
            try contact.add(type, at: 10, [.via: word("whatsapp")])
            try contact.add(.consentResumed, at: 20, [.via: word("whatsapp")])
            #expect(try contact.answer(at: 30).hasPrefix("deny"))
        }
        var nothing = try TestContact()
        try nothing.add(.consentWithdrawn, at: 10, [.via: word("whatsapp")])
        try nothing.add(.consentResumed, at: 20, [.via: word("whatsapp")])
        #expect(try nothing.answer(at: 30) == "deny no-consent", "there was no opt-in beneath")
    }
}

/// DESIGN §7.2 and §7.5: do-not-contact, reviews and voided records.
@Suite struct StopTests {
    @Test func doNotContactStopsAllButLegalObligationAndCodes() throws {
        for type in [EventType.consentWithdrawn, .objected] {
            var contact = try TestContact()
            for category in ["offers", "pin", "recalls"] {
                try contact.add(.consentGiven, at: 5, [.categories: words(category)])
            }
            for (category, basis) in [
                ("orders", "contract"), ("tips", "legitimate-interest"), ("recalls", "legal-obligation"),
                ("codes", "contract"),
            ] {
                try contact.add(.basisBegan, at: 5, [.categories: words(category), .basis: word(basis)])
            }
            // Whatever scope came with it.
            try contact.add(type, at: 10, [.doNotContact: .mark, .channels: words("sms")])
            try contact.add(.consentGiven, at: 20)
            for category in ["offers", "newsletter", "orders", "tips", "utility", "marketing"] {
                #expect(try contact.answer(at: 30, category: category) == "deny do-not-contact")
            }
            #expect(try contact.answer(at: 30, category: "recalls") == "allow basis-recorded")
            #expect(try contact.answer(at: 30, category: "codes") == "allow basis-recorded")
            let code = type == .objected ? "objected" : "withdrawn"
            #expect(
                try contact.answer(at: 30, category: "pin") == "deny \(code)",
                "it is a withdrawal of consent even where it is no stop")
        }
    }

    @Test func anOptOutOfCodesByNameStopsThem() throws {
        var contact = try TestContact()
        try contact.add(.basisBegan, at: 5, [.categories: words("codes"), .basis: word("contract")])
        try contact.add(.consentWithdrawn, at: 10, [.doNotContact: .mark, .categories: words("authentication")])
        #expect(try contact.answer(at: 30, category: "codes") == "deny withdrawn")
    }

    @Test func aReviewHoldsUntilItIsDecided() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let review = try contact.add(.reviewOpened, at: 10, [.categories: words("marketing")])
        #expect(try contact.answer(at: 15) == "deny held-for-review")
        #expect(try contact.answer(at: 15, category: "orders", assertedBasis: "contract") == "allow basis-asserted")
        let concerns: FieldValue = .bytes(review.bytes)
        try contact.add(.reviewDecided, at: 20, [.concerns: concerns, .outcome: word("dismissed")])
        #expect(try contact.answer(at: 19) == "deny held-for-review")
        #expect(try contact.answer(at: 20) == "allow consent-given")
        try contact.add(
            .reviewDecided, at: 30, [.concerns: concerns, .outcome: word("opt-out"), .categories: words("marketing")])
        #expect(try contact.answer(at: 25) == "allow consent-given")
        #expect(try contact.answer(at: 30) == "deny withdrawn")
        try contact.add(.reviewDecided, at: 40, [.concerns: concerns, .outcome: word("dismissed")])
        #expect(try contact.answer(at: 50) == "deny withdrawn", "an opt-out once decided stays one")
        try contact.add(.consentGiven, at: 60)
        #expect(try contact.answer(at: 60) == "allow consent-given")
    }

    @Test func aNarrowerOrUntimelyDismissalDoesNotLift() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let review = try contact.add(.reviewOpened, at: 10, [.channels: words("sms", "whatsapp")])
        let dismissal: [EventField: FieldValue] = [.concerns: .bytes(review.bytes), .outcome: word("dismissed")]
        try contact.add(.reviewDecided, at: 20, dismissal.merging([.channels: words("whatsapp")]) { $1 })
        #expect(try contact.answer(at: 30) == "deny held-for-review")
        try contact.add(.reviewDecided, recorded: 40, dismissal)
        #expect(try contact.answer(at: 39) == "deny held-for-review")
        #expect(try contact.answer(at: 40) == "allow consent-given")
    }

    @Test func whatIsVoidedNeverHappened() throws {
        var contact = try TestContact()
        let grant = try contact.add(.consentGiven, at: 5)
        let stop = try contact.add(.consentWithdrawn, at: 10)
        try contact.add(.eventVoided, at: 20, [.concerns: .bytes(stop.bytes)])
        #expect(try contact.answer(at: 15) == "allow consent-given")
        #expect(try contact.answer(at: 15, knownAt: .time(minute(19))) == "deny withdrawn")
        try contact.add(.eventVoided, at: 21, [.concerns: .bytes(grant.bytes)])
        #expect(try contact.answer(at: 30) == "deny no-consent")
    }

    @Test func aVoidThatIsVoidedDoesNothing() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let stop = try contact.add(.consentWithdrawn, at: 10)
        let void = try contact.add(.eventVoided, at: 20, [.concerns: .bytes(stop.bytes)])
        try contact.add(.eventVoided, at: 21, [.concerns: .bytes(void.bytes)])
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }

    @Test func aVoidComesAfterWhatItStrikes() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        try contact.add(.eventVoided, at: 6, [.concerns: .bytes(eventID(102).bytes)])
        try contact.add(.consentWithdrawn, at: 10)
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }
}

/// DESIGN §7.4: pending, confirmed, expired, and the words shown.
@Suite struct ConfirmationTests {
    private func confirm(
        request: [EventField: FieldValue] = [:], confirmation: [EventField: FieldValue] = [:], asked: Int? = 10,
        confirmed: Int? = 20, then: (inout TestContact) throws -> Void = { _ in }, channel: String = "whatsapp",
        category: String = "offers"
    ) throws -> String {
        var contact = try TestContact()
        let id = try contact.add(.consentRequested, at: asked, recorded: 10, request)
        try contact.add(
            .consentConfirmed, at: confirmed, recorded: max(confirmed ?? 20, 10),
            confirmation.merging([.request: .bytes(id.bytes)]) { $1 })
        try then(&contact)
        return try contact.answer(at: 20_000, channel: channel, category: category)
    }

    @Test func aConfirmationCountsWithinItsValidity() throws {
        let week = 7 * 24 * 60
        #expect(try confirm() == "allow consent-confirmed")
        #expect(try confirm(confirmed: 10) == "allow consent-confirmed")
        #expect(try confirm(confirmed: 10 + week) == "allow consent-confirmed")
        #expect(try confirm(confirmed: 11 + week) == "deny confirmation-too-late")
        #expect(try confirm(request: [.validFor: .number(600_000)]) == "allow consent-confirmed")
        #expect(try confirm(request: [.validFor: .number(599_999)]) == "deny confirmation-too-late")
        #expect(try confirm(confirmed: 9) == "deny confirmation-too-late", "before it was asked")
        #expect(try confirm(asked: nil) == "deny confirmation-too-late")
        #expect(try confirm(confirmed: nil) == "deny confirmation-too-late")
        #expect(try confirm(asked: nil, confirmed: nil) == "deny confirmation-too-late")
    }

    @Test func aConfirmationThatMayHaveComeTooLateDoesNotCount() throws {
        var contact = try TestContact()
        let id = try contact.add(.consentRequested, at: 10, [.validFor: .number(600_000)])
        let time = try #require(OccurredAt(start: minute(15), precision: 600_000))
        try contact.add(.consentConfirmed, occurredAt: time, recorded: 30, [.request: .bytes(id.bytes)])
        #expect(try contact.answer(at: 40) == "deny confirmation-too-late")
    }

    @Test func aConfirmationNeverWidensItsRequest() throws {
        let wider: [EventField: FieldValue] = [
            .channels: words("sms", "whatsapp"), .categories: words("newsletter", "offers"),
        ]
        #expect(try confirm(confirmation: wider) == "allow consent-confirmed")
        #expect(try confirm(confirmation: wider, channel: "sms") == "deny no-consent")
        #expect(try confirm(confirmation: wider, category: "newsletter") == "deny no-consent")
        let narrower: [EventField: FieldValue] = [.channels: words("whatsapp")]
        #expect(try confirm(request: wider, confirmation: narrower) == "allow consent-confirmed")
        #expect(try confirm(request: wider, confirmation: narrower, channel: "sms") == "deny no-consent")
        #expect(try confirm(request: wider, channel: "sms", category: "newsletter") == "allow consent-confirmed")
    }

    @Test func aScannerThatOpensTheMailAfterStopConfirmsNothing() throws {
        var contact = try TestContact()
        let id = try contact.add(.consentRequested, at: 10)
        try contact.add(.consentWithdrawn, at: 11, [.channels: words("whatsapp")])
        try contact.add(.consentConfirmed, at: 12, [.request: .bytes(id.bytes)])
        #expect(try contact.answer(at: 30) == "deny withdrawn confirmation-after-withdrawal")
        // A withdrawal of before is what the request asks about.
        var before = try TestContact()
        try before.add(.consentWithdrawn, at: 9)
        let again = try before.add(.consentRequested, at: 10)
        try before.add(.consentConfirmed, at: 12, [.request: .bytes(again.bytes)])
        #expect(try before.answer(at: 30) == "allow consent-confirmed")
    }

    @Test func aConfirmationNamesItsOwnRequest() throws {
        var contact = try TestContact()
        try contact.add(.consentRequested, at: 10)
        try contact.add(.consentConfirmed, at: 12, [.request: .bytes(eventID(7).bytes)])
        #expect(try contact.answer(at: 30) == "deny pending")
        let grant = try contact.add(.consentGiven, at: 13, [.channels: words("sms")])
        try contact.add(.consentConfirmed, at: 14, [.request: .bytes(grant.bytes)])
        #expect(try contact.answer(at: 30) == "deny pending", "an opt-in is no request")
    }

    @Test func whatIsAskedIsPendingUntilItLapses() throws {
        var contact = try TestContact()
        try contact.add(.consentRequested, at: 10, [.validFor: .number(600_000)])
        #expect(try contact.answer(at: 9) == "deny no-consent")
        #expect(try contact.answer(at: 20) == "deny pending")
        #expect(try contact.answer(at: 21) == "deny no-consent")
    }

    @Test func aVoidedRequestCarriesNothing() throws {
        let answer = try confirm(then: { contact in
            try contact.add(.eventVoided, at: 30, [.concerns: .bytes(eventID(100).bytes)])
        })
        #expect(answer == "deny no-consent")
    }

    @Test func expiredIsNotConsent() throws {
        #expect(try confirm(request: [.expiresAt: time(minute(20_000))]) == "deny expired")
        #expect(try confirm(request: [.expiresAt: time(minute(20_001))]) == "allow consent-confirmed")
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.expiresAt: time(minute(20))])
        #expect(try contact.answer(at: 19) == "allow consent-given")
        #expect(try contact.answer(at: 20) == "deny expired")
        try contact.add(.consentRenewed, at: 25)
        #expect(try contact.answer(at: 30) == "allow consent-renewed")
    }

    @Test func aGrantIsNotOlderThanItsNotice() throws {
        var contact = try TestContact()
        contact.ledger.now = minute(20)
        try contact.ledger.publish("spring")
        try contact.add(.consentGiven, at: 19, [.notice: notice("spring"), .imported: .mark])
        #expect(try contact.answer(at: 30) == "deny notice-too-young")
        try contact.add(.consentGiven, at: 20, [.notice: notice("spring")])
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test func aReconstructedNoticeCarriesWhatIsAttested() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 30, [.notice: notice("flyer")])
        #expect(try contact.answer(at: 40) == "allow consent-given notice-reconstructed")
        var late = try TestContact()
        try late.add(.consentGiven, at: 31, [.notice: notice("flyer")])
        #expect(try late.answer(at: 40) == "deny notice-too-young")
    }

    @Test func theSameWordsPublishedAndAttested() throws {
        var contact = try TestContact()
        contact.ledger.now = minute(20)
        try contact.ledger.publish("spring")
        try contact.ledger.govern(
            .noticeReconstructed, TestLedger.noticeFields("spring").merging([.shownFrom: time(minute(5))]) { $1 },
            business: "acme")
        try contact.add(.consentGiven, at: 4, [.notice: notice("spring")])
        #expect(try contact.answer(at: 30) == "deny notice-too-young")
        try contact.add(.consentGiven, at: 6, [.notice: notice("spring")])
        #expect(try contact.answer(at: 30) == "allow consent-given notice-reconstructed")
        try contact.add(.consentGiven, at: 20, [.notice: notice("spring")])
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test func wordsShownForABrandCarryThatBrandAlone() throws {
        var contact = try TestContact()
        let fields = TestLedger.noticeFields("hotel").merging([.brand: word("hoteles")]) { $1 }
        try contact.ledger.govern(.noticePublished, fields, business: "acme")
        try contact.add(.consentGiven, at: 10, [.notice: notice("hotel")])
        #expect(try contact.answer(at: 30, sender: "wa-hoteles") == "allow consent-given")
        for sender in ["wa-viajes", "wa-plain", nil] {
            #expect(try contact.answer(at: 30, sender: sender) == "deny no-consent")
        }
    }

    @Test func otherWordsOfTheSameNameAreUnknown() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.notice: notice("web", text: "other words")])
        #expect(try contact.answer(at: 30) == "deny notice-unknown")
    }
}

/// DESIGN §7.5: other bases.
@Suite struct BasisTests {
    private func began(
        _ contact: inout TestContact, _ category: String, _ basis: String, at minutes: Int?,
        _ fields: [EventField: FieldValue] = [:], source: String = "web"
    ) throws {
        try contact.add(
            .basisBegan, at: minutes, source: source,
            fields.merging([.categories: words(category), .basis: word(basis)]) { $1 })
    }

    @Test func aBasisNeedsItsRecordOrTheSendersWord() throws {
        var contact = try TestContact()
        #expect(try contact.answer(at: 30, category: "orders") == "deny no-record")
        #expect(try contact.answer(at: 30, category: "orders", assertedBasis: "contract") == "allow basis-asserted")
        #expect(
            try contact.answer(at: 30, category: "orders", assertedBasis: "legitimate-interest") == "deny no-record",
            "the category's own basis is what counts")
        #expect(try contact.answer(at: 30, assertedBasis: "contract") == "deny no-record", "consent cannot be asserted")
        try began(&contact, "orders", "legitimate-interest", at: 5)
        #expect(try contact.answer(at: 30, category: "orders") == "deny no-basis")
        try began(&contact, "orders", "contract", at: 10)
        #expect(try contact.answer(at: 9, category: "orders") == "deny no-basis")
        #expect(try contact.answer(at: 30, category: "orders") == "allow basis-recorded")
        #expect(try contact.answer(at: 30, channel: "sms", category: "orders") == "deny no-basis")
    }

    @Test func consentCarriesACategoryOfAnotherBasisToo() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, [.categories: words("orders")])
        #expect(try contact.answer(at: 30, category: "orders") == "allow consent-given")
    }

    @Test func aBasisEnds() throws {
        var contact = try TestContact()
        try began(&contact, "orders", "contract", at: 10)
        let tenMinutes = try #require(OccurredAt(start: minute(20), precision: 600_000))
        try contact.add(.basisEnded, occurredAt: tenMinutes, recorded: 40, [.basis: word("contract")])
        #expect(try contact.answer(at: 19, category: "orders") == "allow basis-recorded")
        #expect(try contact.answer(at: 20, category: "orders") == "deny no-basis")
        #expect(
            try contact.answer(at: 50, category: "orders", assertedBasis: "contract") == "deny no-basis",
            "what ended is not asserted back")
        var simultaneous = contact
        try simultaneous.add(.basisEnded, at: 45, [.basis: word("contract")])
        try began(&simultaneous, "orders", "contract", at: 45)
        #expect(try simultaneous.answer(at: 50, category: "orders") == "deny no-basis")
        try began(&contact, "orders", "contract", at: 45)
        #expect(try contact.answer(at: 50, category: "orders") == "allow basis-recorded")
    }

    @Test func aBasisOfUnknownBeginningIsOlderThanItsEnd() throws {
        var contact = try TestContact()
        try contact.add(.basisEnded, at: 5, [.basis: word("contract")])
        contact.ledger.now = minute(20)
        try began(&contact, "orders", "contract", at: nil)
        #expect(try contact.answer(at: 30, category: "orders") == "deny no-basis")
        var other = try TestContact()
        other.ledger.now = minute(20)
        try began(&other, "orders", "contract", at: nil)
        #expect(try other.answer(at: 19, category: "orders") == "deny no-basis")
        #expect(try other.answer(at: 20, category: "orders") == "allow basis-recorded")
    }

    @Test func aBasisExpires() throws {
        var contact = try TestContact()
        try began(&contact, "orders", "contract", at: 10, [.expiresAt: time(minute(20))])
        #expect(try contact.answer(at: 19, category: "orders") == "allow basis-recorded")
        #expect(try contact.answer(at: 20, category: "orders") == "deny no-basis")
    }

    @Test func anUnqualifiedOptOutStopsConsentAndLegitimateInterest() throws {
        var contact = try TestContact()
        try began(&contact, "tips", "legitimate-interest", at: 5)
        try began(&contact, "orders", "contract", at: 5)
        try began(&contact, "recalls", "legal-obligation", at: 5)
        try contact.add(.consentWithdrawn, at: 10)
        #expect(try contact.answer(at: 30, category: "tips") == "deny withdrawn")
        #expect(try contact.answer(at: 30, channel: "sms", category: "tips") == "deny withdrawn")
        #expect(
            try contact.answer(at: 30, category: "tips", assertedBasis: "legitimate-interest") == "deny withdrawn")
        #expect(try contact.answer(at: 30, category: "orders") == "allow basis-recorded", "an order update goes on")
        #expect(try contact.answer(at: 30, category: "recalls") == "allow basis-recorded")
        try began(&contact, "tips", "legitimate-interest", at: 20)
        #expect(try contact.answer(at: 30, category: "tips") == "deny withdrawn")
        try contact.add(.consentWithdrawn, at: 21, [.categories: words("utility")])
        #expect(try contact.answer(at: 30, category: "orders") == "deny withdrawn", "named by its class")
        #expect(try contact.answer(at: 30, category: "recalls") == "allow basis-recorded")
    }

    @Test func theEndOfConsentAsABasisIsAnOptOut() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.basisEnded, at: 20, [.basis: word("consent")])
        #expect(try contact.answer(at: 30) == "deny revoked")
    }

    @Test func aSuspectSourceBeginsNoBasis() throws {
        var contact = try TestContact()
        try began(&contact, "orders", "contract", at: 10, source: "shop")
        try contact.ledger.revoke("shop", compromisedSince: minute(10))
        #expect(try contact.answer(at: 30, category: "orders") == "deny no-basis")
    }
}

/// The end of a basis is said of a person, whichever of their addresses it came under.
@Suite struct LinkedBasisTests {
    @Test func aBasisThatEndedForALinkedContactHasEnded() throws {
        let basis: [EventField: FieldValue] = [.basis: .text("contract")]
        let scope = basis.merging([.channels: words("whatsapp"), .categories: words("utility")]) { $1 }
        var phone = try TestContact()
        var user = try TestContact(handle: 2)
        user.ledger.nextIndex = 200
        try phone.add(.basisBegan, at: 10, scope)
        #expect(try phone.answer(at: 30, category: "utility", linked: [user]) == "allow basis-recorded")
        try user.add(.basisEnded, at: 20, basis)
        #expect(try phone.answer(at: 30, category: "utility", linked: [user]) == "deny no-basis")
        #expect(try phone.answer(at: 15, category: "utility", linked: [user]) == "allow basis-recorded")
        try phone.add(.basisBegan, at: 40, scope)
        #expect(try phone.answer(at: 50, category: "utility", linked: [user]) == "allow basis-recorded")
    }
}

/// DESIGN §7.6, as far as it is here: links and closed addresses.
@Suite struct LinkTests {
    @Test func restrictionsCrossLinksAndGrantsNever() throws {
        var phone = try TestContact(handle: 1)
        var user = try TestContact(handle: 2)
        user.ledger.nextIndex = 200
        try user.add(.consentGiven, at: 10)
        #expect(try phone.answer(at: 30, linked: [user]) == "deny no-consent")
        #expect(try phone.answer(at: 30) == "deny no-record")
        try phone.add(.consentGiven, at: 11)
        #expect(try phone.answer(at: 30, linked: [user]) == "allow consent-given")
        try user.add(.consentWithdrawn, at: 12, [.via: word("whatsapp")])
        #expect(try phone.answer(at: 30, linked: [user]) == "deny withdrawn")
        #expect(try phone.answer(at: 30) == "allow consent-given")
        try user.add(.consentResumed, at: 13, [.via: word("whatsapp")])
        #expect(try phone.answer(at: 30, linked: [user]) == "allow consent-given")
        try user.add(.complained, at: 14)
        #expect(try phone.answer(at: 30, linked: [user]) == "deny complained")
    }

    @Test func whatLiftsDoesNotCross() throws {
        var phone = try TestContact(handle: 1)
        var user = try TestContact(handle: 2)
        try phone.add(.consentGiven, at: 5)
        let stop = try phone.add(.consentWithdrawn, at: 10, [.via: word("whatsapp")])
        let review = try phone.add(.reviewOpened, at: 10, [.channels: words("sms")])
        user.ledger.nextIndex = 200
        try user.add(.consentResumed, at: 20, [.via: word("whatsapp")])
        try user.add(.eventVoided, at: 20, [.concerns: .bytes(stop.bytes)])
        try user.add(.reviewDecided, at: 20, [.concerns: .bytes(review.bytes), .outcome: word("dismissed")])
        #expect(try phone.answer(at: 30, linked: [user]) == "deny withdrawn")
        #expect(try phone.answer(at: 30, channel: "sms", linked: [user]) == "deny held-for-review")
    }

    @Test func aLinkedContactsImportCountsAgainstLaterImports() throws {
        var user = try TestContact(handle: 2)
        try user.add(.consentWithdrawn, at: 5)
        var phone = try TestContact(handle: 1)
        phone.ledger.nextIndex = 200
        try phone.add(.consentGiven, at: 10, [.imported: .mark])
        #expect(try phone.answer(at: 30, linked: [user]) == "deny withdrawn import-does-not-revive")
    }

    @Test func aChangedNumberClosesTheOldContact() throws {
        var old = try TestContact(handle: 1)
        try old.add(.consentGiven, at: 10)
        let change = try old.add(.contactChanged, at: 20, [.fromHandle: .bytes(old.handle.bytes)])
        #expect(try old.answer(at: 19) == "allow consent-given")
        #expect(try old.answer(at: 20) == "deny contact-closed")
        try old.add(.consentGiven, at: 25)
        try old.add(.eventVoided, at: 26, [.concerns: .bytes(change.bytes)])
        #expect(try old.answer(at: 30) == "deny contact-closed", "the address has started anew")
        var new = try TestContact(handle: 2)
        try new.add(.contactChanged, at: 20, [.fromHandle: .bytes(old.handle.bytes)])
        #expect(try new.answer(at: 30, linked: [old]) == "deny no-consent", "an opt-in does not move")
        try new.add(.consentGiven, at: 31)
        #expect(try new.answer(at: 40, linked: [old]) == "allow consent-given")
    }

    @Test func aReassignedOrErasedAddressIsClosed() throws {
        for (type, before) in [
            (EventType.contactReassigned, "allow consent-given"), (.contactErased, "deny contact-closed"),
        ] {
            var contact = try TestContact()
            try contact.add(.consentGiven, at: 10)
            try contact.add(type, at: 20)
            #expect(try contact.answer(at: 19) == before)
            #expect(try contact.answer(at: 20) == "deny contact-closed")
            #expect(try contact.answer(at: 20, category: "codes", assertedBasis: "contract") == "deny contact-closed")
        }
        var unknown = try TestContact()
        try unknown.add(.consentGiven, at: 10)
        try unknown.add(.contactReassigned, recorded: 20)
        #expect(try unknown.answer(at: 15) == "deny contact-closed", "nobody knows since when")
    }
}

/// DESIGN §9: what a source whose key was in other hands can still do.
@Suite struct CompromiseTests {
    @Test func itsGrantsStopPermittingAndItsOptOutsBind() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, source: "shop")
        try contact.add(.consentRenewed, at: 20, source: "shop")
        #expect(try contact.answer(at: 30) == "allow consent-renewed")
        try contact.ledger.revoke("shop", compromisedSince: minute(15))
        #expect(try contact.answer(at: 30) == "allow consent-given")
        #expect(try contact.answer(at: 30, knownAt: .size(102)) == "allow consent-renewed")
        try contact.add(.consentWithdrawn, at: 21, source: "shop")
        #expect(try contact.answer(at: 30) == "deny withdrawn")
    }

    @Test func whatCountsIsTheRecordingNotTheTimeItClaims() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, recorded: 20, source: "shop")
        try contact.ledger.revoke("shop", compromisedSince: minute(20))
        #expect(try contact.answer(at: 30) == "deny source-compromised")
    }

    @Test func aRevocationWithoutCompromiseLeavesWhatWasRecorded() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, source: "shop")
        try contact.ledger.revoke("shop")
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }

    @Test func itLiftsNothing() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 5)
        let stop = try contact.add(.consentWithdrawn, at: 10, [.via: word("whatsapp"), .channels: words("whatsapp")])
        let review = try contact.add(.reviewOpened, at: 10, [.channels: words("sms")])
        let grant = try contact.add(.consentGiven, at: 11, [.channels: words("sms")])
        try contact.add(.consentResumed, at: 20, source: "shop", [.via: word("whatsapp")])
        try contact.add(.eventVoided, at: 20, source: "shop", [.concerns: .bytes(stop.bytes)])
        try contact.add(
            .reviewDecided, at: 20, source: "shop", [.concerns: .bytes(review.bytes), .outcome: word("dismissed")])
        #expect(try contact.answer(at: 30) == "allow consent-given")
        #expect(try contact.answer(at: 30, channel: "sms") == "allow consent-given")
        try contact.ledger.revoke("shop", compromisedSince: minute(15))
        #expect(try contact.answer(at: 30) == "deny withdrawn")
        #expect(try contact.answer(at: 30, channel: "sms") == "deny held-for-review")
        // But what it voids of permissions stays voided, and what it decides against sending stays decided.
        try contact.add(.reviewDecided, at: 21, [.concerns: .bytes(review.bytes), .outcome: word("dismissed")])
        #expect(try contact.answer(at: 30, channel: "sms") == "allow consent-given")
        try contact.add(.eventVoided, at: 22, source: "shop", [.concerns: .bytes(grant.bytes)])
        #expect(try contact.answer(at: 30, channel: "sms") == "deny no-consent")
    }

    @Test func aConfirmationNeedsBothItsRecordsSound() throws {
        for suspectRequest in [true, false] {
            var contact = try TestContact()
            let id = try contact.add(.consentRequested, at: 10, source: suspectRequest ? "shop" : "web")
            try contact.add(
                .consentConfirmed, at: 12, source: suspectRequest ? "web" : "shop", [.request: .bytes(id.bytes)])
            try contact.ledger.revoke("shop", compromisedSince: minute(10))
            #expect(try contact.answer(at: 30) == "deny source-compromised")
        }
    }

    @Test func eachRecordOfACompromiseCountsFromWhenItWasKnown() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10, source: "shop")
        contact.ledger.now = minute(20)
        try contact.ledger.revoke("shop", compromisedSince: minute(10))
        contact.ledger.now = minute(30)
        try contact.ledger.revoke("shop", compromisedSince: minute(5))
        #expect(try contact.answer(at: 40, knownAt: .size(101)) == "allow consent-given")
        #expect(try contact.answer(at: 40, knownAt: .size(102)) == "deny source-compromised")
        #expect(try contact.answer(at: 40, knownAt: .time(minute(19))) == "allow consent-given")
        #expect(try contact.answer(at: 40, knownAt: .time(minute(20))) == "deny source-compromised")
        #expect(try contact.answer(at: 40) == "deny source-compromised")
    }

    @Test func aNewKeyOfTheSourceIsSound() throws {
        var contact = try TestContact()
        try contact.ledger.authorize("shop", key: "shop new")
        try contact.add(.consentGiven, at: 10, source: "shop", key: "shop new")
        try contact.ledger.revoke("shop", key: "shop", compromisedSince: minute(0))
        #expect(try contact.answer(at: 30) == "allow consent-given")
    }
}

/// The two clocks.
@Suite struct KnownAtTests {
    @Test func anAnswerRestsOnWhatWasRecordedThen() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        try contact.add(.consentWithdrawn, at: 15, recorded: 40)
        #expect(try contact.answer(at: 20) == "deny withdrawn")
        #expect(try contact.answer(at: 20, knownAt: .time(minute(39))) == "allow consent-given")
        #expect(try contact.answer(at: 20, knownAt: .time(minute(40))) == "deny withdrawn")
        #expect(try contact.answer(at: 20, knownAt: .size(101)) == "allow consent-given")
        #expect(try contact.answer(at: 20, knownAt: .size(102)) == "deny withdrawn")
        #expect(try contact.answer(at: 20, knownAt: .size(100)) == "deny no-record")
    }

    @Test func aRetirementCountsFromItsTimeAndFromWhenItWasKnown() throws {
        var contact = try TestContact()
        try contact.add(.consentGiven, at: 10)
        contact.ledger.now = minute(20)
        try contact.ledger.govern(.categoryRetired, [.category: word("offers")], business: "acme")
        #expect(try contact.answer(at: 20) == "deny category-retired")
        #expect(try contact.answer(at: 19) == "allow consent-given")
        #expect(try contact.answer(at: 30, knownAt: .size(101)) == "allow consent-given")
        #expect(try contact.answer(at: 30, knownAt: .size(102)) == "deny category-retired")
        #expect(try contact.answer(at: 30, knownAt: .time(minute(19))) == "allow consent-given")
        #expect(try contact.answer(at: 30, knownAt: .time(minute(20))) == "deny category-retired")
    }
}
