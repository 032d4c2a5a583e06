import ConsentAudit
import ConsentLedger
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LoopbackWitness
import NIOCore
import PlainHTML
import Testing
import TransparencyLog

@testable import ConsentServer

/// The server's checkpoints before witnesses that share no code with it, honest and lying, quick and dead.
@Suite(.enabled(if: PythonServer.isThere, Comment(rawValue: PythonServer.absence)), .timeLimit(.minutes(20)))
struct WitnessTests {
    private static let contact = "+34600111222"

    /// A world whose server asks `count` witnesses, of which `quorum` make a quorum.
    private final class Place: @unchecked Sendable {
        private(set) var witnesses: [LoopbackWitness] = []
        private(set) var world: ServerWorld!

        /// With `waits`, the ledger publishes at the quorum only. The names of the witnesses begin with `prefix`.
        init(
            _ label: String, count: Int, quorum: Int, waits: Bool = false, prefix: String = "w", timeout: Int = 20,
            configure: (inout Configuration) -> Void = { _ in }
        ) throws {
            var made: [LoopbackWitness] = []
            world = try ServerWorld(label: label) { configuration in
                let directory = configuration.ledger
                let vkey = (try? String(contentsOfFile: directory + "/log/log.vkey", encoding: .utf8)) ?? ""
                for number in 1...count {
                    // A witness that does not start is missed below.
                    guard
                        let witness = try? LoopbackWitness(
                            "w\(number).example", seed: UInt8(number),
                            knowing: [vkey.trimmingCharacters(in: .newlines)],
                            in: directory + "-w\(number)")
                    else { return }
                    made.append(witness)
                }
                let names = made.indices.map { "\(prefix)\($0 + 1)" }
                let lines =
                    zip(names, made).map { "witness \($0) \($1.vkey) \($1.url)" } + [
                        "group all \(quorum) \(names.joined(separator: " "))", "quorum all",
                    ]
                let policy = waits ? directory + "/private/quorum.policy" : directory + "-policy"
                try? (lines.joined(separator: "\n") + "\n").write(toFile: policy, atomically: false, encoding: .utf8)
                if !waits { configuration.witnesses.policyFile = policy }
                configuration.witnesses.timeoutSeconds = timeout
                configure(&configuration)
            }
            witnesses = made
            try #require(made.count == count)
            // Witnesses go by the clock of this machine.
            world.clock.pass(UInt64(Date().timeIntervalSince1970 * 1000) - world.clock.now().milliseconds)
        }

        deinit {
            for witness in witnesses {
                witness.server.stop()
                try? FileManager.default.removeItem(atPath: witness.directory)
            }
            try? FileManager.default.removeItem(atPath: world.directory + "-policy")
        }

        var asking: CheckpointWitnesses {
            get throws { try #require(world.server.parts.witnesses) }
        }

        /// A round, to its last answer.
        func ask() async throws {
            try await world.server.parts.ledger.publish()
            try await asking.ask()
            try await asking.finishRequests()
        }

        /// The size of what is published, and the names of who signed it.
        func published() throws -> (size: UInt64, names: [String]) {
            let checkpoint = try PublishedLog(reader: world.server.parts.ledger.log).checkpoint
            return (checkpoint.checkpoint.size, checkpoint.note.signatures.map(\.name))
        }

        func metrics() -> String {
            world.server.parts.metrics.text(ServerMetrics.State())
        }
    }

    private static func optOut(_ id: String) -> String { Requests.events(Requests.optOut(contact, id: id)) }

