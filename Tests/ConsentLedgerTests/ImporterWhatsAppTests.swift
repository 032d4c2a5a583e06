import ConsentLedger
import ConsentModel
import ConsentRules
import Testing

@Suite struct ImporterWhatsAppTests {
    private let ana = try! ContactAddress(parsing: "+34600111222")
    private let wa = "34600111222"
    private let user = try! ContactAddress(whatsAppUser: "ES.123")

    /// A world in which Ana agreed to marketing by WhatsApp and has a contract.
    private func agreed() throws -> ImporterWorld {
        let it = try ImporterWorld()
        try it.writer.append(it.world.optIn(ana))
        var basis = EventDraft(.basisBegan, business: "acme", contact: ana)
        basis.fields = [
            .basis: .text("contract"), .categories: .list(["order-update"]), .channels: .list(["whatsapp"]),
            .occurredAt: .occurredAt(OccurredAt(it.world.clock.moment)),
        ]
        try it.writer.append(basis)
        it.world.clock.pass(5_000)
        #expect(try it.answer(ana) == .allow)
        return it
    }

    @Test func aRecategorizedTemplateIsMarketingFromThen() async throws {
        let it = try agreed()
        var mapped = EventDraft(.templateCategorized, business: "acme")
        mapped.fields = [.template: .text("order_1"), .category: .text("order-update")]
        try it.writer.append(mapped)
        func about() throws -> [String] {
            try Ledger(it.world.location).read { snapshot in
                let question = Question(
                    business: "acme", channel: "whatsapp", category: "", template: "order_1",
                    at: it.world.clock.moment.adding(milliseconds: 1000))
                return try snapshot.decide(question, contact: ana).decision.about
            }
        }
        #expect(try about() == ["order-update"])
        let update = Webhook.recategorized("order_1", "en_US", to: "MARKETING", at: it.second())
        #expect(try it.run(.whatsapp, update).map(\.word) == ["recorded"])
        #expect(try about() == ["order-update", "marketing"])
        // The same webhook again, and in a file that is only tried, is the same.
        #expect(try it.run(.whatsapp, update).map(\.word) == ["already-recorded"])
        #expect(try it.run(.whatsapp, update) { $0.isDryRun = true }.map(\.word) == ["recorded"])
        let back = Webhook.recategorized("order_1", "en_US", to: "UTILITY", at: it.second())
        #expect(try it.run(.whatsapp, back).map(\.word) == ["recorded"])
        #expect(try about() == ["order-update"])
        // What has not changed yet is nothing, and what nobody knows is told.
        let announced = Webhook.recategorized("order_1", "es", to: nil, at: it.second())
        #expect(try it.run(.whatsapp, announced).map(\.word) == ["nothing"])
        let unknown = Webhook.recategorized("order_1", "es", to: "SERVICE_UPDATE", at: it.second())
        #expect(try it.run(.whatsapp, unknown).map(\.word) == ["rejected:unknown-value"])
        try await it.verify()
    }

    @Test func theButtonEndsOffersAndNotOrders() async throws {
        let it = try agreed()
        let stop = Webhook.button("BAJA", from: wa, id: "wamid.1", at: it.second())
        #expect(try it.run(.whatsapp, stop).map(\.word) == ["recorded"])
        #expect(try it.answer(ana) == .deny)
        #expect(try it.answer(ana, category: "order-update") == .allow)
        let back = Webhook.text("Alta", from: wa, id: "wamid.2", at: it.second())
        #expect(try it.run(.whatsapp, back).map(\.word) == ["recorded"])
        #expect(try it.answer(ana) == .allow)
        // The old stop comes again, late and in another file.
        #expect(try it.run(.whatsapp, back + stop).map(\.word) == ["already-recorded", "already-recorded"])
        #expect(try it.answer(ana) == .allow)
        try await it.verify()
    }

    @Test func whatIsSaidOfTheFileDoesNotNarrowWhatAPersonSaid() async throws {
        let it = try agreed()
        let stop = Webhook.text("STOP", from: wa, id: "wamid.1", at: it.second(), number: "999")
        let results = try it.run(.whatsapp, stop) {
            $0.channels = ["sms"]
            $0.categories = ["utility"]
        }
        #expect(results[0].word == "recorded" && results[0].remarks.isEmpty)
        #expect(try it.answer(ana) == .deny)
        let event = try #require(try it.events(ana).last)
        #expect(event.channels == nil && event.categories == nil && event.senders == nil)
        #expect(event.flags.isEmpty, "a stop to the business needs no sender that is known")
        try await it.verify()
    }

    @Test func aPreferenceCountsHoweverItIsSpelled() async throws {
        let it = try agreed()
        #expect(try it.run(.whatsapp, Webhook.preference("STOP", phone: wa, at: it.second()))[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        try await it.verify()
    }

