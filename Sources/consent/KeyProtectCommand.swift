internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel

/// `consent key protect`.
struct KeyProtectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Put keys under a passphrase.",
        discussion: """
            Whoever then needs one is asked for the passphrase, once a command, on the terminal; or it comes from \
            --passphrase-fd, from --passphrase-command or from the command in $CONSENT_PASSPHRASE_COMMAND. It has 1 to 1,024 \
            bytes and is taken as it is typed. A ledger has one passphrase: keys that are protected later go under the same. \
            Nobody can do without it: what it protects is lost with it.

            EXAMPLE
              consent key protect admin
              consent key protect --all
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var choice: KeyChoice

    func run() throws {
        var location = try ledger.location()
        // Where keys are protected already, theirs is the passphrase.
        if try !location.heldKeys().contains(where: { $0.isProtected == true }) {
            location.passphrase = ledger.unlocking.newPassphrase
        }
        let protected = try location.protectKeys(choice.names)
        choice.report(protected, "Protected", "under a passphrase already", json: ledger.json)
    }
}

/// `consent key unprotect`.
struct KeyUnprotectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect",
        abstract: "Take keys out from under the passphrase.",
        discussion: """
            To change the passphrase, unprotect all keys and protect them again.

            EXAMPLE
              consent key unprotect log source-cli
              consent key unprotect --all
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var choice: KeyChoice

    func run() throws {
        let opened = try ledger.location().unprotectKeys(choice.names)
        choice.report(opened, "Unprotected", "under no passphrase", json: ledger.json)
    }
}

/// Some keys, or all of them.
struct KeyChoice: ParsableArguments {
    @Argument(help: "The keys, as consent key list names them.")
    var name: [String] = []

    @Flag(help: "All keys that are here.")
    var all = false

    /// `nil` for all.
    var names: [String]? { all ? nil : name }

    func validate() throws {
        guard all != !name.isEmpty else {
            throw ValidationError(all ? "say either --all or the keys' names" : "name the keys, or say --all")
        }
    }

    /// Says which of them were changed; the others were `otherwise` before.
    func report(_ changed: [String], _ done: String, _ otherwise: String, json: Bool) {
        if json { return print(JSON.object([("changed", .strings(changed))]).text) }
        guard !changed.isEmpty else { return print("Nothing was changed: what was named is \(otherwise).") }
        print("\(done): \(changed.joined(separator: ", ")).")
    }
}
