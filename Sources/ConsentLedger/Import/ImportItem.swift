/// One thing that imported text says about one person: what they did, or why there is nothing to record.
///
/// Everything in it is as the source wrote it: the ledger's own names for contacts, senders and categories are looked up
/// by whoever appends it. An item that restricts is never refused for a detail; the details that were left out are its
/// ``doubts``.
public struct ImportItem: Equatable, Sendable {
    /// Where the item stands in the file.
    public struct Position: Hashable, Sendable, CustomStringConvertible {
        /// The row (CSV, without the header), the line (one JSON text a line) or the element (JSON array), from 1.
        public var row: Int
        /// The line on which it begins, from 1.
        public var line: Int
        /// Which of the items of that row it is, from 1.
        public var item: Int

        public init(row: Int, line: Int, item: Int = 1) {
            self.row = row
            self.line = line
            self.item = item
        }

        public var description: String {
            item == 1 ? "row \(row) (line \(line))" : "row \(row) (line \(line)), item \(item)"
        }
    }

    /// An address, unread.
    public struct Contact: Hashable, Sendable {
        public var text: String
        public var notation: ContactAddress.Notation

        public init(_ text: String, notation: ContactAddress.Notation = .any) {
            self.text = text
            self.notation = notation
        }
    }

    /// What the item asks for.
    public enum Intent: Equatable, Sendable {
        /// The person agreed.
        case optIn
        /// The person wants no more, of what ``ImportItem/channels`` and ``ImportItem/categories`` name.
        case optOut
        /// The person takes an opt-out back (START, ALTA, a platform's resume).
        case resume
        /// The person said yes; it counts only for an open request.
        case confirm
        /// The person's words may ask for an opt-out; someone has to decide, and until then they bind.
        case possibleOptOut(text: String)
        /// The person is reached at other addresses now; all the new ones.
        case contactChanged(to: [Contact])
        /// The platform counts a template as of that class; about no person.
        case templateCategory(template: String, language: String?, categoryClass: String)
        /// Nothing to record, and why.
        case nothing(reason: String)
        /// The item cannot be used.
        case rejected(ImportError)
    }

    /// A value for the private part.
    public struct PrivateField: Hashable, Sendable {
        /// `ip`, `user-agent`, `url`, `note`, `text`, `button-id`, `message-id`, `context-message-id`.
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var position: Position
    public var intent: Intent
    /// Whom it is about; `nil` only where the intent is `templateCategory`, `nothing` or `rejected`.
    public var contact: Contact?
    /// Other addresses that the source gives for the same person (a WhatsApp user id beside the number).
    public var otherContacts: [Contact] = []
    /// The channels that it is about; `nil`: none is named.
    public var channels: [String]?
    /// The categories that it is about; `nil`: none is named.
    public var categories: [String]?
    /// The channel by which the person said it.
    public var arrivedBy: String?
    /// The names by which the source knows the sender, best first.
    public var senders: [String] = []
    /// When it happened; `nil`: unknown.
    public var occurredAt: ImportTime?
    /// The time is when the source told of it, not when the person did it.
    public var isReceiptTime = false
    /// The source's own id of the event. May hold a phone number.
    public var outsideID: String?
    public var notice: String?
    public var method: String?
    public var language: String?
    public var expires: ImportTime?
    public var privateFields: [PrivateField] = []
    /// The file that proves it, as the source names it.
    public var proof: String?
    /// Twilio's name for the item, for the answer in Twilio's shape.
    public var correlationID: String?
    /// What was wrong with an item that is used all the same, since it restricts; with one that is rejected, what else was.
    public var doubts: [ImportError] = []

    public init(position: Position, intent: Intent, contact: Contact? = nil) {
        self.position = position
        self.intent = intent
        self.contact = contact
    }

    /// Whether the item lowers what the person may be sent, so that no detail may make it be lost.
    var restricts: Bool {
        switch intent {
        case .optOut, .possibleOptOut: true
        default: false
        }
    }

    /// Takes note of a fault in a detail: a doubt on an item that restricts, the end of one that permits.
    mutating func object(_ error: ImportError) {
        switch intent {
        case .optOut, .possibleOptOut, .rejected: doubts.append(error)
        case .nothing: break
        case .optIn, .resume, .confirm, .contactChanged, .templateCategory: intent = .rejected(error)
        }
    }

    /// Takes note of a fault without which there is nobody, or nothing, to record.
    mutating func reject(_ error: ImportError) {
        if case .rejected(let earlier) = intent { doubts.insert(earlier, at: 0) }
        intent = .rejected(error)
    }

    mutating func keepPrivate(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { privateFields.append(PrivateField(name: name, value: value)) }
    }

    /// As a webhook tells it: what a platform says of a person in words that nobody knows may be a stop, so that it waits for
    /// somebody to look at it.
    var heldWhereUnknown: ImportItem {
        guard case .rejected(let error) = intent, error.code == .unknownValue, error.field == "status", contact != nil
        else { return self }
        var item = self
        item.intent = .possibleOptOut(text: error.description)
        return item
    }
}

extension ImportItem.Intent {
    /// What a person means by words, or by the label and the identifier of what they tapped: what restricts most counts.
    static func said(_ words: String, label: String?, identifier: String?) -> Self {
        let meanings =
            [OptOutWords.meaning(of: words)] + [label.map(OptOutWords.meaning(ofLabel:))].compactMap(\.self)
            + [identifier.map(OptOutWords.meaning(ofIdentifier:))].compactMap(\.self)
        if meanings.contains(.optOut) { return .optOut }
        if meanings.contains(where: { $0 == .optOutOfMarketing || $0 == .possibleOptOut }) {
            return .possibleOptOut(text: words.isEmpty ? label ?? identifier ?? "" : words)
        }
        if meanings.contains(.resume) { return .resume }
        if meanings.contains(.confirm) { return .confirm }
        return .nothing(reason: "the message says nothing about consent")
    }
}
