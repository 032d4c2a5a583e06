import Foundation
import Testing

/// The `consent` that was built with these tests, run in a directory of its own, which goes when the value does.
final class Workplace: Sendable {
    /// The directory, where `./consent.ledger` is the ledger.
    let directory: String

    /// What a run left.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// The output as JSON; fails the test if it is none.
        func json() throws -> Any {
            try JSONSerialization.jsonObject(with: Data(output.utf8), options: [.fragmentsAllowed])
        }

        /// A member of the output, which is a JSON object.
        func member<Value>(_ key: String, as type: Value.Type = Value.self) throws -> Value {
            let object = try #require(try json() as? [String: Any])
            return try #require(object[key] as? Value)
        }
    }

    /// Where the products of the build are: beside the test program.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    init() throws {
        directory = NSTemporaryDirectory() + "consent-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// A place with the ledger of the first five minutes: Acme Viajes, the notice `web` in Spanish.
    static func withLedger(test: Bool = false) throws -> Workplace {
        let place = try Workplace()
        try place.succeed(["init", "--business", "Acme Viajes"] + (test ? ["--test"] : []))
        try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
        try place.succeed([
            "notice", "add", "web", "--file", "optin.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing",
        ])
        return place
    }

    /// The sample's keys are public, and come out of a repository readable by everybody.
    static func makeKeysPrivate(in ledger: String) throws {
        let keys = ledger + "/private/keys"
        for name in try FileManager.default.contentsOfDirectory(atPath: keys) {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(keys)/\(name)")
        }
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }

    func path(_ name: String) -> String { directory + "/" + name }

    /// Runs `consent`. Output goes to files, so that no pipe can fill or be held open by another test's process.
    @discardableResult
    func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Outcome {
        try run(Self.products.appendingPathComponent("consent").path, arguments, input: input, environment: environment)
    }

    /// Runs a line of shell, with the built `consent` on the path; both outputs as one.
    func shell(_ line: String) throws -> Outcome {
        try run("/bin/bash", ["-c", "exec 2>&1; " + line])
    }

    /// Runs `consent` and expects 0.
    @discardableResult
    func succeed(_ arguments: [String], input: String = "") throws -> Outcome {
        let outcome = try run(arguments, input: input)
        try #require(
            outcome.status == 0,
            "consent \(arguments.joined(separator: " ")) exits \(outcome.status): \(outcome.errors)")
        return outcome
    }

    private func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> Outcome {
        let run = UUID().uuidString
        let files = ["input", "output", "errors"].map { path(".\(run)-\($0)") }
        for file in files { try Data(file == files[0] ? Array(input.utf8) : []).write(to: URL(fileURLWithPath: file)) }
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        var variables = ["PATH": Self.products.path + ":/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": directory]
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.run()
        process.waitUntilExit()
        func text(_ file: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        }
        return Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: try text(files[1]), errors: try text(files[2]))
    }

    /// All that says what is recorded: the published checkpoint, and the records.
    func recorded() throws -> [String] {
        let checkpoint = try String(contentsOfFile: path("consent.ledger/log/checkpoint"), encoding: .utf8)
        return [checkpoint, try succeed(["log", "--json"]).output]
    }
}

/// The root of the package.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

extension Workplace {
    /// Everything below the ledger but locks and SQLite's side files, by name.
    func ledgerContents() throws -> [String: Data] {
        let root = path("consent.ledger")
        var found: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root)
        where !name.hasSuffix("-wal") && !name.hasSuffix("-shm") && name != "private/lock" {
            found[name] = FileManager.default.contents(atPath: root + "/" + name)
        }
        return found
    }

    /// What the ledger's key files keep secret, as it stands in them.
    func keySecrets() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path("consent.ledger/private/keys")).map { name in
            let line = try String(contentsOfFile: path("consent.ledger/private/keys/\(name)"), encoding: .utf8)
            return String(try #require(line.split(whereSeparator: \.isWhitespace).last))
        }
    }
}
