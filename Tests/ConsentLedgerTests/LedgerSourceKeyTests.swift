import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// The keys of sources that the ledger keeps: a revoked one is never taken again, and none is lost on the way to the next.
@Suite struct LedgerSourceKeyTests {
    private func authorize(_ source: String, with writer: LedgerWriter) throws {
        let key = try writer.makeSourceKey(source)
        var draft = EventDraft(.sourceAuthorized)
        draft.fields = [
            .authorizedSource: .text(source), .publicKey: .bytes(key.publicKey), .custody: .text("ledger"),
            .proofOfPossession: .bytes(key.proof),
        ]
        try writer.append(draft)
    }

    private func revoke(_ source: String, with writer: LedgerWriter) throws {
        var draft = EventDraft(.sourceRevoked)
        draft.fields[.authorizedSource] = .text(source)
        try writer.append(draft)
    }

    private func stated(_ draft: EventDraft, by source: String) -> EventDraft {
        var draft = draft
        draft.fields[.source] = .text(source)
        return draft
    }

    private func keyFiles(_ world: LedgerWorld) throws -> [String] {
        try world.storage.list("private/keys").filter { $0.hasPrefix("source-shop") }
    }

    @Test func aRevokedSourceGetsAFreshKeyAndStatesAgain() throws {
        let (world, writer) = try LedgerWorld.make()
        try authorize("shop", with: writer)
        for time in 1...3 {
            try writer.append(stated(world.optIn(LedgerWorld.phone(time)), by: "shop"))
            try revoke("shop", with: writer)
            #expect(throws: RulesError(.notAuthorized, "")) {
                try writer.append(stated(world.optIn(LedgerWorld.phone(9)), by: "shop"))
            }
            // A stop counts from a revoked source, too.
            try writer.append(stated(world.optOut(LedgerWorld.phone(time)), by: "shop"))
            try authorize("shop", with: writer)
        }
        try writer.append(stated(world.optIn(LedgerWorld.phone(4)), by: "shop"))
        let keys = try #require(writer.currentCatalog().sources["shop"]?.keys)
        #expect(Set(keys.map(\.publicKey)).count == 4)
        #expect(keys.map { $0.window.until == nil } == [false, false, false, true])
        #expect(try keyFiles(world).count == 4)
        try writer.close()
        // The same key signs after the ledger was opened again.
        let again = try world.open()
        try again.append(stated(world.optIn(LedgerWorld.phone(5)), by: "shop"))
        try again.close()
        #expect(try world.answer(LedgerWorld.phone(4)) == .allow)
        #expect(try world.answer(LedgerWorld.phone(1)) == .deny)
        try world.check()
    }

    @Test func aKeyInForceIsNotReplaced() throws {
        let (world, writer) = try LedgerWorld.make()
        try authorize("shop", with: writer)
        #expect(throws: RulesError(.alreadyDefined, "")) { try authorize("shop", with: writer) }
        #expect(try keyFiles(world) == ["source-shop.key"])
        try writer.append(stated(world.optIn(LedgerWorld.phone(1)), by: "shop"))
        try writer.close()
        try world.check()
    }

    /// Stopped after the key was made and before it was authorised: the one before is still in use, and the next attempt
    /// takes the key that is there.
    @Test func anInterruptionBetweenKeyAndAuthorisationIsHarmless() throws {
        let (world, writer) = try LedgerWorld.make()
        try authorize("shop", with: writer)
        try writer.append(stated(world.optIn(LedgerWorld.phone(1)), by: "shop"))
        try revoke("shop", with: writer)
        let made = try writer.makeSourceKey("shop")
        try writer.close()
        let files = try keyFiles(world)
        #expect(files.count == 2)

        let next = try world.open()
        try next.append(stated(world.optOut(LedgerWorld.phone(1)), by: "shop"))
        #expect(try next.makeSourceKey("shop").publicKey == made.publicKey)
        try authorize("shop", with: next)
        #expect(next.currentCatalog().sources["shop"]?.keys.last?.publicKey.bytes == made.publicKey)
        #expect(try keyFiles(world) == files)
        try next.append(stated(world.optIn(LedgerWorld.phone(2)), by: "shop"))
        try next.close()
        #expect(try world.answer(LedgerWorld.phone(1)) == .deny)
        #expect(try world.answer(LedgerWorld.phone(2)) == .allow)
        try world.check()
    }

    /// `shop` and `shop-2` begin alike, and neither signs for the other.
    @Test func keysOfSourcesThatBeginAlikeAreApart() throws {
        let (world, writer) = try LedgerWorld.make()
        for source in ["shop-2", "shop"] {
            for _ in 0..<2 {
                try authorize(source, with: writer)
                try writer.append(stated(world.optIn(LedgerWorld.phone(1)), by: source))
                try revoke(source, with: writer)
            }
        }
        #expect(throws: LedgerError(.badKey, "")) {
            try writer.append(stated(world.optOut(LedgerWorld.phone(1)), by: "sho"))
        }
        try writer.close()
        try world.check()
    }
}
