import ConsentModel
import Testing

/// What nobody sees is shown for what it is, in pages and in JSON alike.
@Suite struct VisibleTextTests {
    /// The list that SPEC.md has is what Unicode says, so far as this Swift knows it.
    @Test func unseenAreTheControlsTheFormatsAndTheSeparators() {
        let categories: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]
        var wrong: [String] = []
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isJoiner = value == 0x200c || value == 0x200d
            let expected = value == 0x2065 || categories.contains(scalar.properties.generalCategory) && !isJoiner
            if VisibleText.isUnseen(scalar) != expected { wrong.append(String(value, radix: 16)) }
        }
        #expect(wrong.isEmpty, "\(wrong)")
    }

    @Test func unseenIsWrittenOut() throws {
        let unseen: [(String, String, String)] = [
            ("\u{61c}", "\\u{61c}", "\\u061c"), ("\u{200b}", "\\u{200b}", "\\u200b"), ("\u{ad}", "\\u{ad}", "\\u00ad"),
            ("\u{feff}", "\\u{feff}", "\\ufeff"), ("\u{fff9}", "\\u{fff9}", "\\ufff9"),
            ("\u{e0041}", "\\u{e0041}", "\\udb40\\udc41"), ("\u{2066}", "\\u{2066}", "\\u2066"),
            ("\u{0}", "\\u{0}", "\\u0000"),
        ]
        for (text, visible, json) in unseen {
            #expect(VisibleText.of("a\(text)b") == "a\(visible)b")
            let value = JSONValue.string("a\(text)b")
            #expect(value.text == "\"a\(json)b\"")
            #expect(try JSONValue(parsing: Array(value.text.utf8)) == value)
        }
        for text in ["👩\u{200d}👧", "می\u{200c}خواهم", "ñ “é” שלום 中文 🇪🇸"] {
            #expect(VisibleText.of(text) == text && JSONValue.string(text).text == "\"\(text)\"")
        }
    }
}
