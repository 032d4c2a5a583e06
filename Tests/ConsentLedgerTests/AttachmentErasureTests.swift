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
