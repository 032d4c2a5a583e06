import ConsentAudit
import ConsentLedger
import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

/// `consent verify` through the built program: on a ledger, on a copy of its log, on somebody else's log.
@Suite struct VerifyCommandTests {
    static let origin = "log.example.com/acme"

    /// A ledger with records, and what an auditor pins.
    static func place() throws -> (place: Workplace, vkey: String, ledgerID: String) {
        let place = try Workplace()
        let made = try place.succeed([
            "init", "--origin", origin, "--business", "Acme Viajes", "--test", "--json",
        ])
        try grow(place, 3)
        return (place, try made.member("vkey"), try made.member("ledger-id"))
    }

    static func grow(_ place: Workplace, _ count: Int) throws {
        for _ in 0..<count {
            try place.succeed(["category", "add", "c" + UUID().uuidString.lowercased(), "--class", "utility"])
        }
    }

    static func copy(_ place: Workplace, to name: String) throws {
        try FileManager.default.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path(name))
    }

    static func codes(_ outcome: Workplace.Outcome, _ member: String = "findings") throws -> [String] {
        try outcome.member(member, as: [[String: Any]].self).compactMap { $0["code"] as? String }
    }

    @Test func aLedgerAndABareCopy() throws {
        let (place, vkey, id) = try Self.place()
        try Self.copy(place, to: "evidence")
        for path in [[], ["consent.ledger"], ["evidence"], ["consent.ledger/log"]] {
            let pinned = try place.run(["verify"] + path + ["--vkey", vkey, "--ledger-id", id, "--json"])
            #expect(pinned.status == 0, "\(pinned.errors)")
            #expect(try pinned.member("holds") == true)
            #expect(try !Self.codes(pinned, "not-covered").contains("identity"))
            let loose = try place.run(["verify"] + path)
            #expect(loose.output.hasPrefix("Holds. All 6 records verify up to the level replay."))
            #expect(loose.output.contains("Identity: the log's key and the ledger-id were not pinned"))
        }
    }

    @Test func theNotebookGoesOn() throws {
        let (place, vkey, id) = try Self.place()
        let verify = ["verify", "--vkey", vkey, "--ledger-id", id, "--notebook", "acme.notebook"]
        let begun = try place.succeed(verify)
        #expect(begun.output.contains("notebook   begun at size 6"))
        let text = try String(contentsOfFile: place.path("acme.notebook"), encoding: .utf8)
        #expect(text.hasPrefix("consent-notebook/v1\norigin \(Self.origin)\nledger-id \(id)\nvkey \(vkey)\n"))
        let published = try String(contentsOfFile: place.path("consent.ledger/log/checkpoint"), encoding: .utf8)
        #expect(text.hasSuffix("\n\n" + published))
        try Self.grow(place, 2)
        let next = try place.succeed(["verify", "--notebook", "acme.notebook"])
        #expect(next.output.contains("notebook   goes on from size 6 to 8"))
        #expect(next.output.contains("Signatures and events of the first 6 records were verified on "))
        #expect(!next.output.contains("Identity:"))
        let full = try place.succeed(["verify", "--notebook", "acme.notebook", "--full", "--json"])
        #expect(try full.member("verified-before") == 0)
        // A shallower run would lose what is known.
        let tree = try place.succeed(["verify", "--notebook", "acme.notebook", "--level", "tree"])
        #expect(tree.output.contains("notebook   left as it was"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directory).filter {
                $0.hasSuffix(".unfinished")
            }.isEmpty)
    }

    /// An older copy put in the log's place, and a history written anew: both checkpoints are printed, the notebook stays.
    @Test func aLogThatGoesBackIsEvidence() throws {
        let (place, vkey, id) = try Self.place()
        try Self.copy(place, to: "older")
        let older = try String(contentsOfFile: place.path("older/checkpoint"), encoding: .utf8)
        try Self.grow(place, 2)
        try Self.copy(place, to: "newer")
        let verify = ["--vkey", vkey, "--ledger-id", id, "--notebook", "acme.notebook"]
        try place.succeed(["verify", "newer"] + verify)
        let noted = try String(contentsOfFile: place.path("acme.notebook"), encoding: .utf8)
        let newer = try String(contentsOfFile: place.path("newer/checkpoint"), encoding: .utf8)
        let back = try place.run(["verify", "older"] + verify)
        #expect(back.status == 2)
        #expect(back.output.hasPrefix("Does not verify. 1 finding"))
        #expect(back.output.contains("tree rolled-back at checkpoint"))
        for checkpoint in [older, newer] {
            for line in checkpoint.split(separator: "\n") { #expect(back.output.contains("  | \(line)\n")) }
        }
        let json = try place.run(["verify", "older", "--json"] + verify)
        let contradictions: [[String: Any]] = try json.member("contradictions")
        #expect(contradictions.first?["keeper"] as? String == "notebook")
        #expect(contradictions.first?["earlier"] as? String == newer)
        #expect(contradictions.first?["published"] as? String == older)
        #expect(try String(contentsOfFile: place.path("acme.notebook"), encoding: .utf8) == noted)
        // What the operator signed last says the same on the ledger itself.
        try FileManager.default.removeItem(atPath: place.path("consent.ledger/log"))
        try FileManager.default.copyItem(atPath: place.path("older"), toPath: place.path("consent.ledger/log"))
        let ledger = try place.run(["verify", "--json"])
        #expect(ledger.status == 2)
        #expect(try Self.codes(ledger) == ["rolled-back"])
    }

    @Test func aPolicyAsksForWitnesses() throws {
        let (place, vkey, id) = try Self.place()
        let witness = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 3, count: 32)))
        let key = try VerifierKey(name: "witness.example.net", publicKey: witness.publicKey, use: .cosignature)
        try place.write("witness w \(key.text)\nquorum w\n", to: "policy")
        let verify = ["verify", "evidence", "--vkey", vkey, "--ledger-id", id, "--policy", "policy", "--json"]
        try Self.copy(place, to: "evidence")
        let alone = try place.run(verify)
        #expect(alone.status == 2)
        #expect(try Self.codes(alone) == ["quorum-not-reached"])
        let file = place.path("evidence/checkpoint")
        var signed = try SignedCheckpoint(parsing: Array(Data(contentsOf: URL(fileURLWithPath: file))))
        try signed.cosign(as: "witness.example.net", at: 1_700_000_000, with: witness)
        try FileManager.default.removeItem(atPath: file)
        try Data(signed.bytes).write(to: URL(fileURLWithPath: file))
        let cosigned = try place.run(verify)
        #expect(cosigned.status == 0, "\(cosigned.output)")
        let list: [[String: Any]] = try cosigned.member("cosignatures")
        #expect(list.map { $0["name"] as? String } == ["witness.example.net"])
        #expect(list.map { $0["time"] as? String } == ["2023-11-14T22:13:20Z"])
        let text = try place.succeed(verify.dropLast() + [])
        #expect(text.output.contains("cosigned   2023-11-14T22:13:20Z by witness.example.net"))
    }

    @Test func somebodyElsesLog() throws {
        let place = try Workplace()
        let key = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 5, count: 32)))
        let vkey = try VerifierKey(name: "other.example.org/log", publicKey: key.publicKey, use: .note)
        var tiles = TileBuilder()
        var bundle = EntryBundle()
        for entry in [[], Array("any bytes".utf8)] as [[UInt8]] {
            try bundle.append(entry)
            tiles.append(MerkleHash.leaf(entry))
        }
        let checkpoint = try SignedCheckpoint(
            signing: Checkpoint(origin: vkey.name, size: 2, root: tiles.root), with: key)
        var files = [("checkpoint", checkpoint.bytes), ("tile/entries/000.p/2", bundle.bytes)]
        files += tiles.takeTiles().map { ($0.tile.path, $0.bytes) }
        for (path, bytes) in files {
            let url = URL(fileURLWithPath: place.path("theirs/" + path))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        let text = try place.succeed(["verify", "theirs", "--opaque", "--vkey", vkey.text])
        #expect(text.output.hasPrefix("Holds. All 2 entries verify up to the level tree."))
        #expect(!text.output.contains("ledger-id"))
        let noted = try place.succeed([
            "verify", "theirs", "--opaque", "--vkey", vkey.text, "--notebook", "n", "--json",
        ])
        #expect(try noted.member("opaque") == true)
        // Without --opaque, it is no ledger, and the report says what to do.
        let records = try place.run(["verify", "theirs", "--level", "tree", "--vkey", vkey.text])
        #expect(records.status == 2)
        #expect(records.output.contains("--opaque"))
    }

    /// A log with records in the journal that no checkpoint covers.
    @Test func theJournalsTailIsCounted() throws {
        let (place, _, _) = try Self.place()
        let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")))
        try writer.append(LedgerCreation.registering((id: "second", name: "Second", country: nil)))
        let outcome = try place.run(["verify", "--json"])
        #expect(outcome.status == 0, "\(outcome.output)")
        let gaps: [[String: Any]] = try outcome.member("not-covered")
        #expect(gaps.first { $0["code"] as? String == "journal-tail" }?["count"] as? Int == 1)
        try writer.close()
    }

    /// Each wrong input: its exit code, its code, and a word that helps.
    @Test func wrongInput() throws {
        let (place, vkey, id) = try Self.place()
        let witness = try VerifierKey(
            name: "w.example.net", publicKey: #require(Ed25519PublicKey([UInt8](repeating: 9, count: 32))),
            use: .cosignature)
        let log = place.path("consent.ledger/log")
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: place.path("folder"), withIntermediateDirectories: true)
        try place.write("", to: "blank")
        try place.write("hello\n", to: "junk")
        try place.write(String(repeating: "x", count: 3 << 20), to: "huge")
        try place.write("quorum nobody\n", to: "unknown-quorum")
        try place.succeed(["verify", "--notebook", "good", "--vkey", vkey, "--ledger-id", id])
        let good = try String(contentsOfFile: place.path("good"), encoding: .utf8)
        try place.write(String(good.dropLast(40)), to: "half")
        let other = try Workplace()
        let made = try other.succeed(["init", "--origin", "log.example.org/other", "--business", "Other", "--json"])
        let otherKey: String = try made.member("vkey")
        let otherID: String = try made.member("ledger-id")
        try other.succeed(["verify", "--notebook", "notebook"])
        try FileManager.default.copyItem(atPath: other.path("notebook"), toPath: place.path("others"))
        let cases: [([String], Int32, String, String)] = [
            (["nowhere"], 66, "cannot-be-read", "there is no log"),
            (["empty"], 66, "cannot-be-read", "there is no log"),
            (["junk"], 66, "cannot-be-read", "there is no log"),
            (["--vkey", witness.text], 65, "bad-input", "witness"), (["--vkey", "x"], 65, "bad-input", "--vkey"),
            (["--ledger-id", "12"], 65, "bad-input", "64 hexadecimal"),
            (["--policy", "junk"], 65, "bad-input", "line 1"), (["--policy", "blank"], 65, "bad-input", "--policy"),
            (["--policy", "huge"], 65, "bad-input", "huge"), (["--policy", "none"], 66, "cannot-be-read", "none"),
            (["--policy", "unknown-quorum"], 65, "bad-input", "nobody"),
            (["--checkpoint", "junk"], 65, "bad-input", "--checkpoint"),
            (["--checkpoint", "none"], 66, "cannot-be-read", "none"),
            (["--notebook", "junk"], 65, "malformed-notebook", "not a notebook"),
            (["--notebook", "blank"], 65, "malformed-notebook", "not a notebook"),
            (["--notebook", "half"], 65, "malformed-notebook", "not a notebook"),
            (["--notebook", "huge"], 65, "bad-input", "huge"),
            (["--notebook", "folder"], 66, "cannot-be-read", "folder"),
            (["--notebook", "no/such/folder"], 74, "output", "no/such/folder"),
            (["--notebook", log + "/checkpoint"], 65, "malformed-notebook", "not a notebook"),
            (["--notebook", "others", "--vkey", vkey], 65, "other-notebook", "log.example.org/other"),
            (["--notebook", "good", "--ledger-id", otherID], 65, "other-notebook", otherID),
            (["--full"], 64, "usage", "--notebook"), (["--opaque", "--level", "replay"], 64, "usage", "--opaque"),
            (["--opaque", "--index"], 64, "usage", "--opaque"),
            (["--opaque", "--ledger-id", id], 64, "usage", "--opaque"),
            (["--level", "structure", "--notebook", "new"], 64, "usage", "structure"),
            (["--level", "deep"], 64, "usage", "deep"),
        ]
        for (arguments, status, code, says) in cases {
            let outcome = try place.run(["verify", "--json"] + arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            let error = try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any]
            #expect(error?["code"] as? String == code, "\(arguments): \(outcome.errors)")
            #expect((error?["message"] as? String)?.contains(says) == true, "\(arguments): \(outcome.errors)")
            #expect(outcome.output.isEmpty, "\(arguments)")
        }
        // Another log than the pinned one, or than the notebook's: not wrong input, but a log that is not what it should be.
        for arguments in [["--vkey", otherKey], ["--ledger-id", otherID], ["--notebook", "others"]] {
            let outcome = try place.run(["verify", "--json"] + arguments)
            #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
        }
        #expect(try String(contentsOfFile: place.path("good"), encoding: .utf8) == good)
        #expect(!FileManager.default.fileExists(atPath: place.path("new")))
        let leftovers = try FileManager.default.contentsOfDirectory(atPath: place.directory)
        #expect(leftovers.filter { $0.hasSuffix(".unfinished") }.isEmpty)
        #expect(try place.run(["verify"]).status == 0)
    }

    /// A damaged copy is still a log: what is missing is told, and nothing is taken for it.
    @Test func damagedCopies() throws {
        let (place, vkey, _) = try Self.place()
        for name in ["checkpoint", "log.vkey", "tile", "checkpoints"] {
            let copy = "without-\(name)"
            try Self.copy(place, to: copy)
            try FileManager.default.removeItem(atPath: place.path("\(copy)/\(name)"))
            let outcome = try place.run(["verify", copy, "--vkey", vkey, "--json"])
            // Without its kept checkpoints, a log is none the worse, and the report says that none was kept.
            #expect(outcome.status == (name == "checkpoints" ? 0 : 2), "\(name): \(outcome.errors)")
            if name == "checkpoints" { #expect(try Self.codes(outcome, "not-covered").contains("history")) }
        }
        let copy = "megabyte"
        try Self.copy(place, to: copy)
        let origin = String(repeating: "o", count: 1 << 20)
        let text = try String(contentsOfFile: place.path("\(copy)/checkpoint"), encoding: .utf8)
        try FileManager.default.removeItem(atPath: place.path("\(copy)/checkpoint"))
        try place.write(text.replacingOccurrences(of: Self.origin, with: origin), to: "\(copy)/checkpoint")
        let outcome = try place.run(["verify", copy, "--vkey", vkey, "--json"])
        #expect(outcome.status == 2)
        #expect(try Self.codes(outcome) == ["malformed-checkpoint"])
        #expect(outcome.output.utf8.count < 20_000)
    }
}
