import Foundation
import Testing
import TimeStampAuthority

/// `checkpoint stamp` and `checkpoint list`, with a real authority (OpenSSL's program), through the built program.
@Suite struct CheckpointStampTests {
    typealias World = ProofCommandTests.World

    private let world: World
    private let place: Workplace
    private let authority: TimeStampAuthority

    init() throws {
        world = try World()
        place = world.place
        authority = try TimeStampAuthority()
        try Data(authority.certificates()).write(to: URL(fileURLWithPath: place.path("authority.pem")))
    }

    private func stamps() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.path("consent.ledger/log/checkpoints"))
            .filter { $0.hasSuffix(".tsr") }.sorted()
    }

    /// Has the authority answer the request in a file, into another one.
    private func answer(_ request: String, _ response: String, _ manner: TimeStampAuthority.Manner = .init()) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: place.path(request))))
        try Data(authority.answer(bytes, manner)).write(to: URL(fileURLWithPath: place.path(response)))
    }

    @Test func byHand() throws {
        let asked = try place.succeed(["checkpoint", "stamp", "--request", "r.tsq"])
        #expect(asked.output.hasPrefix("r.tsq: asks for a time stamp of the checkpoint of size 8.\n"))
        #expect(try place.run(["checkpoint", "stamp", "--request", "r.tsq"]).status == 65)
        try answer("r.tsq", "r.tsr")
        // The ledger goes on meanwhile; the stamp stays with the checkpoint that it is of.
        try place.succeed(["opt-out", "+34600111333"])
        let take = ["checkpoint", "stamp", "--request", "r.tsq", "--response", "r.tsr", "--roots", "authority.pem"]
        let kept = try place.succeed(take).output
        #expect(kept.hasPrefix("The checkpoint of size 8 is shown to have existed since 20"))
        #expect(kept.hasSuffix("Z by \(TimeStampAuthority.name).\nThe time stamp is kept beside it.\n"))
        #expect(try place.succeed(take).output.hasSuffix("was kept beside it before.\n"))
        #expect(try stamps().count == 1)
        #expect(try stamps()[0].hasPrefix("00000000000000000008."))
        // OpenSSL's own program says the same of the file that is kept and the bytes that SPEC.md names.
        let check = try place.shell(
            "openssl ts -verify -in consent.ledger/log/checkpoints/*.tsr -data consent.ledger/log/checkpoints/00000000000000000008 "
                + "-CAfile authority.pem")
        #expect(check.output.contains("Verification: OK"), "\(check.output)")

        let verified = try place.succeed(["verify", "--roots", "authority.pem"] + world.pins)
        #expect(verified.output.contains("\nseen       the first 8 on 20"))
        #expect(verified.output.contains(" by \(TimeStampAuthority.name)\n"))
        let json = try place.succeed(["verify", "--roots", "authority.pem", "--json"] + world.pins)
        let seen: [String: Any] = try json.member("seen")
        #expect(seen["size"] as? Int == 8 && seen["means"] as? String == "stamped")
        #expect(try json.member("seen-trees", as: [Any].self).count == 1)
        let page = try place.succeed(["report", "--roots", "authority.pem", "-o", "report.html"] + world.pins)
        #expect(page.status == 0)
        #expect(try world.text("report.html").contains("Example Time Stamping"))
        // A bare copy carries its stamps with it.
        _ = try place.shell("cp -r consent.ledger/log copy")
        #expect(
            try place.succeed(["verify", "copy", "--roots", "authority.pem"] + world.pins).output.contains("seen "))
        #expect(try place.succeed(["verify", "copy"] + world.pins).output.contains("time stamp"))
    }

    @Test func byACommand() throws {
        let command = try authority.command()
        let arguments = ["checkpoint", "stamp", "--command", command, "--roots", "authority.pem"]
        #expect(try place.succeed(arguments).output.contains("size 8 "))
        let again = try place.succeed(arguments + ["--json"])
        #expect(try again.member("added") == true && again.member("size") == 8)
        #expect(try again.member("authority") == TimeStampAuthority.name)
        #expect(try stamps().count == 2)
        let older = try place.run(arguments + ["--checkpoint", "2"])
        #expect(older.status == 65 && older.errors.contains("no checkpoint of size 2 was kept"))
        for (wrong, status) in [
            ("exit 7", 66), ("true", 65), ("echo no", 65), ("kill -9 $$", 66), ("no-such-program-here", 66),
            ("head -c 2000000 /dev/zero", 65), ("cat", 65), ("yes", 65),
        ] as [(String, Int32)] {
            let outcome = try place.run(["checkpoint", "stamp", "--command", wrong, "--roots", "authority.pem"])
            #expect(outcome.status == status, "\(wrong): \(outcome.errors)")
        }
        let slow = try place.run([
            "checkpoint", "stamp", "--command", "tail -f /dev/null", "--time-limit", "1s", "--roots", "authority.pem",
        ])
        #expect(slow.status == 66 && slow.errors.contains("had not ended after 1 seconds"), "\(slow.errors)")
        // One that leaves its input alone serves as well.
        try place.succeed(["checkpoint", "stamp", "--request", "r.tsq"])
        try answer("r.tsq", "r.tsr")
        let replayed = try place.run(["checkpoint", "stamp", "--command", "cat r.tsr", "--roots", "authority.pem"])
        #expect(replayed.status == 2 && replayed.errors.contains("another request"))
        #expect(try stamps().count == 2)
        #expect(try place.succeed(["verify"] + world.pins).status == 0)
    }

    @Test func whatDoesNotVerifyIsNotKept() throws {
        try place.succeed(["checkpoint", "stamp", "--request", "first.tsq"])
        try place.succeed(["checkpoint", "stamp", "--request", "second.tsq"])
        try answer("first.tsq", "first.tsr")
        func status(_ arguments: [String]) throws -> Int32 {
            let outcome = try place.run(["checkpoint", "stamp"] + arguments)
            #expect(try stamps().isEmpty, "\(arguments)")
            return outcome.status
        }
        let roots = ["--roots", "authority.pem"]
        #expect(try status(["--request", "second.tsq", "--response", "first.tsr"] + roots) == 2)
        // Without a nonce, of other bytes: what it asks about is not what was stamped.
        _ = try place.shell(
            "openssl ts -query -digest \(String(repeating: "ab", count: 32)) -sha256 -no_nonce -out wrong.tsq")
        #expect(try status(["--request", "wrong.tsq", "--response", "first.tsr"] + roots) == 2)
        try Data(TimeStampAuthority().certificates()).write(to: URL(fileURLWithPath: place.path("foreign.pem")))
        #expect(try status(["--response", "first.tsr", "--roots", "foreign.pem"]) == 2)
        #expect(try status(["--response", "first.tsr", "--tsa-policy", "1.2.3.4.5"] + roots) == 2)
        // Another checkpoint than the one that is named.
        try place.succeed(["opt-out", "+34600111333"])
        try place.succeed(["checkpoint"])
        #expect(try status(["--response", "first.tsr", "--checkpoint", "9"] + roots) == 2)
        #expect(try status(["--response", "first.tsr", "--checkpoint", "2"] + roots) == 65)
        // Of no checkpoint of this ledger.
        let other = try authority.request(of: String(repeating: "ab", count: 32))
        try Data(authority.answer(other)).write(to: URL(fileURLWithPath: place.path("other.tsr")))
        #expect(try status(["--response", "other.tsr"] + roots) == 2)
        // A refusal.
        try place.succeed(["checkpoint", "stamp", "--request", "third.tsq", "--tsa-policy", "1.2.3.4.99"])
        try answer("third.tsq", "refused.tsr")
        let refused = try place.run(["checkpoint", "stamp", "--response", "refused.tsr"] + roots)
        #expect(refused.status == 75 && refused.errors.contains("did not grant"))
        // No response, no roots, no file.
        try place.write("hello", to: "junk")
        #expect(try status(["--response", "junk"] + roots) == 65)
        #expect(try status(["--response", "nothing.tsr"] + roots) == 66)
        #expect(try status(["--response", "first.tsr", "--roots", "junk"]) == 65)
        #expect(try status(["--response", "first.tsr", "--roots", "nothing.pem"]) == 66)
        #expect(try status(["--response", "first.tsr", "--request", "junk"] + roots) == 65)
        // What does not go together.
        for wrong in [
            [], ["--response", "first.tsr"], ["--roots", "authority.pem"], ["--command", "true"],
            ["--command", "true", "--request", "x"] + roots, ["--request", "x.tsq"] + roots,
        ] { #expect(try status(wrong) == 64, "\(wrong)") }
        #expect(try status(["--request", "x.tsq", "--tsa-policy", "acme"]) == 65)
        #expect(try place.succeed(["verify"] + world.pins).status == 0)
    }

    @Test func theListSaysWhoSawWhat() throws {
        let plain = try place.succeed(["checkpoint", "list"]).output
        #expect(plain.hasPrefix("SIZE  ROOT"))
        #expect(plain.contains("\n8 ") && plain.contains("by nobody"))
        try place.succeed(["checkpoint", "stamp", "--command", try authority.command(), "--roots", "authority.pem"])
        let witness = try place.succeed(["checkpoint", "witness-key", "w.example", "-o", "w.key"]).output
            .trimmingCharacters(in: .newlines)
        let line = try place.succeed([
            "checkpoint", "cosign", "consent.ledger", "--key", "w.key", "--state", "w.state", "--vkey", world.vkey,
            "--first",
        ]).output
        try place.write(line, to: "line")
        try place.succeed(["checkpoint", "attach", "line", "--witness", witness])
        let unknown = try place.succeed(["checkpoint", "list"]).output
        #expect(unknown.contains("1 cosignature, not checked (--policy); a time stamp, not checked (--roots)"))
        try place.write("log \(world.vkey)\nwitness w \(witness)\nquorum w\n", to: "policy")
        let known = ["checkpoint", "list", "--policy", "policy", "--roots", "authority.pem"]
        let text = try place.succeed(known).output
        #expect(text.contains("by w.example") && text.contains("by \(TimeStampAuthority.name)"))
        #expect(!text.contains("not checked"))
        let rows = try #require(try place.succeed(known + ["--json"]).json() as? [[String: Any]])
        let seen = try #require(rows.last?["seen"] as? [[String: Any]])
        #expect(Set(seen.compactMap { $0["means"] as? String }) == ["cosigned", "stamped"])
        #expect(rows.allSatisfy { $0["signed"] as? Bool == true })
        // The smaller ones existed with it.
        #expect(text.contains(", with that of size 8\n") && !text.contains("by nobody"))
        // A stamp that was damaged is told, and is nothing to verify.
        let path = "consent.ledger/log/checkpoints/\(try stamps()[0])"
        _ = try place.shell("chmod u+w \(path); echo x >> \(path)")
        #expect(try place.succeed(known).output.contains("another SHA-256"))
        let verified = try place.succeed(["verify", "--roots", "authority.pem"] + world.pins)
        #expect(verified.output.contains("1 of 1 time stamps count for nothing"))
        // Pinned to another key, nothing is the log's.
        let foreign = try place.succeed(["checkpoint", "witness-key", "x", "-o", "x.key"])
        #expect(foreign.status == 0)
        #expect(try place.run(["checkpoint", "list", "--vkey", witness]).status == 65)
    }
}
