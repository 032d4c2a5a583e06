import ConsentModel
import ConsentRules
import LedgerCrypto
import Testing

/// The code of the error that `body` throws; `nil` if none.
private func code(_ body: () throws -> Void) throws -> RulesError.Code? {
    do {
        try body()
        return nil
    } catch let error as RulesError {
        #expect(!error.description.isEmpty)
        return error.code
    }
}

/// What the governance events do, one by one, and when they are refused.
@Suite struct CatalogTests {
    @Test func theLedgerIsOpenedByEntryZeroOnce() throws {
        var ledger = try TestLedger.opened()
        #expect(ledger.catalog.ledgerID == SHA256Digest(bytes32("leaf 0")))
        #expect(ledger.catalog.isTest)
        #expect(ledger.catalog.longestUnpublished == 60_000)
        #expect(ledger.catalog.adminKeys.map(\.publicKey.bytes) == [bytes32("admin")])
        #expect(ledger.catalog.logKeys.map(\.verifierKey) == ["ledger.example.com/acme+00000000+AA=="])
        #expect(try code { try ledger.govern(.ledgerOpened, TestLedger.openingFields) } == .misplaced)
        ledger.nextIndex = 0
        #expect(try code { try ledger.govern(.ledgerOpened, TestLedger.openingFields) } == .misplaced, "a second time")

        var empty = TestLedger()
        #expect(
            try code { try empty.govern(.businessRegistered, [.name: word("Acme")], business: "acme") } == .misplaced)
        #expect(
            try code {
                try empty.govern(
                    .ledgerOpened, TestLedger.openingFields.merging([.origin: word("other.example.com")]) { $1 })
            } == .misplaced)
        #expect(empty.catalog.ledgerID == nil && empty.catalog.adminKeys.isEmpty)
    }

    @Test func adminKeysRotate() throws {
        var ledger = try TestLedger.opened()
        let second: [EventField: FieldValue] = [.publicKey: .bytes(bytes32("second"))]
        let first: [EventField: FieldValue] = [.publicKey: .bytes(bytes32("admin"))]
        #expect(try code { try ledger.govern(.adminKeyRetired, first) } == .misplaced, "the last one")
        #expect(try code { try ledger.govern(.adminKeyRetired, second) } == .unknownKey)
        #expect(try code { try ledger.govern(.adminKeyAdded, first) } == .alreadyDefined)
        try ledger.govern(.adminKeyAdded, second)
        #expect(try code { try ledger.govern(.adminKeyAdded, second) } == .alreadyDefined)
        try ledger.govern(.adminKeyRetired, first)
        #expect(try code { try ledger.govern(.adminKeyRetired, first) } == .unknownKey)
        try ledger.authorize("web")
        #expect(
            try code { try ledger.govern(.adminKeyAdded, [.publicKey: .bytes(bytes32("web"))]) } == .alreadyDefined,
            "a source's key")
        try ledger.govern(.adminKeyAdded, first)
        #expect(ledger.catalog.adminKeys.map(\.window.from) == [0, 1, 4])
        #expect(ledger.catalog.adminKeys.map(\.window.until) == [2, nil, nil])
    }

    @Test func logKeysRotate() throws {
        var ledger = try TestLedger.opened()
        let first: [EventField: FieldValue] = [.logKey: word("ledger.example.com/acme+00000000+AA==")]
        let second: [EventField: FieldValue] = [.logKey: word("ledger.example.com/acme+11111111+AA==")]
        #expect(try code { try ledger.govern(.logKeyAdded, first) } == .alreadyDefined)
        #expect(try code { try ledger.govern(.logKeyRetired, second) } == .unknownKey)
        try ledger.govern(.logKeyAdded, second)
        try ledger.govern(.logKeyRetired, first)
        #expect(try code { try ledger.govern(.logKeyRetired, first) } == .unknownKey)
        #expect(ledger.catalog.logKeys.map(\.window.from) == [0, 1])
        #expect(ledger.catalog.logKeys.map(\.window.until) == [2, nil])
    }

    @Test func windowsBeginAfterTheRecordAndEndWithIt() throws {
        var ledger = try TestLedger.opened()
        try ledger.authorize("web")
        try ledger.revoke("web")
        let window = try #require(ledger.catalog.sources["web"]?.keys[0].window)
        #expect((0...4).map { window.contains($0) } == [false, false, true, false, false])
        #expect(window.from == 1 && window.until == 2)
    }

    @Test func sourcesAreAuthorisedWithKeysOfTheirOwn() throws {
        var ledger = try TestLedger.opened()
        try ledger.govern(.businessRegistered, [.name: word("Acme")], business: "acme")
        try ledger.authorize("web", businesses: words("acme"))
        #expect(try code { try ledger.authorize("web") } == .alreadyDefined, "the same key")
        #expect(try code { try ledger.authorize("shop", key: "web") } == .alreadyDefined, "another's key")
        #expect(try code { try ledger.authorize("shop", key: "admin") } == .alreadyDefined, "an admin's key")
        #expect(try code { try ledger.authorize("shop", businesses: words("nobody")) } == .unknownBusiness)
        #expect(ledger.catalog.sources["shop"] == nil)
        try ledger.authorize("web", key: "web new")
        let keys = try #require(ledger.catalog.sources["web"]?.keys)
        #expect(keys.map(\.publicKey.bytes) == [bytes32("web"), bytes32("web new")])
        #expect(keys.map(\.businesses) == [["acme"], nil])
        #expect(keys.allSatisfy { $0.custody == "ledger" && !$0.possessionShown })
        #expect(ledger.catalog.sourceKey("web", keyIdentifier: keyIdentifier("web new")) == keys[1])
        #expect(ledger.catalog.sourceKey("web", keyIdentifier: keyIdentifier("admin")) == nil)
        #expect(ledger.catalog.sourceKey("shop", keyIdentifier: keyIdentifier("web")) == nil)
    }

    @Test func aSourceShowsThatItHoldsItsKey() throws {
        var ledger = try TestLedger.opened()
        let key = try Ed25519PrivateKey(seed: SeededRandomSource(label: "crm").secret(32))
        let message = PossessionProof.message(
            origin: TestLedger.origin, ledgerID: bytes32("leaf 0"), source: "crm", publicKey: key.publicKey.bytes)
        var proof = key.signature(for: message)
        var fields: [EventField: FieldValue] = [
            .authorizedSource: word("crm"), .publicKey: .bytes(key.publicKey.bytes), .custody: word("external"),
        ]
        proof[0] ^= 1
        fields[.proofOfPossession] = .bytes(proof)
        #expect(try code { try ledger.govern(.sourceAuthorized, fields) } == .badSignature)
        proof[0] ^= 1
        fields[.proofOfPossession] = .bytes(proof)
        fields[.authorizedSource] = word("other")
        #expect(try code { try ledger.govern(.sourceAuthorized, fields) } == .badSignature, "another source's proof")
        #expect(ledger.catalog.sources.isEmpty)
        fields[.authorizedSource] = word("crm")
        try ledger.govern(.sourceAuthorized, fields)
        #expect(ledger.catalog.sources["crm"]?.keys.map(\.possessionShown) == [true])
    }

    @Test func sourcesAreRevokedWholeOrByKey() throws {
        var ledger = try TestLedger.opened()
        #expect(try code { try ledger.revoke("web") } == .unknownSource)
        try ledger.authorize("web")
        try ledger.authorize("web", key: "web new")
        #expect(try code { try ledger.revoke("web", key: "admin") } == .unknownKey)
        try ledger.revoke("web", key: "web", compromisedSince: minute(20))
        func keys() -> [Catalog.SourceKey] { ledger.catalog.sources["web"]?.keys ?? [] }
        #expect(keys().map(\.window.until) == [3, nil])
        #expect(keys().map(\.compromise?.since) == [minute(20), nil])
        try ledger.revoke("web", compromisedSince: minute(10))
        #expect(keys().map(\.window.until) == [3, 4], "once revoked, it stays so from then")
        #expect(keys().map(\.compromise?.since) == [minute(10), minute(10)])
        try ledger.revoke("web", compromisedSince: minute(15))
        #expect(keys().map(\.compromise?.since) == [minute(10), minute(10)], "the earliest counts")
        #expect(keys().map(\.compromise?.index) == [4, 4])
    }

    @Test func businessesHaveTheReadyMadeCategories() throws {
        var ledger = try TestLedger.opened()
        try ledger.govern(
            .businessRegistered, [.name: word("Acme Viajes, S.A."), .country: word("ES")], business: "acme")
        #expect(
            try code { try ledger.govern(.businessRegistered, [.name: word("Acme")], business: "acme") }
                == .alreadyDefined)
        let acme = try ledger.catalog.business("acme", at: 2)
        #expect(acme.name == "Acme Viajes, S.A." && acme.country == "ES")
        #expect(acme.categories.keys.sorted() == ["authentication", "marketing", "service", "utility"])
        #expect(acme.categories["marketing"]?.basis == "consent")
        #expect(acme.categories.values.allSatisfy { $0.categoryClass == $0.id })
        #expect(try code { _ = try ledger.catalog.business("acme", at: 1) } == .unknownBusiness, "not yet")
        #expect(try code { _ = try ledger.catalog.business("other", at: .max) } == .unknownBusiness)
    }

    @Test func aBusinessIsRegisteredInItsOwnChain() throws {
        var ledger = try TestLedger.opened()
        #expect(try code { try ledger.govern(.businessRegistered, [.name: word("Acme")]) } == .misplaced)
        #expect(ledger.catalog.businesses.isEmpty)
        #expect(try code { try ledger.govern(.brandDefined, [.brand: word("a"), .name: word("A")]) } == .misplaced)
    }

    @Test func brandsSendersAndCategoriesAreDefinedOnce() throws {
        var ledger = try TestLedger.furnished()
        let acme = try ledger.catalog.business("acme", at: 100)
        #expect(acme.brands["viajes"]?.name == "Acme viajes")
        #expect(acme.senders["wa-viajes"]?.channels == ["sms", "whatsapp"])
        #expect(acme.senders["wa-viajes"]?.brand == "viajes" && acme.senders["wa-plain"]?.brand == nil)
        #expect(acme.categories["codes"]?.categoryClass == "authentication")
        let brand: [EventField: FieldValue] = [.brand: word("viajes"), .name: word("Again")]
        #expect(try code { try ledger.govern(.brandDefined, brand, business: "acme") } == .alreadyDefined)
        #expect(try code { try ledger.govern(.brandDefined, brand, business: "nobody") } == .unknownBusiness)
        try ledger.govern(.brandDefined, brand, business: "other")
        #expect(
            try code { try ledger.defineSender("wa-viajes", channels: words("sms"), brand: nil) } == .alreadyDefined)
        #expect(try code { try ledger.defineSender("new", channels: words("sms"), brand: "x") } == .unknownBrand)
        #expect(try code { try ledger.defineCategory("offers", "utility", "contract") } == .alreadyDefined)
        #expect(try code { try ledger.defineCategory("marketing", "utility", "contract") } == .alreadyDefined)
    }

    @Test func categoriesAreRetiredOnceAndNeverDefinedAgain() throws {
        var ledger = try TestLedger.furnished()
        func retire(_ id: String) throws {
            try ledger.govern(.categoryRetired, [.category: word(id)], business: "acme")
        }
        #expect(try code { try retire("nothing") } == .unknownCategory)
        try retire("offers")
        #expect(try code { try retire("offers") } == .unknownCategory)
        #expect(try code { try ledger.defineCategory("offers", "utility", "contract") } == .alreadyDefined)
        #expect(try ledger.catalog.business("acme", at: .max).categories["offers"]?.window.until == 100)
        let fields = TestLedger.noticeFields("new")
        #expect(
            try code { try ledger.govern(.noticePublished, fields, business: "acme") } == .unknownCategory,
            "a notice does not speak of what is retired")
        try retire("utility")
    }

    @Test func noticesArePublishedReconstructedAndRetired() throws {
        var ledger = try TestLedger.furnished()
        func notices() throws -> [Catalog.Notice] { try ledger.catalog.business("acme", at: .max).notices }
        #expect(try notices().map(\.name) == ["web", "flyer"])
        #expect(try notices()[0].recordedAt == minute(0) && notices()[0].shown == nil)
        #expect(try notices()[1].shown?.until == minute(30))
        #expect(try code { try ledger.publish("web") } == .alreadyDefined)
        let newText = TestLedger.noticeFields("web").merging([.textDigest: .bytes(bytes32("new"))]) { $1 }
        try ledger.govern(.noticePublished, newText, business: "acme")
        #expect(
            try code {
                try ledger.govern(.noticePublished, newText.merging([.brand: word("x")]) { $1 }, business: "acme")
            } == .unknownBrand)
        #expect(
            try code {
                try ledger.govern(
                    .noticePublished, newText.merging([.categories: words("nothing")]) { $1 }, business: "acme")
            } == .unknownCategory)
        func reconstruct(from: Int, until: Int?) throws {
            var fields = TestLedger.noticeFields("web")
            fields[.shownFrom] = time(minute(from))
            fields[.shownUntil] = until.map { time(minute($0)) }
            try ledger.govern(.noticeReconstructed, fields, business: "acme")
        }
        #expect(try code { try reconstruct(from: 9, until: 8) } == .misplaced)
        try reconstruct(from: 8, until: 9)
        #expect(try code { try reconstruct(from: 8, until: 9) } == .alreadyDefined)
        try reconstruct(from: 8, until: nil)

        func retire(_ fields: [EventField: FieldValue]) throws {
            try ledger.govern(
                .noticeRetired, fields.merging([.noticeName: word("web")]) { $1 }, business: "acme")
        }
        #expect(try code { try retire([.textDigest: .bytes(bytes32("nothing"))]) } == .unknownNotice)
        try retire([.textDigest: .bytes(bytes32("new"))])
        #expect(try code { try retire([.textDigest: .bytes(bytes32("new"))]) } == .unknownNotice)
        #expect(try notices().filter { $0.window.until == nil }.count == 4)
        try retire([:])
        #expect(try notices().filter { $0.window.until == nil }.map(\.name) == ["flyer"])
        try ledger.publish("web")
    }

    @Test func theRestIsKeptForThoseWhoListIt() throws {
        var ledger = try TestLedger.furnished()
        let digest = FieldValue.bytes(bytes32("x"))
        let packs: [EventField: FieldValue] = [
            .pack: word("whatsapp"), .packVersion: word("2021-07"), .packDigest: digest,
        ]
        try ledger.govern(.rulepackAdopted, packs, business: "acme")
        try ledger.govern(.rulepackAdopted, packs)
        #expect(try code { try ledger.govern(.rulepackAdopted, packs, business: "nobody") } == .unknownBusiness)
        try ledger.govern(.holdAdded, [.hold: word("case-1"), .reason: word("claim")], business: "acme")
        try ledger.govern(.holdLifted, [.hold: word("case-1")], business: "acme")
        try ledger.govern(.headsSealed, [.root: digest, .count: .number(1), .coveredSize: .number(9)])
        try ledger.govern(
            .decisionsRecorded,
            [.root: digest, .count: .number(1), .coveredSize: .number(9), .coveredRoot: digest])
        #expect(ledger.catalog.otherRecords == [100, 101, 102, 103, 104, 105])
    }

    @Test func unknownRecordsConcernTheirBusinessOrTheLedger() throws {
        var ledger = try TestLedger.furnished()
        try ledger.governUnknown(business: "acme")
        try ledger.governUnknown(business: "nobody")
        try ledger.governUnknown()
        try ledger.governUnknown(business: "acme", contact: contactHandle(1))
        #expect(try ledger.catalog.business("acme", at: .max).unknownRecords == [100])
        #expect(ledger.catalog.unknownRecords == [101, 102])
    }

    @Test func consentEventsChangeNothingAndAContactChangesFromOneOfItsOwn() throws {
        var catalog = try TestLedger.furnished().catalog
        let change = try Event(
            .contactChanged, id: eventID(1),
            [.source: word("web"), .commitment: .bytes(bytes32("c")), .fromHandle: .bytes(contactHandle(1).bytes)])
        func apply(_ handles: [UInt8], _ event: Event) throws {
            let chains = [Chain.business("acme")] + handles.map { .contact(contactHandle($0)) }
            let record = try Record(
                index: 100, recordedAt: minute(1), links: chains.map(ChainLink.init(beginning:)), statement: [])
            try catalog.apply(record, event, leafHash: .zero)
        }
        try apply([1, 2], change)
        #expect(try code { try apply([2, 3], change) } == .misplaced)
        #expect(try code { try apply([1], change) } == .misplaced)
        let stop = try Event(
            .consentWithdrawn, id: eventID(2), [.source: word("web"), .commitment: .bytes(bytes32("c"))])
        try apply([1], stop)
        #expect(try code { try apply([], stop) } == .misplaced)
    }

    /// Whoever writes the log holds every statement that was ever signed, and none of them works twice.
    @Test func aGovernanceStatementWorksOnce() throws {
        var catalog = try TestLedger.furnished().catalog
        var index: UInt64 = 100
        func record(_ chains: [Chain]) throws -> Record {
            index += 1
            return try Record(
                index: index, recordedAt: minute(1), links: chains.map(ChainLink.init(beginning:)), statement: [])
        }
        func apply(_ event: Event, _ chains: [Chain] = [.ledger]) throws {
            try catalog.apply(try record(chains), event, leafHash: .zero)
        }
        let key: [EventField: FieldValue] = [.logKey: word("ledger.example.com/acme+11111111+AA==")]
        let added = try Event(.logKeyAdded, id: eventID(1), key)
        let retired = try Event(.logKeyRetired, id: eventID(2), key)
        try apply(added)
        try apply(retired)
        #expect(try code { try apply(added) } == .repeatedEvent, "valid otherwise: the key is not in force")
        #expect(catalog.logKeys.map(\.window.until) == [nil, 102])
        try apply(try Event(.logKeyAdded, id: eventID(3), key))
        #expect(catalog.logKeys.map(\.window.from) == [0, 101, 104])

        let hold: [EventField: FieldValue] = [.hold: word("case-7")]
        let lifted = try Event(.holdLifted, id: eventID(4), hold)
        #expect(
            try code { try apply(lifted, [.ledger, .business("acme")]) } == .misplaced, "it is no governance of keys")
        try apply(lifted, [.business("acme")])
        #expect(try code { try apply(lifted, [.business("acme")]) } == .repeatedEvent)
        #expect(
            try code { try apply(try Event(.holdLifted, id: eventID(1), hold), [.business("acme")]) }
                == .repeatedEvent, "another event with the same id")
        #expect(catalog.otherRecords == [106])

        // A refused draft is in no log, and can be appended once what it lacks is there; a refused record cannot.
        let early = try Event(.businessRegistered, id: eventID(5), [.name: word("Acme")])
        #expect(try code { try apply(early, [.ledger, .business("acme")]) } == .alreadyDefined)
        let refused = try record([.ledger, .business("acme")])
        catalog.noteRefused(refused, early)
        #expect(try code { try apply(early, [.ledger, .business("new")]) } == .repeatedEvent)
        #expect(catalog.businesses["new"] == nil)
        let again = try Event(.businessRegistered, id: eventID(6), [.name: word("Acme")])
        #expect(try code { try apply(again, [.ledger, .business("acme")]) } == .alreadyDefined)
        try apply(again, [.ledger, .business("new")])
    }

    @Test func theErrorNamesTheRecordThatStatedItFirst() throws {
        var ledger = try TestLedger.opened()
        ledger.nextIndex = 5
        let key: [EventField: FieldValue] = [.publicKey: .bytes(bytes32("second"))]
        try ledger.govern(.adminKeyAdded, key)
        ledger.nextIndex = 5
        #expect {
            try ledger.govern(.adminKeyRetired, key)
        } throws: {
            "\($0)".contains("record 5")
        }
    }
}

