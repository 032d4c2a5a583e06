internal import ConsentModel
internal import Foundation

/// Makes identifiers of names, and checks them.
enum Identifier {
    /// Letters that Unicode does not decompose into a Latin one and an accent.
    private static let foldings: [Character: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "&": "-and-",
    ]

    /// Throws `badInput` unless `id` is `[a-z0-9-]{1,64}`.
    static func check(_ id: String) throws(CommandError) {
        guard FieldKind.isIdentifier(id) else {
            throw CommandError(.badInput, "“\(id.prefix(80))” is not an id: 1 to 64 of a–z, 0–9 and “-”")
        }
    }

    /// The most digits that may follow one another in what the log has in clear: a phone number has more.
    private static let mostDigits = 5

    /// The same for an id that the log has in clear and that somebody may make up of a person's name and number: throws
    /// `badInput` for one with as many digits as a phone number.
    static func checkPublic(_ id: String) throws(CommandError) {
        try check(id)
        guard id.split(whereSeparator: { !("0"..."9").contains($0) }).allSatisfy({ $0.count <= mostDigits }) else {
            throw CommandError(
                .badInput,
                "“\(id)” has more than \(mostDigits) digits in a row, as a phone number has; the log has it in clear and for "
                    + "ever, so choose one that is about no person, such as case-2026-117")
        }
    }

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
