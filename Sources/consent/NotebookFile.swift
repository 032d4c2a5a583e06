internal import ConsentAudit
internal import Glibc

/// An auditor's notebook on disk. It is replaced as a whole, and only if it still says what was gone on from.
struct NotebookFile {
    /// What it says; `nil` if there is none yet.
    let notebook: Notebook?
    private let path: String
    private let bytes: [UInt8]?
    private let output: OutputFile

    /// Reads the notebook at `path`, which is not the file at `other`. Throws if it is no notebook or cannot be read, and
    /// at once, before the work, if it could not be written.
    init(_ path: String, notReplacing other: String) throws {
        self.path = path
        bytes = try Self.read(path)
        notebook = try bytes.map { try Notebook(parsing: $0) }
        output = try OutputFile(path, notReplacing: other)
    }

    /// Puts `notebook` in its place. Throws `tryAgain` if somebody else has written there meanwhile.
    func replace(with notebook: Notebook) throws {
        guard try Self.read(path) == bytes else {
            throw CommandError(
                .changedMeanwhile,
                "\(path) was changed by another run meanwhile, and is left as it is; verify once more")
        }
        try output.line(String(notebook.text.dropLast()))
        try output.finish()
    }

    private static func read(_ path: String) throws -> [UInt8]? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        return try FileInput.bytes(of: path, most: Notebook.maximumByteCount)
    }
}
