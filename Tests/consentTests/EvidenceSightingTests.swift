import ConsentAudit
import Foundation
import LedgerCrypto
import Testing
import TimeStampAuthority
import TransparencyLog

/// Older checkpoints that others have seen, and time stamps, in bundles.
@Suite struct EvidenceSightingTests {
    private let world: EvidenceWorld
    private let authority: TimeStampAuthority
    private let policy = "witnesses.policy"

    /// A ledger of which a checkpoint was stamped, a later one cosigned, and which went on after both.
    init() throws {
        world = try EvidenceWorld.withStory()
        authority = try TimeStampAuthority()
        let place = world.place
        try Data(authority.certificates()).write(to: URL(fileURLWithPath: place.path("roots.pem")))
        try Self.stamp(place, authority)
        try place.succeed(["opt-in", EvidenceWorld.contact, "--notice", "web"])
        let key = try place.succeed([
            "checkpoint", "witness-key", "witness.example.net/1", "-o", "auditor.key", "--json",
        ])
        let vkey: String = try key.member("vkey")
        let line = try place.succeed([
            "checkpoint", "cosign", "consent.ledger", "--key", "auditor.key", "--state", "auditor.state", "--vkey",
            world.vkey, "--first",
        ])
        try place.write(line.output, to: "line")
        try place.succeed(["checkpoint", "attach", "line", "--witness", vkey])
        try place.write("log \(world.vkey)\nwitness w \(vkey)\nquorum none\n", to: policy)
        try place.succeed(["opt-out", EvidenceWorld.contact])
    }

    private static func stamp(_ place: Workplace, _ authority: TimeStampAuthority) throws {
        try place.succeed(["checkpoint", "stamp", "--command", try authority.command(), "--roots", "roots.pem"])
    }

    private func names(_ bundle: [UInt8], _ folder: String) throws -> [String] {
        try EvidenceFiles(bundle).files.map(\.name).filter { $0.hasPrefix(folder) }
    }

    @Test func whatOthersSawBoundsTheRecords() throws {
        let place = world.place
        let bundle = try world.bundle()
        #expect(try names(bundle, "checkpoints/").count == 2)
        #expect(try names(bundle, "stamps/").count == 1)
        let plain = try place.succeed(["evidence", "verify", "a.zip"] + world.pins)
        #expect(plain.output.contains("The time stamp in the bundle") && plain.output.contains("Since when it exists"))
        let trusting = try place.succeed(
            ["evidence", "verify", "a.zip", "--roots", "roots.pem", "--policy", policy, "--json"] + world.pins)
        let bounds: [[String: Any]] = try trusting.member("bounds")
        let means = bounds.map { bound in
            ["existed", "not-shown"].map { ((bound[$0] as? [String: Any])?["means"] as? String) ?? "-" }
        }
        // Opted in and out before the stamp; in again before the cosignature; out after all. A stamp is as exact as it says, so
        // that within a second either can be the one that bounds.
        let either = ["stamped", "cosigned"]
        #expect(means.count == 4 && means[2] == ["cosigned", "stamped"])
        #expect(means.prefix(2).allSatisfy { either.contains($0[0]) && $0[1] == "-" })
        #expect(means[3][0] == "-" && either.contains(means[3][1]))
        let text = try place.succeed(
            ["evidence", "verify", "a.zip", "--roots", "roots.pem", "--policy", policy] + world.pins)
        #expect(text.output.contains("not shown to have existed; not in the log seen on 20"))
        #expect(text.output.contains("Since when 1 of the 4 records"))
        // The page says what they claim, whoever reads it.
        let page = String(decoding: try #require(try EvidenceFiles(bundle)["evidence.html"]), as: UTF8.self)
        #expect(page.contains("as a time stamp of the log of size ") || page.contains("as the signature of "))
        #expect(page.contains("witness.example.net/1") && !page.contains("No outside party"))
        // Each proof is one that others verify by itself.
        _ = try place.shell("python3 -m zipfile -e a.zip bundle")
        for name in try names(bundle, "checkpoints/") {
            try place.succeed(["verify-proof", "bundle/\(name)", "--vkey", world.vkey])
        }
    }

    @Test func aStampOfSomebodyElseShowsNothing() throws {
        let place = world.place
        try world.bundle()
        let other = try TimeStampAuthority()
        try Data(other.certificates()).write(to: URL(fileURLWithPath: place.path("others.pem")))
        let text = try place.succeed(["evidence", "verify", "a.zip", "--roots", "others.pem"] + world.pins)
        #expect(text.output.contains("1 of 1 time stamps, which count for nothing"))
        #expect(text.output.contains("Since when it exists"))
        // What lies beside a checkpoint and is no stamp of it is left out.
        let folder = place.path("consent.ledger/log/checkpoints")
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder)
        let stamp = try #require(kept.first { $0.hasSuffix(".tsr") })
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(stamp)"))
        let size = try #require(kept.filter { $0.count == 20 }.max())
        try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(size)\(stamp.dropFirst(20))"))
        let junk = Array("no stamp".utf8)
        try Data(junk).write(
            to: URL(fileURLWithPath: "\(folder)/\(size).\(SHA256Digest(hashing: junk)).tsr"))
        #expect(try names(world.bundle("b.zip"), "stamps/").count == 1)
    }

