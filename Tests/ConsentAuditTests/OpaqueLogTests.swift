import ConsentAudit
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Somebody else's log, of which only the tree can be verified.
@Suite struct OpaqueLogTests {
    /// Entries of lengths by their index, an empty and a longest one among them.
    static func log(size: Int) -> LogBuilder {
        let builder = LogBuilder(origin: "other.example.org/log")
        for index in 0..<size {
            let length = index == 3 ? 0 : index == 4 ? 65_535 : index % 11
            builder.append([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: length))
        }
        builder.publish()
        return builder
    }

    /// As others publish theirs: no file of ours beside the tiles and the checkpoint.
    static func bare(_ builder: LogBuilder) -> MemoryLog {
        var log = builder.log
        for path in log.files.keys where path == "log.vkey" || path.hasPrefix("checkpoints/") { log.files[path] = nil }
        return log
    }

    static func report(_ log: MemoryLog, _ pins: Pins) async throws -> VerificationReport {
        try await Verifier(reader: log, pins: pins).verify(VerificationOptions(isOpaque: true))
    }

    @Test(arguments: [0, 1, 5, 255, 256, 257, 65_536, 70_000]) func holds(size: Int) async throws {
        let builder = Self.log(size: size)
        let pins = Pins(verifierKey: builder.verifierKey)
        for log in [builder.log, Self.bare(builder)] {
            let report = try await Self.report(log, pins)
            #expect(report.holds, "\(report.findings.map(\.sentence))")
            #expect(report.level == .tree)
            #expect(report.isOpaque)
            #expect(report.soundBelow == UInt64(size))
            #expect(report.facts.ledgerID == nil)
            #expect(report.notCovered.contains { $0.code == .opaqueEntries })
            #expect(!report.notCovered.contains { $0.code == .identity })
        }
        // Without its key, a log that does not say it is not shown to be anybody's.
        let unknown = try await Self.report(Self.bare(builder), Pins())
        #expect(unknown.findings.contains { $0.code == .missingFile && $0.file == "log.vkey" })
        // As a ledger it is none.
        let records = try await Verifier(reader: builder.log, pins: pins).verify(level: .tree)
        #expect(records.holds == (size == 0))
    }

    @Test func findsEveryFlippedByte() async throws {
        let builder = LogBuilder(origin: "other.example.org/log")
        for index in 0..<10 { builder.append([UInt8](repeating: UInt8(index), count: index)) }
        builder.publish()
        let log = Self.bare(builder)
        let pins = Pins(verifierKey: builder.verifierKey)
        for (path, bytes) in log.files {
            for place in bytes.indices {
                var damaged = log
                damaged.files[path]![place] ^= 1 << UInt8(place % 8)
                #expect(try await !Self.report(damaged, pins).holds, "\(path) at \(place)")
            }
            var damaged = log
            damaged.files[path] = nil
            #expect(try await !Self.report(damaged, pins).holds, "\(path)")
        }
    }

    @Test func goesOnFromANotebook() async throws {
        let builder = Self.log(size: 300)
        let pins = Pins(verifierKey: builder.verifierKey)
        let first = try await Self.report(Self.bare(builder), pins)
        let noted = try #require(Notebook(after: first, pins: pins, following: nil, at: NotebookTests.time))
        #expect(noted.text.contains("ledger-id none\n") && noted.text.contains("entries opaque\n"))
        #expect(try Notebook(parsing: Array(noted.text.utf8)) == noted)
        builder.append([7])
        builder.publish()
        let next = try await Verifier(reader: Self.bare(builder)).verify(
            VerificationOptions(isOpaque: true, notebook: noted))
        #expect(next.holds, "\(next.findings.map(\.sentence))")
        #expect(next.sizeVerifiedBefore == 300)
    }
}
