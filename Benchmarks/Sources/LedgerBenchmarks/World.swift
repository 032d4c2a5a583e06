import ConsentLedger
import ConsentModel
import LedgerCrypto

/// A small ledger on disk to measure with.
struct World {
    let location: LedgerLocation
    let writer: LedgerWriter
    let notice: NoticeReference

    init(_ directory: String) throws {
        location = try LedgerLocation(creatingDirectory: directory)
        writer = try LedgerCreation(origin: "log.example.com/benchmark", isTest: true).create(
            at: location, business: (id: "acme-viajes", name: "Acme Viajes", country: "ES"))
        let text = Array("I agree that Acme Viajes sends me offers by WhatsApp and e-mail. Reply STOP to leave.".utf8)
        notice = NoticeReference(name: "web", textDigest: SHA256Digest(hashing: text).bytes)
        var draft = EventDraft(.noticePublished, business: "acme-viajes")
        draft.fields = [
            .noticeName: .text("web"), .language: .text("en"), .textDigest: .bytes(notice.textDigest),
            .channels: .list(["email", "whatsapp"]), .categories: .list(["marketing"]),
        ]
        draft.objects = [text]
        try writer.append(draft)
    }

    /// An opt-in of a contact that nobody else has, of about 300 bytes.
    func optIn(_ number: Int) throws -> EventDraft {
        var draft = EventDraft(
            .consentGiven, business: "acme-viajes",
            contact: try ContactAddress(parsing: "person-\(number)@example.com"))
        draft.fields = [
            .channels: .list(["email"]), .categories: .list(["marketing"]), .notice: .notice(notice),
            .occurredAt: .occurredAt(OccurredAt(SystemClock().now())), .method: .text("web-form"),
            .verification: .text("none"),
        ]
        draft.privateFields = [EventDraft.PrivateFact("ip", "192.0.2.\(number % 250)")]
        return draft
    }
}
