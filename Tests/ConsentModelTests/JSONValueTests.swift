import ConsentModel
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("-0.5e+10", .number("-0.5e+10")),
        ("\"a\\u00e9\\n\"", .string("aé\n")),
        ("\"\\ud83d\\ude00\"", .string("😀")), ("\"\\ud83d\"", .string("\u{FFFD}")),
        ("\"\\ud83dx\"", .string("\u{FFFD}x")),
        ("\"\\ude00\\ud83d\\u0041\"", .string("\u{FFFD}\u{FFFD}A")), ("[]", .array([])), ("{}", .object([:])),
        ("[1,[2],{\"a\":false}]", .array([.number("1"), .array([.number("2")]), .object(["a": .bool(false)])])),
    ])
    func values(_ text: String, _ value: JSONValue) throws { #expect(try JSONValue(parsing: text.utf8) == value) }

    @Test(arguments: [
        "", "nul", "tru", "01", "-", "+1", "1.", ".5", "1e", "0x10", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}", "{\"a\":1,\"a\":2}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "[",
        "{\"a\":1", "]",
        "'a'", "NaN", "\"\\", "\u{FEFF}1", String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    ])
    func badTexts(_ text: String) {
        #expect(throws: ModelError(.malformedJSON, "")) { try JSONValue(parsing: text.utf8) }
    }

    @Test func bytesThatAreNotUTF8() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            #expect(throws: ModelError(.malformedJSON, "")) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
        }
    }

    @Test func depthIsBounded() throws {
        let depth = JSONValue.maximumDepth
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: Never.self) { try JSONValue(parsing: text.utf8) }
        #expect(throws: ModelError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000).utf8) }
    }
}
