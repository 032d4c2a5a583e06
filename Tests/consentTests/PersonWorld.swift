import Foundation
import PlainHTML
import Testing

/// A ledger in which much happened to one person, and something to others, for what persons are given.
struct PersonWorld {
    static let ana = "+34600111222"
    static let ben = "+34600333444"
    static let hostile = "<b>“hola”</b> \u{202e}أهلا <script>alert(1)</script> ]]> &amp; \u{0007}"

    let place: Workplace

    init(test: Bool = false) throws {
        place = try Workplace()
        try place.succeed(["init", "--business", "Acme Viajes"] + (test ? ["--test"] : []))
        try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
        try place.write("I agree to offers of Acme Viajes by SMS. Reply STOP to leave.\n", to: "sms.txt")
        try notice("web", "optin.txt", "es", "whatsapp")
        try notice("text", "sms.txt", "en", "sms")
    }

    private func notice(_ name: String, _ file: String, _ language: String, _ channel: String) throws {
        try place.succeed([
            "notice", "add", name, "--file", file, "--language", language, "--channel", channel, "--category",
            "marketing",
        ])
    }

    /// The same with the story of Ana; Ben is somebody else.
    static func withStory() throws -> PersonWorld {
        let world = try PersonWorld()
        let place = world.place
        try place.write(String(repeating: "signed ", count: 1000), to: "signed <form>.txt")
        try place.succeed(["category", "add", "order-update", "--class", "utility", "--basis", "contract"])
        for arguments in [
            [
                "opt-in", ana, "--notice", "web", "--method", "web-form", "--verification", "code", "--evidence",
                "ip=192.0.2.7", "--evidence", "note=\(hostile)",
            ],
            ["opt-in", ana, "--notice", "text"], ["opt-in", ben, "--notice", "web", "--evidence", "ip=192.0.2.99"],
            ["attach", ana, "signed <form>.txt"],
            ["basis", "begin", ana, "--basis", "contract", "--category", "order-update", "--channel", "whatsapp"],
            ["check", ana, "--category", "marketing", "--channel", "whatsapp", "--reserve"],
            ["check", ben, "--category", "marketing", "--channel", "whatsapp", "--reserve"],
            ["opt-out", ana, "--category", "marketing", "--channel", "sms"],
        ] { try place.succeed(arguments) }
        return world
    }

    /// Ana's receipt as JSON-LD.
    func receipt(_ contact: String = ana, with more: [String] = []) throws -> [String: Any] {
        let outcome = try place.succeed(["receipt-for", contact] + more)
        return try #require(try outcome.json() as? [String: Any])
    }

    /// What the page of a person's receipt or access says.
    func page(_ arguments: [String]) throws -> PlainHTML {
        let name = UUID().uuidString + ".html"
        try place.succeed(arguments + ["-o", name])
        return try PlainHTML(try text(name))
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: place.path(name), encoding: .utf8) }

    /// The document of a person's access.
    func access(_ contact: String = ana, with more: [String] = []) throws -> [String: Any] {
        let outcome = try place.succeed(["subject-access", contact, "--json"] + more)
        return try #require(try outcome.json() as? [String: Any])
    }

    func isWhole() throws {
        try place.succeed(["verify"])
        try place.succeed(["registry", "check"])
    }
}

/// The Python that `tools/bootstrap --tests` sets up, for scripts that judge files.
enum Judge {
    static let python = packageRoot.appendingPathComponent(".build-oracles/bin/python").path
    private static let isRequired = ProcessInfo.processInfo.environment["CI"] == "true"
    static let hasRDF = isThere("rdflib")
    static let hasSchemas = isThere("jsonschema")
    static let absence: Comment = "skipped: the tests' Python or a package of it is absent; run tools/bootstrap --tests"

    private static func isThere(_ package: String) -> Bool {
        let lib = packageRoot.appendingPathComponent(".build-oracles/lib").path
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: lib)) ?? []
        return isRequired
            || versions.contains { FileManager.default.fileExists(atPath: "\(lib)/\($0)/site-packages/\(package)") }
    }

    /// Runs a script of the tests on files of a place.
    static func run(_ script: String, _ arguments: [String], in place: Workplace) throws -> Workplace.Outcome {
        let words = [python, packageRoot.appendingPathComponent("Tests/\(script)").path] + arguments
        return try place.shell("PYTHONDONTWRITEBYTECODE=1 " + words.map { "'\($0)'" }.joined(separator: " "))
    }
}
