import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Each kind of fault between the log and what is kept of people: it is told, by its code, of whom it is about, and nothing
/// else is told with it.
@Suite struct RegistryCheckTests {
    private typealias Code = RegistryFinding.Code

    private static let ana = LedgerWorld.phone(1)
    private static let ben = LedgerWorld.phone(2)
    private static let segment: StoragePath = "private/sealed/0000000000000001"

    /// Ana's contact is the first of the registry, Ben's the second; each opted in, Ana has an attachment and a use.
    private struct World {
        let ledger: LedgerWorld
        let optIn: UInt64
        let attached: UInt64

        init(directory: String? = nil) throws {
            let (world, writer) = try LedgerWorld.make(label: "check", directory: directory)
            optIn = try writer.append(world.optIn(ana)).index
            try writer.append(world.optIn(ben))
            let content = AttachmentTests.Content(Array("scan".utf8))
            let event = try AttachmentTests.event(optIn, world)
            attached = try AttachmentTests.attach(content, to: event, writer, ana).index
            try writer.close()
            world.clock.pass(10_000)
            _ = try Ledger(world.location, clock: world.clock).reserve(world.question(), contact: ana)
            ledger = world
            #expect(try findings().isEmpty)
        }

        /// What the check finds: codes and, where they are known, addresses.
        func findings() throws -> [RegistryFinding] { try report().findings }

        func report() throws -> RegistryReport {
            try Ledger(ledger.location, toleratesLostParts: true).read { try $0.checkRegistry() }
        }

        func codes() throws -> [Code] { try findings().map(\.code) }

        func change(_ sql: String) throws { try ledger.location.databases.change(sql) }

        func handle(_ contact: ContactAddress) throws -> ContactHandle {
            try #require(try Ledger(ledger.location).read { try $0.handle(of: contact, business: "acme") })
        }

        /// Changes the segment of sealed parts.
        func damage(_ change: (inout [UInt8], SealedStore.Location) throws -> Void) throws {
            let location = try #require(try Ledger(ledger.location).read { try $0.sealedLocation(of: optIn) })
            var bytes = try #require(try ledger.storage.read(segment))
            try change(&bytes, location)
            try ledger.storage.replace(segment, with: bytes)
        }
    }

