import Foundation
import Testing

/// Documentation/commands.md shows what the commands do: its blocks are run in order, and their output compared. With
/// UPDATE_DOCUMENTATION=1 the output is written into the page instead.
@Suite struct DocumentationTests {
    static let page = packageRoot.appendingPathComponent("Documentation/commands.md")

    /// A command of a block and what follows it.
    struct Step {
        var command: String
        var output: String
    }

    @Test func thePageShowsWhatTheCommandsDo() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let place = try Workplace()
        var updated: [String] = []
        var isInBlock = false
        var block: [String] = []
        var blocks = 0
        for line in text.components(separatedBy: "\n") {
            if line == "```console" {
                (isInBlock, block) = (true, [])
                updated.append(line)
            } else if isInBlock, line == "```" {
                isInBlock = false
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
            } else if isInBlock {
                block.append(line)
            } else {
                updated.append(line)
            }
        }
        #expect(blocks > 10)
        if Self.isUpdating {
            try updated.joined(separator: "\n").write(to: Self.page, atomically: true, encoding: .utf8)
        }
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
            .replacing(/\d+ ms/, with: "N ms")
            .replacing(/"(head-age-ms|milliseconds)": \d+/, with: { "\"\($0.output.1)\": N" })
            .replacing(/[A-Za-z0-9+\/]{40,}=*/, with: "HASH")
            .replacing(/[0-9a-f]{8,}/, with: "HASH")
    }
}
