public import ConsentModel

/// One webhook body of the WhatsApp Cloud API, which was read already; what is in it is as in `WhatsAppImport`.
public struct WhatsAppBodyImport: ImportParser {
    private let body: JSONValue

    public init(_ body: JSONValue) { self.body = body }

    public mutating func items(in chunk: [UInt8]) -> [ImportItem] { [] }

    public mutating func finish() -> [ImportItem] {
        WhatsAppBody.items(of: body, at: ImportItem.Position(row: 1, line: 1))
    }
}
