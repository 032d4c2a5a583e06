internal import ConsentModel

/// Webhook bodies of the WhatsApp Cloud API, one a line: what people wrote and tapped, what they told WhatsApp itself,
/// what WhatsApp refused to deliver because of it, and numbers that changed.
public struct WhatsAppImport: ImportParser {
    /// The largest body, in bytes; Meta sends at most 3 MB.
    public static let maximumBodyByteCount = 4_194_304

    private var reader = LineReader(maximumByteCount: maximumBodyByteCount)
    private var row = 0

    public init() {}

    public mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem] {
        var items: [ImportItem] = []
        for line in reader.lines(in: chunk) { items += self.items(of: line) }
        return items
    }

    public mutating func finish() throws(ImportError) -> [ImportItem] {
        var items: [ImportItem] = []
        if let last = reader.finish() { items = self.items(of: last) }
        guard row > 0 else { throw ImportError(.malformed, "the file is empty; give it webhook bodies, one a line") }
        return items
    }

    private mutating func items(of line: LineReader.Line) -> [ImportItem] {
        row += 1
        let position = ImportItem.Position(row: row, line: line.number)
        do throws(ImportError) {
            guard let bytes = line.bytes else {
                throw ImportError(.tooLarge, "the line has more than 4 MiB, which no webhook body has; split it")
            }
            return WhatsAppBody.items(of: try JSONValue(importing: bytes), at: position)
        } catch {
            return [ImportItem(position: position, intent: .rejected(error))]
        }
    }
}
