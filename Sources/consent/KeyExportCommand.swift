internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import Glibc
internal import LedgerCrypto

/// `consent key export`.
struct KeyExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy the keys that a role needs, and no others, into a directory.",
        discussion: """
            The directory takes the place of private/keys in that role's copy of the ledger. What is under a passphrase stays \
            so. An erasure and a rotation replace the keys epoch and registry: whoever has them is given them anew.

            EXAMPLE
              consent key export --role query -o query-keys
            """)

    @OptionGroup var ledger: LedgerOptions

    @Option(
        help: ArgumentHelp(
            "The role: \(KeyRole.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "role"),
        completion: .list(KeyRole.allCases.map(\.rawValue)),
        transform: { word in
            guard let role = KeyRole(rawValue: word) else {
                throw ValidationError("there is no role “\(word)”; see: consent key list")
            }
            return role
        })
    var role: KeyRole

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The directory to make, which must not be there.", valueName: "dir"), completion: .directory)
    var output: String

    func run() throws {
        var information = stat()
        guard lstat(output, &information) != 0 else {
            throw CommandError(.badInput, "\(output) is there already, and is not overwritten; name another directory")
        }
        let directory = try OutputDirectory(output)
        let files = try ledger.location().keyFiles(for: role)
        for file in files {
            var bytes = file.bytes
            defer { SecretBytes.wipe(&bytes) }
            try directory.write(bytes, to: file.fileName)
        }
        try directory.finish()
        let names = files.map(\.fileName)
        if ledger.json {
            let object: JSON = [
                "role": .string(role.rawValue), "directory": .string(output), "files": .strings(names),
            ]
            return print(object.text)
        }
        print("Copied for the role \(role.rawValue) to \(Terminal.plain(output)): \(names.joined(separator: ", ")).")
    }
}
