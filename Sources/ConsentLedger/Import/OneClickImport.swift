public import ConsentModel

/// An opt-out by one click on what a mail brought along (RFC 8058).
public struct OneClickImport: ImportParser {
    private let address: String
    private let categories: [String]?
    private let messageID: String?
    private let id: String
    private let receivedAt: Timestamp

    /// What stands as the method of these.
    public static let method = "one-click-unsubscribe"
    /// What they are about.
    public static let channel = "email"

    /// Of who has `address`, for `categories` or, without any, for all that is mailed; `messageID` is that of the mail, as
    /// its sender gave it, and `id` tells the click from others.
    public init(address: String, categories: [String]?, messageID: String?, id: String, receivedAt: Timestamp) {
        self.address = address
        self.categories = categories
        self.messageID = messageID
        self.id = id
        self.receivedAt = receivedAt
    }

    public mutating func items(in chunk: [UInt8]) -> [ImportItem] { [] }

    public mutating func finish() -> [ImportItem] {
        var item = ImportItem(
            position: ImportItem.Position(row: 1, line: 1), intent: .optOut, contact: ImportItem.Contact(address))
        item.channels = [Self.channel]
        item.categories = categories
        item.method = Self.method
        item.occurredAt = try? ImportTime(parsing: receivedAt.description, order: .yearFirst)
        item.isReceiptTime = true
        item.outsideID = id
        item.keepPrivate("message-id", messageID)
        return [item]
    }
}
