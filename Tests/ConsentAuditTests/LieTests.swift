import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Lies told by who holds keys: the tree above them is recomputed and signed, so that only what the lie itself breaks
/// gives it away.
@Suite struct LieTests {
    typealias Lie = LogBuilder.Lie

    static func founded() -> LogBuilder {
        let builder = LogBuilder()
        builder.found()
        return builder
    }

    func report(_ builder: LogBuilder, _ level: VerificationLevel = .replay) async throws -> VerificationReport {
        try await Verifier(reader: builder.log, pins: builder.pins).verify(level: level)
    }

    /// Expects exactly `codes`, the first of them at `level` and `index`, and nothing at the level below.
    func expect(
        _ builder: LogBuilder, _ codes: [Finding.Code], _ level: VerificationLevel, index: UInt64?,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        builder.publish()
        let full = try await report(builder)
        #expect(full.findings.map(\.code) == codes, "\(full.findings.map(\.sentence))", sourceLocation: location)
        #expect(full.findings.first?.level == level, sourceLocation: location)
        #expect(full.findings.first?.index == index, sourceLocation: location)
        #expect(!full.holds, sourceLocation: location)
        if let index { #expect(full.soundBelow == index, sourceLocation: location) }
        if let below = VerificationLevel(rawValue: level.rawValue - 1) {
            #expect(try await report(builder, below).holds, sourceLocation: location)
        }
    }

    private func code(_ name: String) -> Finding.Code { Finding.Code(name: name) }
    private let ana = LogBuilder.contact(1)
    private let ben = LogBuilder.contact(2)

    // MARK: Records dropped, moved, rewritten

    @Test func droppedRecord() async throws {
        let honest = LogBuilder.ledger(size: 40)
        let builder = Self.copy(honest) { index, entry in index == 20 ? [] : [entry] }
        builder.publish()
        let report = try await report(builder)
        #expect(report.findings.first?.code == .wrongIndex)
        #expect(report.findings.first?.index == 20)
        #expect(report.findings.contains { $0.code == .brokenLink || $0.code == .linkToOtherChain })
        #expect(report.soundBelow == 20)
    }

    @Test func reorderedRecords() async throws {
        let honest = LogBuilder.ledger(size: 40)
        let builder = Self.copy(honest) { index, entry in
            index == 20 ? [honest.entries[21]] : index == 21 ? [honest.entries[20]] : [entry]
        }
        builder.publish()
        let report = try await report(builder)
        #expect(report.findings.first?.code == .wrongIndex)
        #expect(report.findings.first?.level == .structure)
        #expect(report.findings.contains { $0.code == .timeGoesBack && $0.index == 21 })
    }

    /// The same entries in another log, except where `change` says otherwise.
    static func copy(_ honest: LogBuilder, _ change: (Int, [UInt8]) -> [[UInt8]]) -> LogBuilder {
        let builder = LogBuilder()
        builder.open()
        for (index, entry) in honest.entries.enumerated().dropFirst() {
            for changed in change(index, entry) { builder.append(changed) }
        }
        builder.log.files = honest.log.files.filter { $0.key.hasPrefix("object/") }
        return builder
    }

    @Test func recordedAtGoingBack() async throws {
        let builder = Self.founded()
        builder.now -= 5000
        builder.append(builder.grant(withNotice: false), by: LogBuilder.web, business: "acme", contacts: [ana])
        try await expect(builder, [.timeGoesBack], .structure, index: 6)
    }

    @Test func entriesThatAreNoRecords() async throws {
        for entry in [[], [0xff], [UInt8](repeating: 0x81, count: 300), Array("hello".utf8)] {
            let builder = Self.founded()
            builder.append(entry)
            try await expect(builder, [.malformedRecord], .structure, index: 6)
        }
    }

    @Test func recordOfALaterVersion() async throws {
        let builder = Self.founded()
        var encoder = CBOREncoder()
        encoder.array(count: 2)
        encoder.unsigned(2)
        encoder.unsigned(6)
        builder.append(encoder.bytes)
        try await expect(builder, [.unknownRecordVersion], .structure, index: 6)
    }

    @Test func statementThatIsNone() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana], lie: Lie(statement: { $0 + [0] }))
        try await expect(builder, [.malformedStatement], .structure, index: 6)
    }

    @Test func payloadThatIsNoEvent() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana], lie: Lie(payload: [0xa0]))
        try await expect(builder, [.malformedEvent], .structure, index: 6)
    }

    // MARK: Links

    /// Two honest records of one contact, then one whose contact link is made by `change`.
    private func withLink(_ change: @escaping (ChainLink, LogBuilder) -> ChainLink) -> LogBuilder {
        let builder = Self.founded()
        for _ in 0..<2 { builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana]) }
        builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ben])
        builder.append(
            builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana],
            lie: Lie(links: { $0.dropLast() + [change($0.last!, builder)] }))
        return builder
    }

    @Test func linkWithAnotherHash() async throws {
        let builder = withLink { link, _ in
            ChainLink(
                chain: link.chain, sequence: link.sequence, previousIndex: link.previousIndex,
                previousLeafHash: SHA256Digest(hashing: [1]))
        }
        try await expect(builder, [.brokenLink], .tree, index: 9)
    }

    @Test func linkWithAnotherSequence() async throws {
        for sequence in [1, 3, UInt64.max] {
            let builder = withLink { link, _ in
                ChainLink(
                    chain: link.chain, sequence: sequence, previousIndex: link.previousIndex,
                    previousLeafHash: link.previousLeafHash)
            }
            try await expect(builder, [.wrongSequence], .tree, index: 9)
        }
    }

    @Test func linkToAnotherContactsRecord() async throws {
        let builder = withLink { link, builder in
            ChainLink(
                chain: link.chain, sequence: 1, previousIndex: 8, previousLeafHash: builder.leafHashes[8])
        }
        try await expect(builder, [.linkToOtherChain], .tree, index: 9)
    }

    @Test func forkedContactChain() async throws {
        let builder = withLink { link, builder in
            ChainLink(
                chain: link.chain, sequence: 1, previousIndex: 6, previousLeafHash: builder.leafHashes[6])
        }
        try await expect(builder, [.forkedChain], .tree, index: 9)
    }

    @Test func secondBeginningOfAContactChain() async throws {
        let builder = withLink { link, _ in ChainLink(beginning: link.chain) }
        try await expect(builder, [.chainBegunAgain], .tree, index: 9)
    }

    /// The second contact of a record with two has a place of its own in the check for forks.
    @Test func forkAfterARecordOfTwoContacts() async throws {
        let builder = Self.founded()
        let web = LogBuilder.web
        let linked = builder.append(
            builder.event(.contactLinked, [:], source: web), by: web, business: "acme", contacts: [ana, ben])
        let last = [ana, ben].max()!
        for contact in [ana, ben] { builder.append(builder.grant(), by: web, business: "acme", contacts: [contact]) }
        builder.publish()
        #expect(try await report(builder).holds)
        builder.append(
            builder.grant(), by: web, business: "acme", contacts: [last],
            lie: Lie(links: { links in
                let fork = ChainLink(
                    chain: .contact(last), sequence: 1, previousIndex: linked,
                    previousLeafHash: builder.leafHashes[Int(linked)])
                return links.dropLast() + [fork]
            }))
        try await expect(builder, [.forkedChain], .tree, index: 9)
    }

    @Test func wrongBusinessChains() async throws {
        let business = Chain.business("acme")
        func lying(_ link: @escaping (ChainLink, LogBuilder) -> ChainLink) -> LogBuilder {
            let builder = Self.founded()
            builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana])
            builder.append(
                builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ben],
                lie: Lie(links: { $0.map { $0.chain == business ? link($0, builder) : $0 } }))
            return builder
        }
        try await expect(lying { _, _ in ChainLink(beginning: business) }, [.chainBegunAgain], .tree, index: 7)
        try await expect(
            lying { link, builder in
                ChainLink(
                    chain: business, sequence: link.sequence, previousIndex: 5,
                    previousLeafHash: builder.leafHashes[5])
            }, [.forkedChain], .tree, index: 7)
        try await expect(
            lying { link, builder in
                ChainLink(
                    chain: business, sequence: link.sequence + 1, previousIndex: link.previousIndex,
                    previousLeafHash: link.previousLeafHash)
            }, [.wrongSequence], .tree, index: 7)
        try await expect(
            lying { link, _ in
                ChainLink(
                    chain: business, sequence: link.sequence, previousIndex: link.previousIndex,
                    previousLeafHash: .zero)
            }, [.brokenLink], .tree, index: 7)
    }

    @Test func businessChainThatNeverBegan() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(withNotice: false), by: LogBuilder.web, business: "zoo", contacts: [ana],
            lie: Lie(links: { links in
                [
                    ChainLink(
                        chain: .business("other"), sequence: 1, previousIndex: 2,
                        previousLeafHash: builder.leafHashes[2])
                ] + links.dropFirst()
            }))
        builder.publish()
        let report = try await report(builder)
        #expect(report.findings.map(\.code) == [.linkToOtherChain, code("unknown-business")])
    }

    // MARK: Statements

    @Test func resignedByAnotherSource() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana], lie: Lie(signer: LogBuilder.hosted))
        try await expect(builder, [code("unknown-key")], .signatures, index: 6)
    }

    @Test func movedToAnotherBusiness() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(withNotice: false), by: LogBuilder.web, business: "zoo", contacts: [ana],
            lie: Lie(context: {
                StatementContext(origin: $0.origin, ledgerID: $0.ledgerID, business: "acme", handles: $0.handles)
            }))
        try await expect(builder, [.badSignature], .signatures, index: 6)
    }

    @Test func movedToAnotherContact() async throws {
        let builder = Self.founded()
        let stranger = ben
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana],
            lie: Lie(context: {
                StatementContext(
                    origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business, handles: [stranger])
            }))
        try await expect(builder, [.badSignature], .signatures, index: 6)
    }

    /// Another ledger of the same origin and the same keys.
    @Test func replayedFromAnotherLedger() async throws {
        let builder = Self.founded()
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana],
            lie: Lie(context: {
                StatementContext(
                    origin: $0.origin, ledgerID: [UInt8](repeating: 9, count: 32), business: $0.business,
                    handles: $0.handles)
            }))
        try await expect(builder, [.badSignature], .signatures, index: 6)
    }

    @Test func sourceThatWasNeverAuthorized() async throws {
        let builder = Self.founded()
        let stranger = Party("stranger")
        builder.append(builder.grant(stranger), by: stranger, business: "acme", contacts: [ana])
        try await expect(builder, [code("unknown-source")], .signatures, index: 6)
    }

    @Test func sourceThatIsNotYetAuthorized() async throws {
        let builder = Self.founded()
        let late = Party("late")
        builder.append(builder.grant(late), by: late, business: "acme", contacts: [ana])
        builder.authorize(late)
        builder.append(builder.grant(late), by: late, business: "acme", contacts: [ana])
        try await expect(builder, [code("unknown-source")], .signatures, index: 6)
    }

    @Test func revokedSource() async throws {
        let builder = Self.founded()
        builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.revoke(LogBuilder.web)
        builder.append(builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.publish()
        #expect(try await report(builder).holds, "a stop is never lost for the state of its source")
        builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana])
        try await expect(builder, [code("not-authorized")], .signatures, index: 9)
    }

    @Test func sourceOfAnotherBusiness() async throws {
        let builder = Self.founded()
        let narrow = Party("narrow")
        builder.authorize(narrow, businesses: ["zoo"])
        builder.append(builder.grant(narrow), by: narrow, business: "acme", contacts: [ana])
        try await expect(builder, [code("not-authorized")], .signatures, index: 7)
    }

    @Test func governanceWithoutAnAdminKey() async throws {
        let builder = Self.founded()
        builder.append(
            builder.event(.businessRegistered, [.name: .text("Mine")]), by: LogBuilder.web, business: "mine")
        try await expect(builder, [code("unknown-key")], .signatures, index: 6)
    }

    @Test func ledgerThatIsNotOpened() async throws {
        let builder = LogBuilder()
        builder.register("acme")
        builder.publish()
        let report = try await report(builder)
        #expect(
            Set(report.findings.map(\.code.name))
                == ["not-opened", "unknown-key", "misplaced"])
        #expect(report.findings.first?.level == .signatures)
    }

    // MARK: Replay

    @Test func eventInTheWrongChains() async throws {
        let builder = Self.founded()
        builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana, ben])
        try await expect(builder, [.wrongLinks], .replay, index: 6)
    }

    @Test func ledgerOpenedTwice() async throws {
        let builder = Self.founded()
        builder.open()
        try await expect(builder, [code("misplaced")], .replay, index: 6)
    }

    @Test func keyAuthorizedTwice() async throws {
        let builder = Self.founded()
        builder.authorize(LogBuilder.web)
        try await expect(builder, [code("already-defined")], .replay, index: 6)
    }

    @Test func grantFromTheFuture() async throws {
        let builder = Self.founded()
        let event = builder.event(
            .consentGiven,
            [
                .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]),
                .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: builder.now + 400_000)!)),
            ], source: LogBuilder.web)
        builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ana])
        try await expect(builder, [code("from-the-future")], .replay, index: 6)
    }

    @Test func grantForAnUnknownCategory() async throws {
        let builder = Self.founded()
        let event = builder.event(
            .consentGiven, [.channels: .texts(["whatsapp"]), .categories: .texts(["gossip"])], source: LogBuilder.web)
        builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ana])
        try await expect(builder, [code("unknown-category")], .replay, index: 6)
    }

    @Test func missingObject() async throws {
        let builder = Self.founded()
        builder.publishNotice(Array("Otro texto".utf8), adds: false)
        try await expect(builder, [.missingObject], .replay, index: 6)
    }

    @Test func alteredObject() async throws {
        let builder = Self.founded()
        let path = "object/\(SHA256Digest(hashing: LogBuilder.notice))"
        builder.log.files[path]! += Array(" Y mis socios.".utf8)
        try await expect(builder, [.alteredObject], .replay, index: 5)
    }

    /// Named by a record or not, an object has a size that verifiers agree on.
    @Test func objectThatIsTooLarge() async throws {
        let largest = [UInt8](repeating: UInt8(ascii: "a"), count: 16_777_216)
        let builder = Self.founded()
        builder.publishNotice(largest)
        builder.publish()
        #expect(try await report(builder).holds)
        let larger = Self.founded()
        larger.publishNotice(largest + [UInt8(ascii: "a")])
        try await expect(larger, [.objectTooLarge], .replay, index: 6)
        let unnamed = Self.founded()
        _ = unnamed.addObject(largest + [UInt8(ascii: "a")])
        try await expect(unnamed, [.objectTooLarge], .replay, index: nil)
    }

    @Test func noticeThatIsNoText() async throws {
        for bytes in [[], [0xc3, 0x28]] as [[UInt8]] {
            let builder = Self.founded()
            builder.publishNotice(bytes)
            try await expect(builder, [.malformedNotice], .replay, index: 6)
        }
    }

    @Test func objectThatNobodyNames() async throws {
        let builder = Self.founded()
        _ = builder.addObject([1, 2, 3])
        builder.publish()
        let honest = try await report(builder)
        #expect(honest.holds)
        #expect(honest.notCovered.contains { $0.code == .unexpectedFiles })
        builder.log.files["object/\(SHA256Digest(hashing: [9]))"] = [1]
        try await expect(builder, [.alteredObject], .replay, index: nil)
    }
}
