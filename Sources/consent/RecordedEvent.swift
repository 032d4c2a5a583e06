internal import ConsentLedger
internal import ConsentModel

/// What became of a draft, as writing commands tell it.
struct RecordedEvent {
    let outcome: AppendOutcome
    let type: EventType
    let business: String?
    let flags: [String]
    /// What was done in spite of something, a sentence each.
    let warnings: [String]

    /// Records `draft`.
    init(_ draft: EventDraft, with writer: LedgerWriter, warnings: [String] = []) throws {
        outcome = try writer.append(draft)
        type = draft.type
        business = draft.business
        flags = if case .texts(let words) = draft.fields[.flags] { words } else { [] }
        self.warnings = warnings
    }

    /// Tells it: `sentence`, without its full stop, says what is so now. `more` are further members of the JSON.
    func report(_ sentence: String, json: Bool, more: JSON = [:]) {
        guard !json else {
            print((members + more).text)
            return
        }
        for warning in warnings { Terminal.warn(warning) }
        switch outcome {
        case .recorded(let index): print("\(sentence) (record \(index)).")
        case .alreadyRecorded(let index): print("That is recorded already (record \(index)); nothing was changed.")
        }
    }

    private var members: JSON {
        let result =
            switch outcome {
            case .recorded: "recorded"
            case .alreadyRecorded: "already-recorded"
            }
        return [
            "result": .string(result), "index": .number(outcome.index), "type": .string(type.name),
            "business": .optional(business), "flags": .strings(flags), "warnings": .strings(warnings),
        ]
    }
}
