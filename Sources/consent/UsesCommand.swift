internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent uses`: the messages that were reserved for a person, which caps count.
struct UsesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uses",
        abstract: "List the messages that were reserved for a person, and give one back.",
        discussion: """
            check --reserve counts a message as sent; caps are answered by what was counted. A message that was not sent \
            after all is given back with --release.

            Where the registry was restored from a backup, what it lacks is noticed, and caps answer “not now” until their \
            window has passed. --accept-missing ends that for all contacts: you know that nothing was sent meanwhile, or \
            take it upon you.

            EXAMPLE
              consent uses +34600111222
              consent uses +34600111222 --release 17
              consent uses --accept-missing
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: "A phone number, an e-mail address, whatsapp:USER-ID, or - for one line of standard input.")
    var contact: String?

    @Option(help: ArgumentHelp("Give this one back: it was not sent, and no longer counts.", valueName: "id"))
    var release: UInt64?

    @Flag(help: "Answer caps by what is there, though messages that were counted were lost.")
    var acceptMissing = false

    func validate() throws {
        guard (contact != nil) != acceptMissing else {
            throw ValidationError("name a contact, or say --accept-missing")
        }
        guard release == nil || contact != nil else { throw ValidationError("--release needs the contact") }
    }

    func run() throws {
        let opened = try Ledger(ledger.location())
        guard let contact else { return try accept(opened) }
        let address = try ContactAddress(argument: contact)
        let business = try opened.read { try owner.business(in: $0.catalog).id }
        if let release {
            let use = try opened.release(release, contact: address, business: business)
            print(ledger.json ? use.json.text : "Released: use \(release) no longer counts for \(address).")
        } else {
            let uses = try opened.read { try $0.uses(of: address, business: business) }
            Listing(
                uses,
                [
                    ("id", { String($0.id) }), ("contact", { "\($0.address)" }), ("at", { $0.use.at.description }),
                    ("channel", { $0.use.channel }), ("categories", { $0.use.categories.joined(separator: ", ") }),
                    ("class", { $0.use.categoryClass }), ("sender", { $0.use.sender ?? "" }),
                    ("purpose", { $0.use.purpose.rawValue }),
                ], json: \.json
            ).print(json: ledger.json, orIfEmpty: "No message is counted for \(address).")
        }
    }

    private func accept(_ opened: Ledger) throws {
        let until = try opened.acceptMissingUses()
        if ledger.json {
            let isKnown = until.map { $0 < .last } ?? false
            let object: JSON = [
                "were-missing": .bool(until != nil), "until": .optional(isKnown ? until?.description : nil),
            ]
            print(object.text)
        } else if until == nil {
            print("No uses are missing.")
        } else {
            print("Accepted: caps count what is there.")
        }
    }
}

extension ReservedUse {
    fileprivate var json: JSON {
        [
            "id": .number(id), "business": .string(business), "contact": .string(address.text),
            "at": .string(use.at.description), "channel": .string(use.channel),
            "categories": .strings(use.categories), "class": .string(use.categoryClass),
            "sender": .optional(use.sender), "purpose": .string(use.purpose.rawValue),
            "concerns": use.concerns.map { .number($0) } ?? .null,
        ]
    }
}
