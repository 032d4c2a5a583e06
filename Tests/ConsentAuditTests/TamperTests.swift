import ConsentAudit
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Files changed after they were written, by who holds the disk and no key.
@Suite struct TamperTests {
    static func verify(_ log: MemoryLog, _ builder: LogBuilder) async throws -> VerificationReport {
        try await Verifier(reader: log, pins: builder.pins).verify()
    }

    /// Every byte of every file, each with one bit changed: all are found, and nothing crashes.
    @Test func findsEveryFlippedByte() async throws {
        let builder = LogBuilder.ledger(size: 11, kept: [3])
        #expect(try await Self.verify(builder.log, builder).holds)
        var missed: [String] = []
        for (path, bytes) in builder.log.files.sorted(by: { $0.key < $1.key }) {
            for position in bytes.indices {
                var log = builder.log
                log.files[path]![position] ^= 1 << UInt8(position % 8)
                if try await Self.verify(log, builder).holds { missed.append("\(path) at \(position)") }
            }
        }
        #expect(missed.isEmpty)
    }

    /// Every file removed, cut by a byte, lengthened by a byte, emptied, doubled, and exchanged with the next one. A
    /// kept checkpoint that is removed leaves no trace but the tiles it needed, so it is let out.
    @Test func findsEveryDamagedFile() async throws {
        let builder = LogBuilder.ledger(size: 270, kept: [3, 260])
        var missed: [String] = []
        let files = builder.log.files.sorted { $0.key < $1.key }
        func check(_ log: MemoryLog, _ what: String) async throws {
            if try await Self.verify(log, builder).holds { missed.append(what) }
        }
        for (place, (path, bytes)) in files.enumerated() {
            let changes: [(String, [UInt8]?)] = [
                ("removed", nil), ("cut", bytes.dropLast()), ("lengthened", bytes + [0]), ("emptied", []),
                ("doubled", bytes + bytes), ("exchanged", files[(place + 1) % files.count].value),
            ]
            for (name, changed) in changes {
                var log = builder.log
                log.files[path] = changed
                try await check(log, "\(path) \(name)")
            }
        }
        let undetectable = [
            "checkpoints/00000000000000000003 removed", "checkpoints/00000000000000000260 removed",
            "tile/0/000.p/3 removed", "tile/entries/000.p/3 removed",
            // The kept copy of the published checkpoint is the same file.
            "checkpoint exchanged", "checkpoints/00000000000000000270 exchanged",
        ]
        #expect(missed.filter { !undetectable.contains($0) }.isEmpty)
    }

    @Test func namesAnAlteredRecord() async throws {
        let builder = LogBuilder.ledger(size: 600, kept: [100, 300])
        let bundle = try EntryBundle(parsing: builder.log.files["tile/entries/001"]!, count: 256)
        var log = builder.log
        // A byte of the 47th entry's signature, which any decoder takes.
        log.files["tile/entries/001"]![bundle.ranges[46].upperBound - 5] ^= 1
        let report = try await Self.verify(log, builder)
        let altered = try #require(report.findings.first { $0.code == .alteredRecord })
        #expect(altered.level == .tree)
        #expect(altered.file == "tile/entries/001")
        #expect(altered.index == 302)
        #expect(altered.offset == bundle.ranges[46].lowerBound - 2)
        #expect(altered.expected == builder.leafHashes[302].description)
        #expect(report.findings.map(\.code) == [.alteredRecord, .badSignature])
        #expect(report.soundBelow == 302)
        // Up to the level below, nothing is wrong.
        #expect(try await Verifier(reader: log, pins: builder.pins).verify(level: .structure).holds)
    }

