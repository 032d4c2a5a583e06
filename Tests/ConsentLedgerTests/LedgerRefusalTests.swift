import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Drafts that are refused: each with its code, and the ledger as it was.
@Suite struct LedgerRefusalTests {
    private struct Case: Sendable {
        let name: String
        let code: String
        let draft: @Sendable (LedgerWorld) throws -> EventDraft
    }

    private static func withField(_ field: EventField, _ value: FieldValue?) -> @Sendable (LedgerWorld) -> EventDraft {
        { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.fields[field] = value
            return draft
        }
    }

    private static let cases: [Case] = [
        Case(name: "an unknown business", code: "unknown-business") {
            $0.optIn(LedgerWorld.phone(50), business: "gamma")
        },
        Case(name: "an unknown business, opt-out", code: "unknown-business") {
            $0.optOut(LedgerWorld.phone(50), business: "gamma")
        },
        Case(name: "a business that no record can hold", code: "bad-event") {
            $0.optIn(LedgerWorld.phone(50), business: "Acme Viajes")
        },
        Case(name: "no business", code: "misplaced") { world in
            var draft = EventDraft(.noticePublished)
            draft.fields = LedgerWorld.noticeDraft("acme", name: "n").fields
            draft.objects = [LedgerWorld.text]
            return draft
        },
        Case(name: "a business registered under a name", code: "bad-event") { _ in
            LedgerCreation.registering((id: "Acme Viajes", name: "Acme", country: nil))
        },
        Case(name: "a business registered twice", code: "already-defined") { _ in
            LedgerCreation.registering((id: "acme", name: "Acme", country: nil))
        },
        Case(name: "a ledger opened twice", code: "misplaced") { _ in
            var draft = EventDraft(.ledgerOpened)
            let bytes = [UInt8](repeating: 1, count: 32)
            draft.fields = [
                .nonce: .bytes(bytes), .origin: .text("log.example.com/x"), .adminKeys: .byteStrings([bytes]),
                .logKeys: .texts(["x"]), .longestUnpublished: .number(1), .environment: .text("test"),
            ]
            return draft
        },
        Case(name: "an unknown category", code: "unknown-category", draft: withField(.categories, .list(["news"]))),
        Case(name: "an unknown channel", code: "bad-value", draft: withField(.channels, .list(["pigeon"]))),
        Case(name: "an unknown sender", code: "unknown-sender", draft: withField(.senders, .list(["s1"]))),
        Case(name: "an unknown brand", code: "unknown-brand", draft: withField(.brands, .list(["b1"]))),
        Case(
            name: "an unlinked notice", code: "unknown-notice",
            draft: withField(
                .notice, .notice(NoticeReference(name: "web", textDigest: [UInt8](repeating: 0, count: 32))))),
        Case(
            name: "wider than its notice", code: "wider-than-notice", draft: withField(.categories, .list(["offers"]))),
        Case(name: "a field that is missing", code: "missing-field", draft: withField(.channels, nil)),
        Case(name: "a field of another type", code: "unknown-field", draft: withField(.doNotContact, .mark)),
        Case(name: "an opt-in from the future", code: "from-the-future") { world in
            world.optIn(LedgerWorld.phone(50), at: world.clock.moment.adding(milliseconds: 6 * 60_000))
        },
        Case(name: "a grant older than its notice", code: "older-than-notice") { world in
            world.optIn(LedgerWorld.phone(50), at: world.clock.moment.subtracting(milliseconds: 60_000))
        },
        Case(name: "a source whose key we do not hold", code: "bad-key", draft: withField(.source, .text("crm"))),
        Case(name: "a source that is no identifier", code: "bad-key", draft: withField(.source, .text("a/b"))),
        Case(name: "no contact", code: "bad-event") { _ in EventDraft(.consentWithdrawn, business: "acme") },
        Case(name: "a contact too many", code: "bad-event") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.otherContact = LedgerWorld.phone(51)
            return draft
        },
        Case(name: "a contact in governance", code: "bad-event") { world in
            var draft = LedgerWorld.noticeDraft("acme", name: "n")
            draft.contact = LedgerWorld.phone(50)
            return draft
        },
        Case(name: "private facts in governance", code: "bad-event") { world in
            var draft = LedgerWorld.noticeDraft("acme", name: "n")
            draft.privateFields = [EventDraft.PrivateFact("note", "for whom?")]
            return draft
        },
        Case(name: "a contact linked to itself", code: "bad-event") {
            $0.linked(LedgerWorld.phone(50), LedgerWorld.phone(50))
        },
        Case(name: "a private fact named as ours", code: "bad-event") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.privateFields = [EventDraft.PrivateFact("contact", "+34600999999")]
            return draft
        },
        Case(name: "a private fact twice", code: "bad-event") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.privateFields = [
                EventDraft.PrivateFact("ip", "192.0.2.1"), EventDraft.PrivateFact("ip", "192.0.2.2"),
            ]
            return draft
        },
        Case(name: "too many private facts", code: "bad-event") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.privateFields = (0..<64).map { EventDraft.PrivateFact("f\($0)", "x") }
            return draft
        },
        Case(name: "a private fact that is too large", code: "too-large") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.privateFields = [EventDraft.PrivateFact("note", bytes: [UInt8](repeating: 0, count: 65_537))]
            return draft
        },
        Case(name: "a private fact without a name", code: "bad-value") { world in
            var draft = world.optIn(LedgerWorld.phone(50))
            draft.privateFields = [EventDraft.PrivateFact("Nota interna", "x")]
            return draft
        },
        Case(name: "an id used for something else", code: "conflicting-duplicate") {
            $0.optIn(LedgerWorld.phone(50), id: "used")
        },
        Case(name: "a notice published twice", code: "already-defined") { _ in LedgerWorld.noticeDraft("acme") },
        Case(name: "a notice without its text", code: "bad-event") { _ in
            var draft = LedgerWorld.noticeDraft("acme", name: "n", text: Array("no se guardó".utf8))
            draft.objects = []
            return draft
        },
        Case(name: "a notice with another text", code: "bad-event") { _ in
            var draft = LedgerWorld.noticeDraft("acme", name: "n")
            draft.objects.append(Array("otra cosa".utf8))
            return draft
        },
        Case(name: "a notice that is not UTF-8", code: "bad-event") { _ in
            LedgerWorld.noticeDraft("acme", name: "n", text: [0xC3, 0x28])
        },
        Case(name: "a notice with an unknown category", code: "unknown-category") { _ in
            var draft = LedgerWorld.noticeDraft("acme", name: "n", text: Array("nadie lo verá".utf8))
            draft.fields[.categories] = .list(["news"])
            return draft
        },
        Case(name: "a source with a proof of another key", code: "bad-signature") { _ in
            var draft = EventDraft(.sourceAuthorized)
            draft.fields = [
                .authorizedSource: .text("crm"), .publicKey: .bytes([UInt8](repeating: 9, count: 32)),
                .custody: .text("external"), .proofOfPossession: .bytes([UInt8](repeating: 9, count: 64)),
            ]
            return draft
        },
    ]

    @Test func everyRefusalLeavesTheLedgerAsItWas() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(LedgerWorld.phone(1), id: "used"))
        try writer.publish()
        let before = try world.storage.files(under: "log")
        let journal = try world.storage.files(under: "private/journal")
        for refused in Self.cases {
            do {
                try writer.append(refused.draft(world))
                Issue.record("\(refused.name) should be refused")
            } catch {
                #expect(Self.code(of: error) == refused.code, "\(refused.name): \(error)")
                let sentence = "\(error)"
                #expect(sentence.count > 20 && !sentence.contains("600100050"), "\(refused.name): \(error)")
            }
        }
        // All in one call, between two that are good.
        let drafts =
            try [world.optOut(LedgerWorld.phone(2))] + Self.cases.map { try $0.draft(world) }
            + [world.optOut(LedgerWorld.phone(3))]
        #expect(try world.storage.files(under: "log") == before)
        #expect(try world.storage.files(under: "private/journal") == journal)
        let outcomes = try writer.append(drafts)
        #expect(outcomes.first.map { try? $0.get() } == .recorded(index: 9))
        #expect(outcomes.last.map { try? $0.get() } == .recorded(index: 10))
        for (outcome, refused) in zip(outcomes.dropFirst(), Self.cases) {
            #expect(Self.code(of: outcome) == refused.code, "\(refused.name)")
        }
        try writer.close()
        #expect(try world.check().entries.count == 11)
        #expect(try world.storage.list("log/object").count == 1, "only what is recorded is stored")
    }

    @Test func aRevokedSourceMayStillSayStop() throws {
        let (world, writer) = try LedgerWorld.make()
        let key = try writer.makeSourceKey("crm")
        var authorizing = EventDraft(.sourceAuthorized)
        authorizing.fields = [
            .authorizedSource: .text("crm"), .publicKey: .bytes(key.publicKey), .custody: .text("ledger"),
            .proofOfPossession: .bytes(key.proof), .businesses: .list(["beta"]),
        ]
        try writer.append(authorizing)
        func draft(_ draft: EventDraft) -> EventDraft {
            var draft = draft
            draft.fields[.source] = .text("crm")
            return draft
        }
        let ana = LedgerWorld.phone(1)
        try writer.append(draft(world.optIn(ana, business: "beta")))
        #expect(throws: RulesError(.notAuthorized, "")) { try writer.append(draft(world.optIn(ana))) }
        try writer.append(draft(world.optOut(ana)))
        var revoking = EventDraft(.sourceRevoked)
        revoking.fields = [.authorizedSource: .text("crm")]
        try writer.append(revoking)
        #expect(throws: RulesError(.notAuthorized, "")) {
            try writer.append(draft(world.optIn(ana, business: "beta")))
        }
        world.clock.pass(1)
        try writer.append(draft(world.optOut(ana, business: "beta")))
        #expect(try world.answer(ana, business: "beta") == .deny)
        try writer.close()
        try world.check()
    }

    /// A governance record and what it makes possible, in one call.
    @Test func aBusinessAndItsFirstOptInInOneCall() throws {
        let (world, writer) = try LedgerWorld.make()
        let outcomes = try writer.append([
            LedgerCreation.registering((id: "gamma", name: "Acme", country: "PT")), LedgerWorld.noticeDraft("gamma"),
            world.optIn(LedgerWorld.phone(1), business: "gamma"),
        ])
        // The opt-in was given before the notice was recorded.
        #expect(outcomes.prefix(2).allSatisfy { (try? $0.get()) != nil })
        try writer.append(world.optIn(LedgerWorld.phone(1), business: "gamma"))
        #expect(try world.answer(LedgerWorld.phone(1), business: "gamma") == .allow)
        try writer.close()
        try world.check()
    }

    private static func code(of outcome: Result<AppendOutcome, any Error>) -> String {
        do { return "\(try outcome.get())" } catch { return code(of: error) }
    }

    private static func code(of error: any Error) -> String {
        switch error {
        case let error as LedgerError: error.code.name
        case let error as RulesError: error.code.name
        case let error as ModelError: error.code.name
        case let error as StorageError: error.code.name
        default: "\(error)"
        }
    }
}