    @Test func aReturnThatIsTooNarrowOrUnknownRestoresNothing() async throws {
        let it = try agreed()
        try it.run(.whatsapp, Webhook.text("STOP", from: wa, id: "1", at: it.second(), number: "999"))
        let narrower = Webhook.preference("resume", phone: wa, at: it.second())
        #expect(try it.run(.whatsapp, narrower)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny, "the stop was for everything")
        let unknown = Webhook.text("START", from: wa, id: "3", at: it.second(), number: "999")
        #expect(try it.run(.whatsapp, unknown)[0].word == "rejected:unknown-value")
        let undated = Webhook.text("START", from: wa, id: "4", at: "")
        #expect(try it.run(.whatsapp, undated)[0].word == "rejected:time")
        #expect(try it.answer(ana) == .deny)
        try await it.verify()
    }

    @Test func aYesConfirmsWhatWasAskedAndNothingElse() async throws {
        let it = try ImporterWorld()
        func request(_ channel: String, id: String) throws {
            var draft = EventDraft(.consentRequested, business: "acme", contact: ana)
            draft.fields = [
                .channels: .list([channel]), .categories: .list(["marketing"]), .notice: .notice(LedgerWorld.notice),
                .occurredAt: .occurredAt(OccurredAt(it.world.clock.moment)),
            ]
            draft.outsideID = id
            try it.writer.append(draft)
            it.world.clock.pass(5_000)
        }
        let early = Webhook.text("sí", from: wa, id: "0", at: it.second())
        #expect(try it.run(.whatsapp, early)[0].word == "nothing", "nothing was asked")
        try request("sms", id: "a")
        #expect(
            try it.run(.whatsapp, Webhook.text("yes", from: wa, id: "1", at: it.second()))[0].word == "nothing",
            "asked about another channel")
        try request("whatsapp", id: "b")
        #expect(try it.run(.whatsapp, early)[0].word == "nothing", "said before it was asked")
        let yes = Webhook.text("Sí, acepto", from: wa, id: "2", at: it.second())
        let other = Webhook.text("yes", from: wa, id: "3", at: it.second())
        // It is imported long after, and was in time.
        it.world.clock.pass(20 * 86_400_000)
        #expect(try it.run(.whatsapp, yes + other).map(\.word) == ["recorded", "nothing"])
        #expect(try it.answer(ana) == .allow)
        #expect(try it.run(.whatsapp, yes + other).map(\.word) == ["already-recorded", "nothing"])
        #expect(try it.answer(ana, channel: "sms") == .deny)
        try request("whatsapp", id: "c")
        it.world.clock.pass(8 * 86_400_000)
        let late = Webhook.text("yes", from: wa, id: "4", at: it.second())
        #expect(try it.run(.whatsapp, late)[0].word == "nothing", "the request has lapsed")
        try await it.verify()
    }

    @Test func aPossibleOptOutHoldsUntilSomeoneDecides() async throws {
        let it = try agreed()
        let asks = Webhook.text("por favor no me escriban más", from: wa, id: "1", at: it.second())
        let results = try it.run(.whatsapp, asks) { $0.channels = ["sms"] }
        #expect(results[0].word == "held-for-review")
        for sender in [nil, "ventas"] { #expect(try it.answer(ana, sender: sender) == .deny) }
        #expect(try it.answer(ana, category: "order-update") == .allow)
        let review = try #require(try it.events(ana).last)
        #expect(review.type == .reviewOpened && review.channels == nil && review.senders == nil)
        #expect(try it.run(.whatsapp, asks)[0].word == "already-recorded")
        var dismissed = EventDraft(.reviewDecided, business: "acme", contact: ana)
        dismissed.fields = [.concerns: .bytes(review.id.bytes), .outcome: .text("dismissed")]
        try it.writer.append(dismissed)
        #expect(try it.answer(ana) == .allow)
        try await it.verify()
    }

    @Test func aChangedNumberClosesTheOldOne() async throws {
        let it = try agreed()
        let new = try ContactAddress(parsing: "+34600111333")
        it.world.clock.pass(10)
        try it.writer.append(it.world.optIn(new))
        it.world.clock.pass(2_000)
        let file =
            Webhook.text("BAJA", from: wa, id: "1", at: it.second())
            + Webhook.changed(from: wa, to: "34600111333", id: "2", at: it.second())
        #expect(try it.run(.whatsapp, file).map(\.word) == ["recorded", "recorded"])
        #expect(try it.answer(new) == .deny, "the stop follows to the new number")
        let size = try it.size
        try it.writer.append(it.world.optIn(ana))
        #expect(try it.answer(ana) == .allow, "the old address starts anew")
        #expect(try it.run(.whatsapp, file).map(\.word) == ["already-recorded", "already-recorded"])
        #expect(try it.size == size + 1)
        #expect(try it.answer(ana) == .allow)
        try await it.verify()
    }

    /// A fast clock loses neither the closing of an address nor the promise that the same file appends nothing.
    @Test func aChangeFromTheFutureClosesNow() async throws {
        let it = try agreed()
        let file = Webhook.changed(from: wa, to: "34600111333", id: "2", at: "1800000000")
        #expect(try it.run(.whatsapp, file)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        #expect(try it.run(.whatsapp, file)[0].word == "already-recorded")
        try await it.verify()
    }

    @Test func aStopByOneAddressBindsTheOther() async throws {
        let it = try agreed()
        // A plain message says that the number and the id are one person; later only the id is told.
        let hello = Webhook.text("Hola, ¿a qué hora abren?", from: wa, user: "ES.123", id: "1", at: it.second())
        #expect(try it.run(.whatsapp, hello)[0].word == "nothing")
        let stop = Webhook.text("STOP", from: nil, user: "ES.123", id: "2", at: it.second())
        #expect(try it.run(.whatsapp, stop)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        #expect(try it.answer(user) == .deny)
        let size = try it.size
        #expect(try it.run(.whatsapp, hello + stop).map(\.word) == ["nothing", "already-recorded"])
        #expect(try it.size == size)
        try await it.verify()
    }

    @Test func resultsComeInTheOrderOfTheFile() async throws {
        let it = try agreed()
        let time = it.second()
        let file =
            Webhook.text("hola", from: wa, id: "1", at: time) + Webhook.text("STOP", from: wa, id: "2", at: time)
            + Webhook.text("yes", from: wa, id: "3", at: time) + "{}\n"
            + Webhook.text("STOP", from: "12", id: "4", at: time) + Webhook.text("yes", from: "12", id: "5", at: time)
            + Webhook.text("no me escriban más", from: wa, id: "6", at: time)
            + Webhook.undelivered(131049, to: wa, id: "7", at: time) + Webhook.text("Baja", from: wa, id: "8", at: time)
        let results = try it.run(.whatsapp, file)
        #expect(results.map(\.position.row) == Array(1...9))
        #expect(
            results.map(\.outcome.name) == [
                "nothing", "recorded", "nothing", "rejected", "rejected", "rejected", "held-for-review", "nothing",
                "recorded",
            ])
        let indexes = results.compactMap(\.index)
        #expect(indexes == indexes.sorted() && Set(indexes).count == 3)
        try await it.verify()
    }

    @Test func strangersWhoSayHelloAreNotRecorded() async throws {
        let it = try ImporterWorld()
        let size = try it.size
        try it.run(.whatsapp, Webhook.text("Hola", from: wa, user: "ES.123", id: "1", at: it.second()))
        #expect(try it.size == size)
        try await it.verify()
    }

    @Test func aLaterHolderOfANumberIsLinkedAnew() async throws {
        let it = try agreed()
        let first = Webhook.text("BAJA", from: wa, user: "ES.123", id: "1", at: it.second())
        try it.run(.whatsapp, first)
        try it.writer.append(it.world.reassigned(ana))
        // The same person has the number again, and says so in a new message.
        let again = Webhook.text("STOP promo", from: wa, user: "ES.123", id: "2", at: it.second())
        #expect(try it.run(.whatsapp, again)[0].word == "recorded")
        #expect(try it.events(ana).map(\.type) == [.consentWithdrawn, .contactLinked])
        let size = try it.size
        #expect(try it.run(.whatsapp, first + again).map(\.word) == ["already-recorded", "already-recorded"])
        #expect(try it.size == size)
        try await it.verify()
    }

    @Test func anUnreadableAddressDoesNotLoseAStop() async throws {
        let it = try ImporterWorld()
        try it.writer.append(it.world.linked(ana, user))
        try it.writer.append(it.world.optIn(ana))
        it.world.clock.pass(5_000)
        let stop = Webhook.text("STOP", from: "12", user: "ES.123", id: "1", at: it.second())
        #expect(try it.run(.whatsapp, stop)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        try await it.verify()
    }

    @Test func refusalsOfThePlatform() async throws {
        let it = try agreed()
        let held = Webhook.undelivered(131049, to: wa, id: "wamid.8", at: it.second())
        let stopped = Webhook.undelivered(131050, to: wa, id: "wamid.9", at: it.second())
        #expect(try it.run(.whatsapp, held)[0].word == "nothing")
        #expect(try it.answer(ana) == .allow)
        #expect(try it.run(.whatsapp, stopped)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        let event = try #require(try it.events(ana).last)
        #expect(event.flags == ["observed", "time-of-webhook"] && event.categories == ["marketing"])
        try await it.verify()
    }

    @Test func preferencesOfOneSender() async throws {
        let it = try agreed()
        let stop = Webhook.preference("stop", phone: wa, at: it.second())
        let resume = Webhook.preference("resume", phone: wa, at: it.second())
        #expect(try it.run(.whatsapp, stop)[0].word == "recorded")
        #expect(try it.answer(ana, sender: "ventas") == .deny)
        #expect(try it.run(.whatsapp, stop + resume).map(\.word) == ["already-recorded", "recorded"])
        #expect(try it.answer(ana, sender: "ventas") == .allow)
        // A category that the ledger does not have widens the stop, and no return.
        let odd = Webhook.preference("stop", phone: wa, at: it.second(), category: "service_messages")
        let oddResume = Webhook.preference("resume", phone: wa, at: it.second(), category: "service_messages")
        #expect(try it.run(.whatsapp, odd + oddResume).map(\.word) == ["recorded", "rejected:unknown-value"])
        #expect(try it.answer(ana, sender: "ventas") == .deny)
        try await it.verify()
    }
}
