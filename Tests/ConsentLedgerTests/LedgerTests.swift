import ConsentLedger
import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

@Suite struct LedgerTests {
    @Test func recordsAndAnswers() throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        #expect(try writer.append(world.optIn(ana)) == .recorded(index: 8))
        let ledger = try Ledger(world.location)
        #expect(try world.answer(ana, in: ledger) == .allow)
        #expect(try world.answer(ana, business: "beta", in: ledger) == .deny)
        try writer.append(world.optOut(ana))
        #expect(try world.answer(ana, in: ledger) == .deny)
        try writer.close()
        #expect(try world.answer(ana, in: ledger) == .deny)
        #expect(try ledger.read { $0.size } == 10)
        let facts = try ledger.read {
            try $0.privateFields(of: 8).map { String(decoding: $0.field.value, as: UTF8.self) }
        }
        #expect(facts == [ana.text, "192.0.2.7"])
        try world.check()
    }
}
