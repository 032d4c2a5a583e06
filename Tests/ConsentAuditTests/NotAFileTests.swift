import ConsentAudit
import DamagedLedgers
import LedgerCrypto
import Testing

/// Symbolic links and directories in the place of files: nothing of them is read, and each is found, once.
@Suite struct NotAFileTests {
    private static let (honest, pins): (MemoryLog, Pins) = {
        let builder = LogBuilder.ledger(size: 300, kept: [100, 270])
        return (builder.log, builder.pins)
    }()

    /// The log with a file or a directory, and all in it, moved away and a link in its place.
    private static func linked(_ path: String) -> MemoryLog {
        var log = honest
        for file in log.files.keys where file == path || file.hasPrefix(path + "/") {
            log.files["spare/" + file] = log.files.removeValue(forKey: file)
        }
        log.links[path] = "anywhere"
        return log
    }

    private static func findings(_ log: MemoryLog, _ level: VerificationLevel = .replay) async throws -> [Finding] {
        try await Verifier(reader: log, pins: pins).verify(level: level).findings
    }

    /// Every file and every directory, one at a time, at every level.
    @Test func everyLinkIsFound() async throws {
        let files = Self.honest.files.keys
        let directories = files.flatMap { path in
            let parts = path.split(separator: "/")
            return parts.indices.dropFirst().map { parts[..<$0].joined(separator: "/") }
        }
        for path in Set(Array(files) + directories).sorted() {
            let log = Self.linked(path)
            let isObject = path.hasPrefix("object")
            for level in VerificationLevel.allCases {
                let findings = try await Self.findings(log, level)
                guard !isObject || level == .replay else {
                    #expect(findings.isEmpty, "\(path) at \(level): \(findings.map(\.sentence))")
                    continue
                }
                let links = findings.filter { $0.code == .notAFile }
                #expect(!links.isEmpty, "\(path) at \(level)")
                #expect(Set(links.map(\.level)) == [isObject ? .replay : .structure], "\(path) at \(level)")
                #expect(links.allSatisfy { $0.sentence.contains("“\(path)”") }, "\(path) at \(level)")
                #expect(!findings.contains { $0.code == .missingFile || $0.code == .missingObject }, "\(path)")
                #expect(Set(links.map(\.file)).count == links.count, "\(path) at \(level)")
            }
        }
    }

    /// What nothing but its being there asks for, and what lies above the log's size.
    @Test func whatIsNotNeededIsFoundWhereItIsRead() async throws {
        let object = "object/\(SHA256Digest(hashing: [9]))"
        for (path, level) in [
            ("tile/0/000.p/7", VerificationLevel.structure), ("tile/entries/001.p/9", .structure), (object, .replay),
        ] {
            var log = Self.honest
            log.links[path] = "anywhere"
            #expect(try await Self.findings(log).map(\.level) == [level], "\(path)")
        }
        for path in [
            "tile/0/001.p/60", "tile/entries/001", "checkpoints/latest", "checkpoints/09223372036854775808", "x",
        ] {
            var log = Self.honest
            log.links[path] = "anywhere"
            let report = try await Verifier(reader: log, pins: Self.pins).verify()
            #expect(report.holds, "\(path): \(report.findings.map(\.sentence))")
        }
    }

    /// A kept checkpoint's name is no file: the name counts, and says that there should be one.
    @Test func aDirectoryNamedByASizeIsFound() async throws {
        var log = Self.honest
        log.files[CheckpointTests.kept(50) + "/README"] = [1]
        let findings = try await Self.findings(log, .structure)
        #expect(findings.map(\.code) == [.notAFile])
        #expect(findings.first?.found == "a directory")
    }

    /// Who takes something from a log without verifying it gets nothing by a link.
    @Test func nothingIsProvenByALink() throws {
        let published = try PublishedLog(reader: Self.linked("tile/entries/000"))
        #expect(throws: AuditError(.notAFile, "")) { try published.entry(at: 5) }
        #expect(throws: AuditError(.notAFile, "")) { try PublishedLog(reader: Self.linked("checkpoint")) }
    }
}
