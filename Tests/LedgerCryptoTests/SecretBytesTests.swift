import LedgerCrypto
import Testing

@Suite struct SecretBytesTests {
    private struct Refusal: Error {}

    /// However it is printed, a secret shows its length and nothing else.
    @Test func neverPrintsItsContent() {
        let content = Array("correct horse".utf8)
        let secret = SecretBytes(content)
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped] {
            #expect(!shown.contains("correct"))
            #expect(!shown.contains(Hexadecimal.encode(content)))
            #expect(!shown.contains(content.map { String($0) }.joined(separator: ", ")))
        }
        #expect("\(secret)" == "SecretBytes(13)")
    }

    @Test func holdsWhatItWasGiven() {
        #expect(SecretBytes([1, 2, 3]).withUnsafeBytes { Array($0) } == [1, 2, 3])
        #expect(SecretBytes([]).count == 0)
        #expect(SecretBytes(count: 4) { _ in }.withUnsafeBytes { Array($0) } == [0, 0, 0, 0])
    }

    @Test func passesOnWhatFillingThrows() {
        #expect(throws: Refusal.self) { try SecretBytes(count: 4) { _ in throw Refusal() } }
    }

    @Test func wipes() {
        var bytes: [UInt8] = [1, 2, 3]
        SecretBytes.wipe(&bytes)
        #expect(bytes == [0, 0, 0])
    }
}
