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
    /// The leaf hashes of governance records about other contacts, which are not shown.
    var withheld: [UInt64: SHA256Digest] = [:]
    /// The audit paths of both.
    var paths: [UInt64: [SHA256Digest]] = [:]
    var privateParts: [UInt64: EvidencePrivatePart] = [:]
    var objects: [SHA256Digest: [UInt8]] = [:]
    /// Files with decisions, in the order in which they were given.
    var clearances: [[UInt8]] = []

    /// The files, those that are derived apart, in the order in which they stand in a bundle.
    func files() throws -> [(name: String, bytes: [UInt8])] {
        var files = [(EvidenceName.keys, keys), (EvidenceName.checkpoint, checkpoint.bytes)]
        files += records.sorted { $0.key < $1.key }.map { (EvidenceName.record($0.key), $0.value) }
        files += withheld.sorted { $0.key < $1.key }.map {
            (EvidenceName.withheld($0.key), Array("\($0.value)\n".utf8))
        }
        for (index, hashes) in paths.sorted(by: { $0.key < $1.key }) {
            let proof = try TransparencyProof(
                extra: records[index] ?? [], index: index, hashes: hashes, checkpoint: checkpoint)
            files.append((EvidenceName.proof(index), proof.bytes))
        }
        files += privateParts.sorted { $0.key < $1.key }.map { (EvidenceName.privatePart($0.key), $0.value.bytes) }
        files += objects.sorted { $0.key < $1.key }.map { (EvidenceName.object($0.key), $0.value) }
        files += clearances.enumerated().map { (EvidenceName.clearance($0.offset), $0.element) }
        return files
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
    static func withheld(_ index: UInt64) -> String { "withheld/\(index)" }
    static func proof(_ index: UInt64) -> String { "proofs/\(index).tlog-proof" }
    static func privatePart(_ index: UInt64) -> String { "private/\(index).json" }
    static func object(_ digest: SHA256Digest) -> String { "objects/\(digest)" }
    static func clearance(_ number: Int) -> String { "clearances/\(number + 1).clearance" }

    /// The index in a name that begins with `folder` and ends with `suffix`, if it is spelled as it must be.
    static func index(_ name: String, in folder: String, suffix: String = "") -> UInt64? {
        guard name.hasPrefix(folder + "/"), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(folder.utf8.count + 1).dropLast(suffix.utf8.count)
        return UInt64(digits).flatMap { String($0) == digits ? $0 : nil }
    }
}
