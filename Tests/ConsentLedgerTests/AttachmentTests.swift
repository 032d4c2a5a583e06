import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Files that are attached to events: sealed, committed to, opened again byte for byte, and nothing left half done.
@Suite struct AttachmentTests {
    static let ana = LedgerWorld.phone(1)
    static let random = SeededRandomSource(label: "attachments")

    /// A content in memory, given in pieces.
    struct Content: AttachableFile {
        let name: String
        let mediaType: String
        let bytes: [UInt8]
        /// What is read the second time.
        var later: [UInt8]?
        var pieceByteCount = 100_000

        var byteCount: UInt64 { UInt64(bytes.count) }
        var digest: SHA256Digest { SHA256Digest(hashing: bytes) }

        init(_ bytes: [UInt8], name: String = "screen.png", type: String = "image/png") {
            self.bytes = bytes
            self.name = name
            mediaType = type
        }

        func open() throws -> () throws -> [UInt8]? {
            var rest = (later ?? bytes)[...]
            return {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(pieceByteCount) }
                return Array(rest.prefix(pieceByteCount))
            }
        }
    }

    static func draft(
        _ content: Content, _ concerns: EventID, _ contact: ContactAddress = ana, business: String = "acme"
    ) throws -> AttachmentDraft {
        try AttachmentDraft(
            business: business, contact: contact, concerns: concerns, fileName: content.name,
            mediaType: content.mediaType, byteCount: content.byteCount, digest: content.digest)
    }

    @discardableResult
    static func attach(
        _ content: Content, to concerns: EventID, _ writer: LedgerWriter, _ contact: ContactAddress = ana
    ) throws -> AppendOutcome {
        try writer.attach(draft(content, concerns, contact), from: content.open())
    }

    /// The id of the event at an index.
    static func event(_ index: UInt64, _ world: LedgerWorld) throws -> EventID {
        try Ledger(world.location).read { snapshot in
            try Payload(decoding: Statement(decoding: snapshot.record(at: index).statement[...]).payload[...]).id
        }
    }

    static func opened(_ index: UInt64, _ world: LedgerWorld) throws -> (ConsentLedger.Attachment, [UInt8]) {
        try Ledger(world.location).read { snapshot in
            let attachment = try snapshot.attachment(at: index)
            var bytes: [UInt8] = []
            try snapshot.read(attachment) { bytes += $0 }
            return (attachment, bytes)
        }
    }

    /// The paths of the contents that are kept.
    static func kept(_ storage: any LedgerStorage) throws -> [StoragePath: [UInt8]] {
        try storage.files(under: LedgerPaths.attachments)
    }

    /// A ledger with an opt-in of Ana's; its event's id.
    static func world(_ storage: any LedgerStorage = MemoryStorage()) throws -> (LedgerWorld, LedgerWriter, EventID) {
        let (world, writer) = try LedgerWorld.make(label: "attach", storage: storage)
        let index = try writer.append(world.optIn(ana)).index
        return (world, writer, try event(index, world))
    }

    // MARK: The form

    /// Gives the same bytes, and so the same header.
    private struct FixedRandom: RandomSource {
        let bytes: [UInt8]

        func fill(_ buffer: UnsafeMutableRawBufferPointer) { buffer.copyBytes(from: bytes.prefix(buffer.count)) }
    }

    /// What PyNaCl, cbor2 and Python's hashlib made by SPEC.md of the contents whose bytes are 0, 7, 14 and so on: size,
    /// header, SHA-256 of the sealed form.
    @Test(arguments: [
        (
            5, "84035353e4ff67e813a9464c02cc721020e1439e9d7ef154",
            "ef670a423e997329dda54f23b586cabb9c4b76dac2580be190f6ae1cdeec8ee6"
        ),
        (
            65_536, "9c3754cd936321c3484e410b42308e75a21832d23c2b8e73",
            "10637139d8a0a514dd67e49b7c2c8a80523df3151c379142d4ff5a9dcec6de1a"
        ),
        (
            65_540, "6f7fc07edccbe45c1e0c7655451b7ea6d62588847f70ca4c",
            "65fa8b84de84569334d9d911418081f34154f309ca500078b82311ef4c8d16ff"
        ),
        (
            131_072, "0fce5c956dfbdb6715b91782599ae9e3f28cfc33cf123b08",
            "d81b7b2058d1701db585070f8fbafafb9146b0f80565d5ed0d81214b9e30c59c"
        ),
    ]) func isSealedAsOthersDo(_ count: Int, _ header: String, _ digest: String) throws {
        let storage = MemoryStorage()
        let handle = try #require(ContactHandle([UInt8](repeating: 2, count: 16)))
        let event = try #require(EventID([UInt8](repeating: 3, count: 16)))
        let key = try SealingKey(SecretBytes([UInt8](repeating: 7, count: 32)))
        let content = Content((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) })
        let store = AttachmentStore(storage, ledgerID: [UInt8](repeating: 1, count: 32))
        try store.write(
            Self.draft(content, event), handle, event, key: key,
            random: FixedRandom(bytes: try #require(Hexadecimal.decode(header))), from: content.open())
        let path: StoragePath =
            "private/sealed/attachments/02020202020202020202020202020202/03030303030303030303030303030303"
        let sealed = try #require(try storage.read(path))
        #expect("\(SHA256Digest(hashing: sealed))" == digest)
        #expect(UInt64(sealed.count) == SealedStream.sealedByteCount(of: UInt64(count)))
        if count == 5 {
            #expect(
                Hexadecimal.encode(sealed)
                    == "84035353e4ff67e813a9464c02cc721020e1439e9d7ef154c35341319a1f4c7fc87934aa2fb2c802c09826c61a4b")
        }
    }

    // MARK: What is attached

    @Test(arguments: [1, 17, 65_535, 65_536, 65_537, 131_072, 1_000_003]) func everySizeComesBack(_ count: Int) throws {
        let (world, writer, concerns) = try Self.world()
        for pieceByteCount in [count, 65_536, 4099] {
            var content = Content(Self.random.bytes(count), name: "\(pieceByteCount).png")
            content.pieceByteCount = pieceByteCount
            let outcome = try Self.attach(content, to: concerns, writer)
            let (attachment, bytes) = try Self.opened(outcome.index, world)
            #expect(bytes == content.bytes)
            #expect(attachment.fileName == content.name && attachment.mediaType == "image/png")
            #expect(attachment.byteCount == UInt64(count) && attachment.digest == content.digest)
            #expect(attachment.concerns == concerns && attachment.index == outcome.index)
        }
        try writer.close()
        // In the log there is a commitment, and nothing of the file.
        try world.check()
        let log = try world.storage.files(under: "log").values.joined()
        #expect(!log.contains("65536.png".utf8))
    }

    @Test func severalAreListedInOrder() throws {
        let (world, writer, concerns) = try Self.world()
        let contents = (0..<5).map { Content(Self.random.bytes(10 + $0), name: "\($0).pdf", type: "application/pdf") }
        for content in contents { try Self.attach(content, to: concerns, writer) }
        try writer.append(world.optIn(LedgerWorld.phone(2)))
        let listed = try Ledger(world.location).read { snapshot in
            try snapshot.attachments(of: #require(try snapshot.handle(of: Self.ana, business: "acme")))
        }
        #expect(listed.map(\.fileName) == contents.map(\.name))
        #expect(try Ledger(world.location).read { try listed.allSatisfy($0.holdsContent) })
        let others = try Ledger(world.location).read { snapshot in
            try snapshot.attachments(of: #require(try snapshot.handle(of: LedgerWorld.phone(2), business: "acme")))
        }
        #expect(others.isEmpty)
        // What is no attachment is told.
        #expect(throws: LedgerError(.badInput, "")) { try Self.opened(0, world) }
        #expect(throws: LedgerError(.badInput, "")) { try Self.opened(9999, world) }
    }

    @Test func theSameAgainChangesNothing() throws {
        let (world, writer, concerns) = try Self.world()
        let content = Content(Self.random.bytes(1000))
        let first = try Self.attach(content, to: concerns, writer)
        let kept = try Self.kept(world.storage)
        #expect(try Self.attach(content, to: concerns, writer) == .alreadyRecorded(index: first.index))
        #expect(try Self.kept(world.storage) == kept && kept.count == 1)
        // Another name, type, content or event is another attachment.
        try Self.attach(Content(content.bytes, name: "other.png"), to: concerns, writer)
        try Self.attach(Content(content.bytes, type: "image/gif"), to: concerns, writer)
        try Self.attach(Content(content.bytes + [0]), to: concerns, writer)
        let later = try writer.append(world.optOut(Self.ana)).index
        try Self.attach(content, to: Self.event(later, world), writer)
        #expect(try Self.kept(world.storage).count == 5)
        try writer.close()
        try world.check()
    }

    // MARK: What is not

    /// A content that is another one when it is sealed leaves nothing: neither an object nor a record.
    @Test func whatChangesWhileItIsReadIsNotTaken() throws {
        let (world, writer, concerns) = try Self.world()
        let size = writer.size
        let bytes = Self.random.bytes(200_000)
        for later in [
            Array(bytes.dropLast()), bytes + [0], [], bytes.flipping(bit: 0), bytes.flipping(bit: 8 * 150_000),
            Array(bytes.dropFirst()), Array(bytes.reversed()), bytes + bytes,
        ] {
            var content = Content(bytes)
            content.later = later
            #expect(throws: LedgerError(.contentChanged, "")) { try Self.attach(content, to: concerns, writer) }
            #expect(try Self.kept(world.storage).isEmpty)
        }
        #expect(writer.size == size)
        // What reading throws is told as it is.
        struct Unreadable: Error {}
        #expect(throws: Unreadable.self) {
            try writer.attach(Self.draft(Content(bytes), concerns)) { throw Unreadable() }
        }
        #expect(try Self.kept(world.storage).isEmpty)
        try Self.attach(Content(bytes), to: concerns, writer)
        try writer.close()
        try world.check()
    }

    @Test func whatCannotBeAttached() throws {
        let (world, writer, concerns) = try Self.world()
        func refused(_ name: String, _ type: String = "image/png", _ count: UInt64 = 5) -> Bool {
            (try? AttachmentDraft(
                business: "acme", contact: Self.ana, concerns: concerns, fileName: name, mediaType: type,
                byteCount: count, digest: .zero)) == nil
        }
        #expect(refused("a.png", "image/png", 0))
        #expect(refused("a.png", "image/png", ConsentLedger.Attachment.mostBytes + 1))
        #expect(!refused("a.png", "image/png", ConsentLedger.Attachment.mostBytes))
        for name in ["", "a/b", "a\nb", "a\u{0}b", "a\u{7f}", String(repeating: "a", count: 256)] {
            #expect(refused(name), "\(name)")
        }
        for name in ["a", "línea 1 – «firma».pdf", "\u{202e}gpj.exe", "العقد.pdf", String(repeating: "a", count: 255)] {
            #expect(!refused(name), "\(name)")
        }
        for type in ["", "png", "image/", "/png", "image/png/x", "image/p ng", "imagé/png", "text/html; charset=utf-8"]
        {
            #expect(refused("a", type), "\(type)")
        }
        // Nobody whom the ledger does not know.
        let content = Content([1, 2, 3])
        #expect(throws: LedgerError(.badInput, "")) {
            try writer.attach(Self.draft(content, concerns, LedgerWorld.phone(77)), from: content.open())
        }
        #expect(throws: (any Error).self) {
            try writer.attach(Self.draft(content, concerns, business: "gamma"), from: content.open())
        }
        #expect(try Self.kept(world.storage).isEmpty)
        // Nor by a source that has no key here: nothing is left of the content.
        var draft = try Self.draft(content, concerns)
        draft.fields[.source] = .text("nobody")
        #expect(throws: (any Error).self) { try writer.attach(draft, from: content.open()) }
        #expect(try Self.kept(world.storage).isEmpty)
    }

    // MARK: Tampering

    /// Whatever byte of the object is changed, and however it is cut, opening it says so.
    @Test func everyChangedByteIsFound() throws {
        let (world, writer, concerns) = try Self.world()
        let index = try Self.attach(Content(Self.random.bytes(100)), to: concerns, writer).index
        let (path, sealed) = try #require(try Self.kept(world.storage).first)
        for position in sealed.indices {
            var changed = sealed
            changed[position] ^= 1
            try world.storage.replace(path, with: changed)
            #expect(throws: LedgerError(.damaged, ""), "byte \(position)") { try Self.opened(index, world) }
        }
        for end in 0..<sealed.count {
            try world.storage.replace(path, with: Array(sealed[..<end]))
            #expect(throws: LedgerError(.damaged, "")) { try Self.opened(index, world) }
        }
        try world.storage.replace(path, with: sealed + [0])
        #expect(throws: LedgerError(.damaged, "")) { try Self.opened(index, world) }
        try world.storage.remove(path)
        #expect(throws: LedgerError(.damaged, "")) { try Self.opened(index, world) }
        try world.storage.replace(path, with: sealed)
        #expect(try Self.opened(index, world).1.count == 100)
        try writer.close()
    }

    /// A content in the place of another one does not open there.
    @Test func everyPlaceCounts() throws {
        let (world, writer, concerns) = try Self.world()
        let one = try Self.attach(Content(Self.random.bytes(100), name: "1"), to: concerns, writer).index
        let ben = LedgerWorld.phone(2)
        let bens = try Self.event(writer.append(world.optIn(ben)).index, world)
        let two = try Self.attach(Content(Self.random.bytes(100), name: "2"), to: concerns, writer).index
        let three = try Self.attach(Content(Self.random.bytes(100), name: "3"), to: bens, writer, ben).index
        let attachments = try [one, two, three].map { try Self.opened($0, world).0 }
        let paths = try attachments.map { try AttachmentStore.path($0.handle, $0.event) }
        let contents = try paths.map { try #require(try world.storage.read($0)) }
        for (path, place) in zip(paths, 0...) {
            for (content, origin) in zip(contents, 0...) where origin != place {
                try world.storage.replace(path, with: content)
                #expect(throws: LedgerError(.damaged, "")) { try Self.opened(attachments[place].index, world) }
            }
            try world.storage.replace(path, with: contents[place])
        }
        try writer.close()
    }

    // MARK: Crashes

    /// The machine stops, or an operation fails, at each step of attaching. Then the ledger is opened again: what was
    /// acknowledged is there and opens; what was not can be attached again; and no content without a record is left by the
    /// open.
    @Test func everyStepThatFails() throws {
        let base = MemoryStorage()
        let (world, writer, concerns) = try Self.world(base)
        try writer.close()
        let content = Content(Self.random.bytes(150_000))
        func steps(_ storage: MemoryStorage, _ databases: MemoryDatabases) throws -> (index: UInt64?, orphan: Bool) {
            let trial = LedgerWorld(
                storage: storage, databases: databases, clock: SettableClock(world.clock.moment.milliseconds))
            var index: UInt64?
            do {
                let writer = try trial.open(label: "trial")
                index = try Self.attach(content, to: concerns, writer).index
                try writer.close()
            } catch {}
            let again = LedgerWorld(
                storage: storage.restarted(), databases: databases,
                clock: SettableClock(trial.clock.moment.milliseconds))
            let left = try Self.kept(again.storage)
            let writer = try again.open(label: "again")
            let kept = try Self.kept(again.storage)
            if let index {
                #expect(kept == left)
                #expect(try Self.opened(index, again).1 == content.bytes)
            }
            let before = writer.size
            let outcome = try Self.attach(content, to: concerns, writer)
            #expect(try Self.opened(outcome.index, again).1 == content.bytes)
            #expect(try Self.kept(again.storage).count == 1)
            // Whatever was kept was of a record.
            #expect(kept.isEmpty == (outcome.index == before))
            try writer.close()
            #expect(try again.storage.size(of: LedgerPaths.attaching) == nil)
            try again.check()
            return (index, kept != left)
        }
        let plain = base.restarted()
        #expect(try steps(plain, world.databases.copy()).index != nil)
        let count = plain.operationCount
        var orphans = 0
        for number in 1...count {
            for persisting in [StorageFault.Extent.nothing, .everything, .unflushed] {
                for fault in [StorageFault.crashes(persisting: persisting), .fails(persisting: persisting)] {
                    let storage = base.restarted { $0.number == number ? fault : nil }
                    if try steps(storage, world.databases.copy()).orphan { orphans += 1 }
                }
            }
        }
        // There is a step between content and record.
        #expect(orphans > 0)
    }

    // MARK: Going

    @Test func whatIsErasedIsGone() throws {
        let (world, writer, concerns) = try Self.world()
        let ben = LedgerWorld.phone(2)
        let bens = try Self.event(writer.append(world.optIn(ben)).index, world)
        let index = try Self.attach(Content(Self.random.bytes(50)), to: concerns, writer).index
        let other = try Self.attach(Content(Self.random.bytes(50)), to: bens, writer, ben).index
        let handle = try Self.opened(index, world).0.handle
        try writer.removeAttachments(of: handle)
        try writer.removeAttachments(of: handle)
        #expect(throws: LedgerError(.damaged, "")) { try Self.opened(index, world) }
        #expect(try Self.opened(other, world).1.count == 50)
        #expect(try Self.kept(world.storage).count == 1)
        try writer.close()
        try world.check()
    }
}

extension [UInt8] {
    fileprivate func flipping(bit: Int) -> [UInt8] {
        var flipped = self
        flipped[bit / 8] ^= 1 << (bit % 8)
        return flipped
    }
}
