/// Text without what people leave out or vary when they type: case, accents, punctuation.
public enum TextFolding {
    /// The words of `text`: runs of letters and digits, in lower case, Latin letters without their accents. At most
    /// `limit` scalars of the text are looked at.
    public static func words(_ text: String, limit: Int = 4_096) -> [String] {
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            let value = scalar.value
            if 0x61...0x7A ~= value || 0x30...0x39 ~= value {
                word.unicodeScalars.append(scalar)
            } else if let folded = folded(scalar) {
                word.unicodeScalars.append(contentsOf: folded)
            } else if !isMark(scalar), !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// The letters or the digit that a scalar stands for; `nil` for everything between words.
    private static func folded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A: return [scalar]
        case 0x41...0x5A: return Unicode.Scalar(scalar.value | 0x20).map { [$0] }
        case ..<0x80: return nil
        // Full width.
        case 0xFF10...0xFF5A: return Unicode.Scalar(scalar.value - 0xFEE0).flatMap(folded)
        default: break
        }
        let lower = scalar.properties.lowercaseMapping
        if let plain = lower.unicodeScalars.first.flatMap({ latin[$0] }) { return Array(plain.unicodeScalars) }
        guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil, !isMark(scalar) else {
            return nil
        }
        return Array(lower.unicodeScalars)
    }

    /// Marks that change the letter before them, and do not part words.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x300...0x36F, 0xAD, 0x200B...0x200D, 0xFE00...0xFE0F: true
        default: false
        }
    }

    /// Latin letters with accents, by what they are without.
    private static let latin: [Unicode.Scalar: String] = {
        var letters: [Unicode.Scalar: String] = [:]
        for (plain, accented) in [
            ("a", "àáâãäåāăąǎ"), ("ae", "æ"), ("c", "çćčĉċ"), ("d", "ďđð"), ("e", "èéêëēĕėęě"), ("g", "ğģĝġ"),
            ("i", "ìíîïīĭįı"), ("l", "łľĺļ"), ("n", "ñńňņ"), ("o", "òóôõöøōŏő"), ("oe", "œ"), ("r", "řŕŗ"),
            ("s", "śšşș"),
            ("ss", "ß"), ("t", "ťţț"), ("u", "ùúûüūŭůűų"), ("y", "ýÿŷ"), ("z", "źžż"), ("a", "ª"), ("o", "º"),
        ] {
            for scalar in accented.unicodeScalars { letters[scalar] = plain }
        }
        return letters
    }()
}
