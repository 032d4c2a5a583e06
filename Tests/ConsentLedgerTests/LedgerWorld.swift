import ConsentModel
import ConsentRules
import GRDB
import LedgerCrypto
import LedgerStorage
import Synchronization

@testable import ConsentLedger

/// A clock that a test sets. It goes on by a millisecond whenever it is asked for the time.
final class SettableClock: LedgerClock {
    private let state: Mutex<(time: UInt64, elapsed: UInt64)>

    init(_ time: UInt64 = 1_700_000_000_000) { state = Mutex((time, 1_000_000)) }

    /// The last time that the clock gave.
    var moment: Timestamp { state.withLock { Timestamp(milliseconds: $0.time)! } }

    func now() -> Timestamp {
        pass(1)
        return moment
    }

    func elapsedMilliseconds() -> UInt64 { state.withLock { $0.elapsed } }

    /// Time passes, as it does.
    func pass(_ milliseconds: UInt64) {
        state.withLock { state in
            state.time += milliseconds
            state.elapsed += milliseconds
        }
    }

    /// Somebody sets the clock; no time passes.
    func set(by milliseconds: Int) { state.withLock { $0.time = UInt64(Int($0.time) + milliseconds) } }
}

/// A small world: a ledger in memory with the businesses acme and beta. Each has the notice `web`, for marketing and
/// utility by WhatsApp and SMS.
struct LedgerWorld {
    static let businesses = ["acme", "beta"]
    static let text = Array(
        "Acepto ofertas y avisos de Acme Viajes y Beta Seguros por WhatsApp y SMS. BAJA para salir.".utf8)
    static let notice = NoticeReference(name: "web", textDigest: SHA256Digest(hashing: text).bytes)

    let storage: any LedgerStorage
    let databases: MemoryDatabases
    let clock: SettableClock
    /// Where the databases are, if not in memory.
    var directory: String?
    /// What opens keys that are protected.
    var passphrase: Passphrase?

    var location: LedgerLocation {
        var location = LedgerLocation(
            storage: storage, databases: directory.map { .directory($0) } ?? .memory(databases))
        location.passphrase = passphrase
        return location
    }

    /// Makes the ledger, with 8 records: the opening, two businesses, the source and two notices, and two categories.
    static func make(
        label: String = "world", storage: any LedgerStorage = MemoryStorage(), directory: String? = nil,
        pacing: LedgerWriter.Pacing = LedgerWriter.Pacing()
    ) throws -> (world: LedgerWorld, writer: LedgerWriter) {
        let world = LedgerWorld(
            storage: try directory.map { try DirectoryStorage(root: $0) } ?? storage, databases: MemoryDatabases(),
            clock: SettableClock(), directory: directory)
        try LedgerCreation(origin: "log.example.com/\(label)", isTest: true).create(
            at: world.location, business: (id: "acme", name: "Acme Viajes", country: "ES"), clock: world.clock,
            random: SeededRandomSource(label: label)
        ).close()
        let writer = try world.open(pacing: pacing, label: label + "-writer")
        try writer.append(LedgerCreation.registering((id: "beta", name: "Beta Seguros", country: nil)))
        for business in businesses {
            try writer.append(noticeDraft(business))
            var category = EventDraft(.categoryDefined, business: business)
            category.fields = [
                .category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent"),
            ]
            try writer.append(category)
        }
        return (world, writer)
    }

    func open(
        pacing: LedgerWriter.Pacing = LedgerWriter.Pacing(), label: String = "open"
    ) throws -> LedgerWriter {
        // Nothing random is drawn twice: every open has a seed of its own.
        let random = SeededRandomSource(label: "\(label) at \(clock.now())")
        return try LedgerWriter(
            location, identity: LedgerIdentity(of: location), clock: clock, random: random, pacing: pacing)
    }

    /// The ledger's keys, as its registry knows them.
    func keys() throws -> LedgerKeys {
        let ledgerID = try LedgerIdentity(of: location).ledgerID
        return try Registry(of: location, ledgerID: ledgerID, isForWriting: false).keys(
            location.keyFiles, ledgerID: ledgerID)
    }

    static func noticeDraft(_ business: String, name: String = "web", text: [UInt8] = text) -> EventDraft {
        var draft = EventDraft(.noticePublished, business: business)
        draft.fields = [
            .noticeName: .text(name), .language: .text("es"),
            .textDigest: .bytes(SHA256Digest(hashing: text).bytes), .channels: .list(["whatsapp", "sms"]),
            .categories: .list(["marketing", "utility"]),
        ]
        draft.objects = [text]
        return draft
    }

    static func phone(_ number: Int) -> ContactAddress {
        try! ContactAddress(parsing: "+34600\(String(100_000 + number))")
    }

    /// An opt-in to marketing by WhatsApp, now.
    func optIn(
        _ contact: ContactAddress, business: String = "acme", id: String? = nil, at time: Timestamp? = nil
    ) -> EventDraft {
        var draft = EventDraft(.consentGiven, business: business, contact: contact)
        draft.fields = [
            .occurredAt: .occurredAt(OccurredAt(time ?? clock.moment)), .channels: .list(["whatsapp"]),
            .categories: .list(["marketing"]), .notice: .notice(Self.notice), .method: .text("web-form"),
        ]
        draft.privateFields = [EventDraft.PrivateFact("ip", "192.0.2.7")]
        draft.outsideID = id
        return draft
    }

    /// An opt-out from everything, now.
    func optOut(
        _ contact: ContactAddress, business: String = "acme", id: String? = nil, at time: Timestamp? = nil
    ) -> EventDraft {
        var draft = EventDraft(.consentWithdrawn, business: business, contact: contact)
        draft.fields = [.occurredAt: .occurredAt(OccurredAt(time ?? clock.moment))]
        draft.outsideID = id
        return draft
    }

    func changed(
        from old: ContactAddress, to new: ContactAddress, business: String = "acme", id: String? = nil
    ) -> EventDraft {
        var draft = EventDraft(.contactChanged, business: business, contact: new)
        draft.otherContact = old
        draft.outsideID = id
        return draft
    }

    func reassigned(_ contact: ContactAddress, business: String = "acme") -> EventDraft {
        EventDraft(.contactReassigned, business: business, contact: contact)
    }

    func linked(_ contact: ContactAddress, _ other: ContactAddress, business: String = "acme") -> EventDraft {
        var draft = EventDraft(.contactLinked, business: business, contact: contact)
        draft.otherContact = other
        return draft
    }

    /// The answer for marketing by WhatsApp, a moment from now.
    func answer(
        _ contact: ContactAddress, business: String = "acme", in ledger: Ledger? = nil
    ) throws -> Decision.Outcome {
        try (ledger ?? Ledger(location)).read { snapshot in
            try snapshot.decide(question(business), contact: contact).decision.outcome
        }
    }

    func question(_ business: String = "acme") -> Question {
        Question(
            business: business, channel: "whatsapp", category: "marketing", at: clock.moment.adding(milliseconds: 1000))
    }
}

extension MemoryDatabases {
    /// Puts the database as it is in `other` in the place of this one's.
    func put(_ name: String, from other: MemoryDatabases) throws {
        remove(name)
        try other.queue(name).backup(to: queue(name))
    }
}

extension LedgerWriter {
    /// Records drafts that must all be accepted.
    func appendAll(_ drafts: [EventDraft]) throws {
        for outcome in try append(drafts) { _ = try outcome.get() }
    }
}