    @Test func namesAnAlteredTile() async throws {
        let builder = LogBuilder.ledger(size: 600)
        for (path, index) in [("tile/0/000", 9), ("tile/0/002.p/88", 521), ("tile/1/000.p/2", 256)] {
            var log = builder.log
            log.files[path]![path.hasPrefix("tile/1") ? 40 : 9 * 32 + 3] ^= 0x80
            let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .tree)
            #expect(report.findings.map(\.code) == [.alteredTile])
            #expect(report.findings.first?.level == .tree)
            #expect(report.findings.first?.file == path)
            #expect(report.findings.first?.index == UInt64(index))
        }
    }

    @Test func namesTruncatedBundles() async throws {
        let builder = LogBuilder.ledger(size: 600, kept: [200])
        for removed in [1, 1000] {
            var log = builder.log
            log.files["tile/entries/001"]!.removeLast(removed)
            let report = try await Self.verify(log, builder)
            #expect(report.findings.first?.code == .malformedBundle)
            #expect(report.findings.first?.level == .structure)
            #expect(report.findings.first?.index == 256)
            // The tile says what the tree has there, so everything else is judged, and only that bundle is not.
            #expect(report.findings.map(\.code) == [.malformedBundle])
            #expect(report.soundBelow == 256)
        }
    }

    @Test func findsAllDamageAndNotOnlyTheFirst() async throws {
        let builder = LogBuilder.ledger(size: 900)
        var log = builder.log
        log.files["tile/entries/000"]![5000] ^= 4
        log.files["tile/entries/002"] = nil
        log.files["tile/0/001"]![0] ^= 4
        log.files["tile/0/003.p/132"]!.removeLast()
        let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .tree)
        let codes = Set(report.findings.map(\.code))
        #expect(codes.isSuperset(of: [.alteredRecord, .missingFile, .alteredTile, .malformedTile]))
        #expect(!codes.contains(.wrongRoot) && !codes.contains(.forkedChain))
        #expect(report.findings.map { $0.index ?? 0 } == report.findings.map { $0.index ?? 0 }.sorted())
    }

    @Test func namesMissingFiles() async throws {
        let builder = LogBuilder.ledger(size: 300, kept: [280])
        for path in [
            "checkpoint", "log.vkey", "tile/0/000", "tile/0/001.p/44", "tile/0/001.p/24", "tile/1/000.p/1",
            "tile/entries/000", "tile/entries/001.p/44", "tile/entries/001.p/24", "checkpoints/00000000000000000300",
        ] {
            var log = builder.log
            log.files[path] = nil
            let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .structure)
            #expect(report.findings.map(\.code) == [.missingFile], "\(path)")
            #expect(report.findings.map(\.level) == [.structure], "\(path)")
            #expect(report.findings.map(\.file) == [path])
        }
    }

    @Test func namesAStalePartial() async throws {
        let builder = LogBuilder.ledger(size: 300, kept: [280])
        for path in ["tile/0/001.p/24", "tile/entries/001.p/24"] {
            var log = builder.log
            log.files[path]![100] ^= 1
            let report = try await Self.verify(log, builder)
            #expect(report.findings.map(\.code) == [.stalePartial])
            #expect(report.findings.first?.offset == 100)
            #expect(report.findings.first?.level == .tree)
        }
    }

    /// A gap in entries and hashes: what can be judged is judged, and what cannot is said.
    @Test func saysWhatAGapHides() async throws {
        let builder = LogBuilder.ledger(size: 1000, kept: [500])
        var log = builder.log
        log.files["tile/entries/001"] = nil
        log.files["tile/0/001"] = nil
        let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .tree)
        #expect(report.findings.map(\.file) == ["tile/0/001", "tile/entries/001"])
        #expect(report.notCovered.contains { $0.code == .aboveGap })
        #expect(report.soundBelow == 256)
    }

    /// A checkpoint that promises far more than there is does not keep the verifier busy.
    @Test(arguments: [70_000, 1 << 40, UInt64(Int64.max)]) func stopsWhereNothingIs(size: UInt64) async throws {
        let builder = LogBuilder.ledger(size: 300)
        let checkpoint = try SignedCheckpoint(
            signing: Checkpoint(origin: builder.origin, size: size, root: .zero), with: builder.logKey.key)
        var log = builder.log
        log.files["checkpoint"] = checkpoint.bytes
        let report = try await Self.verify(log, builder)
        #expect(!report.holds)
        #expect(report.soundBelow <= 300)
        #expect(report.notCovered.contains { $0.code == .aboveGap })
        for level in VerificationLevel.allCases {
            #expect(try await !Verifier(reader: log, pins: builder.pins).verify(level: level).holds)
        }
    }

    @Test func takesRandomDamageWithoutCrashing() async throws {
        let builder = LogBuilder.ledger(size: 270, kept: [100])
        let paths = builder.log.files.keys.sorted()
        for seed in 0..<200 {
            var random = SplitMix(seed: UInt64(seed))
            var log = builder.log
            for _ in 0..<3 {
                let path = paths[Int(random.next() % UInt64(paths.count))]
                guard var bytes = log.files[path], !bytes.isEmpty else { continue }
                let start = Int(random.next() % UInt64(bytes.count))
                let end = min(bytes.count, start + Int(random.next() % 40) + 1)
                switch random.next() % 3 {
                case 0: bytes.removeSubrange(start..<end)
                case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
                default: for place in start..<end { bytes[place] = ~bytes[place] }
                }
                log.files[path] = bytes
            }
            let report = try await Self.verify(log, builder)
            #expect(!report.holds, "seed \(seed)")
            #expect(report.soundBelow <= 270)
        }
    }
}
