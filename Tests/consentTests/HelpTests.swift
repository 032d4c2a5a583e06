import ArgumentParser
import Foundation
import Testing

@testable import consent

/// Every command's help has an example, and the example is one that the command takes.
@Suite struct HelpTests {
    /// The commands with their names on the command line, groups included.
    static let commands: [(path: [String], type: any ParsableCommand.Type)] = all(Consent.self, [])

    /// The names of those that do something, which groups do not.
    static let leaves = commands.filter { $0.type.configuration.subcommands.isEmpty }.map(\.path)

    static func all(_ type: any ParsableCommand.Type, _ path: [String]) -> [([String], any ParsableCommand.Type)] {
        [(path, type)]
            + type.configuration.subcommands.flatMap { all($0, path + [$0._commandName]) }
    }

    @Test func thereAreAllTheCommands() {
        #expect(
            Set(Self.leaves.map { $0.joined(separator: " ") }) == [
                "init", "business add", "business list", "brand add", "brand list", "sender add", "sender list",
                "source add", "source revoke", "source list", "category add", "category retire", "category list",
                "template map", "template list", "notice add", "notice lint", "notice show", "notice retire",
                "notice list", "rules list", "rules show", "rules adopt", "rules test", "rules diff", "opt-in",
                "confirm", "resume", "opt-out", "basis begin", "basis end", "review list", "review decide", "check",
                "clearance verify", "clearance show", "clearance extract", "clearance anchor", "clearance confirm",
                "clearance replay", "screen", "history", "list", "log",
                "evidence bundle", "evidence verify", "checkpoint publish", "checkpoint witness-key",
                "checkpoint cosign", "checkpoint attach", "checkpoint witness", "checkpoint quorum", "follow",
                "checkpoint stamp",
                "checkpoint list", "replay",
                "verify", "prove inclusion", "prove consistency", "prove contact", "prove business", "prove anchor",
                "verify-proof",
                "attach", "attachment list", "attachment open", "import", "append", "diff", "sample", "report", "uses",
                "reconcile", "latency", "receipt-for", "subject-access", "erase", "letter", "hold add", "hold lift",
                "hold list", "registry check",
                "retention report", "retention apply", "key list", "key protect", "key unprotect", "key export",
                "key rotate",
            ])
    }

    @Test(arguments: commands.indices) func helpHasAnExampleThatParses(_ position: Int) throws {
        let (path, type) = Self.commands[position]
        let discussion = type.configuration.discussion
        #expect(!type.configuration.abstract.isEmpty)
        let start = try #require(discussion.range(of: "EXAMPLE\n"), "\(path)")
        let joined = discussion[start.upperBound...].replacingOccurrences(of: "\\\n", with: " ")
        let examples = joined.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(!examples.isEmpty)
        for example in examples {
            let words = Self.words(example)
            #expect(words.first == "consent", "\(example)")
            #expect(words.dropFirst().starts(with: path), "\(example)")
            // A group's example is one of its subcommands; what the words mean is for the tests of the commands.
            #expect(throws: Never.self, "\(example)") { _ = try Consent.parseAsRoot(Array(words.dropFirst())) }
        }
    }

    @Test func everyCommandSpeaksJSON() {
        for (path, type) in Self.commands where type.configuration.subcommands.isEmpty {
            #expect(Consent.helpMessage(for: type).contains("--json"), "\(path)")
            #expect(Consent.helpMessage(for: type).contains("--ledger"), "\(path)")
        }
    }

    @Test func theBinaryHelpsAndCompletes() throws {
        let place = try Workplace()
        let help = try place.succeed(["opt-in", "--help"])
        #expect(help.output.contains("USAGE: consent opt-in") && help.output.contains("EXAMPLE"))
        #expect(try place.succeed(["--version"]).output == "\(Consent.configuration.version)\n")
        for shell in ["bash", "zsh", "fish"] {
            #expect(try place.succeed(["--generate-completion-script", shell]).output.contains("opt-in"))
        }
    }

    /// The words of a shell line without its redirection; quotes are the double ones.
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in line.prefix(while: { $0 != ">" }) {
            switch character {
            case "\"":
                isQuoted.toggle()
                word = word ?? ""
            case " " where !isQuoted:
                words += [word].compactMap { $0 }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + [word].compactMap { $0 }
    }
}
