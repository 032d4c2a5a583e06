import Foundation
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// A place with a ledger, a configuration and a token of every role.
struct ServedPlace {
    let directory = NSTemporaryDirectory() + "consentd-place-" + UUID().uuidString
    let configuration: String
    let token: String

    init(_ more: String = "") throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try LedgerCreation(origin: "log.example.com/process", isTest: false).create(
            at: LedgerLocation(creatingDirectory: directory + "/ledger"),
            business: (id: "acme-viajes", name: "Acme Viajes", country: "ES")
        ).close()
        configuration = directory + "/consentd.yaml"
        try "ledger: \(directory)/ledger\nlisten: {port: 0}\npublish-seconds: 86400\n\(more)\n".write(
            toFile: configuration, atomically: false, encoding: .utf8)
        var arguments = ["token", "create", "--config", configuration, "--label", "test", "--all-businesses"]
        for role in Role.allCases { arguments += ["--role", role.rawValue] }
        let made = try ServerProcess.run(arguments)
        try #require(made.status == 0, "\(made.errors)")
        token = String(try #require(made.output.split(separator: "\n").last))
    }

    func end() { try? FileManager.default.removeItem(atPath: directory) }

    func request(_ body: String, length: Int? = nil, path: String = "/v1/events", close: Bool = true) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(length ?? body.utf8.count)\r\n\(close ? "Connection: close\r\n" : "")\r\n\(body)"
    }
}
