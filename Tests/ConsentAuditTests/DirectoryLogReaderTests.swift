import ConsentAudit
import DamagedLedgers
import Glibc
import Testing

@Suite final class DirectoryLogReaderTests {
    private let root: String

    init() {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(temporary)/consent-audit-XXXXXX".utf8CString)
        root = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for (path, isDirectory) in written.reversed() { _ = isDirectory ? rmdir(path) : unlink(path) }
        rmdir(root)
    }

    private var written: [(path: String, isDirectory: Bool)] = []

    private func write(_ path: String, _ bytes: [UInt8]) {
        var directory = root
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            if mkdir(directory, 0o755) == 0 { written.append((directory, true)) }
        }
        let file = open("\(root)/\(path)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
        close(file)
        written.append(("\(root)/\(path)", false))
    }

    @Test func readsAWholeLog() async throws {
        let builder = LogBuilder.ledger(size: 300, kept: [100])
        for (path, bytes) in builder.log.files { write(path, bytes) }
        let reader = try DirectoryLogReader(root: root)
        for (path, bytes) in builder.log.files { #expect(try reader.read(path) == bytes) }
        for directory in ["", "checkpoints", "tile", "tile/0", "tile/0/001.p", "nowhere"] {
            for _ in 0..<2 { #expect(Set(try reader.list(directory)) == Set(try builder.log.list(directory))) }
        }
        let report = try await Verifier(reader: reader, pins: builder.pins).verify()
        #expect(report.holds, "\(report.findings.map(\.sentence))")
    }

    @Test func neverLeavesItsRoot() throws {
        write("log/inside", [1])
        write("outside", [2])
        symlink("\(root)/outside", "\(root)/log/link")
        symlink(root, "\(root)/log/up")
        written += [("\(root)/log/link", false), ("\(root)/log/up", false)]
        let reader = try DirectoryLogReader(root: "\(root)/log")
        #expect(try reader.read("inside") == [1])
        for path in [
            "../outside", "/etc/passwd", "./inside", "a//b", ".", "..", "in\0side", String(repeating: "x", count: 5000),
        ] { #expect(try reader.read(path) == nil, "\(path)") }
        for path in ["..", "/", "."] { #expect(try reader.list(path).isEmpty, "\(path)") }
        for (path, said) in [
            ("link", "“link” of the log is a symbolic link"), ("up/outside", "“up” of the log is a symbolic link"),
            ("up/log/inside", "“up” of"), ("inside/", "“inside” of the log is a file in the place of a directory"),
            ("inside/x", "“inside” of"), ("", "“” of the log is a directory"),
        ] {
            let error = #expect(throws: AuditError(.notAFile, ""), "\(path)") { try reader.read(path) }
            #expect(error?.description.hasPrefix(said) == true, "\(path): \(error?.description ?? "")")
        }
        for path in ["up", "link", "inside"] {
            #expect(throws: AuditError(.notAFile, ""), "\(path)") { try reader.list(path) }
        }
    }

    @Test func directoriesAndPipesAreNoFiles() throws {
        write("directory/file", [1])
        mkfifo("\(root)/pipe", 0o644)
        written.append(("\(root)/pipe", false))
        let reader = try DirectoryLogReader(root: root)
        for (path, kind) in [("directory", "a directory"), ("pipe", "a named pipe")] {
            let error = #expect(throws: AuditError(.notAFile, "")) { try reader.read(path) }
            #expect(error?.description.contains(kind) == true)
        }
    }

    /// What the generator's logs in memory say of links is what the system's say.
    @Test func linksAreFoundAsInMemory() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var log = builder.log
        let bundle = "tile/entries/000.p/40"
        log.files["spare"] = log.files.removeValue(forKey: bundle)
        log.links[bundle] = "../../../spare"
        for (path, bytes) in log.files { write(path, bytes) }
        symlink("../../../spare", "\(root)/\(bundle)")
        written.append(("\(root)/\(bundle)", false))
        let onDisk = try await Verifier(reader: DirectoryLogReader(root: root), pins: builder.pins).verify()
        let inMemory = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(onDisk.findings == inMemory.findings)
        #expect(onDisk.findings.map(\.code) == [.notAFile])
        #expect(onDisk.findings.first?.file == bundle && onDisk.findings.first?.index == 0)
    }

    @Test func saysWhichDirectoryCannotBeOpened() throws {
        let error = #expect(throws: AuditError.self) { try DirectoryLogReader(root: "\(root)/absent") }
        #expect(error?.code == .cannotOpen)
        #expect(error?.description.contains("absent") == true)
    }

    /// What the system refuses is an error, and never mistaken for an absent file.
    @Test func failureToReadIsThrown() async throws {
        struct Refusing: LogReader {
            func read(_ path: String) throws -> [UInt8]? { throw AuditError(.cannotRead, "“\(path)” cannot be read") }
            func list(_ directory: String) throws -> [String] { [] }
        }
        await #expect(throws: AuditError(.cannotRead, "")) { try await Verifier(reader: Refusing()).verify() }
    }
}
