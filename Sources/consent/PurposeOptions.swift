internal import ArgumentParser
internal import ConsentRules

/// What a message is for.
struct PurposeOptions: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "What the message is for: message, opt-out-confirmation (the one that may follow an opt-out) or "
                + "confirmation-request (the one that asks a pending contact). Default: message.",
            valueName: "purpose"),
        completion: .list(Question.Purpose.allCases.map(\.rawValue)),
        transform: { text in
            guard let purpose = Question.Purpose(rawValue: text) else {
                let known = Question.Purpose.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("a message is for one of: \(known)")
            }
            return purpose
        })
    var named: Question.Purpose?

    /// What is named, or a message of its own.
    var purpose: Question.Purpose { named ?? .message }
}
