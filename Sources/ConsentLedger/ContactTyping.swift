/// What people and programs leave around an address, and inside it.
enum ContactTyping {
    /// `text` without blanks and invisible marks at its ends, and without the apostrophe by which a spreadsheet says
    /// "this is text".
    static func trimmed(_ text: String) -> Substring {
        let utf8 = text.utf8
        if let first = utf8.first, let last = utf8.last, 0x21..<0x7F ~= first, 0x21..<0x7F ~= last,
            first != UInt8(ascii: "'")
        {
            return text[...]
        }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        let inner = text[first...last]
        return inner.first == "'" && inner.utf8.count > 1 ? trimmed(String(inner.dropFirst())) : inner
    }

    /// What follows `prefix` (lower-case ASCII) in `text`, in whatever case it is written; `nil` if it does not begin so.
    static func dropping(prefix: String, from text: Substring) -> Substring? {
        guard text.utf8.count >= prefix.utf8.count,
            zip(prefix.utf8, text.utf8).allSatisfy({ $0 == lowercased($1) })
        else { return nil }
        return trimmed(String(text.dropFirst(prefix.count)))
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }

    /// Spaces of every width, line breaks, and the invisible marks that copying from an address book leaves (direction,
    /// joiners, byte order mark).
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0xA0, 0xAD, 0x1680, 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x2064, 0x2066...0x2069,
            0x3000, 0xFEFF:
            true
        default: false
        }
    }

    /// What stands between the digits of a phone number: blanks, dashes, points, parentheses, slashes.
    static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x28, 0x29, 0x2D, 0x2E, 0x2F, 0xB7, 0x2010...0x2015, 0x2022, 0x2212, 0xFF08, 0xFF09, 0xFF0D, 0xFF0E,
            0xFF0F:
            true
        default: isBlank(scalar)
        }
    }
}
