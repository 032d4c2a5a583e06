public import ConsentRules

/// What restricts and was sent to a sender of `business`, and to none of the business that it came in by: a platform tells
/// of all numbers of an application in one place, and a stop is meant for whom it was sent to.
public struct StopsToOtherBusiness<Parser: ImportParser>: ImportParser {
    private var parser: Parser
    private let business: Catalog.Business
    private let usual: Catalog.Business

    /// Of what `parser` finds.
    public init(_ parser: Parser, business: Catalog.Business, insteadOf usual: Catalog.Business) {
        self.parser = parser
        self.business = business
        self.usual = usual
    }

    public mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem] {
        try parser.items(in: chunk).filter(isWanted)
    }

    public mutating func finish() throws(ImportError) -> [ImportItem] { try parser.finish().filter(isWanted) }

    private func isWanted(_ item: ImportItem) -> Bool {
        item.heldWhereUnknown.restricts && usual.senders(named: item.senders).isEmpty
            && !business.senders(named: item.senders).isEmpty
    }
}
