internal import ConsentModel

/// A scope in words: `marketing on WhatsApp`, `everything by SMS`, `everything`. What is not named is everything, as in a
/// restriction.
struct ScopePhrase: CustomStringConvertible {
    let description: String

    init(channels: [String]?, categories: [String]?, senders: [String]? = nil, brands: [String]? = nil) {
        var phrase = categories.map { Self.joined($0) } ?? "everything"
        if let channels {
            phrase += " " + Self.joined(channels.map(Self.by))
        } else if categories != nil {
            phrase += " on every channel"
        }
        if let senders { phrase += " from \(Self.joined(senders))" }
        if let brands { phrase += " of the brand \(Self.joined(brands))" }
        description = phrase
    }

    /// The scope of an event.
    init(of event: Event) {
        self.init(channels: event.channels, categories: event.categories, senders: event.senders, brands: event.brands)
    }

    /// The scope of a draft's fields.
    init(of fields: [EventField: FieldValue]) {
        func texts(_ field: EventField) -> [String]? {
            guard case .texts(let texts) = fields[field] else { return nil }
            return texts
        }
        self.init(
            channels: texts(.channels), categories: texts(.categories), senders: texts(.senders), brands: texts(.brands)
        )
    }

    /// By which channel: `on WhatsApp`, `by e-mail`.
    static func by(_ channel: String) -> String {
        switch channel {
        case "whatsapp": "on WhatsApp"
        case "line": "on LINE"
        case "sms", "mms", "rcs": "by \(channel.uppercased())"
        case "email": "by e-mail"
        case "voice": "by voice call"
        case "push": "by push notification"
        case "inapp": "in the app"
        default: "by \(channel)"
        }
    }

    /// `a`, `a and b`, `a, b and c`.
    static func joined(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
