import ConsentAudit
import Foundation
import LedgerCrypto
import Testing

/// A bundle in which anything at all was changed does not hold, and what was changed is named.
@Suite struct EvidenceTamperTests {
    /// A generator whose seed is told where something is missed (SplitMix64).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    static let seed = ProcessInfo.processInfo.environment["TAMPER_SEED"].flatMap { UInt64($0) } ?? 1
    /// How many bytes of each file are changed; all, where the campaign runs whole.
    static let mostBytesOfFile = ProcessInfo.processInfo.environment["TAMPER_ALL"] == "1" ? Int.max : 6

    /// Whether the bundle is refused, or a finding names `file`.
    private static func isCaught(_ bundle: [UInt8], _ world: EvidenceWorld, naming file: String?) throws -> Bool {
        do {
            let report = try world.verify(bundle)
            if file == "verify.py" { return report.notCovered.contains { $0.code == .otherVerifier } }
            guard let file else { return !report.holds }
            return report.findings.contains { $0.file == file }
        } catch let error as AuditError where error.code == .notEvidence {
            return file == nil || file == "evidence.json"
        }
    }

    @Test func everyChangedByteIsCaught() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle()
        #expect(try world.verify(bundle).holds)
        let files = try EvidenceFiles(bundle)
        var random = Seeded(state: Self.seed)
        for (name, bytes) in files.files where name != "SHA256SUMS" {
            var places = Array(bytes.indices)
            if places.count > Self.mostBytesOfFile {
                places = (0..<Self.mostBytesOfFile).map { _ in Int.random(in: bytes.indices, using: &random) }
            }
            for place in places {
                var changed = files
                changed[name]?[place] ^= UInt8.random(in: 1...255, using: &random)
                // Somebody who knows makes the sums again; somebody who does not is found by them.
                #expect(
                    try Self.isCaught(changed.archive(), world, naming: name),
                    "\(name), byte \(place), seed \(Self.seed)")
                #expect(try Self.isCaught(changed.archive(sums: false), world, naming: name))
            }
        }
        var sums = files
        sums["SHA256SUMS"]?[70] ^= 1
        #expect(try Self.isCaught(sums.archive(sums: false), world, naming: "SHA256SUMS"))
    }

    @Test func everyByteOfTheArchiveIsTold() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle()
        var random = Seeded(state: Self.seed)
        let archive = try StoredArchive(reading: MemorySource(bundle))
        let contents = archive.entries.reduce(0) { $0 + Int($1.byteCount) }
        // All bytes of the headers, and some of the files.
        var places = (0..<200).map { _ in Int.random(in: bundle.indices, using: &random) }
        places += bundle.indices.suffix(bundle.count - contents - 30 * archive.entries.count).suffix(2_000)
        for place in places {
            var changed = bundle
            changed[place] ^= UInt8.random(in: 1...255, using: &random)
            let isCaught: Bool
            do { isCaught = try !world.verify(changed).holds } catch let error as AuditError {
                isCaught = error.code == .notEvidence
            }
            #expect(isCaught, "byte \(place), seed \(Self.seed)")
        }
        for count in [0, 1, 21, 22, 23, bundle.count - 1] {
            #expect(throws: AuditError(.notEvidence, "")) { try world.verify(Array(bundle.prefix(count))) }
        }
        #expect(throws: AuditError(.notEvidence, "")) { try world.verify(bundle + [0]) }
        #expect(throws: AuditError(.notEvidence, "")) { try world.verify([0] + bundle) }
    }

    @Test func everyFileThatIsDroppedDoubledMovedOrSwappedIsCaught() throws {
        let world = try EvidenceWorld.withStory()
        let files = try EvidenceFiles(try world.bundle())
        let other = try EvidenceFiles(try world.bundle("b.zip", of: "+34600111333"))
        for (place, file) in files.files.enumerated() {
            for sums in [false, true] {
                var dropped = files
                dropped.files.remove(at: place)
                let archive = try dropped.archive(sums: sums)
                // A private part that is left out, with everything made again, is one that is not shown; but the document
                // says that it is.
                #expect(try Self.isCaught(archive, world, naming: nil), "\(file.name) dropped")
                if !sums, file.name != "SHA256SUMS" {
                    #expect(try Self.isCaught(archive, world, naming: file.name), "\(file.name) dropped")
                }
                var moved = files
                moved.files.swapAt(place, (place + 1) % files.files.count)
                #expect(try Self.isCaught(try moved.archive(sums: sums), world, naming: nil), "\(file.name) moved")
            }
            var doubled = files
            doubled.files.insert(file, at: place)
            let twice = try doubled.archive()
            #expect(throws: AuditError(.notEvidence, "")) { try world.verify(twice) }
            guard let foreign = other[file.name], foreign != file.bytes else { continue }
            var swapped = files
            swapped[file.name] = foreign
            #expect(try Self.isCaught(swapped.archive(), world, naming: file.name), "\(file.name) swapped")
        }
        var added = files
        added.files.append(("extra.txt", Array("x".utf8)))
        #expect(try Self.isCaught(added.archive(), world, naming: "extra.txt"))
    }

    @Test func namesThatLeadElsewhereAreRefused() throws {
        for name in [
            "../a", "/a", "a//b", "a/../b", "a/", ".", "a b", "ä", "a\u{0}", "", String(repeating: "a", count: 256),
        ] {
            #expect(throws: AuditError(.notEvidence, ""), "\(name)") {
                try StoredArchive.bytes(of: [(name, [1])])
            }
        }
        // The same bytes in another archive's header.
        var archive = try StoredArchive.bytes(of: [("aa", [1]), ("bb", [2])])
        for place in archive.indices.dropLast(1) where archive[place...].starts(with: "bb".utf8) {
            archive.replaceSubrange(place..<place + 2, with: "..".utf8)
        }
        #expect(throws: AuditError(.notEvidence, "")) { try StoredArchive(reading: MemorySource(archive)) }
        #expect(try StoredArchive(reading: MemorySource(StoredArchive.bytes(of: []))).entries.isEmpty)
    }

    @Test func aLaterFormatIsRefusedAsSuch() throws {
        let world = try EvidenceWorld.withStory()
        var files = try EvidenceFiles(try world.bundle())
        let text = String(decoding: try #require(files["evidence.json"]), as: UTF8.self)
        files["evidence.json"] = Array(
            text.replacingOccurrences(of: "consent-ledger/evidence/v1", with: "consent-ledger/evidence/v2").utf8)
        try Data(files.archive()).write(to: URL(fileURLWithPath: world.place.path("later.zip")))
        let outcome = try world.place.run(["evidence", "verify", "later.zip"])
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("update this software"))
    }
}