    @Test func whatIsPublishedIsSentAndWhatComesBackIsAttached() async throws {
        let place = try Place("witnessed", count: 2, quorum: 2, prefix: "a\"b\\")
        let world = try #require(place.world)
        let token = try world.token(.capture, .audit)
        try await place.world.run { client async throws in
            try await place.ask()
            let first = try place.published()
            #expect(first.names == ["log.example.com/witnessed", "w1.example", "w2.example"])
            // Cosigned before: nobody is asked.
            try await place.ask()
            #expect(try place.witnesses[0].requests().count == 1)
            #expect(try await client.post("/v1/events", token: token, Self.optOut("a")).status == 200)
            // One that lost its memory, and one that was fed by somebody else: both say where they are.
            place.witnesses[0].forget()
            try await place.ask()
            #expect(try place.published().names.count == 3)
            #expect(try place.published().size == first.size + 1)
            #expect(try place.witnesses[0].requests().suffix(2).map { $0["status"] as? Int } == [409, 200])
            let grown = try #require(try place.witnesses[1].requests().last)
            #expect(grown["old"] as? Int == Int(first.size) && grown["lines"] as? Int == 1)
            // Whoever fetches the log has them.
            let served = try await client.send(.get, "/log/checkpoint", token: token)
            #expect(served.text.contains("\n— w1.example ") && served.text.contains("\n— w2.example "))
            // A policy may call a witness anything.
            let metrics = try await client.send(.get, "/metrics", token: try world.token(.audit)).text
            #expect(metrics.contains(#"consentd_witness_cosignatures_total{witness="a\"b\\1"} 2"#), "\(metrics)")
            #expect(!metrics.contains("consentd_witness_failures_total{"))
            #expect(metrics.contains("consentd_published_records \(first.size + 1)\n"))
        }
    }

    @Test func nothingIsAttachedThatDoesNotVerify() async throws {
        let place = try Place("lies", count: 2, quorum: 1)
        let manners = [
            ("bad-signature", "bad-signature"), ("other-size", "bad-signature"), ("other-key", "not-signed"),
            ("other-name", "not-signed"), ("twice", "bad-signature"), ("early", "implausible-time"),
            ("late", "implausible-time"), ("empty", "malformed"), ("no-newline", "malformed"),
            ("extra-line", "malformed"), ("junk", "malformed"), ("binary", "malformed"), ("endless", "unreachable"),
            ("cut", "unreachable"), ("status 403", "witness-refused"), ("status 404", "witness-refused"),
            ("status 422", "witness-contradicts"), ("status 500", "witness-refused"),
            ("redirect http://127.0.0.1:1/", "witness-refused"), ("claims 1000", "witness-ahead"),
            ("claims 0", "malformed"), ("claims-plainly 9", "witness-refused"),
        ]
        try await place.world.run { _ async throws in
            var told = 0
            for (manner, code) in manners {
                place.witnesses[0].forget()
                try place.witnesses[0].behaves(manner)
                let before = place.metrics()
                try await place.ask()
                #expect(try place.published().names.count == 2, "\(manner)")
                #expect(try await place.asking.lastFailures == ["w1": code], "\(manner)")
                #expect(place.metrics() != before)
                let lines = place.world.log.all.filter { $0.contains("did not cosign") }
                // The same again is counted, and not logged.
                #expect(lines.count >= told)
                told = lines.count
                try await place.ask()
                let again = try await place.asking.lastFailures == ["w1": code] ? told : told + 1
                told = place.world.log.all.filter { $0.contains("did not cosign") }.count
                #expect(told == again, "\(manner)")
            }
            #expect(told > 10)
            try place.witnesses[0].behaves("beside-others")
            place.witnesses[0].forget()
            try await place.ask()
            #expect(Set(try place.published().names) == ["log.example.com/lies", "w1.example", "w2.example"])
            #expect(try await place.asking.lastFailures.isEmpty)
            #expect(
                place.metrics().contains(
                    #"consentd_witness_failures_total{witness="w1",code="witness-contradicts"} 2"#))
        }
    }

    @Test func aCheckpointIsPublishedAtItsQuorumOnly() async throws {
        let place = try Place("at-quorum", count: 2, quorum: 2, waits: true)
        let world = try #require(place.world)
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await place.world.run { client async throws in
            let start = try place.published().size
            func record(_ id: String, _ wait: String = "?wait=proof") async throws -> JSONOutcome {
                let answer = try await client.post("/v1/events" + wait, token: token, Self.optOut(id))
                #expect(answer.status == 200, "\(answer.text)")
                return JSONOutcome(answer)
            }
            let proven = try await record("a")
            #expect(proven.outcome == "recorded" && proven.warnings == 0)
            // The proof has the cosignatures, and is of the checkpoint that everybody sees.
            #expect(proven.proof?.contains("— w1.example ") == true && proven.proof?.contains("— w2.example ") == true)
            #expect(try place.published().size == start + 1)
            #expect(
                Set(try place.published().names) == ["log.example.com/at-quorum", "w1.example", "w2.example"])
            // Too few: it is recorded, binds, and is shown to nobody.
            try place.witnesses[1].behaves("status 503")
            let waiting = try await record("b")
            #expect(waiting.outcome == "recorded" && waiting.proof == nil && waiting.warnings == 1)
            try await place.ask()
            #expect(try place.published().size == start + 1)
            let metrics = try await client.send(.get, "/metrics", token: try world.token(.audit)).text
            #expect(metrics.contains("consentd_published_records \(start + 1)\n"))
            #expect(metrics.contains("consentd_ledger_records \(start + 2)\n"))
            #expect(try await client.send(.get, "/readyz").status == 200)
            // Asked again when it can be had.
            try place.witnesses[1].behaves("honest")
            let later = try await record("b")
            #expect(later.outcome == "already-recorded" && later.proof != nil && later.warnings == 0)
            #expect(try place.published().size == start + 2)
        }
    }

