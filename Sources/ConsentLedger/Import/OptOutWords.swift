internal import ConsentModel

/// What a message that a person sent means for consent.
///
/// A whole message that is one of the known words or phrases counts, whatever its case, accents and punctuation, and with
/// a greeting before it or thanks around it. A longer message never counts by itself: where it seems to ask for an
/// opt-out, a person has to decide.
public enum OptOutWords {
    public enum Meaning: Hashable, Sendable {
        /// Wants no more messages.
        case optOut
        /// Wants no more offers.
        case optOutOfMarketing
        /// Takes an opt-out back.
        case resume
        /// Says yes to what was asked.
        case confirm
        /// Seems to want no more messages.
        case possibleOptOut
        /// Says nothing about consent.
        case nothing
    }

    /// The meaning of `message`, of which at most 4,096 characters are looked at.
    public static func meaning(of message: String) -> Meaning {
        let words = TextFolding.words(message)
        let core = withoutCourtesy(words)
        for written in [core.joined(separator: " ")] + variants(core) {
            if let meaning = table.whole[written] { return meaning }
        }
        return seemsToAsk(words) ? .possibleOptOut : .nothing
    }

    /// The meaning of a button or list entry that was tapped. Its words are the business's: *Cancel* may well cancel an
    /// appointment, so that such a word only seems to ask for an opt-out; and *Start* may open a menu and *Confirm* be about
    /// a table, so that only words about receiving messages take an opt-out back, and only agreeing says yes.
    public static func meaning(ofLabel label: String) -> Meaning {
        let words = withoutCourtesy(TextFolding.words(label))
        let meaning = meaning(of: label)
        switch meaning {
        case .optOut:
            guard words.count == 1, let word = words.first else { return .optOut }
            return table.weak.contains(word) ? .possibleOptOut : .optOut
        case .resume: return table.subscribing.contains(words.joined(separator: " ")) ? .resume : .nothing
        case .confirm: return table.confirming.contains(words.joined(separator: " ")) ? .nothing : .confirm
        default: return meaning
        }
    }

    /// The meaning of what a business's software calls a button or list entry, which no person saw: it may restrict, and
    /// never permits.
    public static func meaning(ofIdentifier identifier: String) -> Meaning {
        let meaning = meaning(ofLabel: identifier)
        return meaning == .resume || meaning == .confirm ? .nothing : meaning
    }

    /// The words without greetings and thanks at either end. Words that are nothing else are left as they are.
    private static func withoutCourtesy(_ words: [String]) -> ArraySlice<String> {
        var core = words[...]
        while let first = core.first, let last = core.last {
            if let phrase = table.courtesyByFirst[first]?.first(where: {
                $0.count < core.count && core.starts(with: $0)
            }) {
                core = core.dropFirst(phrase.count)
            } else if let phrase = table.courtesyByLast[last]?.first(where: {
                $0.count < core.count && core.suffix($0.count) == $0[...]
            }) {
                core = core.dropLast(phrase.count)
            } else {
                break
            }
        }
        return core
    }

    /// Other readings of a short message: spelled out (`S T O P`), repeated (`stop stop`), drawn out (`stooop`).
    private static func variants(_ words: ArraySlice<String>) -> [String] {
        guard let first = words.first, words.count <= 16 else { return [] }
        var variants: [String] = []
        if words.count > 1, words.allSatisfy({ $0.unicodeScalars.count == 1 }) { variants.append(words.joined()) }
        let single = words.count > 1 && words.allSatisfy { $0 == first } ? first : words.joined(separator: " ")
        variants.append(single)
        var drawnIn = String.UnicodeScalarView()
        let scalars = Array(single.unicodeScalars.prefix(64))
        var index = 0
        while index < scalars.count {
            let run = scalars[index...].prefix { $0 == scalars[index] }.count
            drawnIn.append(contentsOf: scalars[index..<(index + (run >= 3 ? 1 : run))])
            index += run
        }
        variants.append(String(drawnIn))
        return variants
    }

    private static func seemsToAsk(_ words: [String]) -> Bool {
        guard let first = words.first else { return false }
        if words.count <= 4, let meaning = table.whole[first], meaning == .optOut, !table.weak.contains(first) {
            return true
        }
        for index in words.indices {
            if table.telling.contains(words[index]) { return true }
            for phrase in table.phrases[words[index]] ?? [] where words[index...].starts(with: phrase) { return true }
        }
        return false
    }

    private static var table: OptOutWordTable { .all }
}
