/// E-mail addresses: the `Dot-string` form of RFC 5321 §4.1.2, without its rule on where points may stand, since
/// addresses in use break it.
enum ContactEmail {
    static let maximumLocalByteCount = 64
    static let maximumDomainByteCount = 253
    static let maximumLabelByteCount = 63

    /// The address with every letter in lower case. The case of the local part means nothing at any provider that people
    /// use, and a stop in another case must bind. A domain in other scripts becomes its `xn--` form, so that both
    /// spellings are one address; a local part in other scripts is refused: its letters have several encodings, and
    /// an address that we could miss must not hold a consent.
    static func address(_ text: Substring) throws(ContactAddressError) -> ContactAddress {
        if isPlain(text) { return ContactAddress(kind: .email, canonical: String(text)) }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw malformed("has \(parts.count - 1) @ signs, and needs one") }
        let local = parts[0].utf8.map(ContactTyping.lowercased)
        guard 1...maximumLocalByteCount ~= local.count else {
            throw malformed("has \(local.count) bytes before the @, and 1 to \(maximumLocalByteCount) are allowed")
        }
        guard local.allSatisfy(isAtomOrPoint) else {
            throw malformed("has a character before the @ that is none of a-z 0-9 .!#$%&'*+-/=?^_`{|}~")
        }
        let domain = try domain(parts[1])
        return ContactAddress(
            kind: .email, canonical: String(decoding: local + [UInt8(ascii: "@")] + domain, as: UTF8.self))
    }

    /// Whether the text is an address as it is, in the spelling that nearly all have: what is below would give the same.
    private static func isPlain(_ text: Substring) -> Bool {
        var text = text
        return text.withUTF8 { text in
            guard text.count <= maximumDomainByteCount, let at = text.firstIndex(of: UInt8(ascii: "@")),
                1...maximumLocalByteCount ~= at, text[..<at].allSatisfy(isAtomOrPoint)
            else { return false }
            let (hyphen, point) = (UInt8(ascii: "-"), UInt8(ascii: "."))
            var labelStart = at + 1
            var points = 0
            for end in at + 1...text.count where end == text.count || text[end] == point {
                let label = text[labelStart..<end]
                guard 1...maximumLabelByteCount ~= label.count, label.allSatisfy(isLetterDigitOrHyphen),
                    label.first != hyphen, label.last != hyphen
                else { return false }
                if end < text.count {
                    points += 1
                    labelStart = end + 1
                }
            }
            return points > 0 && text[labelStart...].contains { $0 > UInt8(ascii: "9") }
        }
    }

    private static func domain(_ text: Substring) throws(ContactAddressError) -> [UInt8] {
        var labels: [[UInt8]] = []
        for label in text.split(separator: ".", omittingEmptySubsequences: false) {
            labels.append(try self.label(label))
        }
        guard labels.count >= 2, labels[labels.count - 1].contains(where: { $0 > UInt8(ascii: "9") }) else {
            throw malformed("has no domain such as example.com after the @")
        }
        let domain = Array(labels.joined(separator: [UInt8(ascii: ".")]))
        guard domain.count <= maximumDomainByteCount else {
            throw malformed("has \(domain.count) bytes after the @, and at most \(maximumDomainByteCount) are allowed")
        }
        return domain
    }

    private static func label(_ text: Substring) throws(ContactAddressError) -> [UInt8] {
        var label = text.utf8.map(ContactTyping.lowercased)
        guard 1...maximumDomainByteCount ~= label.count else {
            throw malformed("has an empty or endless part in its domain")
        }
        if !label.allSatisfy({ $0 < 0x80 }) {
            guard let encoded = encodedLabel(text) else {
                throw malformed("has a domain that is not in Latin letters; write the domain in its xn-- form")
            }
            label = Array("xn--".utf8) + encoded
        }
        guard label.count <= maximumLabelByteCount, label.allSatisfy(isLetterDigitOrHyphen),
            label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-")
        else {
            throw malformed("has a part in its domain that is not 1 to 63 letters, digits and inner hyphens")
        }
        return label
    }

    /// The Punycode of a label in other scripts; `nil` for characters other than letters and digits (RFC 5892 allows
    /// more, after normalising; whoever has those gives the `xn--` form).
    private static func encodedLabel(_ text: Substring) -> [UInt8]? {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                switch lower.properties.generalCategory {
                case .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: scalars.append(lower)
                default:
                    guard lower == "-" else { return nil }
                    scalars.append(lower)
                }
            }
        }
        return Punycode.encode(scalars)
    }

    private static func isAtomOrPoint(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D...0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func isLetterDigitOrHyphen(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func malformed(_ what: String) -> ContactAddressError {
        ContactAddressError(.malformedEmail, "the e-mail address \(what); write it as ana@example.com")
    }
}
