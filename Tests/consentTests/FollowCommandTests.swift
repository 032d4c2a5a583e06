import Foundation
import LedgerCrypto
import LoopbackWitness
import Testing
import TransparencyLog

/// `consent follow`, of a ledger's log that a web server which knows nothing of logs serves, through the built program.
@Suite(.enabled(if: PythonServer.isThere, Comment(rawValue: PythonServer.absence))) struct FollowCommandTests {
    typealias World = ProofCommandTests.World

    private let world: World
    private let place: Workplace
    private let server: PythonServer

    init() throws {
        world = try World()
        place = world.place
        try FileManager.default.createDirectory(atPath: place.path("control"), withIntermediateDirectories: true)
        server = try PythonServer("served_log.py", [place.path("consent.ledger/log"), place.path("control")])
    }

    private func follow(_ more: [String] = [], timeout: String = "5s") throws -> Workplace.Outcome {
        try place.run(["follow", server.url, "mirror", "--timeout", timeout] + world.pins + more)
    }

    /// What is asked for at a path goes wrong from now on; `nil` is nothing.
    private func fault(_ fault: String?) throws {
        try place.write(fault.map { $0 + "\n" } ?? "", to: "control/manner")
    }

    private func requests() throws -> [String] {
        try world.text("control/requests").split(separator: "\n").map(String.init)
    }

    private func holds(_ about: String = "", location: SourceLocation = #_sourceLocation) throws {
        let outcome = try place.run(["verify", "mirror"] + world.pins)
        #expect(outcome.status == 0, "\(about): \(outcome.output)\(outcome.errors)", sourceLocation: location)
    }

    @Test func aMirrorIsALog() throws {
        let first = try follow()
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasPrefix("mirror has 8 records of ") && first.output.hasSuffix(", 8 of them new.\n"))
        try holds()
        // What it is good for.
        #expect(try place.succeed(["log", "..", "mirror"]).output == place.succeed(["log", "..", "log"]).output)
        try place.succeed(["prove", "inclusion", "4", "--log", "mirror", "-o", "4.proof"] + world.pins)
        try place.succeed(["verify-proof", "4.proof"] + world.pins)
        #expect(
            try place.succeed(["checkpoint", "list", "mirror"]).output == place.succeed(["checkpoint", "list"]).output)
        let differences = try place.shell("diff -r mirror/log consent.ledger/log && echo same")
        #expect(differences.output == "same\n")
        let same = try follow()
        #expect(same.output.hasPrefix("mirror has all 8 records of "))
        // It grows by one, by JSON; a stamp or a cosignature that came meanwhile comes with it.
        let vkey = try place.succeed(["checkpoint", "witness-key", "w.example", "-o", "w.key"]).output
            .trimmingCharacters(in: .newlines)
        let line = try place.succeed([
            "checkpoint", "cosign", "--key", "w.key", "--state", "w.state", "--vkey", world.vkey, "--first",
        ]).output
        try place.write(line, to: "line")
        try place.succeed(["checkpoint", "attach", "line", "--witness", vkey])
        try place.succeed(["opt-out", "+34600111333"])
        let grown = try follow(["--json"])
        #expect(try grown.member("followed") == true && grown.member("size") == 9 && grown.member("added") == 1)
        try holds()
        // A mirror is mirrored like any log.
        let second = try PythonServer("served_log.py", [place.path("mirror/log"), place.path("control")])
        #expect(try place.run(["follow", second.url, "again", "--timeout", "5s"] + world.pins).status == 0)
        #expect(try place.shell("diff -r mirror/log again/log && echo same").output == "same\n")
    }

    @Test func whatTheServerDoesBadly() throws {
        #expect(try follow().status == 0)
        try place.succeed(["opt-out", "+34600111333"])
        let before = try world.text("mirror/log/checkpoint")
        for (wrong, status, says) in [
            ("checkpoint gone", 66, "no checkpoint at this URL"), ("* gone", 66, "no checkpoint"),
            ("tile/entries/000.p/9 gone", 66, "does not serve tile/entries/000.p/9"),
            ("tile/0/000.p/9 gone", 66, "does not serve tile/0/000.p/9"), ("checkpoint broken", 75, "HTTP 500"),
            ("checkpoint moved", 75, "is not followed there"), ("* refused", 77, "HTTP 401"),
            ("checkpoint endless", 2, "more than 1048576 bytes"), ("tile/0/000.p/9 endless", 2, "more than 8192 bytes"),
            ("tile/entries/000.p/9 endless", 2, "more than"), ("checkpoint cut", 75, "cannot be fetched"),
            ("tile/entries/000.p/9 cut", 75, "cannot be fetched"),
        ] as [(String, Int32, String)] {
            try fault(wrong)
            let outcome = try follow()
            #expect(
                outcome.status == status && outcome.errors.contains(says),
                "\(wrong): \(outcome.status) \(outcome.errors)")
            #expect(try world.text("mirror/log/checkpoint") == before, "\(wrong)")
            try holds(wrong)
        }
        try fault("checkpoint silent")
        let silent = try follow(timeout: "1s")
        #expect(silent.status == 75 && silent.errors.contains("cannot be fetched"), "\(silent.errors)")
        // The list and the keys are ours alone: a log need not have them.
        try fault("checkpoints/ endless\nlog.vkey endless")
        #expect(try follow().status == 0)
        try holds()
        server.stop()
        #expect(try follow().status == 75)
        try holds()
    }

    /// The log goes back, and then on with other records.
    @Test func contradictionsAreKeptAsEvidence() throws {
        _ = try place.shell("cp -a consent.ledger older")
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try follow().status == 0)
        let newer = try world.text("mirror/log/checkpoint")
        _ = try place.shell("rm -rf consent.ledger/* && cp -a older/* consent.ledger/")
        let back = try follow()
        #expect(back.status == 2)
        #expect(back.output.hasPrefix("Not followed: the log went back: it showed 9 records, and now shows 8."))
        let older = try world.text("consent.ledger/log/checkpoint")
        #expect(back.output.contains(newer) && back.output.contains(older))
        for number in [4, 5] { try place.succeed(["opt-in", "+3460011144\(number)", "--notice", "web"]) }
        let other = try follow(["--json"])
        #expect(other.status == 2)
        #expect(try other.member("earlier") == newer && other.member("followed") == false)
        let folder: String = try other.member("evidence")
        #expect(try world.text(folder + "/earlier") == newer)
        #expect(try world.text(folder + "/now") == other.member("now"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("mirror/evidence")).count == 2)
        #expect(try world.text("mirror/log/checkpoint") == newer)
        // With --every it ends just as well.
        #expect(try follow(["--every", "1s"]).status == 2)
        try holds()
    }

    /// Killed at moments that a seed gives, over and over, while it mirrors a log that grows: it always holds.
    @Test func holdsHoweverItIsKilled() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for round in 0..<12 {
            try place.succeed(["opt-in", "+346001119\(10 + round)", "--notice", "web"])
            let process = Process()
            process.executableURL = Workplace.products.appendingPathComponent("consent")
            process.arguments = ["follow", server.url, "mirror", "--timeout", "5s"] + world.pins
            process.currentDirectoryURL = URL(fileURLWithPath: place.directory)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            usleep(UInt32(random(120_000)))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            if FileManager.default.fileExists(atPath: place.path("mirror/log/checkpoint")) {
                // What is to be finished is, though the log cannot be reached.
                #expect(try place.run(["follow", "http://127.0.0.1:1", "mirror"] + world.pins).status == 75)
                try holds("round \(round) of seed \(seed)")
            }
        }
        #expect(try follow().status == 0, "seed \(seed)")
        try holds("seed \(seed)")
        try place.succeed(["opt-out", "+34600111333"])
        #expect(try follow().status == 0, "seed \(seed)")
        #expect(try place.shell("find mirror -name '~*'").output.isEmpty, "seed \(seed)")
    }

    @Test func followsUntilItIsStopped() throws {
        let process = Process()
        process.executableURL = Workplace.products.appendingPathComponent("consent")
        process.arguments = ["follow", server.url, "mirror", "--every", "1s"] + world.pins
        process.currentDirectoryURL = URL(fileURLWithPath: place.directory)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // A line a change, and no sooner than it is mirrored.
        func line() throws -> String {
            var bytes = Data()
            while bytes.last != UInt8(ascii: "\n") {
                bytes += try #require(try output.fileHandleForReading.read(upToCount: 1))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try line().contains("has 8 records"))
        #expect(try place.run(["follow", server.url, "mirror"] + world.pins).status == 75)
        // A log that is away for a while is waited for.
        try fault("checkpoint broken")
        try place.succeed(["opt-out", "+34600111333"])
        try fault(nil)
        #expect(try line().contains("has 9 records"))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try holds()
    }

    @Test func wrongInputIsToldApart() throws {
        let base = ["follow", server.url, "mirror"]
        #expect(try place.run(base).status == 64)
        #expect(try place.run(base + ["--vkey", "junk"]).status == 65)
        #expect(try place.run(base + world.pins + ["--once", "--every", "5s"]).status == 64)
        #expect(try place.run(["follow", "http://log.example/", "mirror"] + world.pins).status == 65)
        #expect(try place.run(["follow", server.url, "nowhere/mirror"] + world.pins).status == 74)
        #expect(try place.run(["follow", server.url, "consent.ledger"] + world.pins).status == 65)
        #expect(try place.run(["follow", server.url, "log"] + world.pins).status == 65)
        let other = try World()
        #expect(try place.run(base + ["--vkey", other.vkey]).status == 2)
        #expect(try place.run(base + ["--vkey", world.vkey, "--ledger-id", other.ledgerID]).status == 2)
        try place.write("quorum none\n", to: "policy")
        #expect(try place.run(base + ["--policy", "policy"]).status == 65)
        #expect(!FileManager.default.fileExists(atPath: place.path("mirror/log")))
        try place.write("log \(world.vkey)\nquorum none\n", to: "policy")
        #expect(try place.run(base + ["--policy", "policy"]).status == 0)
        // A quorum that is asked for has to be there.
        let vkey = try place.succeed(["checkpoint", "witness-key", "w.example", "-o", "w.key"]).output
        try place.write("witness w \(vkey)quorum w\n", to: "policy")
        let asked = try place.run(base + world.pins + ["--policy", "policy"])
        #expect(asked.status == 2 && asked.errors.contains("not its quorum"), "\(asked.errors)")
        try holds()
    }
}
