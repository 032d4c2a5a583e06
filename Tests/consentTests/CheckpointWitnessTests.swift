import Foundation
import LoopbackWitness
import Testing

@testable import consent

/// `checkpoint witness` and `checkpoint quorum`, with witnesses that share no code with them, on the loopback.
@Suite(.enabled(if: PythonServer.isThere, Comment(rawValue: PythonServer.absence))) struct CheckpointWitnessTests {
    typealias World = ProofCommandTests.World

    private let world: World
    private let place: Workplace

    init() throws {
        world = try World()
        place = world.place
    }

    private func witnesses(_ count: Int) throws -> [LoopbackWitness] {
        try (1...count).map {
            try LoopbackWitness(
                "w\($0).example", seed: UInt8($0), knowing: [world.vkey], in: place.path("w\($0).example"))
        }
    }

    /// Writes a policy of those witnesses with their URLs; `quorum` of them make one.
    private func policy(_ witnesses: [LoopbackWitness], quorum: Int, to file: String = "policy") throws {
        let lines =
            ["log \(world.vkey)"] + witnesses.map { "witness \($0.name) \($0.vkey) \($0.url)" }
            + ["group all \(quorum) \(witnesses.map(\.name).joined(separator: " "))", "quorum all"]
        try place.write(lines.joined(separator: "\n") + "\n", to: file)
    }

    private func ask(_ more: [String] = [], timeout: String = "5s") throws -> Workplace.Outcome {
        try place.run(["checkpoint", "witness", "--policy", "policy", "--timeout", timeout] + more)
    }

    private func holds(_ more: [String] = []) throws {
        let outcome = try place.run(["verify"] + world.pins + more)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func cosignsAndGrows() throws {
        let all = try witnesses(3)
        try policy(all, quorum: 2)
        let first = try ask()
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasPrefix("The checkpoint of size 8:\n  w1.example: cosigned on 20"))
        #expect(first.output.hasSuffix("The quorum is reached; it is published.\n"))
        for witness in all {
            // It knew nothing: one request, no proof, and of the checkpoint the log's own line.
            let requests = try witness.requests()
            #expect(requests.count == 1)
            #expect(requests[0]["old"] as? Int == 0 && requests[0]["proof"] as? Int == 0)
            #expect(requests[0]["lines"] as? Int == 1 && requests[0]["path"] as? String == "/api/add-checkpoint")
        }
        try holds(["--policy", "policy"])
        // Cosigned before: nobody is asked.
        let again = try ask(["--json"])
        #expect(again.status == 0)
        let rows: [[String: Any]] = try again.member("witnesses")
        #expect(rows.allSatisfy { $0["cosigned"] as? Bool == true && $0["added"] as? Bool == false })
        #expect(try all[0].requests().count == 1)
        // What is kept says what each knows, so that one request is enough.
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try ask().status == 0)
        let second = try #require(try all[0].requests().last)
        #expect(try all[0].requests().count == 2)
        #expect(second["old"] as? Int == 8 && second["size"] as? Int == 9 && second["lines"] as? Int == 1)
        // One that lost its memory asks to begin again; one whose cosignature was lost here goes on from where it is.
        all[0].forget()
        try place.succeed(["opt-in", "+34600111333", "--notice", "web"])
        #expect(try ask().status == 0)
        #expect(try all[0].requests().suffix(2).map { $0["status"] as? Int } == [409, 200])
        try holds(["--policy", "policy"])
    }

    /// The checkpoint is cosigned, and the answer lost: the next time the witness is ahead of what is known here.
    @Test func goesOnFromWhatTheWitnessSays() throws {
        let witness = try witnesses(1)[0]
        try policy([witness], quorum: 1)
        try witness.behaves("empty")
        #expect(try ask().status == 2)
        try witness.behaves("honest")
        // At the same size, with no proof.
        #expect(try ask().status == 0)
        var asked = try witness.requests()
        #expect(asked.map { $0["status"] as? Int } == [200, 409, 200])
        #expect(asked[2]["old"] as? Int == 8 && asked[2]["proof"] as? Int == 0)
        // And grown.
        try place.succeed(["opt-out", "+34600111333"])
        try witness.behaves("empty")
        #expect(try ask().status == 2)
        try witness.behaves("honest")
        try place.succeed(["opt-in", "+34600111333", "--notice", "web"])
        #expect(try ask().status == 0)
        asked = try witness.requests()
        #expect(asked.suffix(2).map { $0["status"] as? Int } == [409, 200])
        #expect(asked.last?["old"] as? Int == 9)
        try holds(["--policy", "policy"])
    }

    /// What a witness answers that is not a cosignature; nothing is attached, and the log holds after it.
    @Test func nothingIsTakenThatDoesNotVerify() throws {
        let all = try witnesses(2)
        try policy(all, quorum: 2)
        let published = try world.text("consent.ledger/log/checkpoint")
        try all[1].behaves("status 503")
        #expect(try ask(["--url", "w1.example=http://127.0.0.1:1"]).status == 75)
        let manners: [(manner: String, status: Int32, says: String)] = [
            ("bad-signature", 2, "does not verify"), ("other-size", 2, "does not verify"),
            ("other-key", 2, "without a cosignature of the key"), ("other-name", 2, "without a cosignature"),
            ("twice", 2, "two signatures"), ("early", 2, "before ours"), ("late", 2, "after ours"),
            ("timeless", 2, "before ours"), ("empty", 2, "signed note"), ("no-newline", 2, "signed note"),
            ("extra-line", 2, "signed note"), ("first-line", 2, "empty line"), ("junk", 2, "is not “— "),
            ("binary", 2, "control characters"), ("endless", 75, "wrote more than"), ("cut", 75, "cannot be reached"),
            ("status 400", 75, "HTTP 400"), ("status 403", 75, "trusts none of the keys"),
            ("status 404", 75, "does not know the log"), ("status 422", 2, "another history"),
            ("status 500", 75, "HTTP 500"), ("status 201", 75, "HTTP 201"),
            ("redirect http://127.0.0.1:1/", 75, "is not followed"), ("claims 9", 2, "an old copy"),
            ("claims 7", 75, "try again"), ("claims 0", 2, "refuses a request"), ("claims -1", 2, "not a size"),
            ("claims 007", 2, "not a size"), ("claims 99999999999999999999", 2, "not a size"),
            ("claims-plainly 9", 75, "which is no size"), ("claims-junk", 2, "not a size"),
        ]
        for (manner, status, says) in manners {
            try all[0].behaves(manner)
            all[0].forget()
            let outcome = try ask()
            #expect(outcome.status == status, "\(manner): \(outcome.output)")
            #expect(outcome.output.contains("w1.example: not cosigned: "), "\(manner)")
            #expect(outcome.output.contains(says), "\(manner): \(outcome.output)")
            #expect(outcome.output.hasSuffix("The quorum is not reached; it is published.\n"), "\(manner)")
            #expect(try world.text("consent.ledger/log/checkpoint") == published, "\(manner)")
        }
        let json = try ask(["--json"])
        #expect(try json.member("quorum") == false)
        let rows: [[String: Any]] = try json.member("witnesses")
        #expect(rows.map { $0["code"] as? String } == ["malformed", "witness-refused"])
        // Others beside its own are passed over.
        all[0].forget()
        try all[0].behaves("beside-others")
        try all[1].behaves("honest")
        #expect(try ask().status == 0)
        #expect(try !world.text("consent.ledger/log/checkpoint").contains("another.example"))
        try holds(["--policy", "policy"])
    }

    /// A witness that never answers costs what --timeout says, and the others count.
    @Test func aSilentWitnessIsNotWaitedForLong() throws {
        let all = try witnesses(2)
        try policy(all, quorum: 1)
        try all[0].behaves("silent")
        let outcome = try ask(timeout: "1s")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("w1.example: not cosigned: http://127.0.0.1:"), "\(outcome.output)")
        #expect(outcome.output.contains("w2.example: cosigned on"))
        all[1].server.stop()
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try ask(timeout: "1s").status == 75)
        try holds()
    }

    /// The ledger was put back from an old copy, and another history grows from there: the witness does not go along.
    @Test func tellsOfARollback() throws {
        let all = try witnesses(2)
        try policy(all, quorum: 2)
        _ = try place.shell("cp -a consent.ledger older")
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try ask().status == 0)
        // A quorum does not hush it up.
        try policy([all[1]], quorum: 1, to: "second")
        _ = try place.shell("rm -rf consent.ledger && mv older consent.ledger")
        let ahead = try ask()
        #expect(ahead.status == 2)
        #expect(ahead.output.contains("cosigned a tree of 9 leaves of this log, and this one has 8"), "\(ahead.output)")
        all[1].forget()
        try policy(all, quorum: 1)
        let loud = try ask()
        #expect(loud.status == 0)
        #expect(loud.errors.contains("contradicts the others"), "\(loud.errors)")
        // As large as what it knows, and larger: other records.
        try place.succeed(["opt-in", "+34600111444", "--notice", "web"])
        try policy(all, quorum: 2)
        #expect(try ask().output.contains("another history of this log"))
        try place.succeed(["opt-in", "+34600111555", "--notice", "web"])
        let other = try ask()
        #expect(other.status == 2 && other.output.contains("another history of this log"), "\(other.output)")
    }

    @Test func wrongInputIsToldApart() throws {
        let all = try witnesses(1)
        try policy(all, quorum: 1)
        #expect(try place.run(["checkpoint", "witness"]).status == 64)
        #expect(try place.run(["checkpoint", "witness", "--policy", "nothing"]).status == 66)
        #expect(try ask(["--url", "w1.example"]).status == 64)
        #expect(try ask(["--url", "other=https://w.example/"]).status == 65)
        for url in [
            "http://w.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "https://a b/",
            "https://u@w.example/",
            "https://w.example/?a", "https://w.example/#a", "http://127.0.0.1.example/", "http://127.example/",
            "http://localhost.example/", "http://127.0.0.1:99999/", "https://w.example/\"", "-o",
        ] {
            let outcome = try ask(["--url", "w1.example=\(url)"])
            #expect(outcome.status == 65, "\(url): \(outcome.errors)")
        }
        #expect(try all[0].requests().isEmpty)
        try place.write("quorum none\n", to: "policy")
        #expect(try ask().status == 65)
        try place.write("witness w1.example \(all[0].vkey)\nquorum w1.example\n", to: "policy")
        let nowhere = try ask()
        #expect(nowhere.status == 75 && nowhere.output.contains("no URL for it"))
        #expect(try ask(["--url", "w1.example=\(all[0].url)/"]).status == 0)
        // A log that the witness does not know, and one that knows another key of it.
        let other = try World()
        _ = try place.shell("cp policy \(other.place.directory)/policy")
        let unknown = try other.place.run([
            "checkpoint", "witness", "--policy", "policy", "--url", "w1.example=\(all[0].url)",
        ])
        #expect(unknown.status == 75 && unknown.output.contains("does not know the log"), "\(unknown.output)")
    }

    // MARK: Publishing at a quorum

    private func publishedSize() throws -> Int {
        Int(try world.text("consent.ledger/log/checkpoint").split(separator: "\n")[1]) ?? -1
    }

    @Test func publishesAtTheQuorumOnly() throws {
        let all = try witnesses(2)
        try policy(all, quorum: 2)
        let set = try place.succeed(["checkpoint", "quorum", "--policy", "policy"])
        #expect(set.output.hasPrefix("Checkpoints wait for the quorum") && set.output.contains("All 8 records"))
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try publishedSize() == 8)
        // It binds at once, and its owner sees it; others do not.
        #expect(
            try place.run(["check", "+34600111333", "--category", "marketing", "--channel", "whatsapp"]).status == 1)
        #expect((try place.succeed(["log", "--json"]).json() as? [Any])?.count == 9)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.path("consent.ledger/log/checkpoints")).max()
                == "00000000000000000008")
        let printed = try place.succeed(["checkpoint"])
        #expect(try printed.output == world.text("consent.ledger/log/checkpoint"))
        #expect(printed.errors.contains("size 9 waits for a quorum"))
        try holds()
        #expect(try place.succeed(["verify"] + world.pins).output.contains("1 acknowledged record waits for a quorum"))
        let state = try place.succeed(["checkpoint", "quorum", "--json"])
        #expect(try state.member("published-size") == 8 && state.member("size") == 9)
        #expect(try state.member("waits") == true)

        // One of two is not enough; it stays with the checkpoint that waits.
        try all[1].behaves("status 503")
        let half = try place.run(["checkpoint", "witness"])
        #expect(half.status == 75 && half.output.hasSuffix("not reached; it waits, and is not published.\n"))
        #expect(try publishedSize() == 8)
        try holds()
        try all[1].behaves("honest")
        let reached = try place.run(["checkpoint", "witness"])
        #expect(reached.status == 0 && reached.output.contains("w1.example: cosigned before"), "\(reached.output)")
        #expect(try publishedSize() == 9)
        try holds(["--policy", "policy"])
        let published = try world.text("consent.ledger/log/checkpoint")
        #expect(try world.text("consent.ledger/log/checkpoints/00000000000000000009") == published)
        #expect(!FileManager.default.fileExists(atPath: place.path("consent.ledger/private/held-checkpoint")))
        #expect(!FileManager.default.fileExists(atPath: place.path("consent.ledger/private/offered-checkpoint")))

        // By hand as well; then nobody is waited for.
        try place.succeed(["opt-in", "+34600111333", "--notice", "web"])
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try publishedSize() == 9)
        try place.succeed(["checkpoint", "quorum", "--off"])
        #expect(try publishedSize() == 11)
        try holds()
        try place.succeed(["opt-in", "+34600111333", "--notice", "web"])
        #expect(try publishedSize() == 12)
        let bad = try place.run(["checkpoint", "quorum", "--policy", "optin.txt"])
        #expect(bad.status == 65)
        #expect(try place.succeed(["checkpoint", "quorum"]).output.hasPrefix("Checkpoints are published as they"))
        #expect(try place.run(["checkpoint", "quorum", "--off", "--policy", "policy"]).status == 64)
    }
}
