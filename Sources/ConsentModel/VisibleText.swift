/// Texts that are shown to people.
public enum VisibleText {
    /// `text` with its control characters written as `\u{…}`, the bidirectional ones too: what is stored must not steer a
    /// terminal or a page.
    public static func of(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069:
                visible += "\\u{\(String(scalar.value, radix: 16))}"
            default: visible.unicodeScalars.append(scalar)
            }
        }
        return visible
    }
}
