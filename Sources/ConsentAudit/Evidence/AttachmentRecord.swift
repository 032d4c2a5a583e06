internal import ConsentModel
internal import LedgerCrypto

/// A record that attached a file to the contact's records, as far as its private fields are opened (SPEC.md, “The files”).
struct AttachmentRecord {
    let index: UInt64
    /// SHA-256 of the content, as the opened field says.
    let digest: SHA256Digest
    private let mediaType: String?
    private let byteCount: String?

    /// What the private fields of the `evidence-attached` record at `index` say; `nil` if they do not open which file it was.
    init?(_ part: EvidencePrivatePart, at index: UInt64) {
        func text(_ name: String) -> String? {
            part.fields.first { $0.name == name }.flatMap { String(validating: $0.value, as: UTF8.self) }
        }
        guard let digits = text("sha-256"), let digest = Hexadecimal.decode(digits).flatMap({ SHA256Digest($0) }),
            digest.description.utf8.elementsEqual(digits.utf8)
        else { return nil }
        self.index = index
        self.digest = digest
        mediaType = text("media-type")
        byteCount = text("byte-count")
    }

    /// The records of the bundle's contact that attached something, in the order of the log.
    static func all(in contents: EvidenceContents) -> [AttachmentRecord] {
        let handle = contents.request.asked.handle
        return contents.privateParts.sorted { $0.key < $1.key }.compactMap { index, part in
            guard let bytes = contents.records[index], let event = try? LoggedEvent(decoding: bytes, at: index),
                event.event?.type == .evidenceAttached, event.record.handles.contains(handle)
            else { return nil }
            return AttachmentRecord(part, at: index)
        }
    }

    /// The largest content, in bytes (SPEC.md, “Bounds”).
    static let mostBytes: UInt64 = 200 << 20

    /// The name of the file with the content. Its ending is for people: programs open files by it.
    var fileName: String {
        let ending = mediaType.map(AttachmentFileEnding.text) ?? ""
        return "\(EvidenceName.attachments)/\(digest)\(ending)"
    }

    /// Whether the record says that the content has as many bytes, or does not open how many.
    func hasContent(of count: UInt64) -> Bool { byteCount.map { $0.utf8.elementsEqual(String(count).utf8) } ?? true }
}
