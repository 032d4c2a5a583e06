import ConsentAudit
import Foundation
import Testing

/// What is no bundle is refused as such, through the archive reader and through the program.
@Suite struct EvidenceFormTests {
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

    /// Bytes that are mostly not there, and how many were asked for at once at most.
    private final class SparseSource: ByteSource {
        let byteCount: UInt64
        private let tail: [UInt8]
        private(set) var mostAsked = 0

        init(_ byteCount: UInt64, endingWith tail: [UInt8]) {
            self.byteCount = byteCount
            self.tail = tail
        }

        func read(at offset: UInt64, count: Int) -> [UInt8] {
            mostAsked = max(mostAsked, count)
            let start = byteCount - UInt64(tail.count)
            return (0..<UInt64(count)).map { offset + $0 < start ? 0 : tail[Int(offset + $0 - start)] }
        }
    }

    /// The end says that the directory is as large as the file: it is not read.
    @Test func aDirectoryThatIsLargerThanItsEntriesIsNotRead() throws {
        let size: UInt64 = 0xffff_ffff
        var end = try StoredArchive.bytes(of: [])
        func put(_ number: UInt64, _ count: Int, at place: Int) {
            for byte in 0..<count { end[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(byte))) }
        }
        put(65_535, 2, at: 8)
        put(65_535, 2, at: 10)
        put(size - 22, 4, at: 12)
        let source = SparseSource(size, endingWith: end)
        #expect(throws: AuditError(.notEvidence, "")) { try EvidenceVerifier(pins: Pins()).verify(source) }
        #expect(source.mostAsked <= 22)
    }

    @Test func aPipeIsNoBundleAndNobodyWaitsForIt() throws {
        let world = try EvidenceWorld()
        #expect(mkfifo(world.place.path("pipe.zip"), 0o600) == 0)
        #expect(try world.place.run(["evidence", "verify", "pipe.zip"]).status == 66)
    }

    /// A file that can be no such file, for its size, is named; and a stray one is looked at piece by piece.
    @Test func filesAreBoundByTheirKind() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle()
        let most = [
            "records/0": 65_535, "proofs/0.tlog-proof": 2_097_152, "log.vkey": 1_048_576, "checkpoint": 1_048_576,
            "VERIFY.txt": 33_554_432, "evidence.json": 33_554_432, "evidence.html": 33_554_432,
        ]
        for (name, count) in most {
            for excess in [0, 1] {
                var files = try EvidenceFiles(bundle)
                files[name] = [UInt8](repeating: 0x20, count: count + excess)
                let report = try world.verify(files.archive())
                let isNamed = report.findings.contains { $0.file == name && $0.found == "\(count + 1) bytes" }
                #expect(isNamed == (excess == 1), "\(name)")
                #expect(!report.holds)
            }
        }
    }

    @Test func moreDisputedMessagesThanCanBeAnswered() throws {
        let world = try EvidenceWorld.withStory()
        try world.place.write("at,channel,category\n2026-03-03T00:00:00Z,sms,marketing\n", to: "sends.csv")
        var files = try EvidenceFiles(try world.bundle(with: ["--sends", "sends.csv"]))
        #expect(try world.verify(files.archive()).holds)
        let text = String(decoding: try #require(files["evidence.json"]), as: UTF8.self)
        let request = try #require(text.range(of: #""request":{"#))
        let start = try #require(text.range(of: #""sends":["#, range: request.upperBound..<text.endIndex)).upperBound
        let end = try #require(text.range(of: "]}", range: start..<text.endIndex))
        let send = String(text[start..<end.lowerBound])
        func verdict(_ count: Int) throws -> Bool {
            var many = text
            many.insert(contentsOf: String(repeating: send + ",", count: count - 1), at: start)
            files["evidence.json"] = Array(many.utf8)
            return try world.verify(files.archive()).findings.contains { "\($0)".contains("at most 1024") }
        }
        #expect(try verdict(1025))
        #expect(try !verdict(2))
        try world.place.write(
            "at,channel,category\n" + String(repeating: "2026-03-03T00:00:00Z,sms,marketing\n", count: 1025),
            to: "sends.csv")
        #expect(
            try world.place.run(["evidence", EvidenceWorld.contact, "-o", "b.zip", "--sends", "sends.csv"]).status == 65
        )
    }

    /// SPEC.md, “The archive”: what is of the one form and untrue does not hold; what is not of it is no bundle.
    private enum Verdict { case holds, doesNotHold, isNone }

    private func verdict(_ bundle: [UInt8], in world: EvidenceWorld) throws -> (Verdict, [String?]) {
        do {
            let report = try world.verify(bundle)
            return (report.holds ? .holds : .doesNotHold, report.findings.map(\.file))
        } catch let error as AuditError where error.code == .notEvidence || error.code == .tooLarge {
            return (.isNone, [])
        }
    }

    @Test func whatIsNoBundleIsToldFromWhatDoesNotHold() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle()
        #expect(try verdict(bundle, in: world).0 == .holds)
        func changed(_ change: (inout EvidenceFiles) throws -> Void) throws -> (Verdict, [String?]) {
            var files = try EvidenceFiles(bundle)
            try change(&files)
            return try verdict(files.archive(), in: world)
        }
        func text(_ name: String, _ old: String, _ new: String) throws -> (Verdict, [String?]) {
            try changed { files in
                let text = String(decoding: try #require(files[name]), as: UTF8.self)
                try #require(text.contains(old), "\(name) has no \(old)")
                files[name] = Array(text.replacingOccurrences(of: old, with: new).utf8)
            }
        }
        // The checksum of the first entry, in one header and in both.
        let directory = try #require(Data(bundle).range(of: Data("PK\u{1}\u{2}".utf8)))
        var bytes = bundle
        bytes[14] ^= 1
        #expect(try verdict(bytes, in: world).0 == .isNone)
        bytes[directory.lowerBound + 16] ^= 1
        let altered = try verdict(bytes, in: world)
        #expect(altered.0 == .doesNotHold && altered.1.contains("evidence.html"))

        let format = "consent-ledger/evidence/v"
        for version in ["2", "10", "", "01", "1x"] {
            #expect(try text("evidence.json", format + "1", format + version).0 == .isNone, "v\(version)")
        }
        #expect(try text("evidence.json", format + "1", "consent-ledger/evidence/w1").0 == .doesNotHold)
        // A later version may have other files.
        let other = try changed { files in
            files.files.removeAll { $0.name == "checkpoint" }
            files["evidence.json"] = Array("{\"format\":\"\(format)2\"}".utf8)
        }
        #expect(other.0 == .isNone)
        // A document whose checksum is wrong is not read.
        var files = try EvidenceFiles(bundle)
        files["evidence.json"] = Array(
            String(decoding: try #require(files["evidence.json"]), as: UTF8.self)
                .replacingOccurrences(of: format + "1", with: format + "2").utf8)
        var later = try files.archive()
        let place = try #require(Data(later).range(of: Data((format + "2").utf8))).upperBound - 1
        later[place] = UInt8(ascii: "3")
        #expect(try verdict(later, in: world).0 == .doesNotHold)

        for name in ["attachments/x", "notes.txt", "objects/00", "clearances/2.clearance", "records/01", "private/1"] {
            let stray = try changed { $0.files.append((name, [1])) }
            #expect(stray.0 == .doesNotHold && stray.1.contains(name), "\(name)")
        }
        for (count, expected) in [(4096, Verdict.doesNotHold), (4097, .isNone)] {
            let checkpoints = try changed { files in
                files.files += (1...count).map { ("checkpoints/\($0).consistency-proof", [1]) }
            }
            #expect(checkpoints.0 == expected)
        }
        let clearance = try changed { $0.files.append(("clearances/1.clearance", Array("none\n".utf8))) }
        #expect(clearance.0 == .doesNotHold && clearance.1.contains("clearances/1.clearance"))
        for name in ["checkpoint", "evidence.json", "log.vkey", "VERIFY.txt"] {
            #expect(try changed { $0.files.removeAll { $0.name == name } }.0 == .doesNotHold)
            #expect(try changed { $0[name] = Array("?".utf8) }.0 == .doesNotHold)
        }
        #expect(try changed { $0.files.swapAt(0, 1) }.0 == .doesNotHold)

        let part = try #require(try EvidenceFiles(bundle).files.map(\.name).first { $0.hasPrefix("private/") })
        for (old, new) in [
            (#""value":"192.0.2.7""#, #""value-hex":"3139322e302e322e37""#), (#"{"fields":["#, #"{"fields": ["#),
        ] {
            let wrong = try text(part, old, new)
            #expect(wrong.0 == .doesNotHold && wrong.1.contains(part), "\(new)")
        }
        // Lists of the request ascend.
        for (old, new) in [
            (#""channels":["#, #""channels":["zz","#), (#""categories":["#, #""categories":["zz","#),
            (#""fields":null,"handle""#, #""fields":["b","a"],"handle""#),
        ] {
            let wrong = try text("evidence.json", old, new)
            #expect(wrong.0 == .doesNotHold && wrong.1 == ["evidence.json"], "\(new): \(wrong.1)")
        }
    }
}
