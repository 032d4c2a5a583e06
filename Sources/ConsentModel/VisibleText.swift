/// Texts that are shown to people.
public enum VisibleText {
    /// `text` with its control characters and all that shows nothing (`isUnseen`) written as `\u{…}`: what is stored must
    /// not steer a terminal or a page, nor hide in one.
    public static func of(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            if isUnseen(scalar) {
                visible += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                visible.unicodeScalars.append(scalar)
            }
        }
        return visible
    }

    /// Whether a character steers what shows it or shows nothing by itself: the controls, the separators of lines and
    /// paragraphs, and the general category Cf of Unicode 16 (with U+2065, which stands among them), but for the joiners
    /// U+200C and U+200D, which scripts and emoji need. Written out, so that it is the same wherever it is asked.
    public static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7f: false
        case 0..<0xa0, 0xad, 0x600...0x605, 0x61c, 0x6dd, 0x70f, 0x890...0x891, 0x8e2, 0x180e, 0x200b, 0x200e...0x200f,
            0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb, 0x110bd, 0x110cd, 0x13430...0x1343f,
            0x1bca0...0x1bca3, 0x1d173...0x1d17a, 0xe0001, 0xe0020...0xe007f:
            true
        default: false
        }
    }
}