    @Test func aContactThatIsMissing() throws {
        let world = try World()
        let handle = try world.handle(Self.ana)
        try world.change("DELETE FROM contact WHERE id = 1")
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.contactMissing])
        #expect(findings[0].handle == handle && findings[0].records == [world.optIn, world.attached])
    }

    @Test func aContactThatNoRecordNames() throws {
        let world = try World()
        try world.change(
            """
            INSERT INTO contact (handle64, handle, business, tag64, tag, wrapped_key, sealed_address)
            SELECT 7, X'00000000000000070000000000000007', business, NULL, tag, wrapped_key, sealed_address FROM contact
            WHERE id = 1
            """)
        // What is sealed is sealed for another handle.
        #expect(try world.codes() == [.contactWithoutRecord, .contactUnreadable, .contactUnreadable])
    }

    @Test func aContactThatWasErasedAndIsThere() throws {
        let world = try World()
        let handle = try world.handle(Self.ana)
        let writer = try world.ledger.open()
        _ = try writer.erase([ErasureOrder(Self.ana, business: "acme")])
        try writer.close()
        #expect(try world.codes() == [])
        try world.change(
            """
            INSERT INTO contact (handle64, handle, business, tag64, tag, wrapped_key, sealed_address)
            SELECT \(handle.high), X'\(handle)', business, NULL, tag, wrapped_key, sealed_address FROM contact LIMIT 1
            """)
        let codes = try world.codes()
        #expect(codes.contains(.erasedAndKept) && !codes.contains(.closedWithoutRecord), "\(codes)")
    }

    @Test(arguments: ["sealed_address", "wrapped_key"]) func aContactThatDoesNotOpen(column: String) throws {
        let world = try World()
        try world.change("UPDATE contact SET \(column) = zeroblob(72) WHERE id = 1")
        let codes = try world.codes()
        #expect(codes.first { $0 == .contactUnreadable } != nil, "\(codes)")
        // The content is there, and has its record, whoever can open it.
        #expect(!codes.contains(.attachmentOrphaned), "\(codes)")
        if column == "wrapped_key" { #expect(codes.contains(.factsUnreadable)) }
    }

    @Test func aContactUnderAnothersTag() throws {
        let world = try World()
        try world.change("UPDATE contact SET tag64 = tag64 + 1 WHERE id = 1")
        #expect(try world.codes() == [])
        try world.change("UPDATE contact SET tag = X'00000000000000070000000000000007' WHERE id = 1")
        #expect(try world.codes().contains(.contactUnreadable))
    }

    /// A stop that is not found by its address binds nobody, and the next opt-in would be a yes.
    @Test func aContactThatIsClosedByNobody() throws {
        let world = try World()
        let writer = try world.ledger.open()
        try writer.append(world.ledger.optOut(Self.ana))
        try writer.close()
        try world.change("UPDATE contact SET tag64 = NULL WHERE id = 1")
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.closedWithoutRecord])
        #expect(findings[0].contact == Self.ana && findings[0].records.count == 3)
    }

    @Test func aContactThatHasAnAddressThatWasTakenFromIt() throws {
        let world = try World()
        let writer = try world.ledger.open()
        let closing = try writer.append(world.ledger.reassigned(Self.ben)).index
        // While that waits in the journal, and after.
        #expect(try world.codes() == [])
        try writer.close()
        #expect(try world.codes() == [])
        try world.change("UPDATE contact SET tag64 = 7 WHERE id = 2")
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.closedAndLive])
        #expect(findings[0].contact == Self.ben && findings[0].sentence.contains("record \(closing)"))
    }

    @Test func twoContactsOfOneAddress() throws {
        let world = try World()
        let writer = try world.ledger.open()
        try writer.append(world.ledger.reassigned(Self.ana))
        try writer.append(world.ledger.optIn(Self.ana))
        try writer.close()
        #expect(try world.codes() == [])
        try world.change("UPDATE contact SET tag64 = (SELECT tag64 FROM contact WHERE id = 3) WHERE id = 1")
        #expect(try world.codes() == [.closedAndLive, .sharedAddress])
    }

    @Test func contactsThatWaitInTheJournalAreCounted() throws {
        let world = try World()
        let writer = try world.ledger.open()
        try writer.append(world.ledger.optIn(LedgerWorld.phone(3)))
        let report = try world.report()
        #expect(report.contacts == 3 && report.findings.isEmpty)
        try writer.close()
        #expect(try world.report().contacts == 3)
    }

    // MARK: Facts

    @Test func factsThatDoNotOpen() throws {
        let world = try World()
        try world.damage { bytes, location in bytes[location.offset + location.byteCount - 1] ^= 1 }
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.factsUnreadable])
        #expect(findings[0].contact == Self.ana && findings[0].records == [world.optIn])
    }

    @Test func factsThatAreNotWhatTheRecordCommitsTo() throws {
        let world = try World()
        let ledgerID = try LedgerIdentity(of: world.ledger.location).ledgerID
        let handle = try world.handle(Self.ana)
        let (part, key) = try Ledger(world.ledger.location).read { snapshot in
            (
                try SealedPart(decoding: snapshot.sealedPart(of: world.optIn)),
                try #require(try snapshot.registration(of: handle)).dataKey(snapshot.keys)
            )
        }
        let fields = try part.fields.map { field in
            let opened = try part.open(field, ledgerID: ledgerID, key: key)
            let value = opened.name == "ip" ? Array("192.0.2.8".utf8) : opened.value
            return SealedPart.seal(
                try PrivateField(name: opened.name, value: value, salt: opened.salt), of: part.event,
                handle: field.handle, ledgerID: ledgerID, key: key, random: SeededRandomSource(label: "differ"))
        }
        let changed = SealedPart(event: part.event, fields: fields).encoded()
        try world.damage { bytes, location in
            bytes.replaceSubrange(location.offset..<location.offset + location.byteCount, with: changed)
        }
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.factsDiffer])
        #expect(findings[0].contact == Self.ana && findings[0].records == [world.optIn])
    }

    /// A segment that is missing, cut short or badly framed: whose facts it takes with it is said of each record, and the rest
    /// is looked at all the same.
    @Test func aSegmentThatIsDamaged() throws {
        let whole = try World().report()
        let missing = try World()
        try missing.ledger.storage.remove(Self.segment)
        var report = try missing.report()
        #expect(report.findings.map(\.code) == [.factsMissing, .factsMissing, .factsMissing, .partsDamaged])
        #expect(report.findings.prefix(3).map(\.contact) == [Self.ana, Self.ben, Self.ana])
        #expect(report.contacts == whole.contacts)

        let cut = try World()
        try cut.damage { bytes, location in bytes.removeLast(bytes.count - location.offset - 10) }
        report = try cut.report()
        #expect(report.findings.map(\.code) == [.factsMissing, .factsMissing, .factsMissing, .partsDamaged])

        let framed = try World()
        try framed.damage { bytes, location in bytes[location.offset - 4] = 0x7f }
        report = try framed.report()
        #expect(report.findings.map(\.code) == [.partsDamaged], "where the index has them, they are all there")
        #expect(report.openedFacts == whole.openedFacts)
        // Who writes or asks is refused: that is for who restores it.
        #expect(throws: LedgerError(.incomplete, "")) { try Ledger(missing.ledger.location) }
    }

    @Test func aPartBesideTheOneThatCounts() throws {
        let world = try World()
        try world.damage { bytes, location in
            // It says that it is of Ben's record.
            bytes[location.offset - 5] += 1
        }
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.partOrphaned] && findings[0].records == [world.optIn + 1])
    }

    // MARK: Attachments

    private static func path(_ world: World) throws -> StoragePath {
        try #require(try AttachmentTests.kept(world.ledger.storage).keys.first)
    }

    @Test func aContentThatIsMissingOrAltered() throws {
        let world = try World()
        let path = try Self.path(world)
        var bytes = try #require(try world.ledger.storage.read(path))
        bytes[30] ^= 1
        try world.ledger.storage.replace(path, with: bytes)
        #expect(try world.findings().map(\.records) == [[world.attached]])
        #expect(try world.codes() == [.attachmentDamaged])
        try world.ledger.storage.remove(path)
        #expect(try world.codes() == [.attachmentDamaged])
    }

    /// In another person's folder, in that of nobody, or under the id of another event.
    @Test func aContentOfWhomNoRecordSaysThatItIs() throws {
        let world = try World()
        let path = try Self.path(world)
        let bytes = try #require(try world.ledger.storage.read(path))
        let unknown = ContactHandle(random: SeededRandomSource(label: "unknown"))
        for handle in [try world.handle(Self.ben), unknown] {
            let copy = try LedgerPaths.attachments.appending("\(handle)").appending(path.name)
            try world.ledger.storage.replace(copy, with: bytes)
            let findings = try world.findings()
            #expect(findings.map(\.code) == [.attachmentOrphaned] && findings[0].handle == handle)
            try world.ledger.storage.remove(copy)
        }
        let other = try #require(path.parent).appending(String(repeating: "0", count: 32))
        try world.ledger.storage.replace(other, with: bytes)
        #expect(try world.codes() == [.attachmentOrphaned])
    }

    @Test func whatIsNoContent() throws {
        let world = try World()
        let folder = try #require(try Self.path(world).parent)
        let names = ["notes.txt", "0000000000000000", "000000000000000A", "1"]
        for stray in [try folder.appending("notes.txt"), try LedgerPaths.attachments.appending("notes.txt")]
            + (try names.map { try LedgerPaths.sealed.appending($0) })
        {
            try world.ledger.storage.replace(stray, with: [1])
            let findings = try world.findings()
            #expect(findings.map(\.code) == [.fileUnknown] && findings[0].sentence.contains("\(stray)"))
            try world.ledger.storage.remove(stray)
        }
    }

    /// What a crash leaves of a content is named, removed by the next open, and goes with its person too.
    @Test(arguments: [true, false]) func aContentThatIsNotWrittenToItsEnd(isErased: Bool) throws {
        let directory = try TemporaryDirectory()
        let world = try World(directory: directory.path)
        let folder = directory.path + "/" + (try #require(try Self.path(world).parent)).description
        let left = folder + "/~0123456789abcdef-1"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: left))
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.attachmentUnfinished] && findings[0].contact == Self.ana)
        if isErased {
            let writer = try world.ledger.open()
            _ = try writer.erase([ErasureOrder(Self.ana, business: "acme")])
            try writer.close()
        } else {
            try world.ledger.storage.replace(LedgerPaths.attaching, with: [])
            try world.ledger.open().close()
            #expect(try world.ledger.storage.size(of: LedgerPaths.attaching) == nil)
        }
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(try world.codes() == [])
    }

    /// What nobody could open later is not recorded.
    @Test func aFileWithoutItsContentIsNotRecorded() throws {
        let world = try World()
        let writer = try world.ledger.open()
        var draft = EventDraft(.evidenceAttached, business: "acme", contact: Self.ana)
        draft.fields[.concerns] = .bytes(try AttachmentTests.event(world.optIn, world.ledger).bytes)
        for name in ["file-name", "media-type", "byte-count", "sha-256"] {
            draft.privateFields = [EventDraft.PrivateFact(name, "1")]
            #expect(throws: LedgerError(.badEvent, ""), "\(name)") { try writer.append(draft) }
        }
        draft.privateFields = [EventDraft.PrivateFact("note", "kept by the shop")]
        try writer.append(draft)
        try writer.close()
        #expect(try world.codes() == [])
    }

    // MARK: Uses

    @Test func aUseThatCannotBeRead() throws {
        let world = try World()
        try world.change("UPDATE use SET sealed = zeroblob(90)")
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.useUnreadable] && findings[0].contact == Self.ana)
    }

    @Test func aUseOfNobody() throws {
        let world = try World()
        try world.change("UPDATE use SET tag = X'00000000000000070000000000000007', tag64 = 7")
        let findings = try world.findings()
        #expect(findings.map(\.code) == [.useOrphaned] && findings[0].contact == Self.ana)
        // One that went with its person to a new number is in its place.
        let moved = try World()
        let writer = try moved.ledger.open()
        try writer.append(moved.ledger.changed(from: Self.ana, to: LedgerWorld.phone(7)))
        try writer.close()
        #expect(try moved.codes() == [])
    }
}
