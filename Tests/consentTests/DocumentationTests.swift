import Foundation
import LoopbackWitness
import Testing

/// README.md and the pages that are listed below show what the commands do: their blocks are run in order, each page in a place
/// of its own, and their output compared. With UPDATE_DOCUMENTATION=1 the output is written into the page instead. A
/// block that only sets up what the shown ones need stands in a comment, `<!-- console` to `-->`.
@Suite struct DocumentationTests {
    /// A command of a block and what follows it.
    struct Step {
        var command: String
        var output: String
    }

    private static let blockEnds = ["```console": "```", "<!-- console": "-->"]

    @Test(arguments: [
        ("README.md", 8), ("Documentation/commands.md", 10), ("Documentation/stories.md", 12),
        ("Documentation/screening.md", 6), ("Documentation/time-stamps.md", 6), ("Documentation/witnesses.md", 10),
        ("Documentation/attachments.md", 3),
        ("Documentation/privacy.md", 5), ("Documentation/keys.md", 4), ("Documentation/persons.md", 4),
    ])
    func thePageShowsWhatTheCommandsDo(_ name: String, leastBlocks: Int) throws {
        // Its witnesses are programs of the tests' Python.
        guard name != "Documentation/witnesses.md" || PythonServer.isThere else { return print(PythonServer.absence) }
        let page = packageRoot.appendingPathComponent(name)
        let text = try String(contentsOf: page, encoding: .utf8)
        let place = try Workplace()
        var updated: [String] = []
        var blockEnd: String?
        var block: [String] = []
        var blocks = 0
        for line in text.components(separatedBy: "\n") {
            if blockEnd == nil {
                updated.append(line)
                (blockEnd, block) = (Self.blockEnds[line], [])
            } else if line == blockEnd {
                blockEnd = nil
                blocks += 1
                for step in try Self.steps(block) {
                    let output = try place.shell(step.command).output
                    updated.append("$ " + step.command.replacingOccurrences(of: "\n", with: "\n> "))
                    updated += output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                        String.init)
                    #expect(
                        Self.isUpdating || Self.normalized(output) == Self.normalized(step.output),
                        "\(step.command)\n\(output)")
                }
                updated.append(line)
            } else {
                block.append(line)
            }
        }
        #expect(blockEnd == nil && blocks >= leastBlocks, "\(name) has \(blocks) blocks")
        if Self.isUpdating {
            try updated.joined(separator: "\n").write(to: page, atomically: true, encoding: .utf8)
        }
    }

    /// A page that shows a command without its being run could say anything.
    @Test(arguments: ["README.md", "SPEC.md", "Documentation"]) func noPageShowsACommandThatIsNotRun(_ name: String)
        throws
    {
        let place = packageRoot.appendingPathComponent(name)
        let pages =
            name.hasSuffix(".md")
            ? [place]
            : try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil).filter {
                $0.pathExtension == "md"
            }
        #expect(!pages.isEmpty)
        for page in pages {
            var fence: String?
            for line in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n") {
                if fence == nil, line.hasPrefix("```") { fence = line } else if line == "```" { fence = nil }
                #expect(
                    !line.hasPrefix("$ ") || fence == "```console" || fence == nil, "\(page.lastPathComponent): \(line)"
                )
            }
        }
    }

    /// Documentation/architecture.md has the arrows that Package.swift declares, and no others.
    @Test func theArrowsAreThoseOfThePackage() throws {
        func text(_ name: String) throws -> String {
            try String(contentsOf: packageRoot.appendingPathComponent(name), encoding: .utf8)
        }
        var declared: [String: Set<String>] = [:]
        // A test's targets have a path of their own, or another kind.
        let target =
            /\.(?:target|executableTarget|systemLibrary)\(\s*name: "(\w+)"(?:,\s*dependencies: \[(.*?)\](?=,\s*\w+:))?/
            .dotMatchesNewlines()
        let package = try text("Package.swift")
        let targets = package[try #require(package.range(of: "    targets: [")).lowerBound...]
        for match in targets.matches(of: target)
        where FileManager.default.fileExists(atPath: packageRoot.path + "/Sources/\(match.1)") {
            declared[String(match.1)] = Set(
                (match.2 ?? "").replacing(/package: "[^"]+"/, with: "").matches(of: /"(\w+)"/).map { String($0.1) })
        }
        var shown: [String: Set<String>] = [:]
        for match in try text("Documentation/architecture.md").matches(of: /\n\| (\w+) \| ([^|]+) \| [^|\n]+ \|/)
        where match.1 != "target" {
            shown[String(match.1)] = Set(match.2.matches(of: /\w+/).map { String($0.0) })
        }
        #expect(shown == declared)
        #expect(declared["ConsentAudit"]?.isDisjoint(with: ["ConsentLedger", "LedgerStorage"]) == true)
    }

    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1"

    /// A block is commands after `$ `, continued after `> `, each followed by its output.
    private static func steps(_ block: [String]) throws -> [Step] {
        var steps: [Step] = []
        for line in block {
            if line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), output: ""))
            } else {
                try #require(!steps.isEmpty, "a block begins with a command: \(line)")
                if line.hasPrefix("> "), steps[steps.count - 1].output.isEmpty {
                    steps[steps.count - 1].command += "\n" + line.dropFirst(2)
                } else {
                    steps[steps.count - 1].output += line + "\n"
                }
            }
        }
        return steps
    }

    /// The output without what differs from run to run: times, hashes, keys, signatures, durations.
    private static func normalized(_ output: String) -> String {
        output
            .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "TIME")
            .replacing(/\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d UTC/, with: "TIME")
            .replacing(/, \d+ [a-z]+ (ago|before the|after the)/, with: { ", N \($0.output.1)" })
            .replacing(/\d+ ms/, with: "N ms")
            .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:N")
            .replacing(/"(head-age-ms|milliseconds)": \d+/, with: { "\"\($0.output.1)\": N" })
            .replacing(/[A-Za-z0-9+\/]{40,}=*/, with: "HASH")
            .replacing(/[0-9a-f]{8,}/, with: "HASH")
    }
}
