import LedgerCrypto
import Testing

@Suite struct RandomSourceTests {
    @Test func seededSourceIsReproducible() {
        let first = SeededRandomSource(label: "a")
        let second = SeededRandomSource(label: "a")
        for count in [0, 1, 16, 32, 1000] { #expect(first.bytes(count) == second.bytes(count)) }
        #expect(first.secret(32).withUnsafeBytes { Array($0) } == second.bytes(32))
    }

    /// The stream is part of what makes the sample ledger the same everywhere, so it is pinned.
    @Test func seededStreamIsPinned() {
        #expect(Hexadecimal.encode(SeededRandomSource(label: "a").bytes(16)) == "08dad3e4f02f0745d7795143cfd506a8")
    }

    @Test func seededSourceDoesNotRepeat() {
        let source = SeededRandomSource(label: "a")
        let requests = (0..<100).map { _ in source.bytes(16) }
        #expect(Set(requests).count == 100)
        #expect(SeededRandomSource(label: "b").bytes(16) != requests[0])
    }

    @Test func systemSourceFills() {
        let source = SystemRandomSource()
        #expect(source.bytes(0).isEmpty)
        #expect(source.bytes(32).count == 32)
        #expect(source.bytes(32) != source.bytes(32))
    }
}
