internal import ConsentAudit
internal import ConsentLedger
internal import ConsentPersons

/// The disputed messages of `consent evidence --sends`: a CSV file with a header.
struct DisputedSends {
    /// The messages, in the order of the file.
    private(set) var sends: [EvidenceRequest.Send] = []

    private static let columns = ["at", "channel", "category", "template", "sender", "reference"]

    /// Reads the file at `path`; throws `badInput` with the line that is wrong.
    init(reading path: String) throws {
        let input = try InputFile(path)
        var reader = CSVReader()
        var header: [String]?
        while let piece = try input.next() {
            for row in try reader.rows(in: piece) { try take(row, path, &header) }
        }
        for row in try reader.finish() { try take(row, path, &header) }
        guard header != nil else {
            throw CommandError(.badInput, "\(path) is empty; its first line names its columns: at,channel,category")
        }
    }

    private mutating func take(_ row: CSVReader.Row, _ path: String, _ header: inout [String]?) throws {
        let place = "\(path), line \(row.line)"
        if let fault = row.fault { throw CommandError(.badInput, "\(place): \(fault)") }
        let cells = (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
        guard let names = header else {
            for name in cells where !Self.columns.contains(name) || cells.count(where: { $0 == name }) > 1 {
                throw CommandError(
                    .badInput,
                    "\(place): “\(name)” is no column of disputed messages, or is there twice; they are: "
                        + Self.columns.joined(separator: ", "))
            }
            guard cells.contains("at"), cells.contains("channel") else {
                throw CommandError(.badInput, "\(place): the columns at and channel are needed")
            }
            header = cells
            return
        }
        guard cells.count == names.count else {
            throw CommandError(.badInput, "\(place) has \(cells.count) cells, and the header has \(names.count)")
        }
        guard sends.count < EvidenceRequest.mostSends else {
            throw CommandError(.badInput, "\(path) has more than \(EvidenceRequest.mostSends) messages; split it")
        }
        func cell(_ name: String) -> String? {
            names.firstIndex(of: name).map { cells[$0] }.flatMap { $0.isEmpty ? nil : $0 }
        }
        do {
            sends.append(
                try EvidenceRequest.Send(
                    at: cell("at") ?? "", channel: cell("channel") ?? "", category: cell("category"),
                    template: cell("template"), sender: cell("sender"), reference: cell("reference")))
        } catch {
            throw CommandError(.badInput, "\(place): \(error)")
        }
    }
}
