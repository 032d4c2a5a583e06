internal import ConsentAudit
internal import ConsentRules
internal import Glibc
internal import LedgerCrypto
internal import TransparencyLog

/// A clearance as the user names it: a file with one decision, or a directory with all of a campaign.
enum ClearanceInput {
    case decision(ShownDecision)
    case directory(SignedClearance, path: String)

    /// The file with the signed note in a directory.
    static let noteName = "clearance"
    /// The file with the decisions in a directory.
    static let leavesName = "leaves"

    /// Reads what is at `path`; `-` is one decision on standard input. Throws `cannotBeRead`, and as `ShownDecision` does.
    init(_ path: String) throws {
        var information = stat()
        guard path != "-", stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            self = .decision(try ShownDecision(parsing: Self.bytes(of: path)))
            return
        }
        let note = try FileInput.bytes(of: "\(path)/\(Self.noteName)", most: SignedNote.maximumByteCount)
        self = .directory(try SignedClearance(reading: note), path: path)
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let input = try InputFile(path)
        var bytes: [UInt8] = []
        while let piece = try input.next() {
            bytes += piece
            guard bytes.count <= ClearanceFile.maximumByteCount else {
                throw CommandError(
                    .badInput, "\(path) has more than \(ClearanceFile.maximumByteCount) bytes, which no clearance has")
            }
        }
        return bytes
    }

    /// The signed note.
    var signed: SignedClearance {
        switch self {
        case .decision(let shown): shown.file.signed
        case .directory(let signed, _): signed
        }
    }

    /// Its decisions with their places, one after the other. Throws `notAClearance` for a leaf that is none, and what
    /// `body` throws.
    func forEachDecision(_ body: (_ index: UInt64, _ leaf: DecisionLeaf) throws -> Void) throws {
        switch self {
        case .decision(let shown): try body(shown.file.index, shown.leaf)
        case .directory(_, let path):
            let input = try Self.leaves(in: path)
            var stream = LeafStream()
            while let piece = try input.next() {
                stream.take(piece)
                while let bytes = try stream.next() {
                    let leaf: DecisionLeaf
                    do { leaf = try DecisionLeaf(decoding: bytes) } catch {
                        throw AuditError(.notAClearance, "leaf \(stream.count - 1) of \(path): \(error)")
                    }
                    try body(stream.count - 1, leaf)
                }
            }
            try stream.end()
        }
    }

    /// Checks it, for `verifier`.
    func verify(_ verifier: ClearanceVerifier) throws -> ClearanceReport {
        switch self {
        case .decision(let shown): return verifier.verify(shown)
        case .directory(let signed, let path):
            let input = try Self.leaves(in: path)
            return try verifier.verify(signed, leaves: { try input.next() })
        }
    }

    static func leaves(in path: String) throws(CommandError) -> InputFile {
        try InputFile("\(path)/\(Self.leavesName)")
    }
}
