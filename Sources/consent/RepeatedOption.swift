internal import ArgumentParser
internal import ConsentModel

/// Finds an option that takes one value and is there twice. The argument parser keeps the last of them silently, and an
/// answer about one of two channels that were named is no answer to what was asked.
struct RepeatedOption {
    /// The option's spellings, by which it is one: `-o` and `--output`.
    private let spellings: [Set<String>]

    /// Looks for the options of a command.
    init(of command: any ParsableCommand.Type) throws {
        let dump = try JSONValue(parsing: command._dumpHelp().utf8)
        spellings = (dump["command"]?["arguments"]?.array ?? []).compactMap { argument in
            guard argument["kind"]?.string == "option", argument["isRepeating"] == .bool(false) else { return nil }
            return Set(
                (argument["names"]?.array ?? []).compactMap { name in
                    name["name"]?.string.map { (name["kind"]?.string == "long" ? "--" : "-") + $0 }
                })
        }
    }

    /// What to tell of the first option that is there more than once in `arguments`; `nil` where none is. A value never
    /// begins with a dash here, so that what does is an option.
    func find(in arguments: [String]) -> CommandError? {
        var seen: Set<Set<String>> = []
        for argument in arguments.prefix(while: { $0 != "--" }) where argument.utf8.first == UInt8(ascii: "-") {
            let name = String(argument.prefix { $0 != "=" })
            guard let option = spellings.first(where: { $0.contains(name) }) else { continue }
            guard seen.insert(option).inserted else {
                return CommandError(
                    .usage, "\(name) is there more than once, and takes one value; leave one of them out")
            }
        }
        return nil
    }

    /// Whether there is anything to look for: a command's options are told apart only then, which takes longer than to
    /// parse them. Two spellings of one option begin with the same letter.
    static func isPossible(in arguments: [String]) -> Bool {
        var seen: Set<String> = []
        var letters: [Character: Set<Bool>] = [:]
        for argument in arguments.prefix(while: { $0 != "--" }) where argument.utf8.first == UInt8(ascii: "-") {
            let name = String(argument.prefix { $0 != "=" })
            guard seen.insert(name).inserted else { return true }
            guard let letter = name.first(where: { $0 != "-" }) else { continue }
            letters[letter, default: []].insert(name.hasPrefix("--"))
            if letters[letter]?.count == 2 { return true }
        }
        return false
    }
}
