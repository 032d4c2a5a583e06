internal import ConsentLedger

/// A file with what became of each item of an import, written as the results come.
protocol ImportResultFile: AnyObject {
    /// Writes what stands before the first result.
    func begin() throws(CommandError)
    /// Writes a result.
    func add(_ result: ImportResult) throws(CommandError)
    /// Writes what stands after the last one.
    func end() throws(CommandError)
}

/// Results as CSV, a row each; where they are of Twilio's items, with Twilio's columns beside ours.
final class ImportResultRows: ImportResultFile {
    private let output: OutputFile
    private let isTwilio: Bool

    init(_ output: OutputFile, isTwilio: Bool) {
        self.output = output
        self.isTwilio = isTwilio
    }

    func begin() throws(CommandError) {
        let columns = ["row", "line", "item", "outcome", "index", "code", "detail"]
        try output.line(CSVRow.text(columns + (isTwilio ? ["correlation_id", "error_code", "error_messages"] : [])))
    }

    func add(_ result: ImportResult) throws(CommandError) { try output.line(CSVRow.text(cells(of: result))) }

    func end() {}

    private func cells(of result: ImportResult) -> [String] {
        var index = ""
        var code = ""
        var detail = result.remarks.joined(separator: "; ")
        switch result.outcome {
        case .recorded(let place?), .heldForReview(let place?), .alreadyRecorded(let place): index = String(place)
        case .recorded(nil), .heldForReview(nil): break
        case .nothing(let reason): detail = reason
        case .rejected(let name, let reason): (code, detail) = (name, reason)
        }
        let position = result.position
        let cells = [
            String(position.row), String(position.line), String(position.item), result.outcome.name, index, code,
            detail,
        ]
        guard isTwilio else { return cells }
        let answer = TwilioImport.Answer(to: result)
        return cells + [
            answer.correlationID, String(answer.errorCode), answer.errorMessages.joined(separator: " "),
        ]
    }
}

/// Results as Twilio's bulk request answers: an object whose `items` are the answers, in the order of the file.
final class TwilioAnswers: ImportResultFile {
    private let output: OutputFile
    /// An answer waits for the next one, which tells whether a comma follows.
    private var waiting: String?

    init(_ output: OutputFile) { self.output = output }

    func begin() throws(CommandError) { try output.line("{\"items\":[") }

    func add(_ result: ImportResult) throws(CommandError) {
        if let waiting { try output.line(waiting + ",") }
        waiting = TwilioImport.Answer(to: result).description
    }

    func end() throws(CommandError) {
        if let waiting { try output.line(waiting) }
        try output.line("]}")
    }
}
