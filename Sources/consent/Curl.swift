internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto

/// HTTP by the program curl, so that this one links no network library. No redirect is followed and no file of the user's
/// settings is read; what comes is bounded in size and time.
struct Curl {
    /// What came of one request.
    struct Answer {
        /// The status code; 0 where none came.
        let status: Int
        let contentType: String?
        let body: [UInt8]
        /// Why nothing came, or not all of it; `nil` if all did.
        let failure: String?
    }

    /// How long one request may take.
    let limit: TimeLength

    /// For what each request does besides, and for curl to begin and end.
    private static let slack: UInt64 = 5000

    /// Sends `body` to the address, which answers with at most `most` bytes. Throws `cannotBeRead` if curl cannot be run or
    /// is stopped, and `badInput` for a longer answer.
    func post(
        _ body: [UInt8], to path: String, below address: WebAddress, most: Int
    ) throws(CommandError) -> Answer {
        let arguments = ["--data-binary", "@-", "--header", "Content-Type: text/plain", "--header", "Expect:"]
        let answers = try run(
            arguments + ["--url", address.appending(path)], input: body, address, count: 1, most: most)
        guard let answer = answers.first else { throw Self.unreadable }
        return answer
    }

    /// Gets what is at each of `paths` below the address, over one connection where the server keeps it, as who holds the
    /// token, if there is one; all of it has at most `most` bytes. Throws as `post` does.
    func get(
        _ paths: [String], below address: WebAddress, token: BearerToken? = nil, most: Int
    ) throws(CommandError) -> [Answer] {
        // Neither an address nor a token has a character that a line of curl's settings takes for another. As an argument,
        // others on the machine would see it.
        let settings =
            (token.map { "header = \"Authorization: Bearer \($0.text)\"\n" } ?? "")
            + paths.map { "url = \"\(address.appending($0))\"\n" }.joined()
        let answers = try run(
            ["--config", "-"], input: Array(settings.utf8), address, count: paths.count, most: most)
        guard answers.count == paths.count else { throw Self.unreadable }
        return answers
    }

    private func run(
        _ arguments: [String], input: [UInt8], _ address: WebAddress, count: Int, most: Int
    ) throws(CommandError) -> [Answer] {
        // Nobody who answers knows it, so that no body can be taken for the line after one.
        let boundary = Hexadecimal.encode(SystemRandomSource().bytes(16))
        let seconds = "\(limit.milliseconds / 1000).\(String(1000 + limit.milliseconds % 1000).dropFirst())"
        let words =
            [
                "curl", "--disable", "--silent", "--globoff", "--max-redirs", "0", "--max-time", seconds,
                "--proto", address.isLoopback ? "=http" : "=https", "--user-agent", "consent", "--write-out",
                "\\n\(boundary) %{exitcode} %{http_code} %{content_type}\\t%{errormsg}\\n",
            ] + (address.isLoopback ? ["--noproxy", "*"] : []) + arguments
        // Of each answer that line comes too: it has a type and a sentence that a server may have a say in.
        let outcome = try OtherProgram.run(
            words, title: "curl (Debian's package curl)", input: input, most: most + count << 14,
            limit: TimeLength(milliseconds: limit.milliseconds * UInt64(count) + Self.slack))
        return try Self.answers(in: outcome.output, boundary: Array("\n\(boundary) ".utf8))
    }

    private static func answers(in output: [UInt8], boundary: [UInt8]) throws(CommandError) -> [Answer] {
        var answers: [Answer] = []
        var rest = output[...]
        while !rest.isEmpty {
            guard let place = position(of: boundary, in: rest),
                let end = rest[(place + boundary.count)...].firstIndex(of: UInt8(ascii: "\n"))
            else { throw unreadable }
            let line = String(decoding: rest[(place + boundary.count)..<end], as: UTF8.self)
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            let about =
                words.count == 3 ? words[2].split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false) : []
            guard about.count == 2, let code = Int(words[0]), let status = Int(words[1]) else { throw unreadable }
            let failure = code == 0 ? nil : about[1].isEmpty ? "curl ended with \(code)" : String(about[1])
            answers.append(
                Answer(
                    status: status, contentType: about[0].isEmpty ? nil : String(about[0]),
                    body: Array(rest[..<place]), failure: failure))
            rest = rest[(end + 1)...]
        }
        return answers
    }

    /// Where `pattern` begins first in `bytes`; its first byte is not in the rest of it.
    private static func position(of pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        var start = bytes.startIndex
        while let place = bytes[start...].firstIndex(of: pattern[0]) {
            if bytes[place...].starts(with: pattern) { return place }
            start = place + 1
        }
        return nil
    }

    private static var unreadable: CommandError {
        CommandError(.cannotBeRead, "what curl wrote cannot be read; version 7.75 or later is needed")
    }
}