    /// What is told of one event.
    private struct JSONOutcome {
        let outcome: String?
        let proof: String?
        let warnings: Int?

        init(_ answer: Answered) {
            let result = answer.json["results"]?.array?.first
            outcome = result?["outcome"]?.string
            proof = result?["proof"]?.string
            warnings = result?["warnings"]?.array?.count
        }
    }

    /// A witness that never answers, with more time than this test has: nothing waits for it.
    @Test func aSilentWitnessHoldsNothingUp() async throws {
        for (number, quorum) in [1, 2].enumerated() {
            let place = try Place("silent-\(number)", count: 2, quorum: quorum, waits: true, timeout: 3600)
            let world = try #require(place.world)
            let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
            try place.witnesses[0].behaves("silent")
            try await place.world.run { client async throws in
                try place.asking.begin()
                // It has been asked, and the other one too.
                while try place.witnesses.contains(where: { try $0.requests().isEmpty }) { await Task.yield() }
                #expect(try await client.post("/v1/events", token: token, Self.optOut("a")).status == 200)
                let asked = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
                #expect(asked.json["decisions"]?.array?.first?["outcome"] == .string("deny"))
                guard quorum == 1 else { return }
                // Where the quorum does without it, so does the proof, round after round.
                for id in ["b", "c", "d"] {
                    let answer = try await client.post("/v1/events?wait=proof", token: token, Self.optOut(id))
                    #expect(JSONOutcome(answer).proof?.contains("— w2.example ") == true, "\(answer.text)")
                }
                #expect(try place.witnesses[0].requests().count == 1)
            }
        }
    }

    /// Its time is over: it is asked anew, about what is newest then.
    @Test func aWitnessThatIsTooSlowIsAskedAgain() async throws {
        let place = try Place("slow", count: 1, quorum: 1, timeout: 1)
        let world = try #require(place.world)
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try place.witnesses[0].behaves("silent")
        try await place.world.run { client async throws in
            try await place.ask()
            #expect(try await place.asking.lastFailures == ["w1": "unreachable"])
            try place.witnesses[0].behaves("honest")
            try await place.ask()
            #expect(try place.published().names.count == 2)
            // And one that is dead.
            place.witnesses[0].server.stop()
            #expect(try await client.post("/v1/events", token: token, Self.optOut("a")).status == 200)
            try await place.ask()
            #expect(try await place.asking.lastFailures == ["w1": "unreachable"])
            #expect(try place.published().names.count == 1)
        }
    }

