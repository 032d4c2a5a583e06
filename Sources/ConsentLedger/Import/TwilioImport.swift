internal import ConsentModel

/// Bulk items of Twilio's Consent Management API: a JSON array of items, or an item a line; each an object, or a string
/// that holds one (as the API's `Items` do).
public struct TwilioImport: ImportParser {
    /// Twilio's answer to one item, as one of the `items` that its bulk request answers with.
    public struct Answer: Equatable, Sendable, CustomStringConvertible {
        /// Twilio's code for an item that it refuses.
        public static let refusal = 30646

        /// The item's name in the request; empty where it had none.
        public let correlationID: String
        /// Of `INVALID_CONTACT_ID`, `INVALID_CORRELATION_ID`, `INVALID_SENDER_ID`, `INVALID_STATUS`, `INVALID_SOURCE`,
        /// `INVALID_DATE_OF_CONSENT`, `INTERNAL_SERVER_ERROR`, each once; empty: the item was taken.
        public let errorMessages: [String]

        /// The answer to what became of an item.
        public init(to result: ImportResult) {
            self.init(correlationID: result.correlationID, faults: result.faults)
        }

        init(correlationID: String?, faults: [ImportError]) {
            self.correlationID = correlationID ?? ""
            var messages: [String] = []
            for message in faults.map({ Self.message(forField: $0.field) }) where !messages.contains(message) {
                messages.append(message)
            }
            errorMessages = messages
        }

        /// 0, or 30646 for an item that was refused.
        public var errorCode: Int { errorMessages.isEmpty ? 0 : Self.refusal }

        /// Twilio's word for a fault in one of our fields.
        static func message(forField field: String?) -> String {
            switch field {
            case "contact": "INVALID_CONTACT_ID"
            case "correlation-id": "INVALID_CORRELATION_ID"
            case "sender": "INVALID_SENDER_ID"
            case "status": "INVALID_STATUS"
            case "method": "INVALID_SOURCE"
            case "occurred-at": "INVALID_DATE_OF_CONSENT"
            default: "INTERNAL_SERVER_ERROR"
            }
        }

        /// One line of JSON.
        public var description: String {
            var text = "{\"correlation_id\":"
            JSONText.write(correlationID, to: &text)
            text += ",\"error_code\":\(errorCode),\"error_messages\":["
            for (position, message) in errorMessages.enumerated() {
                if position > 0 { text += "," }
                JSONText.write(message, to: &text)
            }
            return text + "]}"
        }
    }

    /// The largest item, in bytes.
    public static let maximumItemByteCount = 1_048_576

    private var reader = JSONElementReader(maximumByteCount: maximumItemByteCount)
    private var row = 0

    public init() {}

    public mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem] {
        items(of: reader.elements(in: chunk))
    }

    public mutating func finish() throws(ImportError) -> [ImportItem] {
        let items = items(of: reader.finish())
        guard row > 0 || reader.hasArray else {
            throw ImportError(.malformed, "the file is empty; give it a JSON array of items, or an item a line")
        }
        return items
    }

    private mutating func items(of elements: [JSONElementReader.Element]) -> [ImportItem] {
        elements.map { element in
            row += 1
            return Self.item(element.text, at: ImportItem.Position(row: row, line: element.line))
        }
    }

    private static func item(_ text: Result<[UInt8], ImportError>, at position: ImportItem.Position) -> ImportItem {
        do throws(ImportError) {
            var value = try JSONValue(importing: try text.get())
            if let inner = value.string { value = try JSONValue(importing: inner.utf8) }
            guard case .object = value else {
                throw ImportError(.malformed, "the item is no JSON object; write {\"contact_id\": …}")
            }
            return item(value, at: position)
        } catch {
            return ImportItem(position: position, intent: .rejected(error))
        }
    }

    private static func item(_ value: JSONValue, at position: ImportItem.Position) -> ImportItem {
        var item = ImportItem(position: position, intent: .nothing(reason: ""))
        item.correlationID = value["correlation_id"]?.string
        switch value["status"]?.string.map({ TextFolding.words($0, limit: 64).joined(separator: "-") }) {
        // Twilio takes a person who comes back as any opt-in.
        case "opt-in", "re-opt-in": item.intent = .optIn
        case "opt-out": item.intent = .optOut
        default:
            item.intent = .rejected(
                ImportError(
                    .unknownValue, field: "status", "the status is neither opt-in nor opt-out; write one of them"))
        }
        if let contact = value["contact_id"]?.string, !contact.isEmpty {
            item.contact = ImportItem.Contact(contact)
        } else {
            item.reject(
                ImportError(.missing, field: "contact", "the item has no contact_id; write the number as +34600111222"))
        }
        if let id = item.correlationID, isCorrelationID(id) {
            item.outsideID = id
        } else {
            item.object(
                ImportError(
                    .malformed, field: "correlation-id",
                    "the correlation_id is no UUID of 32 hexadecimal digits; give each item one"))
        }
        if let sender = value["sender_id"]?.string, !sender.isEmpty {
            item.senders = [sender]
        } else {
            item.object(ImportError(.missing, field: "sender", "the item has no sender_id; name who sends"))
        }
        switch value["source"]?.string {
        case "website": item.method = "web-form"
        case "opt-in-message", "opt-out-message": item.method = "keyword"
        case "offline": item.method = "offline"
        case "others": item.method = "other"
        default:
            item.object(
                ImportError(
                    .unknownValue, field: "method",
                    "the source is none of website, offline, opt-in-message, opt-out-message, others; write one of them"
                ))
        }
        switch value["date_of_consent"] {
        case nil, .null?, .string("")?: break
        case .string(let text)?:
            do throws(ImportError) {
                item.occurredAt = try ImportTime(parsing: text, order: .yearFirst)
            } catch {
                item.object(error)
            }
        default:
            item.object(
                ImportError(
                    .time, field: "occurred-at", "the date_of_consent is no text; write it as \"2024-03-04T10:15:30Z\"")
            )
        }
        return item
    }

    /// A UUID, with its hyphens or without.
    private static func isCorrelationID(_ text: String) -> Bool {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 32 && [32, 36].contains(text.utf8.count)
            && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}
