import Foundation
import Testing

/// Proofs as files, through the built program: made on one side, checked on the other.
@Suite struct ProofCommandTests {
    static let contact = "+34600111222"

    /// A ledger of eight records with two people and checkpoints in between; what an auditor pins; a bare copy in `log`.
    struct World {
        let place: Workplace
        let vkey: String
        let ledgerID: String

        init() throws {
            place = try Workplace()
            let made = try place.succeed(["init", "--business", "Acme Viajes", "--test", "--json"])
            vkey = try made.member("vkey")
            ledgerID = try made.member("ledger-id")
            try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
            try place.succeed([
                "notice", "add", "web", "--file", "optin.txt", "--language", "es", "--channel", "whatsapp",
                "--category", "marketing",
            ])
            for arguments in [
                ["opt-in", contact, "--notice", "web"], ["opt-in", "+34600111333", "--notice", "web"],
                ["opt-out", contact], ["opt-in", "ana@example.com", "--notice", "web"],
            ] { try place.succeed(arguments) }
            try FileManager.default.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path("log"))
        }

        var pins: [String] { ["--vkey", vkey, "--ledger-id", ledgerID] }

        func text(_ name: String) throws -> String { try String(contentsOfFile: place.path(name), encoding: .utf8) }
    }

    @Test func everyKindIsProvenAndVerified() throws {
        let world = try World()
        let place = world.place
        let proofs: [(arguments: [String], kind: String, says: String)] = [
            (["inclusion", "4"], "inclusion", "Record 4 is in the log of 8 records."),
            (["inclusion", "4", "--checkpoint", "6"], "inclusion", "Record 4 is in the log of 6 records."),
            (["consistency", "5", "7"], "consistency", "The log of 7 records begins with the 5"),
            (["consistency", "5"], "consistency", "The log of 8 records begins with the 5"),
            (["contact", contactArgument], "chain", "from record 4 to record 6"),
            (["contact", contactArgument, "--checkpoint", "5"], "chain", "from record 4 to record 4"),
            (["business", "acme-viajes"], "chain", "of the business acme-viajes from record 1 to record 7"),
            (["business", "acme-viajes", "--since", "5"], "chain", "from record 5 to record 7"),
        ]
        for (number, proof) in proofs.enumerated() {
            let file = "\(number).proof"
            let made = try place.succeed(["prove"] + proof.arguments + ["-o", file] + world.pins)
            #expect(made.output.hasPrefix("\(file): "))
            let verified = try place.succeed(["verify-proof", file] + world.pins)
            #expect(verified.output.hasPrefix("Holds. ") && verified.output.contains(proof.says), "\(verified.output)")
            #expect(verified.output.contains("Not covered:\n"))
            // To standard output, and from standard input.
            let printed = try place.succeed(["prove"] + proof.arguments)
            #expect(try world.text(file) == printed.output)
            let read = try place.run(["verify-proof", "-", "--json"] + world.pins, input: printed.output)
            #expect(read.status == 0)
            #expect(try read.member("holds") == true && read.member("kind") == proof.kind)
            #expect(try read.member("findings", as: [Any].self).isEmpty)
            let object = try place.succeed(["prove"] + proof.arguments + ["--json"])
            #expect(try object.member("proof") == printed.output)
        }
        let chain = try place.succeed(["verify-proof", "4.proof", "--json"] + world.pins)
        let records = try chain.member("records", as: [[String: Any]].self)
        #expect(records.compactMap { $0["type"] as? String }.suffix(2) == ["consent-given", "consent-withdrawn"])
        let gaps = try chain.member("not-covered", as: [[String: Any]].self).compactMap { $0["code"] as? String }
        #expect(Set(gaps).isSuperset(of: ["later-records", "unrecorded-acts", "ledger-held-keys", "existence"]))
    }

    private let contactArgument = ProofCommandTests.contact

    /// A bare copy, named in either way, knows handles and no addresses.
    @Test func aBareCopyProvesToo() throws {
        let world = try World()
        let place = world.place
        try place.succeed(["prove", "contact", Self.contact, "-o", "own.proof"])
        let line = try #require(
            try world.text("own.proof").split(separator: "\n").first { $0.hasPrefix("chain contact ") })
        let handle = String(line.dropFirst("chain contact ".count))
        try place.succeed(["prove", "contact", "--handle", handle, "--log", "log", "-o", "copy.proof"])
        try place.succeed(["prove", "contact", "--handle", handle, "--ledger", "log", "-o", "other.proof"])
        #expect(try world.text("own.proof") == world.text("copy.proof"))
        #expect(try world.text("own.proof") == world.text("other.proof"))
        #expect(try place.run(["prove", "contact", Self.contact, "--log", "log"]).status == 64)
        #expect(try place.run(["prove", "contact", Self.contact, "--handle", handle]).status == 64)
        #expect(try place.run(["prove", "contact"]).status == 64)
        #expect(try place.run(["prove", "contact", "--handle", "12"]).status == 65)
        #expect(try place.run(["prove", "contact", "--handle", String(handle.reversed())]).status == 65)
        let stranger = try place.run(["prove", "contact", "+34600111999"])
        #expect(stranger.status == 65 && stranger.errors.contains("there is nothing to prove"))
    }

    @Test func whatCannotBeProven() throws {
        let world = try World()
        let place = world.place
        func refused(_ arguments: [String], _ status: Int32, _ says: String) throws {
            let outcome = try place.run(["prove"] + arguments)
            #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments): \(outcome.status)")
            #expect(outcome.errors.contains(says), "\(outcome.errors)")
        }
        try refused(["inclusion", "8"], 65, "the checkpoint of size 8 covers no record 8")
        try refused(["inclusion", "4", "--checkpoint", "3"], 65, "the checkpoint of size 3 covers no record 4")
        try refused(["inclusion", "1", "--checkpoint", "2"], 65, "the nearest: 1 and 3")
        try refused(["inclusion", "4", "--checkpoint", "99"], 65, "no checkpoint of size 99")
        try refused(["inclusion", "-1"], 64, "index")
        try refused(["inclusion", "18446744073709551616"], 64, "index")
        try refused(["consistency", "7", "5"], 64, "the smaller size")
        try refused(["business", "zoo"], 65, "no record in the chain of the business “zoo”")
        try refused(["business", "Acme Viajes"], 65, "not an id")
        try refused(["business", "acme-viajes", "--since", "8"], 65, "from index 8 on")
        try refused(["inclusion", "4", "--log", "nothing"], 66, "there is no log at nothing")
        try refused(["inclusion", "4", "--ledger", "optin.txt"], 66, "there is no log at optin.txt")
        try refused(["inclusion", "4", "--vkey", "junk"], 65, "--vkey")
        // A file that is there stays as it is.
        try place.write("mine\n", to: "kept.proof")
        try refused(["inclusion", "4", "-o", "kept.proof"], 65, "not overwritten")
        #expect(try world.text("kept.proof") == "mine\n")
        // A log that does not hold gives no proof, and no file is left.
        let bundle = place.path("log/tile/entries/000.p/8")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: bundle))
        bytes[40] ^= 1
        try FileManager.default.removeItem(atPath: bundle)
        try bytes.write(to: URL(fileURLWithPath: bundle))
        try refused(["inclusion", "4", "--log", "log", "-o", "bad.proof"], 2, "holds other entries")
        #expect(try !FileManager.default.contentsOfDirectory(atPath: place.directory).contains { $0.hasPrefix("bad.") })
        // Nor does one whose checkpoint another key signed.
        let other = try World()
        try refused(
            ["inclusion", "4", "--vkey", other.vkey, "-o", "bad.proof"], 2, "no trusted log key has the name")
        try refused(["inclusion", "0", "--ledger-id", other.ledgerID, "-o", "bad.proof"], 2, "another ledger")
    }

    @Test func whatDoesNotVerify() throws {
        let world = try World()
        let place = world.place
        let other = try World()
        try place.succeed(["prove", "contact", Self.contact, "-o", "a.proof"])
        func outcome(_ file: String, _ arguments: [String]) throws -> Int32 {
            let plain = try place.run(["verify-proof", file] + arguments)
            let json = try place.run(["verify-proof", file, "--json"] + arguments)
            #expect(plain.status == json.status)
            if plain.status == 2 {
                #expect(plain.output.hasPrefix("Does not verify. "))
                #expect(try json.member("holds") == false)
                #expect(try !json.member("findings", as: [Any].self).isEmpty)
            }
            return plain.status
        }
        #expect(try outcome("a.proof", world.pins) == 0)
        #expect(try outcome("a.proof", other.pins) == 2)
        #expect(try outcome("a.proof", ["--vkey", world.vkey, "--ledger-id", other.ledgerID]) == 2)
        // Without a pin; with one of the wrong type, or none at all; and files that are no proofs.
        #expect(try outcome("a.proof", []) == 64)
        #expect(try outcome("a.proof", ["--ledger-id", world.ledgerID]) == 64)
        let witness = try place.succeed(["checkpoint", "witness-key", "w.example", "-o", "w.key"]).output
            .trimmingCharacters(in: .newlines)
        #expect(try outcome("a.proof", ["--vkey", witness]) == 65)
        #expect(try outcome("a.proof", ["--vkey", "junk"]) == 65)
        #expect(try outcome("a.proof", ["--vkey", world.vkey, "--ledger-id", "12"]) == 65)
        #expect(try outcome("nothing.proof", world.pins) == 66)
        #expect(try outcome("optin.txt", world.pins) == 65)
        #expect(try outcome(".", world.pins) == 66)
        // Larger than any proof of its kind is.
        try place.write("c2sp.org/tlog-proof@v1\n" + String(repeating: "A", count: 2 << 20), to: "long.proof")
        #expect(try outcome("long.proof", world.pins) == 65)
        let text = try world.text("a.proof")
        try place.write(String(text.dropLast(5)), to: "cut.proof")
        #expect(try outcome("cut.proof", world.pins) == 65)
        let lines = text.components(separatedBy: "\n")
        let record = try #require(lines.lastIndex { $0.hasPrefix("record ") })
        try place.write(lines[..<(record - 1)].joined(separator: "\n") + "\n", to: "short.proof")
        #expect(try outcome("short.proof", world.pins) == 2)
    }

    @Test func policies() throws {
        let world = try World()
        let place = world.place
        try place.succeed(["prove", "inclusion", "4", "-o", "a.proof"])
        let keys = try ["one", "two"].map { name in
            try place.succeed(["checkpoint", "witness-key", "\(name).example", "-o", "\(name).key"]).output
                .trimmingCharacters(in: .newlines)
        }
        let witnesses = "log \(world.vkey)\nwitness one \(keys[0])\nwitness two \(keys[1])\ngroup both all one two\n"
        func status(_ policy: String, _ file: String = "a.proof") throws -> Int32 {
            try place.write(policy, to: "policy")
            return try place.run(["verify-proof", file, "--policy", "policy"]).status
        }
        #expect(try status(witnesses + "quorum none\n") == 0)
        #expect(try status(witnesses + "quorum one\n") == 2)
        #expect(try status(witnesses + "quorum three\n") == 65)
        #expect(try status("quorum none\n") == 65)
        #expect(try status("junk\n") == 65)
        #expect(try place.run(["verify-proof", "a.proof", "--policy", "nothing"]).status == 66)
        for name in ["one", "two"] {
            let line = try place.succeed([
                "checkpoint", "cosign", "log", "--key", "\(name).key", "--state", "\(name).state", "--vkey", world.vkey,
                "--first",
            ]).output
            try place.write(line, to: "\(name).line")
            try place.succeed(["checkpoint", "attach", "\(name).line", "--witness", keys[name == "one" ? 0 : 1]])
            try place.succeed(["prove", "inclusion", "4", "-o", "\(name).proof"])
            #expect(try status(witnesses + "quorum one\n", "\(name).proof") == 0)
            #expect(try status(witnesses + "quorum both\n", "\(name).proof") == (name == "two" ? 0 : 2))
        }
        // The pinned key in place of the policy's logs.
        try place.write("witness one \(keys[0])\nquorum one\n", to: "policy")
        let both = try place.run(["verify-proof", "two.proof", "--policy", "policy", "--vkey", world.vkey])
        #expect(both.status == 0 && both.output.contains("cosigned   by one.example at "))
        #expect(both.output.contains("Shown to have existed on "))
    }
}
