internal import ConsentAudit

/// A page as plain text, for a terminal.
struct PageText {
    let text: String

    init(_ page: EvidencePage) {
        var lines = [page.title]
        func text(_ pieces: [EvidencePage.Piece]) -> String { Terminal.plain(pieces.map(\.text).joined()) }
        for section in page.sections {
            lines += ["", section.heading, String(repeating: "-", count: section.heading.count)]
            for block in section.blocks {
                switch block {
                case .paragraph(let pieces, _): lines.append(text(pieces))
                case .heading(let pieces): lines += ["", text(pieces)]
                case .facts(let facts): lines += facts.map { "  \(Terminal.plain($0.name)): \(text($0.value))" }
                case .table(let columns, let rows):
                    lines.append("  " + columns.joined(separator: " | "))
                    lines += rows.map { "  " + $0.map(text).joined(separator: " | ") }
                case .quote(let piece):
                    lines += piece.text.split(separator: "\n", omittingEmptySubsequences: false).map {
                        "  | " + Terminal.plain(String($0))
                    }
                case .list(let items): lines += items.map { "  - " + text($0) }
                case .signature(let texts): lines += texts.map { "  \(Terminal.plain($0)):" }
                case .timeline(let timeline): lines.append(Terminal.plain(timeline.caption))
                }
            }
        }
        self.text = lines.joined(separator: "\n") + "\n"
    }
}
