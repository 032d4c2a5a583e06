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
        guard !path.isEmpty else {
            throw CommandError(
                .usage, "the path is empty; name a file with one decision, or the directory of a campaign")
        }
        var information = stat()
        guard path != "-", stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            let bytes = try Self.bytes(of: path)
            do { self = .decision(try ShownDecision(parsing: bytes)) } catch {
                throw AuditError(error.code, "\(path == "-" ? "standard input" : path): \(error)")
            }
            return
        }
        let note = try FileInput.bytes(of: Self.file(Self.noteName, in: path), most: SignedNote.maximumByteCount)
        do { self = .directory(try SignedClearance(reading: note), path: path) } catch {
            throw AuditError(error.code, "\(path)/\(Self.noteName): \(error)")
        }
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

    /// Its decisions, to be read one after the other. Throws as `leaves(in:)` does.
    func decisions() throws -> DecisionReader {
        switch self {
        case .decision(let shown): DecisionReader(shown)
        case .directory(_, let path): DecisionReader(try Self.leaves(in: path), path: path)
        }
    }

    /// Its decisions with their places, one after the other. Throws `notAClearance` for a leaf that is none, and what
    /// `body` throws.
    func forEachDecision(_ body: (_ index: UInt64, _ leaf: DecisionLeaf) throws -> Void) throws {
        let decisions = try decisions()
        while let (index, leaf) = try decisions.next() { try body(index, leaf) }
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

    /// The file with the decisions of the directory at `path`. Throws `cannotBeRead`.
    static func leaves(in path: String) throws(CommandError) -> InputFile {
        try InputFile(try file(leavesName, in: path))
    }

    /// The path of a file in a directory. Throws `cannotBeRead` unless it is a regular file, so that nothing waits for a pipe.
    private static func file(_ name: String, in directory: String) throws(CommandError) -> String {
        let path = "\(directory)/\(name)"
        var information = stat()
        guard stat(path, &information) == 0 else {
            throw CommandError(
                .cannotBeRead,
                "cannot read \(path): \(String(cString: strerror(errno))); the directory of a campaign's clearance has the "
                    + "files “\(noteName)” and “\(leavesName)”, as “consent screen --clearances” writes them")
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw CommandError(.cannotBeRead, "cannot read \(path): it is not a file; restore it from a copy")
        }
        return path
    }
}

/// The decisions of a clearance, one after the other.
final class DecisionReader {
    private var shown: ShownDecision?
    private let file: InputFile?
    private let path: String
    private var stream = LeafStream()

    fileprivate init(_ shown: ShownDecision) {
        self.shown = shown
        file = nil
        path = ""
    }

    fileprivate init(_ file: InputFile, path: String) {
        self.file = file
        self.path = path
    }

    /// The next decision and its place; `nil` at the end. Throws `notAClearance` for a leaf that is none, and `malformed`
    /// where the file ends within one.
    func next() throws -> (index: UInt64, leaf: DecisionLeaf)? {
        guard let file else {
            defer { shown = nil }
            return shown.map { ($0.file.index, $0.leaf) }
        }
        while true {
            if let bytes = try stream.next() {
                do { return (stream.count - 1, try DecisionLeaf(decoding: bytes)) } catch {
                    throw AuditError(.notAClearance, "leaf \(stream.count - 1) of \(path): \(error)")
                }
            }
            guard let piece = try file.next() else {
                try stream.end()
                return nil
            }
            stream.take(piece)
        }
    }
}
