import ConsentLedger
import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

/// A clock that a test sets.
final class FixedClock: LedgerClock, @unchecked Sendable {
    var milliseconds: UInt64 = 1_700_000_000_000
    func now() -> Timestamp {
        milliseconds += 1
        return Timestamp(milliseconds: milliseconds)!
    }
    func elapsedMilliseconds() -> UInt64 { milliseconds - 1_600_000_000_000 }
}

@Suite struct LedgerTests {
    @Test func recordsAndAnswers() throws {
        let location = LedgerLocation(storage: MemoryStorage(), databases: .memory(MemoryDatabases()))
        let clock = FixedClock()
        let writer = try LedgerCreation(origin: "log.example.com/acme", isTest: true).create(
            at: location, business: (id: "acme", name: "Acme Viajes", country: "ES"), clock: clock,
            random: SeededRandomSource(label: "smoke"))
        let text = Array("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.".utf8)
        let digest = SHA256Digest(hashing: text).bytes
        var notice = EventDraft(.noticePublished, business: "acme")
        notice.fields = [
            .noticeName: .text("web"), .language: .text("es"), .textDigest: .bytes(digest),
            .channels: .list(["whatsapp"]), .categories: .list(["marketing"]),
        ]
        notice.objects = [text]
        try writer.append(notice)
        let ana = try ContactAddress(parsing: "+34600111222")
        var grant = EventDraft(.consentGiven, business: "acme", contact: ana)
        grant.fields = [
            .occurredAt: .occurredAt(OccurredAt(clock.now())), .channels: .list(["whatsapp"]),
            .categories: .list(["marketing"]), .notice: .notice(NoticeReference(name: "web", textDigest: digest)),
        ]
        #expect(try writer.append(grant) == .recorded(index: 4))
        let ledger = try Ledger(location)
        let question = Question(business: "acme", channel: "whatsapp", category: "marketing", at: clock.now())
        #expect(try ledger.read { try $0.decide(question, contact: ana).decision.outcome } == .allow)
        try writer.append(EventDraft(.consentWithdrawn, business: "acme", contact: ana))
        let later = Question(business: "acme", channel: "whatsapp", category: "marketing", at: clock.now())
        #expect(try ledger.read { try $0.decide(later, contact: ana).decision.outcome } == .deny)
        try writer.close()
        #expect(try ledger.read { try $0.decide(later, contact: ana).decision.outcome } == .deny)
        #expect(try ledger.read { $0.size } == 6)
        let again = try LedgerWriter(location, clock: clock, random: SeededRandomSource(label: "again"))
        try again.close()
        #expect(try ledger.read { try $0.privateFields(of: 4).map { String(decoding: $0.field.value, as: UTF8.self) } } == ["+34600111222"])
        print(try ledger.read { try $0.root() })
    }
}
