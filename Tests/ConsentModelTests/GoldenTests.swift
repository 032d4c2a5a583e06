import ConsentModel
import LedgerCrypto
import Testing

/// Two records pinned byte for byte, so that the format cannot drift unnoticed. The second is SPEC.md's example.
@Suite struct GoldenTests {
    @Test func theFirstEntryOfALedgerIsPinned() throws {
        #expect(Hexadecimal.encode(try GoldenLedger.opening().encoded()) == GoldenLedger.openingHex)
    }

    @Test func aWithdrawalIsPinned() throws {
        #expect(Hexadecimal.encode(try GoldenLedger.withdrawal().encoded()) == GoldenLedger.withdrawalHex)
    }

    @Test func thePinnedBytesAreReadAsWhatTheySay() throws {
        let bytes = try #require(Hexadecimal.decode(GoldenLedger.withdrawalHex))
        let record = try Record(decoding: bytes[...])
        #expect(record.index == 7 && record.recordedAt.description == "2024-03-03T10:00:01.250Z")
        #expect(record.business == "acme" && record.handles.count == 1)
        let statement = try Statement(decoding: record.statement[...])
        let ledgerID = try GoldenLedger.ledgerID()
        let context = record.statementContext(origin: GoldenLedger.origin, ledgerID: ledgerID)
        #expect(statement.isSigned(by: GoldenLedger.sourceKey.publicKey, for: context))
        guard case .event(let event) = try Payload(decoding: statement.payload[...]) else {
            Issue.record("the payload is of no known type")
            return
        }
        #expect(event.type == .consentWithdrawn && event.source == "web" && event.categories == ["offers"])
        #expect(record.isLinked(as: event.type))

        let opening = try Record(decoding: try #require(Hexadecimal.decode(GoldenLedger.openingHex))[...])
        let first = try Statement(decoding: opening.statement[...])
        let empty = opening.statementContext(origin: GoldenLedger.origin, ledgerID: ledgerID)
        #expect(empty.ledgerID.isEmpty && first.isSigned(by: GoldenLedger.adminKey.publicKey, for: empty))
    }
}

/// A ledger of which two records are made, from public seeds.
enum GoldenLedger {
    static let origin = "consent.example.com/acme"
    static let adminKey = key("consent-ledger/golden/admin-key")
    static let sourceKey = key("consent-ledger/golden/source-key")

    private static func key(_ label: String) -> Ed25519PrivateKey {
        try! Ed25519PrivateKey(seed: SeededRandomSource(label: label).secret(32))
    }

    private static func digest(_ label: String) -> SHA256Digest { SHA256Digest(hashing: Array(label.utf8)) }

    /// The leaf hash of entry 0 (RFC 6962 §2.1).
    static func ledgerID() throws -> SHA256Digest { SHA256Digest(hashing: [0] + (try opening().encoded())) }

    static func opening() throws -> Record {
        let random = SeededRandomSource(label: "consent-ledger/golden/opening")
        let event = try Event(
            .ledgerOpened, id: EventID(random: random),
            [
                .nonce: .bytes(random.bytes(32)), .origin: .text(origin),
                .adminKeys: .byteStrings([adminKey.publicKey.bytes]),
                .logKeys: .texts(["example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"]),
                .longestUnpublished: .number(86_400_000), .environment: .text("test"),
            ])
        let context = StatementContext(origin: origin, ledgerID: [], business: "", handles: [])
        return try Record(
            index: 0, recordedAt: Timestamp(milliseconds: 1_704_103_200_000)!,
            links: [ChainLink(beginning: .ledger)],
            statement: try Statement(signing: event.encoded(), for: context, with: adminKey).encoded())
    }

    static func withdrawal() throws -> Record {
        let random = SeededRandomSource(label: "consent-ledger/golden/withdrawal")
        let handle = ContactHandle(random: random)
        let event = try Event(
            .consentWithdrawn, id: EventID(random: random),
            [
                .source: .text("web"), .occurredAt: .occurredAt(try OccurredAt(parsing: "2024-03-03T10:00:00Z")),
                .commitment: .bytes(PrivateField.commitmentDigest([]).bytes), .channels: .texts(["whatsapp"]),
                .categories: .texts(["offers"]), .via: .text("whatsapp"),
            ])
        let context = StatementContext(
            origin: origin, ledgerID: try ledgerID().bytes, business: "acme", handles: [handle])
        return try Record(
            index: 7, recordedAt: Timestamp(milliseconds: 1_709_460_001_250)!,
            links: [
                ChainLink(
                    chain: .business("acme"), sequence: 4, previousIndex: 6,
                    previousLeafHash: digest("consent-ledger/golden/record-6")),
                ChainLink(
                    chain: .contact(handle), sequence: 1, previousIndex: 5,
                    previousLeafHash: digest("consent-ledger/golden/record-5")),
            ],
            statement: try Statement(signing: event.encoded(), for: context, with: sourceKey).encoded())
    }

    static let openingHex =
        "8501001b0000018cc477450081850040000058200000000000000000000000000000000000000000000000000000000000000000"
        + "590150845836a3012703781e6170706c69636174696f6e2f636f6e73656e742d6576656e742b63626f720450517eb2020f700d0d"
        + "535ffebe29657752a058d2a8010102504dd73222382d3416690388f25b58e4a018205820859c21ad96b5b26d9476b264b4ae66e0"
        + "bd27f0a32fb4db2663c018516242cbe718217818636f6e73656e742e6578616d706c652e636f6d2f61636d651822815820e36b22"
        + "d52d002bc3c0e3f78b8076afa2510fd6c612695d29b7568e1a39f23f3a18238178456578616d706c652e636f6d2f666f6f2b3533"
        + "3064393033612b41656b796552726d353668417047466b795152345a43625635344964324c4b61414e5963726e4b763355326b18"
        + "251a05265c0018266474657374584003252c4ab3e1dd0b57985b03c47847262b5f2f2d176212da17a7564db31e404579c472fdb6"
        + "b6afbf961edbdfaf94b39a80cdbf4f8245ee8394ebe8527d596f0d"

    static let withdrawalHex =
        "8501071b0000018e03c191e28285014461636d65040658208f54f46a6f7e2aa029851a9597c1b6fd21ad5de12a86db345f5dede5"
        + "008f6f448502507eb7d51544d880a110371ea21716fcc2010558207a9bc8b39fdd545784e757b1b3884f6de9dc1307dcdebe8a88"
        + "494bf0591b799558e9845836a3012703781e6170706c69636174696f6e2f636f6e73656e742d6576656e742b63626f720450534d"
        + "6143b3a4f8ec736ddd2b64051efea0586ba80118250250c4263e75670b09f988501658339039e3036377656204821b0000018e03"
        + "c18d001903e805582099411874e36016427aa56ef88a4d983394393f122aea84add4c1122083fa0eeb0781687768617473617070"
        + "0881666f6666657273181868776861747361707058401996d6b75912fe77c15e1eaf3bee8d886fba2224105020acd7a68683338a"
        + "7046d7275d751e0b9f2533e1927e3d07889749bb583899ec3516fb46738111c55c05"
}
