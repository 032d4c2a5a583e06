internal import ConsentModel
internal import LedgerCrypto

/// Checks that the texts and packs that records name by hash are there, and are what they are named.
struct ObjectCheck {
    /// The largest object, in bytes (SPEC.md, “Bounds”).
    static let mostBytes = 16 << 20
    private let reader: any LogReader
    private var named: Set<SHA256Digest> = []

    init(reader: any LogReader) {
        self.reader = reader
    }

    /// Checks what the event at `index` names, if anything.
    mutating func take(_ event: Event, at index: UInt64, findings: inout [Finding]) throws {
        let isNotice = event.type == .noticePublished || event.type == .noticeReconstructed
        let field: EventField? = isNotice ? .textDigest : event.type == .rulepackAdopted ? .packDigest : nil
        guard let field, let digest = event.bytes(field).flatMap({ SHA256Digest($0) }), named.insert(digest).inserted
        else { return }
        let path = LogPath.object(digest)
        guard let bytes = try reader.read(path) else {
            findings.append(
                Finding(
                    .missingObject, .replay, file: path, index: index, expected: "the bytes with that SHA-256",
                    found: "no file",
                    "Record \(index) names an object that is not there: what was shown or adopted cannot be read"))
            return
        }
        if let finding = Self.compare(bytes, with: digest, path: path, index: index) {
            findings.append(finding)
        } else if isNotice, bytes.isEmpty || String(validating: bytes, as: UTF8.self) == nil {
            findings.append(
                Finding(
                    .malformedNotice, .replay, file: path, index: index, expected: "UTF-8 text",
                    found: bytes.isEmpty ? "no byte" : "bytes that are none",
                    "The words that record \(index) names are not UTF-8 text, or none at all"))
        }
    }

    /// Checks the objects that no record names; gives the names of all of them.
    func checkUnnamed(findings: inout [Finding]) throws -> [String] {
        var unexpected: [String] = []
        for name in try reader.list(LogPath.objects).sorted() {
            let path = "\(LogPath.objects)/\(name)"
            guard let digest = Hexadecimal.decode(name).flatMap({ SHA256Digest($0) }) else {
                unexpected.append(path)
                continue
            }
            guard !named.contains(digest) else { continue }
            unexpected.append(path)
            if let bytes = try reader.read(path), let finding = Self.compare(bytes, with: digest, path: path) {
                findings.append(finding)
            }
        }
        return unexpected
    }

    private static func compare(
        _ bytes: [UInt8], with digest: SHA256Digest, path: String, index: UInt64? = nil
    ) -> Finding? {
        guard bytes.count <= mostBytes else {
            return Finding(
                .objectTooLarge, .replay, file: path, index: index, expected: "at most \(mostBytes) bytes",
                found: "\(bytes.count) bytes or more", "The object is larger than any may be, and was not compared")
        }
        let found = SHA256Digest(hashing: bytes)
        guard found != digest else { return nil }
        return Finding(
            .alteredObject, .replay, file: path, index: index, expected: digest.description, found: found.description,
            "The object is not the one that it is named as: it was changed")
    }
}
