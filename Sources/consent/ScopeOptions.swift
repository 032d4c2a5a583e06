internal import ArgumentParser
internal import ConsentModel
internal import ConsentRules

/// Which channels, categories and senders an act is about.
struct ScopeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A channel: \(Vocabulary.channel.words.joined(separator: ", ")). Can be repeated.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: [String] = []

    @Option(help: ArgumentHelp("A category of the business. Can be repeated.", valueName: "category"))
    var category: [String] = []

    @Option(help: ArgumentHelp("A sender of the business, by its id. Can be repeated.", valueName: "sender"))
    var sender: [String] = []

    @Option(help: ArgumentHelp("A brand of the business, by its id. Can be repeated.", valueName: "brand"))
    var brand: [String] = []

    /// What is named, as the fields of an event; nothing for what is not.
    var fields: [EventField: FieldValue] {
        var fields: [EventField: FieldValue] = [:]
        for (field, words) in [
            (EventField.channels, channel), (.categories, category), (.senders, sender), (.brands, brand),
        ] where !words.isEmpty {
            fields[field] = .list(words)
        }
        return fields
    }

    /// Throws `unknownChannel` unless all channels are in the vocabulary.
    func checkChannels() throws { try channel.forEach(Self.checkChannel) }

    /// Throws `unknownChannel` unless `channel` is in the vocabulary.
    static func checkChannel(_ channel: String) throws(RulesError) {
        guard Vocabulary.channel.contains(channel) else {
            throw RulesError(
                .unknownChannel,
                "there is no channel “\(channel)”; there are: \(Vocabulary.channel.words.joined(separator: ", "))")
        }
    }
}
