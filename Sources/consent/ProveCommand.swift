internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent prove`: writes proof files.
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Write a proof that others check offline, with verify-proof or software that is not ours.",
        discussion: """
            EXAMPLE
              consent prove inclusion 812 -o 812.tlog-proof
              consent prove contact +34600111222 -o contact.chain-proof
            """,
        subcommands: [
            ProveInclusionCommand.self, ProveConsistencyCommand.self, ProveContactCommand.self,
            ProveBusinessCommand.self, ProveAnchorCommand.self,
        ])
}

/// `consent prove inclusion`: that a record is in the log.
struct ProveInclusionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inclusion",
        abstract: "Prove that a record is in the log, as a C2SP tlog-proof with the record in it.",
        discussion: """
            EXAMPLE
              consent prove inclusion 812 -o 812.tlog-proof
              consent prove inclusion 812 --log /media/usb/log --checkpoint 2000
            """)

    @OptionGroup var proof: ProofOptions
    @OptionGroup var at: ProofCheckpointOptions

    @Argument(help: "The record's index.")
    var index: UInt64

    func run() throws {
        let log = try proof.published()
        try proof.write("record \(index) is in the log", from: log) {
            .inclusion(try log.proveInclusion(of: index, at: at.checkpoint(of: log)))
        }
    }
}

/// `consent prove consistency`: that a log has only grown.
struct ProveConsistencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency",
        abstract: "Prove that the log has only grown from one of its checkpoints to another.",
        discussion: """
            OLD and NEW are the sizes of kept checkpoints; NEW is the published one unless it is given.

            EXAMPLE
              consent prove consistency 800 1200 -o 800-1200.consistency-proof
            """)

    @OptionGroup var proof: ProofOptions

    @Argument(help: "The size of the smaller checkpoint.")
    var old: UInt64

    @Argument(help: "The size of the larger checkpoint.")
    var new: UInt64?

    func validate() throws {
        if let new, new < old { throw ValidationError("OLD is the smaller size: \(new) is below \(old)") }
    }

    func run() throws {
        let log = try proof.published()
        try proof.write("the log has only grown since size \(old)", from: log) {
            .consistency(
                try log.proveConsistency(from: log.checkpoint(ofSize: old), to: log.checkpoint(ofSize: new)))
        }
    }
}

/// `consent prove contact`: everything recorded under one handle.
struct ProveContactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Prove what is recorded about a person: every record of the chain, and whose keys count.",
        discussion: """
            The ledger's registry knows the handle of an address. A bare copy of a log knows nobody: give --handle there.

            EXAMPLE
              consent prove contact +34600111222 -o contact.chain-proof
              consent prove contact --handle 5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5 --log /media/usb/log
            """)

    @OptionGroup var proof: ProofOptions
    @OptionGroup var at: ProofCheckpointOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var access: LegalAccessOptions

    @Argument(help: "A phone number, an e-mail address, whatsapp:USER-ID, or - for one line of standard input.")
    var contact: String?

    @Option(help: ArgumentHelp("The contact's handle, 32 hexadecimal digits.", valueName: "hex"))
    var handle: String?

    func validate() throws {
        guard (contact == nil) != (handle == nil) else {
            throw ValidationError("name the person by an address, or by --handle")
        }
        guard contact == nil || proof.log == nil else {
            throw ValidationError("a copy of a log knows no addresses; name the person by --handle")
        }
    }

    func run() throws {
        let handle = try contactHandle()
        let log = try proof.published()
        try proof.write("every record under the handle \(handle)", from: log) {
            .chain(try ChainProof(proving: .contact(handle), in: log, at: at.checkpoint(of: log)))
        }
    }

    private func contactHandle() throws -> ContactHandle {
        if let handle { return try ContactHandle(argument: handle) }
        let address = try ContactAddress(argument: contact ?? "")
        try access.admit(address, owner, proof.ledger)
        return try proof.ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog)
            guard let handle = try snapshot.handle(of: address, business: business.id) else {
                throw CommandError(.badInput, "\(business.name) has no record of \(address); there is nothing to prove")
            }
            return handle
        }
    }
}

/// `consent prove business`: everything recorded about one business.
struct ProveBusinessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "business",
        abstract: "Prove what is recorded about a business: every record of its chain, and whose keys count.",
        discussion: """
            EXAMPLE
              consent prove business acme-viajes --since 800 -o acme.chain-proof
            """)

    @OptionGroup var proof: ProofOptions
    @OptionGroup var at: ProofCheckpointOptions

    @Argument(help: "The business's id.")
    var business: String

    @Option(help: ArgumentHelp("Only records from this index on.", valueName: "index"))
    var since: UInt64 = 0

    func run() throws {
        try Identifier.check(business)
        let log = try proof.published()
        try proof.write("every record of \(business)" + (since > 0 ? " from \(since) on" : ""), from: log) {
            .chain(try ChainProof(proving: .business(business), from: since, in: log, at: at.checkpoint(of: log)))
        }
    }
}