/// Whose signature a statement needs.
@Suite struct SigningKeyTests {
    private func event(_ type: EventType, source: String? = "web") throws -> Payload {
        var fields: [EventField: FieldValue] = [:]
        if let source { fields[.source] = word(source) }
        switch type {
        case .headsSealed:
            fields.merge([.root: .bytes(bytes32("r")), .count: .number(1), .coveredSize: .number(1)]) { $1 }
        case .adminKeyAdded: fields[.publicKey] = .bytes(bytes32("k"))
        default:
            fields[.commitment] = .bytes(bytes32("c"))
            if type.requiredFields.contains(.channels) { fields[.channels] = words("sms") }
            if type.requiredFields.contains(.categories) { fields[.categories] = words("marketing") }
            if type.requiredFields.contains(.basis) { fields[.basis] = word("contract") }
        }
        return .event(try Event(type, id: eventID(1), fields))
    }

    /// The label of the key, or the error's name.
    private func key(
        _ catalog: Catalog, _ payload: Payload, _ label: String, business: String? = "acme", at index: UInt64
    ) -> String {
        do {
            let key = try catalog.signingKey(
                for: payload, keyIdentifier: keyIdentifier(label), business: business, index: index)
            return key.bytes == bytes32(label) ? label : "another key"
        } catch {
            return error.code.name
        }
    }

