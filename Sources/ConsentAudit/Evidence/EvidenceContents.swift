internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// All that a bundle shows, before anything is derived from it: records with their proofs, what opens them, and what was
/// asked.
struct EvidenceContents: Sendable {
    var request: StatedRequest
    /// The tree that everything is proven against.
    var checkpoint: SignedCheckpoint
    /// `log.vkey` as the log has it.
    var keys: [UInt8]
    /// The records, by index.
    var records: [UInt64: [UInt8]] = [:]
    /// Their audit paths.
    var paths: [UInt64: [SHA256Digest]] = [:]
    var privateParts: [UInt64: EvidencePrivatePart] = [:]
    var objects: [SHA256Digest: [UInt8]] = [:]
    /// Files with decisions, in the order in which they were given.
    var clearances: [[UInt8]] = []
    /// Older checkpoints of the log, with what proves that `checkpoint` goes on from them, by size.
    var older: [UInt64: SignedConsistencyProof] = [:]
    /// The most of these (SPEC.md, “Bounds”).
    static let mostOlder = 4096
    /// Time stamps, as authorities gave them, by the size of the checkpoint that they are of.
    var stamps: [UInt64: [SHA256Digest: [UInt8]]] = [:]
    /// The contents of attachments that are shown. They can be large, and are not held here.
    var attachments: [SHA256Digest: Content] = [:]

    /// A content of an attachment.
    struct Content: Hashable, Sendable {
        /// The file with it.
        let name: String
        let byteCount: UInt64
    }

    /// The files, those that are derived and the contents of attachments apart, in the order in which they stand in a
    /// bundle.
    func files() throws -> [(name: String, bytes: [UInt8])] {
        var files = [(EvidenceName.keys, keys), (EvidenceName.checkpoint, checkpoint.bytes)]
        files += records.sorted { $0.key < $1.key }.map { (EvidenceName.record($0.key), $0.value) }
        for (index, hashes) in paths.sorted(by: { $0.key < $1.key }) {
            let proof = try TransparencyProof(
                extra: records[index] ?? [], index: index, hashes: hashes, checkpoint: checkpoint)
            files.append((EvidenceName.proof(index), proof.bytes))
        }
        files += privateParts.sorted { $0.key < $1.key }.map { (EvidenceName.privatePart($0.key), $0.value.bytes) }
        files += objects.sorted { $0.key < $1.key }.map { (EvidenceName.object($0.key), $0.value) }
        files += clearances.enumerated().map { (EvidenceName.clearance($0.offset), $0.element) }
        files += older.sorted { $0.key < $1.key }.map { (EvidenceName.older($0.key), $0.value.bytes) }
        for (size, stamps) in stamps.sorted(by: { $0.key < $1.key }) {
            files += stamps.sorted { $0.key < $1.key }.map { (EvidenceName.stamp(size, $0.key), $0.value) }
        }
        return files
    }

    /// The contents of attachments, in the order in which they stand behind the other files.
    var orderedAttachments: [(digest: SHA256Digest, content: Content)] {
        attachments.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// The names of the files in a bundle.
enum EvidenceName {
    static let page = "evidence.html"
    static let document = "evidence.json"
    static let instructions = "VERIFY.txt"
    static let sums = "SHA256SUMS"
    static let verifier = "verify.py"
    static let keys = "log.vkey"
    static let checkpoint = "checkpoint"

    static func record(_ index: UInt64) -> String { "records/\(index)" }
    static func proof(_ index: UInt64) -> String { "proofs/\(index).tlog-proof" }
    static func privatePart(_ index: UInt64) -> String { "private/\(index).json" }
    static func object(_ digest: SHA256Digest) -> String { "objects/\(digest)" }
    static func clearance(_ number: Int) -> String { "clearances/\(number + 1).clearance" }
    static func older(_ size: UInt64) -> String { "checkpoints/\(size)\(olderSuffix)" }
    static func stamp(_ size: UInt64, _ digest: SHA256Digest) -> String { "\(stamps)/\(size).\(digest)\(stampSuffix)" }

    /// How many bytes a file of that name has at most (SPEC.md, “The files”); `nil` for a name that no file of a bundle has,
    /// and for contents of attachments, which are not held whole.
    static func mostBytes(of name: String) -> Int? {
        switch name {
        case page, document, instructions, sums, verifier: return 1 << 25
        case keys, checkpoint: return 1 << 20
        default: break
        }
        if index(name, in: "records") != nil { return Record.mostBytes }
        if index(name, in: "proofs", suffix: ".tlog-proof") != nil { return 1 << 21 }
        if index(name, in: "private", suffix: ".json") != nil { return 1 << 25 }
        if index(name, in: "clearances", suffix: ".clearance") != nil { return 1 << 20 }
        if index(name, in: "checkpoints", suffix: olderSuffix) != nil { return 1 << 21 }
        if stamp(name) != nil { return 1 << 20 }
        let isObject = name.hasPrefix("objects/") && Hexadecimal.decode(name.dropFirst(8))?.count == 32
        return isObject ? 1 << 24 : nil
    }

    /// The most digits of a number in a name.
    private static let mostDigits = 19
    static let olderSuffix = ".consistency-proof"
    static let attachments = "attachments"
    private static let stamps = "stamps"
    private static let stampSuffix = ".tsr"

    /// The size and the SHA-256 in the name of a time stamp, if it is spelled as it must be.
    static func stamp(_ name: String) -> (size: UInt64, digest: SHA256Digest)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let size = index(String(parts[0]), in: stamps),
            let digest = Hexadecimal.decode(String(parts[1])).flatMap({ SHA256Digest($0) }),
            stamp(size, digest) == name
        else { return nil }
        return (size, digest)
    }

    /// The SHA-256 in the name of a content of an attachment, if it is spelled as it must be; whatever its ending.
    static func attachment(_ name: String) -> SHA256Digest? {
        guard name.hasPrefix(attachments + "/") else { return nil }
        let digits = name.dropFirst(attachments.utf8.count + 1).prefix { $0 != "." }
        guard let digest = Hexadecimal.decode(String(digits)).flatMap({ SHA256Digest($0) }),
            digest.description == digits
        else { return nil }
        return digest
    }

    /// The index in a name that begins with `folder` and ends with `suffix`, if it is spelled as it must be.
    static func index(_ name: String, in folder: String, suffix: String = "") -> UInt64? {
        guard name.hasPrefix(folder + "/"), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(folder.utf8.count + 1).dropLast(suffix.utf8.count)
        return digits.utf8.count > mostDigits ? nil : UInt64(digits).flatMap { String($0) == digits ? $0 : nil }
    }
}
