import ArgumentParser
import Foundation
import Testing

@testable import consent

/// An option that takes one value is refused where it is there twice: which of the two would count?
@Suite struct RepeatedOptionTests {
    /// An option as a command's help has it.
    struct Described {
        let names: [String]
        let isRepeating: Bool
    }

    private static func options(of command: any ParsableCommand.Type) throws -> [Described] {
        let dump = try JSONSerialization.jsonObject(with: Data(command._dumpHelp().utf8)) as? [String: Any]
        let arguments = (dump?["command"] as? [String: Any])?["arguments"] as? [[String: Any]] ?? []
        return arguments.filter { $0["kind"] as? String == "option" }.map { argument in
            let names = argument["names"] as? [[String: String]] ?? []
            return Described(
                names: names.map { ($0["kind"] == "long" ? "--" : "-") + ($0["name"] ?? "") },
                isRepeating: argument["isRepeating"] as? Bool ?? false)
        }
    }

    @Test func everySingleOptionOfEveryCommandIsRefusedTwice() throws {
        var single = 0
        var several = 0
        for (path, command) in HelpTests.commands where command.configuration.subcommands.isEmpty {
            let repeated = try RepeatedOption(of: command)
            for option in try Self.options(of: command) {
                for first in option.names {
                    for second in option.names {
                        for arguments in [[first, "a", second, "b"], [first + "=a", "x", second + "=a"]] {
                            let found =
                                RepeatedOption.isPossible(in: path + arguments)
                                ? repeated.find(in: path + arguments) : nil
                            #expect((found == nil) == option.isRepeating, "\(path) \(arguments)")
                        }
                    }
                    #expect(repeated.find(in: path + [first, "a", "--", first, "b"]) == nil)
                }
                if option.isRepeating { several += 1 } else { single += 1 }
            }
        }
        #expect(single > 300 && several > 30, "\(single), \(several)")
    }

    @Test func theCommandRefusesIt() throws {
        let world = try ClearanceCommandTests.World()
        let check = ["check", ClearanceCommandTests.World.yes, "--category", "marketing"]
        let twice = try world.place.run(check + ["--channel", "sms", "--channel", "whatsapp"])
        #expect(twice.status == 64 && twice.output.isEmpty)
        #expect(twice.errors.contains("--channel is there more than once, and takes one value"))
        #expect(try world.place.run(check + ["--channel", "whatsapp", "--channel=whatsapp", "--json"]).status == 64)
        #expect(
            try world.check(ClearanceCommandTests.World.yes, ["--category", "marketing", "--json", "--json"]).status
                == 0)
        try world.check(ClearanceCommandTests.World.yes, ["--clearance", "yes.clearance"])
        #expect(try world.verify("yes.clearance", ["--channel", "sms", "--channel", "whatsapp"]).status == 64)
        try world.place.write("\(ClearanceCommandTests.World.yes)\n", to: "people.txt")
        let screen = ["screen", "people.txt", "--category", "marketing", "--channel", "whatsapp"]
        #expect(try world.place.run(screen + ["-o", "a.csv", "--output", "b.csv"]).status == 64)
        #expect(!FileManager.default.fileExists(atPath: world.place.path("a.csv")))
        #expect(try world.place.run(screen + ["-o", "a.csv", "--only", "allowed"]).status == 0)
    }
}