    @Test func entryZeroBringsItsOwnKeys() throws {
        let catalog = Catalog(origin: TestLedger.origin)
        let opening = Payload.event(try Event(.ledgerOpened, id: eventID(1), TestLedger.openingFields))
        #expect(key(catalog, opening, "admin", business: nil, at: 0) == "admin")
        #expect(key(catalog, opening, "other", business: nil, at: 0) == "unknown-key")
        #expect(key(catalog, opening, "admin", business: nil, at: 1) == "unknown-key")
        #expect(key(catalog, try event(.adminKeyAdded, source: nil), "admin", at: 0) == "unknown-key")
    }

    @Test func governanceIsSignedByAnAdminKeyInForce() throws {
        var ledger = try TestLedger.opened()
        try ledger.authorize("web")  // 1
        let second: [EventField: FieldValue] = [.publicKey: .bytes(bytes32("second"))]
        try ledger.govern(.adminKeyAdded, second)  // 2
        try ledger.govern(.adminKeyRetired, second)  // 3
        try ledger.govern(.adminKeyAdded, second)  // 4
        let added = try event(.adminKeyAdded, source: nil)
        #expect(key(ledger.catalog, added, "admin", at: 1) == "admin")
        #expect(key(ledger.catalog, added, "web", at: 2) == "unknown-key")
        #expect(
            (1...5).map { key(ledger.catalog, added, "second", at: $0) }
                == ["not-authorized", "not-authorized", "second", "not-authorized", "second"])
        // Seals are signed by either; a source named is the source's own key.
        #expect(key(ledger.catalog, try event(.headsSealed, source: nil), "admin", at: 5) == "admin")
        #expect(key(ledger.catalog, try event(.headsSealed), "web", business: nil, at: 5) == "web")
        #expect(key(ledger.catalog, try event(.headsSealed), "admin", business: nil, at: 5) == "unknown-key")
        #expect(key(ledger.catalog, try event(.headsSealed, source: nil), "web", at: 5) == "unknown-key")
    }

    @Test func consentIsSignedByItsSourcesKeyInForceForItsBusiness() throws {
        var ledger = try TestLedger.opened()
        try ledger.govern(.businessRegistered, [.name: word("Acme")], business: "acme")  // 1
        try ledger.authorize("web", businesses: words("acme"))  // 2
        try ledger.authorize("web", key: "web new")  // 3
        try ledger.authorize("shop")  // 4
        try ledger.revoke("web", key: "web")  // 5
        let grant = try event(.consentGiven)
        #expect(key(ledger.catalog, grant, "web", at: 2) == "unknown-source")
        #expect(key(ledger.catalog, grant, "web new", at: 3) == "unknown-key", "not yet")
        #expect(key(ledger.catalog, grant, "web", at: 3) == "web")
        #expect(key(ledger.catalog, grant, "web", at: 5) == "web", "by the records before it")
        #expect(key(ledger.catalog, grant, "web", at: 6) == "not-authorized")
        #expect(key(ledger.catalog, grant, "web", business: "other", at: 5) == "not-authorized")
        #expect(key(ledger.catalog, grant, "web new", business: "other", at: 6) == "web new")
        #expect(key(ledger.catalog, grant, "shop", at: 6) == "unknown-key", "another source's key")
        #expect(key(ledger.catalog, try event(.consentGiven, source: "nobody"), "web", at: 6) == "unknown-source")
    }

    @Test(arguments: EventType.allCases.filter(\.isRestriction))
    func aRestrictionIsAcceptedWhateverTheStateOfItsSource(_ type: EventType) throws {
        var ledger = try TestLedger.opened()
        try ledger.govern(.businessRegistered, [.name: word("Acme")], business: "acme")
        try ledger.authorize("web", businesses: words("acme"))
        try ledger.revoke("web", compromisedSince: minute(0))
        let stop = try event(type)
        #expect(key(ledger.catalog, stop, "web", at: 9) == "web")
        #expect(key(ledger.catalog, stop, "web", business: "other", at: 9) == "web")
        #expect(key(ledger.catalog, stop, "web", at: 2) == "unknown-source", "but not before it was ever authorised")
        #expect(key(ledger.catalog, stop, "shop", at: 9) == "unknown-key")
    }

    @Test(arguments: [
        EventType.consentGiven, .consentRenewed, .consentRequested, .consentResumed, .basisBegan, .evidenceAttached,
        .eventVoided, .reviewDecided, .consentConfirmed, .contactLinked, .contactUnlinked, .contactChanged, .migrated,
    ])
    func nothingElseIs(_ type: EventType) { #expect(!type.isRestriction) }

    @Test func anUnknownTypeIsCheckedUpToItsSignature() throws {
        var ledger = try TestLedger.opened()
        try ledger.authorize("web")  // 1
        try ledger.revoke("web")  // 2
        let bySource = Payload.unknown(type: 999, id: eventID(1), source: "web")
        let byAdmin = Payload.unknown(type: 999, id: eventID(1), source: nil)
        #expect(key(ledger.catalog, bySource, "web", at: 9) == "web")
        #expect(key(ledger.catalog, bySource, "admin", at: 9) == "unknown-key")
        #expect(key(ledger.catalog, byAdmin, "admin", at: 9) == "admin")
        #expect(key(ledger.catalog, byAdmin, "web", at: 9) == "unknown-key")
    }
}

