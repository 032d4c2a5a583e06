import LedgerStorage
import Testing

@Suite struct StoragePathTests {
    @Test(arguments: [
        "a", "log/checkpoint", "log/tile/0/x001/x234/067.p/12", "private/journal/0000000000000001", "...", "a..b", "-",
        "_", ".a", "A-Z/0.9", String(repeating: "a", count: 255), String(repeating: "a/", count: 127) + "b",
    ])
    func takes(_ text: String) throws {
        let path = try StoragePath(text[...])
        #expect(path.description == text)
        #expect(path.name == text.split(separator: "/").last.map(String.init))
        #expect(path.parent?.description == text.lastIndex(of: "/").map { String(text[..<$0]) })
        if let parent = path.parent { #expect(try parent.appending(path.name) == path) }
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a b", "a\0b", "a\n", "~a", "a\\b", "a:b",
        "\u{e9}", "a/\u{202e}b", "a%2fb", String(repeating: "a", count: 256),
        String(repeating: "a/", count: 127) + "bc",
    ])
    func refuses(_ text: String) {
        #expect(throws: StorageError(.notALedgerPath, "")) { _ = try StoragePath(text[...]) }
    }

    /// Every byte, in a component: the letters, digits and three marks, and no other.
    @Test func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let text = String(decoding: [UInt8(ascii: "a"), byte, UInt8(ascii: "b")], as: UTF8.self)
            let character = Character(Unicode.Scalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || "._-/".contains(character))
            #expect(((try? StoragePath(text[...])) != nil) == isPlain, "byte \(byte)")
        }
    }

    @Test func appending() throws {
        let path: StoragePath = "log"
        #expect(try path.appending("tile/0") == "log/tile/0")
        #expect(throws: StorageError(.notALedgerPath, "")) { _ = try path.appending("../private") }
        #expect(throws: StorageError(.notALedgerPath, "")) { _ = try path.appending("") }
        #expect(throws: StorageError(.notALedgerPath, "")) { _ = try path.appending("/etc") }
    }

    /// The message of a refused path cannot carry control characters or unlimited text to a terminal.
    @Test func theMessageIsPlain() {
        let text = "\u{1b}[2J" + String(repeating: "x", count: 10_000)
        do {
            _ = try StoragePath(text)
            Issue.record("it should throw")
        } catch {
            #expect(!error.description.contains("\u{1b}"))
            #expect(error.description.count < 400)
        }
    }
}
