import ConsentModel
import LedgerCrypto
import Testing

/// A record's form: its version, its links, its statement as bytes.
@Suite struct RecordTests {
    private static let chains: [Chain] =
        [.ledger, .business("acme")] + TestLedger.handles.map { .contact($0) }
    private static let recordedAt = Timestamp(milliseconds: 1_709_460_001_250)!

    @Test func aRecordIsTheArrayThatTheSpecificationSays() throws {
        let record = TestLedger.record
        let links: [CBORItem] = record.links.map { link in
            .array([
                .unsigned(link.chain.kind), .bytes(link.chain.identity), .unsigned(link.sequence),
                .unsigned(link.previousIndex), .bytes(link.previousLeafHash.bytes),
            ])
        }
        let item = Self.item(links: links)
        #expect(record.encoded() == item.encoded)
        #expect(try Record(decoding: item.encoded[...]) == record)
    }

    @Test func aRecordHasOneToFourLinks() throws {
        for count in 0...5 {
            let links = Self.chains.prefix(count).map { TestLedger.link($0) }
            let bytes = Self.item(links: links.map(Self.item(of:))).encoded
            if 1...4 ~= count {
                let record = try Self.record(links)
                #expect(record.encoded() == bytes)
                #expect(try Record(decoding: bytes[...]) == record)
            } else {
                #expect(throws: ModelError(.form, "")) { _ = try Self.record(links) }
                #expect(throws: ModelError(count == 0 ? .form : .tooLarge, "")) { _ = try Record(decoding: bytes[...]) }
            }
        }
    }

    @Test func linksThatDoNotAscendOrRepeatAChainAreRefused() throws {
        let chains = Self.chains
        for first in chains.indices {
            for second in chains.indices where second <= first {
                let links = [TestLedger.link(chains[first]), TestLedger.link(chains[second])]
                try Self.expectRefused(links, .form, "\(first) \(second)")
            }
        }
    }

    @Test func aRecordIsInTheChainOfAtMostOneBusiness() throws {
        let links = ["acme", "acme-2"].map { TestLedger.link(.business($0)) }
        try Self.expectRefused(links, .form, "two businesses")
    }

