public import ConsentModel

/// One thing that a person did in RCS, as Google's platform tells it (RCS for Business, UserMessage and UserEvent): their
/// words, a suggestion they tapped, or that they subscribed or unsubscribed. What nobody knows waits for a person to look.
public struct RCSMessageImport: ImportParser {
    private let event: JSONValue
    private let receivedAt: Timestamp

    static let channel = "rcs"
    private static let mostText = 4_096

    /// Of `event`, which came at `receivedAt`: that counts where it does not say when it was sent.
    public init(_ event: JSONValue, receivedAt: Timestamp) {
        self.event = event
        self.receivedAt = receivedAt
    }

    public mutating func items(in chunk: [UInt8]) -> [ImportItem] { [] }

    public mutating func finish() -> [ImportItem] { [item] }

    private var item: ImportItem {
        var item = ImportItem(position: ImportItem.Position(row: 1, line: 1), intent: .nothing(reason: ""))
        func text(_ name: String) -> String? { event[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        item.contact = text("senderPhoneNumber").map { ImportItem.Contact($0) }
        item.senders = [text("agentId")].compactMap(\.self)
        if let id = text("eventId") ?? text("messageId") {
            item.outsideID = id
            item.keepPrivate("message-id", id)
        }
        if let sent = text("sendTime"), let time = try? ImportTime(parsing: sent, order: .yearFirst) {
            item.occurredAt = time
        } else {
            item.occurredAt = ImportTime(deliveredAt: receivedAt)
            item.isReceiptTime = true
        }
        item.arrivedBy = Self.channel
        item.method = "keyword"
        read(text("eventType"), into: &item)
        if case .nothing = item.intent { return item }
        if item.contact == nil {
            item.reject(ImportError(.missing, field: "contact", "the event has no senderPhoneNumber; look it up"))
        }
        return item
    }

    private func read(_ type: String?, into item: inout ImportItem) {
        let suggestion = event["suggestionResponse"]
        switch type {
        case "UNSUBSCRIBE", "SUBSCRIBE":
            item.intent = type == "SUBSCRIBE" ? .resume : .optOut
            item.channels = [Self.channel]
            item.method = "platform-preference"
        case "DELIVERED", "READ", "IS_TYPING":
            item.intent = .nothing(reason: "an event of type \(type ?? "") says nothing about consent")
        case nil where event["text"]?.string != nil || suggestion != nil:
            let words = event["text"]?.string ?? ""
            let (label, identifier) = (suggestion?["text"]?.string, suggestion?["postbackData"]?.string)
            item.intent = .said(words, label: label, identifier: identifier)
            guard case .nothing = item.intent else {
                let spoken = words.isEmpty ? label : words
                item.keepPrivate("text", spoken.map { String($0.prefix(Self.mostText)) })
                item.keepPrivate("button-id", identifier.map { String($0.prefix(Self.mostText)) })
                return
            }
        case nil where event["userFile"] != nil || event["location"] != nil:
            item.intent = .nothing(reason: "a file or a place says nothing about consent")
        default:
            item.intent = .possibleOptOut(text: String(event.text.prefix(Self.mostText)))
            item.method = "provider-signal"
        }
    }
}