    /// Many wait for a proof at once: a few requests serve them all.
    @Test func manyProofsAreServedByFewRounds() async throws {
        let place = try Place("many", count: 1, quorum: 1, waits: true)
        let world = try #require(place.world)
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await place.world.run { client async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        let answer = try await client.post(
                            "/v1/events?wait=proof", token: token,
                            Requests.events(Requests.optOut("+3460011\(2000 + number)", id: "\(number)")))
                        return JSONOutcome(answer).proof?.contains("— w1.example ") == true
                    }
                }
                for try await isProven in group { #expect(isProven) }
            }
            #expect(try place.witnesses[0].requests().count < 12)
        }
    }

    /// The program itself: it asks without being told to, and ends while a witness is silent.
    @Test func theDaemonAsksByItselfAndEndsWhileAWitnessIsSilent() throws {
        let place = try ServedPlace()
        defer { place.end() }
        let vkey = try String(contentsOfFile: place.directory + "/ledger/log/log.vkey", encoding: .utf8)
        let witnesses = try (1...2).map { number in
            try LoopbackWitness(
                "w\(number).example", seed: UInt8(number), knowing: [vkey.trimmingCharacters(in: .newlines)],
                in: place.directory + "/w\(number)")
        }
        let policy = place.directory + "/policy"
        try "witness w1 \(witnesses[0].vkey)\nwitness w2 \(witnesses[1].vkey)\nquorum none\n".write(
            toFile: policy, atomically: false, encoding: .utf8)
        let text = try String(contentsOfFile: place.configuration, encoding: .utf8)
        try
            (text.replacing("publish-seconds: 86400", with: "publish-seconds: 1")
            + "witnesses: {policy: \(policy), addresses: {w1: \"\(witnesses[0].url)\", w2: \"\(witnesses[1].url)\"}, timeout-seconds: 60}\n")
            .write(toFile: place.configuration, atomically: false, encoding: .utf8)
        let check = try ServerProcess.run(["--config", place.configuration, "--check"])
        #expect(check.status == 0, "\(check.errors)")
        let wrong = try ServerProcess.run(
            ["--config", place.configuration, "--check"], environment: ["CONSENTD_WITNESS_POLICY": "/nowhere"])
        #expect(wrong.status == 65 && wrong.errors.contains("/nowhere"), "\(wrong.errors)")
        try witnesses[0].behaves("silent")
        let server = try ServerProcess(configuration: place.configuration)
        var answer = ""
        while !answer.contains("— w2.example ") {
            answer = try server.exchange(
                "GET /log/checkpoint HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(place.token)\r\nConnection: close\r\n\r\n"
            )
        }
        while try witnesses[0].requests().isEmpty { sched_yield() }
        #expect(server.end() == 0)
        for witness in witnesses { witness.server.stop() }
    }

    /// A certificate of localhost, signed by itself, and its key.
    private static func makeCertificate(in directory: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", directory + "/key.pem",
            "-out", directory + "/certificate.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
    }

    /// Over https a witness is who its certificate says, and nobody else.
    @Test func httpsIsVerified() async throws {
        let directory = NSTemporaryDirectory() + "consentd-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.makeCertificate(in: directory)
        let place = try ServedPlace(
            "tls: {certificate-chain: \(directory)/certificate.pem, private-key: \(directory)/key.pem}")
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        func post(_ host: String, _ certificates: String?) async throws -> Int {
            let submission = try WitnessSubmission(limit: .seconds(20), needsTLS: true, certificates: certificates)
            return try await submission.post(
                Array("old 0\n".utf8), to: "add-checkpoint",
                below: WebAddress(parsing: "https://\(host):\(server.port)/api/")
            ).status
        }
        let certificate = directory + "/certificate.pem"
        #expect(try await post("localhost", certificate) == 404)
        // Whoever the system does not trust, and whose certificate is of another name.
        await #expect(throws: ServerError(.unreachable, "")) { try await post("localhost", nil) }
        await #expect(throws: ServerError(.unreachable, "")) { try await post("127.0.0.1", certificate) }
        #expect(server.end() == 0)
    }

    // MARK: What legal sees

    @Test(arguments: ["en", "es"]) func theConsoleSaysWhoCosignedAndWhetherThatVerifies(_ language: String) async throws
    {
        let place = try Place("console-witnesses-" + language, count: 2, quorum: 2)
        let world = try #require(place.world)
        try await place.world.run { client async throws in
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(try world.token(.audit))
            func page() async throws -> String {
                try PageCheck.read(try await browser.get("/console/log"), "log").text
            }
            let isEnglish = language == "en"
            #expect(try await page().contains(isEnglish ? "w1 has not cosigned it." : "w1 no lo ha cofirmado."))
            try place.witnesses[1].behaves("status 403")
            try await place.ask()
            let half = try await page()
            #expect(
                half.contains(isEnglish ? "verified by its key in the policy" : "verificado con su clave"), "\(half)")
            #expect(half.contains("witness-refused"), "\(half)")
            #expect(half.contains(isEnglish ? "Fewer of the policy" : "menos testigos de la política"), "\(half)")
            // Somebody whose key nobody here has.
            try place.witnesses[1].behaves("honest")
            try await place.ask()
            let path = world.directory + "/log/checkpoint"
            let stranger = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter {
                $0.hasPrefix("— w1.example ")
            }.map { $0.replacing("w1.example", with: "stranger.example") }
            let whole = try String(contentsOfFile: path, encoding: .utf8)
            try (whole + stranger.joined() + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let all = try await page()
            #expect(all.contains(isEnglish ? "As many of the policy" : "tantos testigos de la política"), "\(all)")
            #expect(all.contains("stranger.example"), "\(all)")
            #expect(all.contains(isEnglish ? "not verified, no policy here has its key" : "sin verificar"), "\(all)")
            // A line that was changed.
            let spoilt = whole.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                guard line.hasPrefix("— w1.example "), let last = line.dropLast(4).last else { return String(line) }
                return line.dropLast(5) + (last == "A" ? "B" : "A") + line.suffix(4)
            }
            try spoilt.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let wrong = try await page()
            #expect(
                wrong.contains(isEnglish ? "does not verify under its key" : "no se verifica con su clave"), "\(wrong)")
            try whole.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    // MARK: What is asked of whom

    @Test func whatCannotWorkIsToldBeforeItStarts() throws {
        let key = try LoopbackWitness(
            "w1.example", seed: 1, knowing: [], in: NSTemporaryDirectory() + UUID().uuidString)
        defer { try? FileManager.default.removeItem(atPath: key.directory) }
        let path = key.directory + "/policy"
        func asked(
            _ policy: String?, _ addresses: [String: String] = [:], awaiting: String? = nil
        ) throws -> AskedWitnesses? {
            try policy?.write(toFile: path, atomically: false, encoding: .utf8)
            return try AskedWitnesses(
                Configuration.Witnesses(policyFile: policy.map { _ in path }, addresses: addresses),
                awaiting: awaiting.map { try WitnessPolicy(parsing: Array($0.utf8)) })
        }
        let bare = "witness w1 \(key.vkey)\nquorum w1\n"
        let whole = "witness w1 \(key.vkey) \(key.url)\nquorum w1\n"
        #expect(try asked(nil) == nil)
        #expect(try asked(whole)?.members.map(\.name) == ["w1"])
        #expect(try asked(nil, awaiting: whole)?.members.map(\.address.text) == [key.url])
        #expect(
            try asked(bare, ["w1": "https://witness.example/api/"], awaiting: bare)?.members[0].address.host
                == "witness.example")
        #expect(try asked(whole, ["w1": "https://[2001:db8::1]:8443/x"])?.members[0].address.port == 8443)
        let other = "witness w9 \(try Self.otherKey)\nquorum w9\n"
        let wrong: [(policy: String?, addresses: [String: String], awaiting: String?, says: String)] = [
            (bare, [:], nil, "no witness of the policy has an address"), ("quorum", [:], nil, "line"),
            (whole, ["w2": "https://w.example/"], nil, "does not name"),
            (whole, ["w1": "http://w.example/"], nil, "is not a URL"),
            (nil, ["w1": "https://w.example/"], nil, "no policy"), ("quorum none\n", [:], nil, "no witness"),
            (whole, [:], other, "cannot reach"), (nil, [:], other, "no witness of the policy has an address"),
        ]
        for (policy, addresses, awaiting, says) in wrong {
            let error = #expect(throws: ServerError(.badConfiguration, "")) {
                try asked(policy, addresses, awaiting: awaiting)
            }
            #expect(error?.description.contains(says) == true, "\(error?.description ?? "nothing")")
        }
        #expect(throws: ServerError(.badConfiguration, "")) {
            try AskedWitnesses(Configuration.Witnesses(policyFile: "/nowhere"), awaiting: nil)
        }
    }

    private static var otherKey: String {
        get throws {
            let witness = try LoopbackWitness(
                "w9.example", seed: 9, knowing: [], in: NSTemporaryDirectory() + UUID().uuidString)
            try? FileManager.default.removeItem(atPath: witness.directory)
            return witness.vkey
        }
    }
}
