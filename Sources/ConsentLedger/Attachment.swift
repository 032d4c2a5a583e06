public import ConsentModel
public import LedgerCrypto

/// A file that was attached to an event of a person: what the event's private fields say of it. The content is kept
/// beside the ledger's sealed parts, sealed under the contact's data key.
public struct Attachment: Hashable, Sendable {
    /// The largest content, in bytes: 200 MiB.
    public static let mostBytes: UInt64 = 200 << 20

    /// The names of the private fields.
    enum Fact {
        static let fileName = "file-name"
        static let mediaType = "media-type"
        static let byteCount = "byte-count"
        static let digest = "sha-256"

        static let all: Set = [fileName, mediaType, byteCount, digest]
    }

    /// The record of the event that attached it.
    public let index: UInt64
    /// That event's id.
    public let event: EventID
    /// The contact.
    public let handle: ContactHandle
    /// The id of the event that it is evidence of.
    public let concerns: EventID?
    /// The name the file had, without a folder.
    public let fileName: String
    /// What it is, such as `image/png`.
    public let mediaType: String
    /// The content's size.
    public let byteCount: UInt64
    /// SHA-256 of the content.
    public let digest: SHA256Digest
}

/// A file that can be attached: measured once, and read again while it is sealed.
public protocol AttachableFile: Sendable {
    /// Its name, without a folder.
    var name: String { get }
    /// What it is, such as `image/png`.
    var mediaType: String { get }
    /// Its size and SHA-256, when it was measured.
    var byteCount: UInt64 { get }
    var digest: SHA256Digest { get }
    /// Opens it; what that returns gives its content from the beginning, piece by piece, and then `nil`.
    func open() throws -> () throws -> [UInt8]?
}

/// A file to be attached, as it was measured before.
public struct AttachmentDraft: Sendable {
    /// The business and the person.
    public let business: String
    public let contact: ContactAddress
    /// The id of the event that it is evidence of.
    public let concerns: EventID
    /// The name of the file, without a folder; at most 255 bytes.
    public let fileName: String
    /// What it is, such as `image/png`.
    public let mediaType: String
    /// The content's size and SHA-256.
    public let byteCount: UInt64
    public let digest: SHA256Digest
    /// The further fields of the event, such as its source, and when it happened.
    public var fields: [EventField: FieldValue]

    /// Throws `badInput` for an empty content or one of more than 200 MiB, a name that is empty, too long, or has a slash or
    /// control characters, and what is no media type.
    public init(
        business: String, contact: ContactAddress, concerns: EventID, fileName: String, mediaType: String,
        byteCount: UInt64, digest: SHA256Digest, fields: [EventField: FieldValue] = [:]
    ) throws(LedgerError) {
        guard 1...Attachment.mostBytes ~= byteCount else {
            throw LedgerError(
                .badInput,
                byteCount == 0
                    ? "“\(fileName.prefix(80))” is empty; there is nothing to attach"
                    : "“\(fileName.prefix(80))” has \(byteCount) bytes, and at most \(Attachment.mostBytes) can be attached; "
                        + "attach a part of it, or keep it elsewhere and attach a text that says where")
        }
        guard 1...255 ~= fileName.utf8.count,
            fileName.unicodeScalars.allSatisfy({ $0 != "/" && $0.properties.generalCategory != .control })
        else {
            throw LedgerError(
                .badInput,
                "“\(fileName.prefix(80))” cannot be the name of an attachment: 1 to 255 bytes, without “/” and control "
                    + "characters")
        }
        guard Self.isMediaType(mediaType) else {
            throw LedgerError(
                .badInput,
                "“\(mediaType.prefix(80))” is not a media type; write one such as image/png or application/pdf")
        }
        self.business = business
        self.contact = contact
        self.concerns = concerns
        self.fileName = fileName
        self.mediaType = mediaType
        self.byteCount = byteCount
        self.digest = digest
        self.fields = fields
    }

    /// Type and subtype, each 1 to 63 of the characters that RFC 6838 §4.2 allows.
    private static func isMediaType(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                1...63 ~= part.utf8.count
                    && part.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"):
                            true
                        default: "!#$&-^_.+".utf8.contains(byte)
                        }
                    }
            }
    }

    /// The event that says it. The same file for the same event is attached once.
    var event: EventDraft {
        let facts = [
            EventDraft.PrivateFact(Attachment.Fact.fileName, fileName),
            EventDraft.PrivateFact(Attachment.Fact.mediaType, mediaType),
            EventDraft.PrivateFact(Attachment.Fact.byteCount, String(byteCount)),
            EventDraft.PrivateFact(Attachment.Fact.digest, digest.description),
        ]
        var draft = EventDraft(.evidenceAttached, business: business, contact: contact, privateFields: facts)
        draft.fields = fields
        draft.fields[.concerns] = .bytes(concerns.bytes)
        draft.outsideID = "attachment \(concerns) \(digest) \(mediaType) \(fileName)"
        return draft
    }
}
