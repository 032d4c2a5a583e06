import ConsentModel
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Attachments go with their person, and the check of the registry knows each that is missing, altered or of nobody.
@Suite struct AttachmentErasureTests {
    private typealias Content = AttachmentTests.Content

    private static let ben = LedgerWorld.phone(2)

    /// A ledger with an attachment each of Ana and of Ben; Ana's content is at the first path.
    private static func world() throws -> (LedgerWorld, LedgerWriter, [StoragePath]) {
        let (world, writer, event) = try AttachmentTests.world()
        try AttachmentTests.attach(Content(Array("ana's".utf8)), to: event, writer)
        let paths = Array(try AttachmentTests.kept(world.storage).keys)
        let other = try AttachmentTests.event(writer.append(world.optIn(ben)).index, world)
        try AttachmentTests.attach(Content(Array("ben's".utf8)), to: other, writer, ben)
        let both = try AttachmentTests.kept(world.storage).keys
        return (world, writer, paths + both.filter { !paths.contains($0) })
    }

    private static func findings(_ world: LedgerWorld) throws -> (codes: [RegistryFinding.Code], compared: Int) {
        let report = try Ledger(world.location).read { try $0.checkRegistry() }
        return (report.findings.map(\.code), report.comparedAttachments)
    }

    @Test func erasingTakesThePersonsContentsAndNobodyElses() throws {
        let (world, writer, paths) = try Self.world()
        _ = try writer.erase([ErasureOrder(AttachmentTests.ana, business: "acme")])
        #expect(try world.storage.size(of: paths[0]) == nil)
        #expect(try world.storage.size(of: paths[1]) != nil)
        try writer.close()
        try world.check()
        let found = try Self.findings(world)
        #expect(found.codes.isEmpty)
        #expect(found.compared == 1)
    }

    /// What is sealed for somebody who is erased meanwhile is neither recorded nor kept, whenever it happens; not under a new
    /// contact of the same address either.
    @Test(arguments: [0, 1, 2], [false, true])
    func whoIsErasedMeanwhileHasNothingAttached(pieces: Int, comesBack: Bool) throws {
        let (world, writer, _) = try Self.world()
        let event = try AttachmentTests.event(2, world)
        let content = Content([UInt8](repeating: 7, count: 200_000))
        let next = try content.open()
        var given = 0
        #expect(throws: LedgerError(.badInput, "")) {
            try writer.attach(AttachmentTests.draft(content, event)) {
                if given == pieces {
                    _ = try writer.erase([ErasureOrder(AttachmentTests.ana, business: "acme")])
                    if comesBack { try writer.append(world.optIn(AttachmentTests.ana)) }
                }
                given += 1
                return try next()
            }
        }
        #expect(given == 3)
        #expect(try AttachmentTests.kept(world.storage).count == 1, "Ben's")
        try writer.close()
        try world.check()
        #expect(try Self.findings(world).codes.isEmpty)
    }

    /// A restored copy brings the content back: the repeated erasure takes it again.
    @Test func aContentThatComesBackGoesWithTheNextErasure() throws {
        let (world, writer, paths) = try Self.world()
        let content = try #require(try world.storage.read(paths[0]))
        _ = try writer.erase([ErasureOrder(AttachmentTests.ana, business: "acme")])
        var pieces = [content][...]
        try world.storage.create(paths[0]) { pieces.popFirst() }
        #expect(try Self.findings(world).codes == [.attachmentOrphaned])
        _ = try writer.erase([ErasureOrder(Self.ben, business: "acme")])
        #expect(try AttachmentTests.kept(world.storage).isEmpty)
        try writer.close()
        try world.check()
        #expect(try Self.findings(world).codes.isEmpty)
    }

    @Test func theCheckReadsEveryAttachment() throws {
        let (world, writer, paths) = try Self.world()
        try writer.close()
        #expect(try Self.findings(world).compared == 2)
        let content = try #require(try world.storage.read(paths[0]))
        for change in 0...content.count {
            var changed = content
            if change < content.count { changed[change] ^= 1 } else { changed.removeLast() }
            try world.storage.remove(paths[0])
            var pieces = [changed][...]
            try world.storage.create(paths[0]) { pieces.popFirst() }
            #expect(try Self.findings(world).codes == [.attachmentDamaged], "byte \(change)")
        }
        try world.storage.remove(paths[0])
        #expect(try Self.findings(world).codes == [.attachmentDamaged])
        try world.check()
    }
}
