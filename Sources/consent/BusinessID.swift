internal import Foundation

/// Makes identifiers of names.
enum BusinessID {
    /// Letters that Unicode does not decompose into a Latin one and an accent.
    private static let foldings: [Character: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "&": "-and-",
    ]

    /// The name in lower case, accents folded, everything between letters and digits a hyphen: `Café Olé, S.A.` is
    /// `cafe-ole-s-a`. `nil` for a name without Latin letters or digits.
    static func id(of name: String) -> String? {
        var id = ""
        for character in name.lowercased() {
            let folded = foldings[character] ?? String(character).decomposedStringWithCanonicalMapping
            for scalar in folded.unicodeScalars where scalar.properties.canonicalCombiningClass == .notReordered {
                let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
                if isPlain {
                    id.unicodeScalars.append(scalar)
                } else if id.last != "-", !id.isEmpty {
                    id += "-"
                }
            }
        }
        id = String(id.prefix(64))
        while id.last == "-" { id.removeLast() }
        return id.isEmpty ? nil : id
    }
}
