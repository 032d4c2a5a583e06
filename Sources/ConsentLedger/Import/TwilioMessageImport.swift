public import ConsentModel

/// One message that a person sent, as Twilio tells it: the form of its messaging webhook. What Twilio itself took it for
/// (`OptOutType`) counts, and so do the words.
public struct TwilioMessageImport: ImportParser {
    private let receivedAt: Timestamp
    private var body: [UInt8] = []

    /// For a message that came at `receivedAt`: Twilio does not say when it was sent.
    public init(receivedAt: Timestamp) { self.receivedAt = receivedAt }

    public mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem] {
        body += chunk
        return []
    }

    public mutating func finish() throws(ImportError) -> [ImportItem] {
        let form = try FormFields(parsing: body)
        return [item(form)]
    }

    private func item(_ form: FormFields) -> ImportItem {
        var item = ImportItem(position: ImportItem.Position(row: 1, line: 1), intent: .nothing(reason: ""))
        let (channel, sender) = Self.address(form["From"] ?? "")
        item.contact = sender.isEmpty ? nil : ImportItem.Contact(sender)
        item.arrivedBy = channel
        item.senders = [form["To"].map { Self.address($0).address }, form["MessagingServiceSid"]].compactMap(\.self)
        if let id = form["MessageSid"] ?? form["SmsMessageSid"] {
            item.outsideID = id
            item.keepPrivate("message-id", id)
        }
        item.keepPrivate("context-message-id", form["OriginalRepliedMessageSid"])
        item.method = "keyword"
        item.intent = Self.intent(form)
        switch item.intent {
        case .nothing: break
        case .resume:
            // It must be later than what it undoes; an opt-out is of its moment whatever that was.
            item.occurredAt = ImportTime(deliveredAt: receivedAt)
            item.isReceiptTime = true
            item.keepPrivate("text", form["Body"] ?? form["ButtonText"])
        default:
            item.keepPrivate("text", form["Body"] ?? form["ButtonText"])
            item.keepPrivate("button-id", form["ButtonPayload"])
        }
        if item.contact == nil, !Self.isNothing(item.intent) {
            item.reject(ImportError(.missing, field: "contact", "the message has no From; look it up"))
        }
        return item
    }

    private static func intent(_ form: FormFields) -> ImportItem.Intent {
        let said = ImportItem.Intent.said(
            form["Body"] ?? "", label: form["ButtonText"], identifier: form["ButtonPayload"])
        // Of what Twilio says and the words say, what restricts most counts.
        switch (form["OptOutType"]?.uppercased(), said) {
        case ("STOP", _): return .optOut
        case (_, .optOut), (_, .possibleOptOut): return said
        case ("START", _): return .resume
        case (nil, _), ("", _), ("HELP", _): return said
        // What Twilio took it for is told in a word that nobody knows: somebody has to look.
        case (let word?, _):
            return .possibleOptOut(text: form["Body"] ?? form["ButtonText"] ?? QuotedText.shown(word))
        }
    }

    private static func isNothing(_ intent: ImportItem.Intent) -> Bool {
        if case .nothing = intent { true } else { false }
    }

    /// The channel and the address that `whatsapp:+34600111222` or a bare number names.
    private static func address(_ text: String) -> (channel: String, address: String) {
        for channel in ["whatsapp", "rcs"] where text.hasPrefix(channel + ":") {
            return (channel, String(text.dropFirst(channel.count + 1)))
        }
        return ("sms", text)
    }
}
