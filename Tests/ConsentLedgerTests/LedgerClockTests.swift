import ConsentModel
import Testing

@testable import ConsentLedger

@Suite struct LedgerClockTests {
    private static let minute = 60_000

    @Test func aLittleBackRecordsAtTheLastTime() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        world.clock.set(by: -4 * Self.minute)
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.close()
        let log = try world.check()
        #expect(log.entries[9].record.recordedAt == log.entries[8].record.recordedAt)
    }

    @Test func farBackIsRefusedUntilConfirmed() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        world.clock.set(by: -6 * Self.minute)
        for _ in 0..<3 {
            #expect(throws: LedgerError(.clockJumped, "")) { try writer.append(world.optOut(LedgerWorld.phone(2))) }
        }
        writer.confirmClock()
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        // A confirmation is for one jump.
        world.clock.set(by: -6 * Self.minute)
        #expect(throws: LedgerError(.clockJumped, "")) { try writer.append(world.optOut(LedgerWorld.phone(3))) }
        try writer.close()
        #expect(try world.check().entries.count == 10)
    }

    @Test func farBackWhileNothingWasRecordedIsRefusedToo() throws {
        let (world, writer) = try LedgerWorld.make()
        world.clock.pass(UInt64(120 * Self.minute))
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        world.clock.pass(UInt64(120 * Self.minute))
        world.clock.set(by: -60 * Self.minute)
        #expect(throws: LedgerError(.clockJumped, "")) { try writer.append(world.optOut(LedgerWorld.phone(2))) }
        try writer.close()
        try world.check()
    }

    @Test func openingWithAClockThatIsBehindIsRefusedUntilConfirmed() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.close()
        world.clock.set(by: -60 * Self.minute)
        let again = try world.open()
        #expect(throws: LedgerError(.clockJumped, "")) { try again.append(world.optOut(LedgerWorld.phone(1))) }
        again.confirmClock()
        try again.append(world.optOut(LedgerWorld.phone(1)))
        try again.append(world.optOut(LedgerWorld.phone(2)))
        try again.close()
        #expect(try world.check().entries.count == 10)
    }

    @Test func forwardIsRefusedUntilConfirmedAndTimeThatPassesIsNot() throws {
        let (world, writer) = try LedgerWorld.make()
        world.clock.pass(UInt64(48 * 60 * Self.minute))
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        world.clock.set(by: 59 * Self.minute)
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        world.clock.set(by: 61 * Self.minute)
        for _ in 0..<3 {
            #expect(throws: LedgerError(.clockJumped, "")) { try writer.append(world.optOut(LedgerWorld.phone(3))) }
        }
        writer.confirmClock()
        try writer.append(world.optOut(LedgerWorld.phone(3)))
        try writer.close()
        #expect(try world.check().entries.count == 11)
    }
}
