internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerStorage

/// `consent key list`.
struct KeyListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys that are here, how they are kept, and which roles they make possible.",
        discussion: """
            No key is shown, and none is opened.

            EXAMPLE
              consent key list
            """)

    @OptionGroup var ledger: LedgerOptions

    func run() throws {
        let location = try ledger.location()
        let keys = try location.heldKeys()
        let roles = try location.roles()
        if ledger.json {
            let object: JSON = [
                "keys": .array(keys.map(Self.json)),
                "roles": .array(
                    roles.map { role, missing in
                        [
                            "role": .string(role.rawValue), "possible": .bool(missing.isEmpty),
                            "missing": .strings(missing),
                        ]
                    }),
            ]
            return print(object.text)
        }
        var table = TextTable(["key", "kept", "mode", "what it does"])
        for key in keys {
            table.add([
                key.name, Self.kept(key), key.access.map { String($0.mode, radix: 8) } ?? "",
                key.use ?? "nothing that this version knows",
            ])
        }
        table.print(orIfEmpty: "There is no key here.")
        let possible = roles.filter(\.missing.isEmpty).map(\.role.rawValue)
        print("Roles that these keys make possible: \(possible.isEmpty ? "none" : possible.joined(separator: ", ")).")
        for key in keys where !(key.access?.isPrivate ?? true) {
            Terminal.warn(
                "\(key.name).key can be used by others than this user, and is refused; if it is still a secret, type: chmod 600 "
                    + "\(ledger.directory)/private/keys/*.key")
        }
    }

    private static func kept(_ key: HeldKey) -> String {
        switch key.isProtected {
        case true?: "under a passphrase"
        case false?: "open"
        case nil: "not a key file"
        }
    }

    private static func json(_ key: HeldKey) -> JSON {
        [
            "name": .string(key.name), "use": .optional(key.use),
            "protected": key.isProtected.map { .bool($0) } ?? .null,
            "mode": .optional(key.access.map { String($0.mode, radix: 8) }),
            "private": key.access.map { .bool($0.isPrivate) } ?? .null,
            "roles": .strings(key.roles.map(\.rawValue)),
        ]
    }
}
