internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent init`: makes a ledger.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a ledger: keys, log, the source “cli” and, if named, a business.",
        discussion: """
            Prints what an auditor pins. Keep it somewhere else too: a log is only as good as what others remember of it.

            EXAMPLE
              consent init --business "Acme Viajes" --country ES
            """)

    @OptionGroup var ledger: LedgerOptions

    @Option(
        help: ArgumentHelp(
            "The log's name, a URL without its scheme, unique for ever. Default: made up.", valueName: "origin"))
    var origin: String?

    @Option(help: ArgumentHelp("The name of the business, as people and registers know it.", valueName: "name"))
    var business: String?

    @Option(help: ArgumentHelp("The business's id. Default: made of its name.", valueName: "id"))
    var businessID: String?

    @Option(help: ArgumentHelp("The business's country, two letters (ISO 3166-1).", valueName: "cc"))
    var country: String?

    @Flag(help: "The ledger is for trying out, and every answer says so, for ever.")
    var test = false

    func validate() throws {
        guard business != nil || (businessID == nil && country == nil) else {
            throw ValidationError("--business-id and --country need --business")
        }
    }

    func run() throws {
        let business = try registration()
        let origin = origin ?? Self.madeUpOrigin(business?.id)
        try Self.check(origin: origin)
        try ledger.checkDirectory()
        let directory = ledger.directory
        let writer = try LedgerCreation(origin: origin, isTest: test).create(
            at: LedgerLocation(creatingDirectory: directory), business: business)
        let catalog = writer.currentCatalog()
        try writer.close()
        let made = Made(
            directory: directory, business: business.map { ($0.id, $0.name) }, isTest: test, origin: origin,
            verifierKey: catalog.logKeys.first?.verifierKey ?? "",
            ledgerID: Hexadecimal.encode(writer.identity.ledgerID))
        print(ledger.json ? made.json.text : made.text)
    }

    /// What registers the business, checked before anything is written.
    private func registration() throws -> (id: String, name: String, country: String?)? {
        guard let business else { return nil }
        guard let id = businessID ?? Identifier.id(of: business) else {
            throw CommandError(
                .badInput,
                "no id can be made of the name “\(business)”; give one of a–z, 0–9 and “-” with --business-id")
        }
        try Identifier.check(id)
        let registration = (id: id, name: business, country: country)
        _ = try Event(
            .businessRegistered, id: EventID(random: SystemRandomSource()),
            LedgerCreation.registering(registration).fields)
        return registration
    }

    private static func madeUpOrigin(_ business: String?) -> String {
        let suffix = Hexadecimal.encode(SystemRandomSource().bytes(4))
        return "consent-ledger.local/\(business.map { $0 + "-" } ?? "")\(suffix)"
    }

    private static let mostOriginBytes = 255

    /// A half-made ledger would be left behind if the log found out.
    private static func check(origin: String) throws(CommandError) {
        let anyKey = Ed25519PublicKey([UInt8](repeating: 0, count: Ed25519PublicKey.byteCount))!
        guard origin.utf8.count <= mostOriginBytes,
            FieldKind.text(most: mostOriginBytes).problem(with: .text(origin)) == nil,
            !origin.unicodeScalars.contains(where: VisibleText.isUnseen),
            (try? VerifierKey(name: origin, publicKey: anyKey, use: .note)) != nil
        else {
            throw CommandError(
                .badInput,
                "“\(origin.prefix(80))” is not an origin: a URL without its scheme, without spaces and “+”, "
                    + "such as log.example.com/acme, at most \(mostOriginBytes) bytes")
        }
    }

    /// What is told of a ledger that was made.
    private struct Made {
        let directory: String
        let business: (id: String, name: String)?
        let isTest: Bool
        let origin: String
        let verifierKey: String
        let ledgerID: String

        private var adminKey: String { directory + "/private/keys/admin.key" }

        var json: JSON {
            [
                "ledger": .string(directory), "business": .optional(business?.id), "test": .bool(isTest),
                "origin": .string(origin), "vkey": .string(verifierKey), "ledger-id": .string(ledgerID),
                "admin-key": .string(adminKey),
            ]
        }

        var text: String {
            let kind = isTest ? "TEST ledger" : "ledger"
            var lines = [
                "Made the \(kind) \(Terminal.plain(directory))"
                    + (business.map { " for \($0.name) (\($0.id))." } ?? ".")
            ]
            lines += [
                "",
                "What an auditor pins; keep it somewhere else too:",
                "  origin     \(origin)",
                "  vkey       \(verifierKey)",
                "  ledger-id  \(ledgerID)",
                "",
                "The admin key signs every change of businesses, sources and notices. It is in",
                "  \(Terminal.plain(adminKey))",
                "Move it to another machine when set-up is done, and put it back for changes.",
                "",
                "Next:",
            ]
            if directory != LedgerOptions.defaultDirectory {
                lines.append("  export CONSENT_LEDGER=\(Terminal.plain(directory))")
            }
            if business == nil { lines.append("  consent business add acme-viajes --name \"Acme Viajes\"") }
            lines += [
                "  consent notice add web --file optin.txt --language es --channel whatsapp --category marketing",
                "  consent opt-in +34600111222 --notice web",
                "  consent check +34600111222 --category marketing --channel whatsapp",
            ]
            return lines.joined(separator: "\n")
        }
    }
}