    /// What does not hold, by the file that a finding names, whatever else was made again.
    @Test func whatIsChangedIsFoundByName() throws {
        let bundle = try world.bundle()
        let older = try names(bundle, "checkpoints/")
        let stamp = try names(bundle, "stamps/")[0]
        let foreign = try EvidenceSightingTests()
        let others = try EvidenceFiles(foreign.world.bundle())
        func found(_ name: String, _ change: (inout EvidenceFiles) throws -> Void) throws -> Bool {
            var files = try EvidenceFiles(bundle)
            try change(&files)
            return try world.verify(files.archive()).findings.contains { $0.file == name }
        }
        for name in older + [stamp] {
            for place in [0, 30, 40] { #expect(try found(name) { $0[name]?[place] ^= 1 }, "\(name), byte \(place)") }
            #expect(try found("evidence.json") { $0.files.removeAll { $0.name == name } })
        }
        // A cosignature by nobody who is known: its bytes are held by the document.
        for name in older {
            let text = String(decoding: try #require(try EvidenceFiles(bundle)[name]), as: UTF8.self)
            guard text.components(separatedBy: "witness.example.net/1 ").count > 1 else { continue }
            let changed = text.replacingOccurrences(of: "witness.example.net/1 ", with: "witness.example.net/2 ")
            #expect(try found(name) { $0[name] = Array(changed.utf8) })
        }
        // The checkpoints of another ledger of the same name and size; a stamp of no checkpoint here.
        for name in older {
            guard let bytes = others[name] else { continue }
            #expect(try found(name) { $0[name] = bytes })
        }
        let nowhere = "stamps/999.\(stamp.dropFirst("stamps/".count).drop { $0 != "." }.dropFirst())"
        #expect(
            try found(nowhere) { files in
                guard let place = files.files.firstIndex(where: { $0.name == stamp }) else { return }
                files.files[place].name = nowhere
            })
        #expect(older.allSatisfy { others[$0] != nil })
    }

    /// A second history, signed with the log's own key, does not go on from what others saw.
    @Test func aRewrittenLogDoesNotGoOnFromWhatOthersSaw() throws {
        let bundle = try world.bundle()
        let name = try names(bundle, "checkpoints/")[0]
        let proof = try SignedConsistencyProof(parsing: try #require(try EvidenceFiles(bundle)[name]))
        let seed = try #require(
            Data(
                base64Encoded: String(
                    try String(
                        contentsOfFile: world.place.path("consent.ledger/private/keys/log.key"), encoding: .utf8
                    ).split(whereSeparator: \.isWhitespace).last ?? "")))
        let key = try Ed25519PrivateKey(seed: SecretBytes(count: 32) { $0.copyBytes(from: seed) })
        let told = proof.older.checkpoint
        let lie = try SignedCheckpoint(
            signing: Checkpoint(origin: told.origin, size: told.size, root: .zero), with: key)
        var files = try EvidenceFiles(bundle)
        files[name] = try SignedConsistencyProof(hashes: proof.hashes, older: lie, newer: proof.newer).bytes
        let report = try world.verify(files.archive())
        #expect(report.findings.contains { $0.file == name && $0.code == .inconsistentCheckpoint })
    }
}
