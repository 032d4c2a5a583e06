import ConsentAudit
import Foundation
import LoopbackWitness
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The programs of Documentation/senders.md, run as they stand there: against the server, and against one that fails.
@Suite(.enabled(if: PythonServer.isThere, "\(PythonServer.absence)"), .timeLimit(.minutes(20))) struct SendersTests {
    /// The languages of the page, by the name of their blocks.
    enum Language: String, CaseIterable { case bash, python, swift }

    /// How a run of a program ended.
    struct Outcome: Equatable {
        let status: Int32
        let output: String
    }

    /// A language's blocks of the page as a program, in a directory of its own.
    final class Program {
        let directory = NSTemporaryDirectory() + "consent-sender-" + UUID().uuidString
        private let path: String
        private let token: String

        init(_ language: Language, token: String) throws {
            self.token = token
            let page = try String(
                contentsOf: ProblemTests.root.appendingPathComponent("Documentation/senders.md"), encoding: .utf8)
            var source = ""
            var isWithin = false
            for line in page.components(separatedBy: "\n") {
                if isWithin, line != "```" { source += line + "\n" }
                isWithin = isWithin ? line != "```" : line == "```" + language.rawValue
            }
            try #require(!source.isEmpty, "the page has nothing in \(language)")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            path = directory + "/sender"
            let sourcePath = language == .swift ? path + ".swift" : path
            try source.write(toFile: sourcePath, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sourcePath)
            guard language == .swift else { return }
            let compiler = Process()
            compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            compiler.arguments = ["swiftc", "-swift-version", "6", "-warnings-as-errors", "-o", path, sourcePath]
            try compiler.run()
            compiler.waitUntilExit()
            try #require(compiler.terminationStatus == 0, "the page's Swift is not compiled")
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        private func process(_ arguments: [String], at url: String, token: String?, patience: Int = 10) -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: directory)
            process.environment = [
                "PATH": (PythonServer.python as NSString).deletingLastPathComponent + ":/usr/bin:/bin",
                "CONSENT_URL": url, "CONSENT_TOKEN": token ?? self.token, "PATIENCE": "\(patience)",
            ]
            return process
        }

        /// Runs it to its end.
        func run(
            _ command: String..., input: String = "", at url: String, token: String? = nil, patience: Int = 10
        ) throws -> Outcome {
            let process = process(command, at: url, token: token, patience: patience)
            let run = directory + "/" + UUID().uuidString
            try input.write(toFile: run, atomically: false, encoding: .utf8)
            _ = FileManager.default.createFile(atPath: run + ".out", contents: nil)
            process.standardInput = FileHandle(forReadingAtPath: run)
            process.standardOutput = FileHandle(forWritingAtPath: run + ".out")
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return Outcome(
                status: process.terminationStatus,
                output: try String(contentsOfFile: run + ".out", encoding: .utf8).trimmingCharacters(in: .newlines))
        }

        /// Has it follow the changes until it has told of the record `last`, and kills it then. Returns the lines.
        func changes(_ file: String, until last: Int, at url: String) throws -> [String] {
            let process = process(["changes", file], at: url, token: nil)
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            var text = Data()
            while true {
                let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
                if text.last == UInt8(ascii: "\n"), lines.contains(where: { $0.hasPrefix("\(last) ") }) { return lines }
                let piece = output.fileHandleForReading.availableData
                try #require(!piece.isEmpty, "it ended by itself after \(lines)")
                text += piece
            }
        }
    }

    private static let contact = "+34600111222"

    /// A line about a change of one person, but for the handle.
    private struct Told: Equatable {
        let index: Substring
        let contact: Substring

        init(_ index: Substring, _ contact: Substring) { (self.index, self.contact) = (index, contact) }

        init(_ line: String) {
            let words = line.split(separator: " ")
            self.init(words[0], words.count == 3 ? words[2] : "")
        }
    }

    private static func get(_ path: String, of server: PythonServer) async throws -> Data {
        try await URLSession.shared.data(from: #require(URL(string: server.url + path))).0
    }

    private static func optOut(_ id: String, _ contact: String = contact) -> String {
        #"{"type":"consent-withdrawn","id":"\#(id)","contact":"\#(contact)"}"#
    }

    private static func question(_ contact: String = contact, category: String = "marketing") -> String {
        #"{"contact":"\#(contact)","category":"\#(category)","channel":"whatsapp"}"#
    }

    @Test(arguments: Language.allCases) func theProgramDoesWhatThePageSays(_ language: Language) async throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let faulty = try PythonServer("../ConsentServerTests/faulty_server.py", ["\(server.port)"])
        let program = try Program(language, token: place.token)
        let real = "http://127.0.0.1:\(server.port)"

        // To record, and to ask.
        let notice = """
            {"type":"notice-published","id":"notice","notice-name":"web","language":"es","channels":["whatsapp"],\
            "categories":["marketing"],"text":"Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir."}
            """
        #expect(try program.run("record", input: notice, at: real) == Outcome(status: 0, output: "3"))
        let given = """
            {"type":"consent-given","id":"in","contact":"\(Self.contact)","channels":["whatsapp"],\
            "categories":["marketing"],"notice":"web","occurred-at":"\(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))"}
            """
        #expect(try program.run("record", input: given, at: real) == Outcome(status: 0, output: "4"))
        #expect(try program.run("ask", input: Self.question(), at: real) == Outcome(status: 0, output: "send"))
        for _ in 0..<2 {
            #expect(try program.run("record", input: Self.optOut("out"), at: real) == Outcome(status: 0, output: "5"))
        }
        #expect(try program.run("ask", input: Self.question(), at: real) == Outcome(status: 1, output: "drop"))
        #expect(
            try program.run("ask", input: Self.question(), at: faulty.url + "/later")
                == Outcome(status: 3, output: "later 2026-11-24T08:00:00.000Z"))
        #expect(
            try program.run("ask", input: Self.question(), at: faulty.url + "/yes")
                == Outcome(status: 0, output: "send"))

        // Nothing else is a yes, and it is not asked twice.
        let unknown = Outcome(status: 75, output: "unknown")
        #expect(try program.run("ask", input: Self.question(category: "nothing"), at: real) == unknown)
        #expect(try program.run("ask", input: Self.question("12"), at: real) == unknown)
        #expect(try program.run("ask", input: Self.question(), at: real, token: "wrong") == unknown)
        #expect(try program.run("ask", input: Self.question(), at: "http://127.0.0.1:1") == unknown)
        #expect(try program.run("ask", input: "nonsense", at: faulty.url + "/yes").status == 65)
        let faults = try JSONDecoder().decode([String].self, from: try await Self.get("/faults/", of: faulty))
        #expect(faults.count > 30)
        for fault in faults {
            let outcome = try program.run("ask", input: Self.question(), at: faulty.url + "/" + fault)
            #expect(outcome == unknown, "\(fault)")
            #expect(try await Self.get("/requests/" + fault, of: faulty) == Data("1".utf8), "\(fault)")
        }
        #expect(try await Self.get("/requests/yes", of: faulty) == Data("1".utf8))

        // What was not answered is sent again, and recorded once.
        var next = 6
        for fault in ["lost-answer", "busy-503", "busy-429", "busy-408", "busy-500"] {
            let event = Self.optOut(fault, "+34600111333")
            #expect(
                try program.run("record", input: event, at: faulty.url + "/" + fault)
                    == Outcome(status: 0, output: "\(next)"))
            #expect(try await Self.get("/requests/" + fault, of: faulty) == Data("3".utf8))
            #expect(try program.run("record", input: event, at: real) == Outcome(status: 0, output: "\(next)"))
            next += 1
        }
        // What cannot be recorded is sent once; of what is not known to be, that is told.
        let refused = Outcome(status: 65, output: "")
        #expect(try program.run("record", input: #"{"type":"nothing","id":"x"}"#, at: faulty.url + "/good") == refused)
        #expect(try await Self.get("/requests/good", of: faulty) == Data("1".utf8))
        #expect(try program.run("record", input: "nonsense", at: real) == refused)
        #expect(try program.run("record", input: Self.optOut("a"), at: real, token: "wrong") == refused)
        for fault in ["not-recorded", "no-json", "cut", "broken-off"] {
            let outcome = try program.run("record", input: Self.optOut("b"), at: faulty.url + "/" + fault, patience: 1)
            #expect(outcome == Outcome(status: 75, output: ""), "\(fault)")
        }

        // Changes: each, in its order, over a connection that ends again and again.
        let erased = place.request(
            #"{"contact":"+34600111333","now":true}"#, path: "/v1/contacts/erase")
        let first = try program.changes("last", until: next - 1, at: faulty.url + "/short-stream")
        #expect(
            first.map(Told.init) == (4..<next).map { Told("\($0)", $0 < 6 ? Self.contact[...] : "+34600111333") })
        // Killed and started again, it goes on where it was; the last one may come twice.
        for id in ["c", "d"] {
            #expect(
                try program.run("record", input: Self.optOut(id), at: real) == Outcome(status: 0, output: "\(next)"))
            next += 1
        }
        let more = try program.changes("last", until: next - 1, at: faulty.url + "/short-stream")
        #expect(
            more.suffix(2).map(Told.init) == [
                Told("\(next - 2)", Self.contact[...]), Told("\(next - 1)", Self.contact[...]),
            ])
        #expect(more.count == 2 || more.count == 3 && more[0] == first.last)
        // Who is erased has no address any more, and is known by the handle.
        #expect(try server.exchange(erased).hasPrefix("HTTP/1.1 200 "))
        let all = try program.changes("from-the-beginning", until: next, at: real)
        #expect(Told(all[2]) == Told("6", "-") && Told(all[0]) == Told("4", Self.contact[...]), "\(all)")
        let handles = all.map { $0.split(separator: " ")[1] }
        #expect(handles.allSatisfy { $0.utf8.count == 32 } && handles.last == handles[2], "\(all)")
        #expect(first[2].split(separator: " ")[1] == handles[2])
        #expect(try program.run("changes", "other", at: real, token: "wrong") == refused)

        #expect(server.end() == 0)
        let report = try await Verifier(reader: DirectoryLogReader(root: place.directory + "/ledger/log")).verify(
            level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }
}