/// What a consent event must be to stand in its place.
@Suite struct AdmissionTests {
    private func admit(
        _ type: EventType, at occurred: Int? = 10, _ fields: [EventField: FieldValue] = [:], business: String = "acme",
        index: UInt64 = 200, recorded: Int = 10, in ledger: TestLedger? = nil
    ) throws -> RulesError.Code? {
        var all: [EventField: FieldValue] = [.source: word("web"), .commitment: .bytes(bytes32("c"))]
        if type.requiredFields.contains(.channels) { all[.channels] = words("whatsapp") }
        if type.requiredFields.contains(.categories) { all[.categories] = words("offers") }
        all[.occurredAt] = occurred.map { .occurredAt(OccurredAt(minute($0))) }
        let event = try Event(type, id: eventID(1), all.merging(fields) { $1 })
        let catalog = try (ledger ?? .furnished()).catalog
        return try code {
            try catalog.admit(event, business: business, index: index, recordedAt: minute(recorded))
        }
    }

    @Test(arguments: [EventType.consentGiven, .consentWithdrawn])
    func everyEventNamesWhatExists(_ type: EventType) throws {
        #expect(try admit(type) == nil)
        #expect(try admit(type, business: "nobody") == .unknownBusiness)
        #expect(try admit(type, index: 1) == .unknownBusiness, "not yet")
        #expect(try admit(type, [.categories: words("nothing", "offers")]) == .unknownCategory)
        #expect(try admit(type, [.categories: words("offers")], business: "other") == .unknownCategory)
        #expect(try admit(type, [.senders: words("nobody")]) == .unknownSender)
        #expect(try admit(type, [.senders: words("wa-plain", "wa-viajes")]) == nil)
        #expect(try admit(type, [.brands: words("nobody")]) == .unknownBrand)
        #expect(try admit(type, [.brands: words("hoteles", "viajes")]) == nil)
        var ledger = try TestLedger.furnished()
        try ledger.defineCategory("cruises", "marketing", "consent")  // 100
        try ledger.defineSender("sms-late", channels: words("sms"), brand: nil)  // 101
        #expect(try admit(type, [.categories: words("cruises")], index: 100, in: ledger) == .unknownCategory)
        #expect(try admit(type, [.categories: words("cruises")], index: 101, in: ledger) == nil)
        #expect(try admit(type, [.senders: words("sms-late")], index: 101, in: ledger) == .unknownSender)
        #expect(try admit(type, [.senders: words("sms-late")], index: 102, in: ledger) == nil)
    }

