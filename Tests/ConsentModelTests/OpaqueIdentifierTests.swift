import ConsentModel
import LedgerCrypto
import Testing

@Suite struct OpaqueIdentifierTests {
    @Test func anIdentifierIsExactlySixteenBytes() throws {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8($0 + 100) }
            let identifier = EventID(bytes)
            #expect((identifier != nil) == (count == 16))
            if let identifier { #expect(identifier.bytes == bytes) }
        }
    }

    @Test func itPrintsAsHexadecimalDigitsAndTellsItsFirstEightBytes() throws {
        let handle = try #require(ContactHandle([0x00, 1, 2, 3, 4, 5, 6, 0xfe, 0xff, 9, 10, 11, 12, 13, 14, 15]))
        #expect(handle.description == "00010203040506feff090a0b0c0d0e0f")
        #expect(handle.high == 0x0001_0203_0405_06fe)
    }

    @Test func identifiersAreOrderedAsByteStrings() {
        var random = SeededGenerator(seed: 16)
        for _ in 0..<1000 {
            let left = random.bytes(16)
            var right = left
            right[Int.random(in: 0..<16, using: &random)] = UInt8.random(in: 0...255, using: &random)
            let (a, b) = (EventID(left)!, EventID(right)!)
            #expect((a < b) == left.lexicographicallyPrecedes(right), "\(a) \(b)")
            #expect((a == b) == (left == right), "\(a) \(b)")
        }
    }

    @Test func randomIdentifiersAreTheSourcesOwnBytes() {
        let identifier = EventID(random: SeededRandomSource(label: "identifier"))
        #expect(identifier.bytes == SeededRandomSource(label: "identifier").bytes(16))
    }
}