    @Test func aLinkPointsBackwards() throws {
        let chain = Chain.business("acme")
        for previousIndex in [UInt64(7), 8, .max] {
            let link = TestLedger.link(chain, sequence: 1, previousIndex: previousIndex)
            try Self.expectRefused([link], .form, "to \(previousIndex)")
        }
        let last = TestLedger.link(chain, sequence: 1, previousIndex: 6)
        #expect(throws: Never.self) { _ = try Self.record([last]) }
        let first = ChainLink(beginning: chain)
        #expect(throws: Never.self) { _ = try Self.record([first]) }
        let hash = SHA256Digest(hashing: [])
        let wrongFirst = [
            ChainLink(chain: chain, sequence: 0, previousIndex: 1, previousLeafHash: .zero),
            ChainLink(chain: chain, sequence: 0, previousIndex: 0, previousLeafHash: hash),
        ]
        for link in wrongFirst { try Self.expectRefused([link], .form, "a first link that points somewhere") }
        let atZero = ChainLink(chain: chain, sequence: 1, previousIndex: 0, previousLeafHash: hash)
        #expect(throws: ModelError(.form, "")) {
            _ = try Record(index: 0, recordedAt: Self.recordedAt, links: [atZero], statement: [])
        }
    }

    @Test(arguments: [UInt64(0), 2, 23, 24, .max])
    func aVersionNotKnownIsSaidToBeThatWhateverFollows(version: UInt64) {
        let links = [Self.item(of: TestLedger.link(.business("acme")))]
        let forms = [
            Self.item(version: version, links: links),
            .array([.unsigned(version)]), .array([.unsigned(version), .raw([0xf6])]),
            .array([.unsigned(version)] + [CBORItem](repeating: .bool(true), count: 9)),
        ]
        for form in forms {
            #expect(throws: ModelError(.unknownRecordVersion, "")) { _ = try Record(decoding: form.encoded[...]) }
        }
    }

    @Test func whatIsNotExactlyARecordIsRefused() throws {
        let link = Self.item(of: TestLedger.link(.business("acme")))
        let good = Self.item(links: [link]).encoded
        _ = try Record(decoding: good[...])
        func chain(_ kind: UInt64, _ identity: [UInt8]) -> [UInt8] {
            Self.item(links: [
                .array([
                    .unsigned(kind), .bytes(identity), .unsigned(0), .unsigned(0),
                    .bytes([UInt8](repeating: 0, count: 32)),
                ])
            ]).encoded
        }
        #expect(throws: Never.self) { _ = try Record(decoding: chain(0, [])[...]) }
        #expect(throws: Never.self) { _ = try Record(decoding: chain(2, [UInt8](1...16))[...]) }
        let parts: [CBORItem] = [.unsigned(1), .unsigned(7), .unsigned(9), .array([link]), .bytes([1])]
        let cases: [(why: String, bytes: [UInt8], code: ModelError.Code)] = [
            ("no bytes", [], .encoding),
            ("a map", CBORItem.map([(.unsigned(1), .unsigned(1))]).encoded, .encoding),
            ("an empty array", [0x80], .encoding),
            ("a byte more", good + [0], .encoding),
            ("four parts", CBORItem.array(Array(parts[..<4])).encoded, .form),
            ("six parts", CBORItem.array(parts + [.unsigned(0)]).encoded, .form),
            ("65 parts", CBORItem.array([CBORItem](repeating: .unsigned(1), count: 65)).encoded, .tooLarge),
            ("recorded after 9999", Self.item(recordedAt: 253_402_300_800_000, links: [link]).encoded, .badValue),
            ("a statement that is text", CBORItem.array(parts[..<4] + [.text("a")]).encoded, .encoding),
            (
                "a link of four parts",
                Self.item(links: [.array([.unsigned(0), .bytes([]), .unsigned(0), .unsigned(0)])])
                    .encoded, .form
            ),
            ("a chain of kind 3", chain(3, []), .form),
            ("a ledger with a name", chain(0, [0x61]), .form),
            ("a business without a name", chain(1, []), .form),
            ("a business that is no identifier", chain(1, Array("Acme".utf8)), .form),
            ("a business that is not UTF-8", chain(1, [0xff]), .form),
            ("a handle of 15 bytes", chain(2, [UInt8](1...15)), .form),
            ("a handle of 17 bytes", chain(2, [UInt8](1...17)), .form),
            (
                "a leaf hash of 31 bytes",
                Self.item(links: [
                    .array([.unsigned(0), .bytes([]), .unsigned(0), .unsigned(0), .bytes([UInt8](1...31))])
                ]).encoded, .form
            ),
        ]
        for (why, bytes, code) in cases {
            #expect(throws: ModelError(code, ""), "\(why)") { _ = try Record(decoding: bytes[...]) }
        }
        for count in good.indices {
            #expect(throws: ModelError.self) { _ = try Record(decoding: good[..<count]) }
        }
    }

    @Test func aRecordFitsAnEntryBundleWhateverItsStatement() throws {
        let links = Self.chains.prefix(4).map { TestLedger.link($0, sequence: .max, previousIndex: .max - 1) }
        let largest = [UInt8](repeating: 1, count: Statement.mostBytes)
        let record = try Record(index: .max, recordedAt: .last, links: links, statement: largest)
        #expect(record.encoded().count <= Record.mostBytes)
        #expect(try Record(decoding: record.encoded()[...]) == record)
        #expect(throws: ModelError(.tooLarge, "")) {
            _ = try Record(index: .max, recordedAt: .last, links: links, statement: largest + [1])
        }
        let beyond = [UInt8](repeating: 0, count: Record.mostBytes + 1)
        #expect(throws: ModelError(.tooLarge, "")) { _ = try Record(decoding: beyond[...]) }
    }

    @Test func theLinksTellWhatTheStatementIsBoundTo() throws {
        let handles = TestLedger.handles
        let all = try Self.record(Self.chains.prefix(4).map { TestLedger.link($0) })
        #expect(all.business == "acme" && all.handles == Array(handles[..<2]))
        #expect(
            all.statementContext(origin: "o.example", ledgerID: TestLedger.ledgerID)
                == StatementContext(
                    origin: "o.example", ledgerID: TestLedger.ledgerID.bytes, business: "acme",
                    handles: Array(handles[..<2])))
        let first = try Record(
            index: 0, recordedAt: Self.recordedAt, links: [ChainLink(beginning: .ledger)], statement: [])
        #expect(first.business == nil && first.handles.isEmpty)
        #expect(
            first.statementContext(origin: "o.example", ledgerID: TestLedger.ledgerID)
                == StatementContext(origin: "o.example", ledgerID: [], business: "", handles: []))
    }

    /// Every combination of chains against the pinned patterns.
    @Test(arguments: EventType.allCases)
    func aTypeIsLinkedIntoItsOwnChainsAndNoOthers(type: EventType) throws {
        let pattern = try #require(PinnedNumbers.types.first { $0.number == type.rawValue }).chains
        for inLedger in [false, true] {
            for inBusiness in [false, true] {
                for contacts in 0...3 {
                    let chains =
                        (inLedger ? [Chain.ledger] : []) + (inBusiness ? [.business("acme")] : [])
                        + TestLedger.handles.prefix(contacts).map { .contact($0) }
                    guard 1...4 ~= chains.count else { continue }
                    let shape =
                        (inLedger ? "L" : "") + (inBusiness ? "B" : "") + String(repeating: "C", count: contacts)
                    #expect(
                        try Self.record(chains.map { TestLedger.link($0) }).isLinked(as: type)
                            == pattern.split(separator: " ").contains(Substring(shape)),
                        "\(type.name) in \(shape)")
                }
            }
        }
    }

    // MARK: -

    private static func record(_ links: [ChainLink]) throws -> Record {
        try Record(index: 7, recordedAt: recordedAt, links: links, statement: TestLedger.statement.encoded())
    }

    private static func item(
        version: UInt64 = 1, recordedAt: UInt64 = recordedAt.milliseconds, links: [CBORItem]
    ) -> CBORItem {
        .array([
            .unsigned(version), .unsigned(7), .unsigned(recordedAt), .array(links),
            .bytes(TestLedger.statement.encoded()),
        ])
    }

    private static func item(of link: ChainLink) -> CBORItem {
        .array([
            .unsigned(link.chain.kind), .bytes(link.chain.identity), .unsigned(link.sequence),
            .unsigned(link.previousIndex), .bytes(link.previousLeafHash.bytes),
        ])
    }

    private static func expectRefused(_ links: [ChainLink], _ code: ModelError.Code, _ comment: Comment) throws {
        #expect(throws: ModelError(code, ""), comment) { _ = try record(links) }
        let bytes = item(links: links.map(item(of:))).encoded
        #expect(throws: ModelError(code, ""), comment) { _ = try Record(decoding: bytes[...]) }
    }
}
