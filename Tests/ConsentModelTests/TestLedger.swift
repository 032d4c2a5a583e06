import ConsentModel
import LedgerCrypto

/// A ledger for tests: keys and identifiers from a seed that is public, so that every byte can be had again.
struct TestLedger {
    static let origin = "consent.example.com/acme"
    static let ledgerID = SHA256Digest(hashing: Array("a ledger for tests".utf8))
    static let key = try! Ed25519PrivateKey(seed: SeededRandomSource(label: "consent-ledger/test-key").secret(32))
    static let otherKey = try! Ed25519PrivateKey(seed: SeededRandomSource(label: "consent-ledger/other-key").secret(32))
    /// Four handles in ascending order.
    static let handles: [ContactHandle] = {
        let random = SeededRandomSource(label: "consent-ledger/test-handles")
        return (0..<4).map { _ in ContactHandle(random: random) }.sorted()
    }()

    static func context(
        origin: String = origin, ledgerID: [UInt8] = ledgerID.bytes, business: String = "acme",
        handles: [ContactHandle] = [handles[0]]
    ) -> StatementContext {
        StatementContext(origin: origin, ledgerID: ledgerID, business: business, handles: handles)
    }

    /// A withdrawal from one category on one channel.
    static let withdrawal = try! Event(
        .consentWithdrawn, id: EventID([UInt8](1...16))!,
        [
            .source: .text("web"), .commitment: .bytes([UInt8](repeating: 5, count: 32)),
            .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: 1_709_460_000_000)!)),
            .channels: .texts(["whatsapp"]), .categories: .texts(["offers"]),
        ])

    static let statement = try! Statement(signing: withdrawal.encoded(), for: context(), with: key)

    /// A link that is not the first of its chain.
    static func link(_ chain: Chain, sequence: UInt64 = 3, previousIndex: UInt64 = 6) -> ChainLink {
        ChainLink(
            chain: chain, sequence: sequence, previousIndex: previousIndex,
            previousLeafHash: SHA256Digest(hashing: chain.identity))
    }

    static let record = try! Record(
        index: 7, recordedAt: Timestamp(milliseconds: 1_709_460_001_250)!,
        links: [link(.business("acme")), link(.contact(handles[0]), sequence: 1, previousIndex: 5)],
        statement: statement.encoded())
}
