import Foundation
import Testing

/// An auditor who cosigns, through the built program.
@Suite struct WitnessCommandTests {
    typealias World = ProofCommandTests.World

    static let name = "auditor.example/witness"

    /// A world with the auditor's key; the vkey.
    static func world() throws -> (world: World, witness: String) {
        let world = try World()
        let made = try world.place.succeed(["checkpoint", "witness-key", name, "-o", "auditor.key", "--json"])
        return (world, try made.member("vkey"))
    }

    static func cosign(_ world: World, _ more: [String] = [], log: String = "log") throws -> Workplace.Outcome {
        try world.place.run(["checkpoint", "cosign", log, "--key", "auditor.key", "--state", "auditor.state"] + more)
    }

    @Test func theKeyIsTheUsersAlone() throws {
        let place = try Workplace()
        let vkey = try place.succeed(["checkpoint", "witness-key", Self.name, "-o", "w.key"]).output
        #expect(vkey.hasPrefix(Self.name + "+") && vkey.hasSuffix("\n"))
        let attributes = try FileManager.default.attributesOfItem(atPath: place.path("w.key"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let text = try String(contentsOfFile: place.path("w.key"), encoding: .utf8)
        #expect(text.hasPrefix("consent-ledger-key/v1 \(Self.name) ") && text.hasSuffix("=\n"))
        #expect(try place.run(["checkpoint", "witness-key", Self.name, "-o", "w.key"]).status == 65)
        #expect(try String(contentsOfFile: place.path("w.key"), encoding: .utf8) == text)
        for wrong in ["", "a b", "a+b", "a\u{a0}b", String(repeating: "a", count: 1025)] {
            #expect(try place.run(["checkpoint", "witness-key", wrong, "-o", "x.key"]).status == 65, "\(wrong)")
        }
        #expect(!FileManager.default.fileExists(atPath: place.path("x.key")))
        #expect(try place.run(["checkpoint", "witness-key", Self.name, "-o", "nowhere/x.key"]).status == 74)
        #expect(try place.run(["checkpoint", "witness-key", Self.name]).status == 64)
    }

    @Test func cosignsAndAttaches() throws {
        let (world, witness) = try Self.world()
        let place = world.place
        #expect(try Self.cosign(world).status == 65)
        #expect(try Self.cosign(world, ["--first"]).status == 64)
        let first = try Self.cosign(world, ["--vkey", world.vkey, "--first"])
        #expect(first.status == 0 && first.output.hasPrefix("— \(Self.name) "))
        #expect(try Self.cosign(world, ["--vkey", world.vkey, "--first"]).status == 65)
        let again = try Self.cosign(world, ["--json"])
        #expect(again.status == 0)
        #expect(try again.member("size") == 8 && again.member("cosigned") == true)

        try place.write(first.output, to: "line")
        let attached = try place.succeed(["checkpoint", "attach", "line", "--witness", witness])
        #expect(attached.output == "Attached the cosignature of \(Self.name) to the checkpoint of size 8.\n")
        let repeated = try place.succeed(
            ["checkpoint", "attach", "-", "--witness", witness, "--json"], input: first.output)
        #expect(((try repeated.json() as? [[String: Any]])?.first?["added"] as? Bool) == false)
        let published = try world.text("consent.ledger/log/checkpoint")
        #expect(published.contains(first.output))
        #expect(try place.succeed(["checkpoint"]).output == published)
        #expect(try world.text("consent.ledger/log/checkpoints/00000000000000000008") == published)
        #expect(try place.succeed(["verify"] + world.pins).status == 0)

        // The log goes on; the older cosignature stays with the older checkpoint, where it can be attached still.
        try place.succeed(["opt-out", "+34600111333"])
        try place.succeed(["checkpoint"])
        let next = try Self.cosign(world, log: "consent.ledger")
        #expect(next.status == 0)
        let late = try place.succeed(["checkpoint", "witness-key", "late.example", "-o", "late.key"]).output
            .trimmingCharacters(in: .newlines)
        let line = try place.succeed([
            "checkpoint", "cosign", "log", "--key", "late.key", "--state", "late.state", "--vkey", world.vkey,
            "--first",
        ]).output
        try place.write(line, to: "late.line")
        let older = try place.succeed(["checkpoint", "attach", "late.line", "--witness", late])
        #expect(older.output.contains("the checkpoint of size 8"))
        #expect(try !world.text("consent.ledger/log/checkpoint").contains("late.example"))
        // A whole cosigned checkpoint is as good as the line.
        try place.write(published, to: "whole")
        #expect(try place.succeed(["checkpoint", "attach", "whole", "--witness", witness]).output.contains("already"))
        #expect(try place.succeed(["verify"] + world.pins).status == 0)
    }

    @Test func refusesToAttachWhatDoesNotVerify() throws {
        let (world, witness) = try Self.world()
        let place = world.place
        let line = try Self.cosign(world, ["--vkey", world.vkey, "--first"]).output
        let files = try place.recorded()
        func refused(_ text: String, _ arguments: [String], _ status: Int32) throws {
            try place.write(text, to: "line")
            let outcome = try place.run(["checkpoint", "attach", "line"] + arguments)
            #expect(outcome.status == status, "\(text) \(arguments): \(outcome.status) \(outcome.errors)")
        }
        try refused(line, [], 64)
        try refused(line, ["--witness", world.vkey], 65)
        try refused(line, ["--witness", "junk"], 65)
        try refused("", ["--witness", witness], 65)
        try refused("hello\n", ["--witness", witness], 65)
        try refused(String(line.dropLast()), ["--witness", witness], 65)
        try refused(line, ["--witness", witness, "--checkpoint", "5"], 2)
        let other = try place.succeed(["checkpoint", "witness-key", "other.example", "-o", "other.key"]).output
            .trimmingCharacters(in: .newlines)
        try refused(line, ["--witness", other], 65)
        // The witness's line of another log's checkpoint.
        let foreign = try Self.world()
        let theirs = try place.run([
            "checkpoint", "cosign", foreign.world.place.path("log"), "--key", "auditor.key", "--state", "auditor.state",
            "--vkey", foreign.world.vkey, "--first",
        ])
        #expect(theirs.status == 0)
        try refused(theirs.output, ["--witness", witness], 2)
        #expect(try place.run(["checkpoint", "attach", "nothing", "--witness", witness]).status == 66)
        #expect(try place.recorded() == files)
    }

    /// What the log once showed and shows no longer: nothing is cosigned, and both checkpoints are printed.
    @Test func showsWhatContradicts() throws {
        let (world, _) = try Self.world()
        let place = world.place
        #expect(try Self.cosign(world, ["--vkey", world.vkey, "--first"]).status == 0)
        let state = try world.text("auditor.state")
        let older = try world.text("log/checkpoints/00000000000000000006")
        let newer = try world.text("log/checkpoint")
        try FileManager.default.removeItem(atPath: place.path("log/checkpoint"))
        try place.write(older, to: "log/checkpoint")
        let outcome = try Self.cosign(world)
        #expect(outcome.status == 2)
        #expect(outcome.output.hasPrefix("Not cosigned: the log went back: it showed 8 records, and now shows 6."))
        #expect(outcome.output.contains(older) && outcome.output.contains(newer))
        let json = try Self.cosign(world, ["--json"])
        #expect(json.status == 2)
        #expect(try json.member("cosigned") == false && json.member("now") == older)
        #expect(try world.text("auditor.state") == state)
    }

    @Test func keepsItsState() throws {
        let (world, _) = try Self.world()
        let place = world.place
        let pins = ["--vkey", world.vkey, "--first"]
        #expect(try Self.cosign(world, pins).status == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: place.path("auditor.state"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try world.text("auditor.state").contains("\nlog \(world.vkey)\n\n"))
        // Another witness's state, junk, none where it must be written, and one in use.
        try place.succeed(["checkpoint", "witness-key", "other.example", "-o", "other.key"])
        let base = ["checkpoint", "cosign", "log", "--key"]
        #expect(try place.run(base + ["other.key", "--state", "auditor.state"]).status == 65)
        try place.write("junk\n", to: "junk.state")
        let junk = try place.run(base + ["auditor.key", "--state", "junk.state"] + pins)
        #expect(junk.status == 65 && junk.output.isEmpty)
        #expect(try world.text("junk.state") == "junk\n")
        #expect(try place.run(base + ["auditor.key", "--state", "no/where"] + pins).status == 74)
        #expect(try place.run(base + ["nothing.key", "--state", "x.state"] + pins).status == 66)
        #expect(try place.run(base + ["optin.txt", "--state", "x.state"] + pins).status == 65)
        #expect(try place.run(base + ["auditor.key", "--state", "x.state", "--vkey", "junk", "--first"]).status == 65)
        let held = try place.shell(
            "flock auditor.state.lock consent checkpoint cosign log --key auditor.key --state auditor.state")
        #expect(held.status == 75)
        // A key that did not sign the log's checkpoint.
        let other = try World()
        let wrong = try place.run(base + ["auditor.key", "--state", "x.state", "--vkey", other.vkey, "--first"])
        #expect(wrong.status == 2 && wrong.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: place.path("x.state")))
    }
}