    @Test func whatPermitsDoesNotComeFromTheFuture() throws {
        for type in [EventType.consentGiven, .consentRenewed, .consentRequested, .consentResumed] {
            #expect(try admit(type, at: 15) == nil)
            #expect(try admit(type, at: 16) == .fromTheFuture)
        }
        #expect(try admit(.consentGiven, at: 16, [.imported: .mark]) == .fromTheFuture)
        #expect(try admit(.consentWithdrawn, at: 500) == nil, "a stop is never lost for its time")
        #expect(try admit(.contactErased, at: 500) == nil)
    }

    @Test(arguments: [EventType.consentGiven, .consentRenewed, .consentRequested])
    func anOptInFitsItsNotice(_ type: EventType) throws {
        let web: [EventField: FieldValue] = [.notice: notice("web")]
        func with(_ fields: [EventField: FieldValue]) -> [EventField: FieldValue] { web.merging(fields) { $1 } }
        #expect(try admit(type, web) == nil)
        #expect(try admit(type, [.notice: notice("nothing")]) == .unknownNotice)
        #expect(try admit(type, [.notice: notice("web", text: "other words")]) == .unknownNotice)
        #expect(try admit(type, web, index: 17) == .unknownNotice, "not yet")
        #expect(try admit(type, with([.channels: words("email", "whatsapp")])) == .widerThanNotice)
        #expect(try admit(type, with([.categories: words("marketing", "offers")])) == .widerThanNotice)
        #expect(
            try admit(type, with([.channels: words("email")]).merging([.imported: .mark]) { $1 }) == .widerThanNotice)
    }

    @Test func aLiveOptInIsNotOlderThanItsNotice() throws {
        var ledger = try TestLedger.furnished()
        ledger.now = minute(10)
        try ledger.publish("spring")  // 100
        let spring: [EventField: FieldValue] = [.notice: notice("spring")]
        #expect(try admit(.consentGiven, spring, index: 100, in: ledger) == .unknownNotice, "not yet")
        #expect(try admit(.consentGiven, at: 10, spring, in: ledger) == nil)
        #expect(try admit(.consentGiven, at: 9, spring, in: ledger) == .olderThanNotice)
        #expect(
            try admit(.consentGiven, at: nil, spring, in: ledger) == .olderThanNotice,
            "an unknown time is older than everything")
        #expect(try admit(.consentGiven, at: 9, spring.merging([.imported: .mark]) { $1 }, in: ledger) == nil)
        #expect(
            try admit(.consentGiven, at: nil, in: ledger) == nil, "without a notice there is nothing to be older than")
        ledger.now = minute(12)
        try ledger.govern(
            .noticeReconstructed,
            TestLedger.noticeFields("spring").merging([.shownFrom: time(minute(5)), .shownUntil: time(minute(7))]) {
                $1
            },
            business: "acme")
        let later = { (at: Int) in try self.admit(.consentGiven, at: at, spring, recorded: 13, in: ledger) }
        #expect(try later(4) == .olderThanNotice)
        #expect(try later(5) == nil && later(7) == nil)
        #expect(try later(8) == .olderThanNotice)
        #expect(try later(10) == nil)
    }

    @Test func aRestrictionMayNameAnyNotice() throws {
        #expect(try admit(.consentRefused, [.notice: notice("nothing")]) == nil)
    }

    @Test func governanceIsNotForAdmission() throws {
        let catalog = Catalog(origin: TestLedger.origin)
        let event = try Event(.adminKeyAdded, id: eventID(1), [.publicKey: .bytes(bytes32("k"))])
        try catalog.admit(event, business: "nobody", index: 1, recordedAt: minute(0))
    }
}
