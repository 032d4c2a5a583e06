import ConsentModel
import ConsentRules
import Foundation
import GRDB
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Reserving: what is allowed is counted before it is answered, once, durably, and not lost unseen.
@Suite struct ReservationTests {
    let ana = LedgerWorld.phone(1)

    /// A world in which the contacts up to `count` opted in, and the ledger open for asking.
    static func make(
        _ count: Int = 3, storage: any LedgerStorage = MemoryStorage(), directory: String? = nil
    ) throws -> (world: LedgerWorld, ledger: Ledger) {
        let (world, writer) = try LedgerWorld.make(storage: storage, directory: directory)
        try writer.appendAll((1...count).map { world.optIn(LedgerWorld.phone($0)) })
        try writer.close()
        return (world, try Ledger(world.location, clock: world.clock))
    }

    static func ids(_ ledger: Ledger, _ contact: ContactAddress, business: String = "acme") throws -> [UInt64] {
        try ledger.read { try $0.uses(of: contact, business: business) }.map(\.id)
    }

    static func usesSince(_ world: LedgerWorld, _ contact: ContactAddress) throws -> Timestamp? {
        try Ledger(world.location).read { try $0.decide(world.question(), contact: contact).question.usesSince }
    }

    @Test func whatIsAllowedIsCounted() throws {
        let (world, ledger) = try Self.make()
        let answer = try ledger.reserve(world.question(), contact: ana)
        #expect(answer.decision.outcome == .allow && answer.reservation == 1)
        #expect(answer.question.uses.isEmpty)
        // Asked by anyone after, reserving or not, the question has it.
        let asked = try Ledger(world.location).read { try $0.decide(world.question(), contact: ana) }
        #expect(asked.reservation == nil)
        #expect(
            asked.question.uses == [
                Use(
                    at: answer.question.at, channel: "whatsapp", categories: ["marketing"], categoryClass: "marketing")
            ])
        #expect(try ledger.reserve(world.question(), contact: ana).reservation == 2)
        #expect(try Self.ids(ledger, ana) == [1, 2])
        #expect(try Self.ids(ledger, LedgerWorld.phone(2)) == [])
        #expect(try Self.ids(ledger, ana, business: "beta") == [])
        try world.check()
    }

    @Test func whatIsNotAllowedIsNot() throws {
        let (world, ledger) = try Self.make()
        let denied = try ledger.reserve(world.question("beta"), contact: ana)
        #expect(denied.decision.outcome == .deny && denied.reservation == nil)
        #expect(try Self.ids(ledger, ana, business: "beta") == [])
        var unknown = world.question()
        unknown.category = "no-such"
        #expect(throws: RulesError.self) { try ledger.reserve(unknown, contact: ana) }
        var early = world.question()
        early.at = world.clock.moment.adding(milliseconds: Catalog.clockTolerance + 10_000)
        #expect(throws: LedgerError(.badInput, "")) { try ledger.reserve(early, contact: ana) }
        var past = world.question()
        past.knownAt = .size(3)
        #expect(throws: LedgerError(.badInput, "")) { try ledger.reserve(past, contact: ana) }
        #expect(try Self.ids(ledger, ana) == [])
    }

    @Test func aBatchAnswersEachForItself() throws {
        let (world, ledger) = try Self.make()
        var unknown = world.question()
        unknown.channel = "pigeon"
        let answers = try ledger.reserve(batch: [
            (world.question(), ana), (unknown, ana), (world.question("beta"), ana), (world.question(), ana),
            (world.question(), LedgerWorld.phone(2)),
        ])
        #expect(answers.map { (try? $0.get())?.reservation } == [1, nil, nil, 2, 3])
        #expect(throws: RulesError(.unknownChannel, "")) { try answers[1].get() }
        // The second of a contact knew of the first.
        #expect(try answers[3].get().question.uses.count == 1)
        #expect(try ledger.reserve(batch: []).isEmpty)
        #expect(try Self.ids(ledger, ana) == [1, 2])
    }

    @Test func whatIsGivenBackNoLongerCounts() throws {
        let (world, ledger) = try Self.make()
        for _ in 1...3 { _ = try ledger.reserve(world.question(), contact: ana) }
        #expect(try ledger.release(2, contact: ana, business: "acme").id == 2)
        #expect(try Self.ids(ledger, ana) == [1, 3])
        for (id, contact, business) in [(2, ana, "acme"), (1, LedgerWorld.phone(2), "acme"), (1, ana, "beta")] {
            #expect(throws: LedgerError(.badInput, "")) {
                try ledger.release(UInt64(id), contact: contact, business: business)
            }
        }
        // Its number is not given again, and that it is gone is no loss.
        #expect(try ledger.reserve(world.question(), contact: ana).reservation == 4)
        #expect(try Self.usesSince(world, ana) == .epoch)
    }

    @Test func linkedContactsAreCountedAsOnePerson() throws {
        let (world, ledger) = try Self.make()
        let user = try ContactAddress(whatsAppUser: "ES.1234567")
        _ = try ledger.reserve(world.question(), contact: ana)
        #expect(try Self.ids(ledger, user) == [])
        let writer = try world.open()
        try writer.append(world.linked(ana, user))
        // At once, before the records are settled and after.
        #expect(try Self.ids(ledger, user) == [1])
        try writer.append(world.optIn(user))
        try writer.close()
        #expect(try Self.ids(ledger, user) == [1])
        #expect(try ledger.reserve(world.question(), contact: user).question.uses.count == 1)
        #expect(try Self.ids(ledger, ana) == [1, 2])
        var unlinked = EventDraft(.contactUnlinked, business: "acme", contact: ana)
        unlinked.otherContact = user
        let again = try world.open()
        try again.append(unlinked)
        try again.close()
        #expect(try Self.ids(ledger, ana) == [1] && Self.ids(ledger, user) == [2])
        try world.check()
    }

    /// Argentina's two spellings may be one line, and what was sent to the one counts for the other.
    @Test func otherSpellingsAreCountedToo() throws {
        let (world, ledger) = try Self.make()
        let (mobile, plain) = (
            try ContactAddress(parsing: "+5491123456789"), try ContactAddress(parsing: "+541123456789")
        )
        let writer = try world.open()
        try writer.append(world.optIn(mobile))
        try writer.close()
        _ = try ledger.reserve(world.question(), contact: mobile)
        #expect(try Self.ids(ledger, plain) == [1])
    }

    @Test(arguments: [true, false]) func usesGoWithTheirPerson(isSettled: Bool) throws {
        let (world, ledger) = try Self.make()
        for number in 1...3 { _ = try ledger.reserve(world.question(), contact: LedgerWorld.phone(number)) }
        let writer = try world.open()
        let new = LedgerWorld.phone(9)
        try writer.append(world.changed(from: ana, to: new))
        try writer.append(world.reassigned(LedgerWorld.phone(2)))
        try writer.append(EventDraft(.contactErased, business: "acme", contact: LedgerWorld.phone(3)))
        if isSettled { try writer.publish() }
        #expect(try Self.ids(ledger, new) == [1])
        try writer.close()
        #expect(try Self.ids(ledger, new) == [1])
        for number in 1...3 { #expect(try Self.ids(ledger, LedgerWorld.phone(number)) == [], "\(number)") }
        // Nothing of the others is left.
        #expect(try world.location.databases.rows() == 1)
        #expect(try Self.usesSince(world, new) == .epoch)
        try world.check()
    }

    @Test func theRegistrySaysNothingOfPersonOrMessage() throws {
        let directory = try TemporaryDirectory()
        let (world, ledger) = try Self.make(directory: directory.path)
        _ = try ledger.reserve(world.question(), contact: ana)
        for name in ["registry.sqlite", "registry.sqlite-wal", "uses/count"] {
            let file = URL(fileURLWithPath: directory.path + "/private/" + name)
            guard let bytes = try? Data(contentsOf: file) else { continue }
            for secret in [ana.text, String(ana.text.dropFirst()), "marketing", "whatsapp"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name) has \(secret)")
            }
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }

    @Test func aUseOpensOnlyInItsPlace() throws {
        let (world, ledger) = try Self.make()
        for number in 1...2 { _ = try ledger.reserve(world.question(), contact: LedgerWorld.phone(number)) }
        try world.location.databases.change(
            "UPDATE use SET sealed = (SELECT sealed FROM use WHERE id = 2) WHERE id = 1")
        #expect(throws: CryptoError(.doesNotOpen, "")) { try ledger.reserve(world.question(), contact: ana) }
        try world.location.databases.change("UPDATE use SET at = at + 1 WHERE id = 2")
        #expect(throws: CryptoError.self) { try Self.ids(ledger, LedgerWorld.phone(2)) }
    }

    /// Under the tag of an older spelling, uses go with their contact; those of an address without one, by how it is
    /// spelled now.
    @Test func otherSpellingRulesFindTheUses() throws {
        let (world, ledger) = try Self.make()
        let stranger = LedgerWorld.phone(50)
        _ = try ledger.reserve(world.question(), contact: ana)
        let keys = try world.keys()
        let registry = try Registry(of: world.location, ledgerID: ledger.identity.ledgerID, isForWriting: true)
        let use = Use(at: world.clock.moment, channel: "whatsapp", categories: ["utility"], categoryClass: "utility")
        let (old, random) = (ContactTag(high: 1, low: 2), SystemRandomSource())
        try registry.write { view in
            try view.uses.insert(
                ReservedUse(id: 900, business: "acme", address: stranger, use: use), tag: old, keys: keys,
                random: random)
            var moved = 0
            let kept = try keys.tag(of: ana, business: "acme")
            try view.uses.retag(keys: keys) { use, tag in
                moved += 1
                return try tag == kept ? kept : keys.tag(of: use.address, business: use.business)
            }
            #expect(moved == 2)
        }
        #expect(try Self.ids(ledger, ana) == [1] && Self.ids(ledger, stranger) == [900])
        // Mexico's mobile numbers once had a 1 after the country code.
        let spellings = ["+5215512345678", "+525512345678"].map { ContactAddress(kind: .phone, canonical: $0) }
        let writer = try world.open()
        try writer.append(world.optIn(spellings[0]))
        try writer.close()
        _ = try ledger.reserve(world.question(), contact: spellings[0])
        try world.location.databases.change("UPDATE meta SET value = x'30' WHERE name = 'normalization'")
        try world.open().close()
        #expect(try Self.ids(ledger, spellings[1]) == [2] && Self.ids(ledger, spellings[0]) == [])
        #expect(try Self.ids(ledger, ana) == [1] && Self.ids(ledger, stranger) == [900])
    }

    // MARK: Loss

    @Test func aRegistryFromABackupIsNoticed() throws {
        let (world, ledger) = try Self.make()
        _ = try ledger.reserve(world.question(), contact: ana)
        let old = try world.databases.copy()
        #expect(try Self.usesSince(world, ana) == .epoch)
        let lost = try ledger.reserve(world.question(), contact: ana).question.at
        try world.databases.put(Registry.fileName, from: old)
        #expect(try Self.ids(Ledger(world.location), ana) == [1])
        // Complete again after the latest that may be gone.
        #expect(try Self.usesSince(world, ana) == lost.adding(milliseconds: 1))
        #expect(try Self.usesSince(world, LedgerWorld.phone(2)) == lost.adding(milliseconds: 1))
        // And stays so when others are counted, and when the registry is put back once more.
        world.clock.pass(100_000)
        let reopened = try Ledger(world.location, clock: world.clock)
        let next = try reopened.reserve(world.question(), contact: ana)
        #expect(next.reservation == 3 && next.question.usesSince == lost.adding(milliseconds: 1))
        #expect(try Self.usesSince(world, ana) == lost.adding(milliseconds: 1))
        try world.databases.put(Registry.fileName, from: old)
        #expect(try Self.usesSince(world, ana) == next.question.at.adding(milliseconds: 1))
    }

    @Test func aRegistryOfBeforeTheFirstUseIsNoticed() throws {
        let (world, _) = try Self.make()
        let old = try world.databases.copy()
        let ledger = try Ledger(world.location, clock: world.clock)
        let used = try ledger.reserve(world.question(), contact: ana).question.at
        try world.databases.put(Registry.fileName, from: old)
        #expect(try Self.usesSince(world, ana) == used.adding(milliseconds: 1))
        let reopened = try Ledger(world.location, clock: world.clock)
        #expect(try reopened.reserve(world.question(), contact: ana).reservation == 2)
        #expect(try Self.usesSince(world, ana) == used.adding(milliseconds: 1))
    }

    @Test(arguments: [nil, "", "consent-uses/1\n", "consent-uses/2\n1\n1\n0\n", "consent-uses/1\n1\n1\nx\n"])
    func aLostOrBrokenFileIsNoticed(_ text: String?) throws {
        let (world, ledger) = try Self.make()
        _ = try ledger.reserve(world.question(), contact: ana)
        let path: StoragePath = "private/uses/count"
        if let text { try world.storage.replace(path, with: Array(text.utf8)) } else { try world.storage.remove(path) }
        // Nobody knows how many there should be.
        #expect(try Self.usesSince(world, ana) == nil)
        // Whoever reserves next notes that all of it was before now.
        world.clock.pass(1000)
        let next = try ledger.reserve(world.question("beta"), contact: ana)
        #expect(next.decision.outcome == .deny && next.question.usesSince == nil)
        let since = try #require(try Self.usesSince(world, ana))
        #expect(since > .epoch && since <= world.clock.moment.adding(milliseconds: 2000))
    }

    /// Rows that are gone from the registry are missed, though it says how many were made.
    @Test(arguments: [true, false]) func usesThatAreGoneAreMissed(areAllGone: Bool) throws {
        let (world, ledger) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 2, days: 1), business: "acme"))
        try writer.close()
        _ = try ledger.reserve(world.question(), contact: ana)
        let last = try ledger.reserve(world.question(), contact: ana).question.at
        _ = try ledger.reserve(world.question(), contact: LedgerWorld.phone(2))
        _ = try ledger.release(3, contact: LedgerWorld.phone(2), business: "acme")
        #expect(try Self.usesSince(world, ana) == .epoch, "what is given back is not lost")
        let latest = try ledger.read { $0.useCount?.latest }
        #expect(try #require(latest) >= last)
        try world.location.databases.change("DELETE FROM use" + (areAllGone ? "" : " WHERE id = 1"))
        let answer = try ledger.reserve(world.question(), contact: ana)
        #expect(answer.decision.reasons.map(\.code) == [.countsIncomplete])
        #expect(try Self.usesSince(world, ana) == latest?.adding(milliseconds: 1))
        // What is counted from then on is not lost with them, and the window passes.
        world.clock.pass(OccurredAt.day + 10_000)
        let reopened = try Ledger(world.location, clock: world.clock)
        for _ in 1...2 { #expect(try reopened.reserve(world.question(), contact: ana).decision.outcome == .allow) }
        #expect(try Self.usesSince(world, ana) == latest?.adding(milliseconds: 1))
        #expect(try reopened.acceptMissingUses() == latest)
        #expect(try Self.usesSince(world, ana) == .epoch)
        try world.check()
    }

    @Test func whatIsMissingCanBeAccepted() throws {
        let (world, ledger) = try Self.make()
        #expect(try ledger.acceptMissingUses() == nil)
        let old = try world.databases.copy()
        let used = try ledger.reserve(world.question(), contact: ana).question.at
        #expect(try ledger.acceptMissingUses() == nil)
        try world.databases.put(Registry.fileName, from: old)
        let reopened = try Ledger(world.location, clock: world.clock)
        #expect(try reopened.acceptMissingUses() == used)
        #expect(try Self.usesSince(world, ana) == .epoch)
        #expect(try reopened.reserve(world.question(), contact: ana).reservation == 2)
    }

    /// Every step of the storage that fails, before it took hold or after: there is no answer then, and what is counted is
    /// never less than what was answered.
    @Test(arguments: [StorageFault.fails(persisting: .nothing), .fails(persisting: .everything)])
    func whateverFailsNothingAnsweredIsUncounted(_ fault: StorageFault) throws {
        var failed = 0
        for isFirst in [true, false] {
            for step in 1...64 {
                let countdown = Mutex<Int?>(nil)
                let memory = MemoryStorage { _ in
                    countdown.withLock { left in
                        guard let count = left else { return nil }
                        left = count - 1
                        return count == 1 ? fault : nil
                    }
                }
                let (world, ledger) = try Self.make(storage: memory)
                var answered = isFirst ? 0 : 1
                if !isFirst { _ = try ledger.reserve(world.question(), contact: ana) }
                countdown.withLock { $0 = step }
                if (try? ledger.reserve(world.question(), contact: ana)) != nil { answered += 1 } else { failed += 1 }
                let isOver = countdown.withLock { left in
                    defer { left = nil }
                    return left ?? 0 > 0
                }
                let reopened = try Ledger(world.location, clock: world.clock)
                #expect(try Self.ids(reopened, ana).count >= answered, "\(isFirst) \(step)")
                // A use that was made and not answered is no loss, nor is what comes next.
                #expect(try Self.usesSince(world, ana) == .epoch, "\(isFirst) \(step)")
                let next = try reopened.reserve(world.question(), contact: ana)
                #expect(next.question.uses.count >= answered && next.question.usesSince == .epoch)
                if isOver { break }
            }
        }
        #expect(failed >= 3)
    }

    // MARK: Pruning

    @Test func whatNoRuleCountsIsPruned() throws {
        let (world, ledger) = try Self.make()
        var old = world.question()
        let first = try ledger.reserve(old, contact: ana)
        world.clock.pass(UseTable.shortestKeeping - 10_000)
        _ = try ledger.reserve(world.question(), contact: ana)
        #expect(try Self.ids(ledger, ana) == [1, 2])
        world.clock.pass(20_000)
        _ = try ledger.reserve(world.question(), contact: LedgerWorld.phone(2))
        #expect(try Self.ids(ledger, ana) == [2])
        // Who asks about a time of which it could have counted learns that it is not all there.
        old.at = first.question.at
        let asked = try ledger.read { try $0.decide(old, contact: ana).question.usesSince }
        #expect(asked == first.question.at.adding(milliseconds: 1))
    }

    /// Not while an adopted rule of any business counts so far back.
    @Test func whatARuleCountsIsKept() throws {
        let (world, ledger) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 5, days: 500), business: "beta"))
        try writer.close()
        _ = try ledger.reserve(world.question(), contact: ana)
        world.clock.pass(UseTable.shortestKeeping + 10_000)
        _ = try ledger.reserve(world.question(), contact: ana)
        #expect(try Self.ids(ledger, ana) == [1, 2])
        world.clock.pass(110 * OccurredAt.day)
        _ = try ledger.reserve(world.question(), contact: ana)
        #expect(try Self.ids(ledger, ana) == [2, 3])
    }

    /// A pack with one rule, a cap on all messages of the business.
    static func pack(count: Int, days: Int) -> [UInt8] {
        Array(
            (#"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"House rules","rules":[{"id":"cap","#
                + #""scope":{"classes":["marketing"]},"effect":{"kind":"cap","count":\#(count),"days":\#(days),"counted":"business"},"#
                + #""meaning":"not too often","citation":{"source":"House rules","confidence":"verbatim","#
                + #""verified-on":"2023-11-14"}}]}"#).utf8)
    }

    static func adoption(of pack: [UInt8], business: String) -> EventDraft {
        var draft = EventDraft(.rulepackAdopted, business: business)
        draft.fields = [
            .pack: .text("house"), .packVersion: .text("1"), .packDigest: .bytes(SHA256Digest(hashing: pack).bytes),
        ]
        draft.objects = [pack]
        return draft
    }

    // MARK: Caps

    /// What is reserved is what the cap allows, and no more; the next time is when the first has left the window.
    @Test func aCapIsKept() throws {
        let (world, ledger) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 2, days: 1), business: "acme"))
        try writer.close()
        let batch = try ledger.reserve(batch: [
            (world.question(), ana), (world.question(), ana), (world.question(), ana),
        ])
        let answers = try batch.map { try $0.get() }
        #expect(answers.map(\.decision.outcome) == [.allow, .allow, .defer])
        #expect(answers[2].decision.reasons.map(\.code) == [.capReached])
        let next = answers[0].question.at.adding(milliseconds: OccurredAt.day)
        #expect(answers[2].decision.nextAllowedAt == next)
        // A linked address is the same person, and other people are others.
        let user = try ContactAddress(whatsAppUser: "ES.1234567")
        let linking = try world.open()
        try linking.append(world.linked(ana, user))
        try linking.append(world.optIn(user))
        try linking.close()
        #expect(try ledger.reserve(world.question(), contact: user).decision.outcome == .defer)
        #expect(try ledger.reserve(world.question(), contact: LedgerWorld.phone(2)).decision.outcome == .allow)
        world.clock.pass(OccurredAt.day)
        #expect(try ledger.reserve(world.question(), contact: user).decision.outcome == .allow)
        try world.check()
    }

    /// A message reserved for a moment in the past does not go behind one that was reserved for a later moment.
    @Test func aCapIsNotBeatenByATimeOfOnesOwn() throws {
        let (world, ledger) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 1, days: 1), business: "acme"))
        try writer.close()
        world.clock.pass(1_000_000)
        func reserve(_ offset: Int) throws -> Decision {
            var question = world.question()
            question.at = Timestamp(milliseconds: UInt64(Int(world.clock.moment.milliseconds) + offset))!
            return try ledger.reserve(question, contact: ana).decision
        }
        #expect(try reserve(290_000).outcome == .allow)
        for offset in [-290_000, -30_000, 0, 290_000] {
            #expect(try reserve(offset).reasons.map(\.code) == [.capReached], "\(offset)")
        }
        #expect(try Self.ids(ledger, ana) == [1])
    }

    /// Who only asks, about whatever time, is answered by what was sent before, clocks that differ aside.
    @Test func whatIsSentLaterIsNotCountedButForClocksThatDiffer() throws {
        let (world, ledger) = try Self.make()
        let sent = try ledger.reserve(world.question(), contact: ana).question.at
        for (before, count) in [(0, 1), (Catalog.clockTolerance, 1), (Catalog.clockTolerance + 1, 0)] {
            var question = world.question()
            question.at = sent.subtracting(milliseconds: before)
            let uses = try ledger.read { try $0.decide(question, contact: ana).question.uses }
            #expect(uses.count == count, "\(before)")
        }
    }

    /// A message that was reserved and sent is not held against itself when what was sent is looked at.
    @Test func whatWasSentDoesNotCountForItself() throws {
        let (world, ledger) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 1, days: 1), business: "acme"))
        try writer.close()
        let reserved = try ledger.reserve(world.question(), contact: ana).question.at
        world.clock.pass(20_000_000)
        func codes(_ offset: UInt64) throws -> [Reason.Code] {
            var question = world.question()
            question.at = reserved.adding(milliseconds: offset)
            let inquiry = Inquiry(
                question, contact: ana,
                reservedSince: question.at.subtracting(milliseconds: Catalog.clockTolerance))
            return try ledger.read { try $0.decide([inquiry])[0].get().decision.reasons.map(\.code) }
        }
        for offset in [0, 2_000, Catalog.clockTolerance] {
            #expect(try codes(offset) == [.consentGiven], "\(offset)")
        }
        // Another message, which nobody reserved.
        #expect(try codes(Catalog.clockTolerance + 1) == [.capReached])
        // The rows of a file that have a time of their own are of what was sent.
        let text = "phone,sent_at\n\(ana.text),\(reserved.adding(milliseconds: 2_000))\n"
        var options = ScreeningOptions()
        options.atColumn = "sent_at"
        try ledger.read { snapshot in
            var rest: [UInt8]? = Array(text.utf8)
            var reader = ScreeningReader(options: options) {
                defer { rest = nil }
                return rest
            }
            let layout = try reader.layout()
            let screening = try Screening(world.question(), layout: layout, options: options, in: snapshot)
            let batch = try #require(try reader.next())
            let rows = String(decoding: try screening.screen(batch, in: snapshot).bytes, as: UTF8.self)
            #expect(rows.contains("consent-given") && !rows.contains("cap-reached"), "\(rows)")
        }
    }

    /// Threads of several ledgers, as many campaigns at once: as many pass as the cap allows, every time, from the first
    /// use of the ledger on.
    @Test(arguments: [1, 3]) func campaignsAtOnceCannotBothBeTheLast(_ cap: Int) throws {
        for round in 1...4 {
            let directory = try TemporaryDirectory()
            let (world, _) = try Self.make(2, directory: directory.path)
            let writer = try world.open()
            try writer.append(Self.adoption(of: Self.pack(count: cap, days: 1), business: "acme"))
            try writer.close()
            let ledgers = try (0..<3).map { _ in try Ledger(world.location, clock: world.clock) }
            for contact in [ana, LedgerWorld.phone(2)] {
                let answers = Mutex<[Decision]>([])
                let failures = Mutex<[String]>([])
                DispatchQueue.concurrentPerform(iterations: 12) { number in
                    do {
                        // Asking takes no lock, and takes no count that grows meanwhile for a lost one.
                        if number % 4 == 3 {
                            let asked = try ledgers[number % 3].read {
                                try $0.decide(world.question(), contact: contact).question.usesSince
                            }
                            guard asked == .epoch else {
                                throw LedgerError(.damaged, "since \(String(describing: asked))")
                            }
                        }
                        let answer = try ledgers[number % 3].reserve(world.question(), contact: contact)
                        answers.withLock { $0.append(answer.decision) }
                    } catch { failures.withLock { $0.append("\(error)") } }
                }
                #expect(failures.withLock { $0 } == [], "round \(round)")
                #expect(answers.withLock { $0.count { $0.outcome == .allow } } == cap, "round \(round)")
                let others = answers.withLock { $0.filter { $0.outcome != .allow } }
                #expect(others.count == 12 - cap && others.allSatisfy { $0.reasons.map(\.code) == [.capReached] })
            }
        }
    }

    /// A cap defers, not allows, where what it counts was lost.
    @Test func aCapThatCannotBeCountedDefers() throws {
        let (world, _) = try Self.make()
        let writer = try world.open()
        try writer.append(Self.adoption(of: Self.pack(count: 1, days: 1), business: "acme"))
        try writer.close()
        let ledger = try Ledger(world.location, clock: world.clock)
        let old = try world.databases.copy()
        let used = try ledger.reserve(world.question(), contact: ana).question.at
        try world.databases.put(Registry.fileName, from: old)
        let reopened = try Ledger(world.location, clock: world.clock)
        let answer = try reopened.reserve(world.question(), contact: ana)
        #expect(answer.decision.outcome == .defer && answer.decision.reasons.map(\.code) == [.countsIncomplete])
        #expect(answer.decision.nextAllowedAt == used.adding(milliseconds: OccurredAt.day + 1))
        #expect(answer.reservation == nil)
        world.clock.pass(OccurredAt.day + 10_000)
        #expect(try reopened.reserve(world.question(), contact: ana).decision.outcome == .allow)
    }

    // MARK: At once

    /// Many threads on several ledgers, beside a writer that settles: each use has its number, none is lost.
    @Test func manyReserveAtOnce() throws {
        let directory = try TemporaryDirectory()
        let (world, _) = try Self.make(4, directory: directory.path)
        let failures = Mutex<[String]>([])
        let given = Mutex<[UInt64]>([])
        let ledgers = try (0..<3).map { _ in try Ledger(world.location, clock: world.clock) }
        let writer = try world.open()
        DispatchQueue.concurrentPerform(iterations: 7) { number in
            do {
                if number == 6 {
                    for round in 0..<10 {
                        try writer.append(world.optIn(LedgerWorld.phone(100 + round)))
                        try writer.publish()
                    }
                    return
                }
                for round in 0..<10 {
                    let contact = LedgerWorld.phone(1 + (number + round) % 4)
                    let answer = try ledgers[number % 3].reserve(world.question(), contact: contact)
                    given.withLock { ids in if let id = answer.reservation { ids.append(id) } }
                }
            } catch { failures.withLock { $0.append("\(number): \(error)") } }
        }
        try writer.close()
        #expect(failures.withLock { $0 } == [])
        #expect(given.withLock { $0.sorted() } == Array(1...60))
        let counted = try (1...4).flatMap { try Self.ids(ledgers[0], LedgerWorld.phone($0)) }
        #expect(counted.sorted() == Array(1...60))
        #expect(try UseCountFile(reading: world.storage) == .count(try #require(ledgers[0].read { $0.useCount })))
        try world.check()
    }
}

extension DatabaseLocation {
    /// Runs a statement on the registry.
    func change(_ sql: String) throws {
        try open(Registry.fileName, for: .reading).write { try $0.execute(sql: sql) }
    }

    /// How many uses there are.
    fileprivate func rows() throws -> Int {
        try open(Registry.fileName, for: .reading).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM use") ?? 0 }
    }
}
