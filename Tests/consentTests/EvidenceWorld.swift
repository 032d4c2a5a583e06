import ConsentAudit
import ConsentLedger
import ConsentModel
import Foundation
import LedgerCrypto
import Testing

@testable import consent

/// A ledger with bundles of evidence to be made from it, and what an auditor pins.
struct EvidenceWorld {
    static let contact = "+34600111222"

    let place: Workplace
    let vkey: String
    let ledgerID: String

    init() throws {
        place = try Workplace()
        let made = try place.succeed(["init", "--business", "Acme Viajes", "--json"])
        vkey = try made.member("vkey")
        ledgerID = try made.member("ledger-id")
        try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
        try place.succeed([
            "notice", "add", "web", "--file", "optin.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing",
        ])
    }

    /// The same with what happened to one person, and another one beside.
    static func withStory() throws -> EvidenceWorld {
        let world = try EvidenceWorld()
        for arguments in [
            [
                "opt-in", contact, "--notice", "web", "--method", "web-form", "--evidence", "ip=192.0.2.7",
                "--evidence",
                "note=<b>“hola”</b> \u{202e}أهلا",
            ],
            ["opt-in", "+34600111333", "--notice", "web", "--evidence", "ip=192.0.2.99"],
            ["opt-out", contact],
        ] { try world.place.succeed(arguments) }
        return world
    }

    var pins: [String] { ["--vkey", vkey, "--ledger-id", ledgerID] }

    /// Makes a bundle through the program, and gives its bytes.
    @discardableResult
    func bundle(_ name: String = "a.zip", of contact: String = contact, with more: [String] = []) throws -> [UInt8] {
        try place.succeed(["evidence", contact, "-o", name, "--no-pdf"] + more)
        return try bytes(name)
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: place.path(name)))) }

    /// What the auditor who has the pins finds.
    func verify(_ bundle: [UInt8]) throws -> EvidenceReport {
        let pins = Pins(
            verifierKey: try PinOptions.key(vkey), ledgerID: Hexadecimal.decode(ledgerID).flatMap { SHA256Digest($0) })
        return try EvidenceVerifier(pins: pins).verify(MemorySource(bundle))
    }
}

/// The files of a bundle, to be changed and put together again.
struct EvidenceFiles {
    var files: [(name: String, bytes: [UInt8])]

    init(_ bundle: [UInt8]) throws {
        let archive = try StoredArchive(reading: MemorySource(bundle))
        files = try archive.entries.map { entry in
            (entry.name, try #require(try archive.bytes(of: entry, most: 1 << 28)))
        }
    }

    subscript(name: String) -> [UInt8]? {
        get { files.first { $0.name == name }?.bytes }
        set {
            guard let place = files.firstIndex(where: { $0.name == name }), let newValue else { return }
            files[place].bytes = newValue
        }
    }

    /// The archive, with `SHA256SUMS` made again: what somebody would do who changes more than by accident.
    func archive(sums: Bool = true) throws -> [UInt8] {
        var files = self.files
        if sums, let place = files.firstIndex(where: { $0.name == "SHA256SUMS" }) {
            files[place].bytes = files.filter { $0.name != "SHA256SUMS" }.flatMap {
                Array("\(SHA256Digest(hashing: $0.bytes))  \($0.name)\n".utf8)
            }
        }
        return try StoredArchive.bytes(of: files)
    }
}
