internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance extract`: one decision of a campaign as a file of its own.
struct ClearanceExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Take one decision out of the clearance of a campaign, as a file that is checked by itself.",
        discussion: """
            EXAMPLE
              consent clearance extract campaign --contact +34600111222 -o ana.clearance
              consent clearance extract campaign --row 0 -o first.clearance
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("The directory of the campaign.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("The decision's place, from 0.", valueName: "number"))
    var row: UInt64?

    @Option(help: ArgumentHelp("Whom it is about.", valueName: "contact"))
    var contact: String?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write, which must not be there; else standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    func validate() throws {
        guard (row == nil) != (contact == nil) else {
            throw ValidationError("name the decision by --row or by --contact")
        }
    }

    func run() throws {
        let input = try ClearanceInput(directory)
        guard case .directory(let signed, let path) = input else {
            throw CommandError(.badInput, "\(directory) is one decision already; name the directory of a campaign")
        }
        let file = try output.map { try OutputFile($0, overwriting: false) }
        let index = try row ?? place(in: input)
        guard index < signed.clearance.count else {
            throw CommandError(
                .badInput, "there is no decision \(index); the clearance has \(signed.clearance.count), from 0 on")
        }
        let bytes = try extracted(index, signed, path).bytes
        guard let file, let output else {
            return print(
                ledger.json
                    ? JSON.object([
                        ("index", .number(index)), ("clearance", .string(String(decoding: bytes, as: UTF8.self))),
                    ]).text + "\n"
                    : String(decoding: bytes, as: UTF8.self), terminator: "")
        }
        try file.write(bytes)
        try file.finish()
        let object: JSON = ["index": .number(index), "file": .string(output)]
        print(ledger.json ? object.text : "\(Terminal.plain(output)): decision \(index) of \(signed.clearance.count).")
    }

    /// The place of the decision about the contact; throws `badInput` if there is none, or more than one.
    private func place(in input: ClearanceInput) throws -> UInt64 {
        let address = try ContactAddress(parsing: contact ?? "")
        var places: [UInt64] = []
        try input.forEachDecision { index, leaf in
            if leaf.contact == address.text { places.append(index) }
        }
        guard let place = places.first else {
            throw CommandError(.badInput, "no decision of \(directory) is about \(address)")
        }
        guard places.count == 1 else {
            let rows = places.prefix(10).map(String.init).joined(separator: ", ")
            throw CommandError(
                .badInput, "\(places.count) decisions are about \(address); name one with --row: \(rows)")
        }
        return place
    }

    /// The decision at `index` with its path. Throws `AuditError` unless the leaves are those of the clearance.
    private func extracted(_ index: UInt64, _ signed: SignedClearance, _ path: String) throws -> ClearanceFile {
        let leaves = try ClearanceInput.leaves(in: path)
        var gathering = try AuditPathGathering(index: index, size: signed.clearance.count)
        var stream = LeafStream()
        var edge = RightEdge()
        var leaf: [UInt8] = []
        while let piece = try leaves.next() {
            stream.take(piece)
            while let bytes = try stream.next() {
                if edge.size == index { leaf = bytes }
                edge.append(MerkleHash.leaf(bytes)) { gathering.take($0, $1) }
            }
        }
        try stream.end()
        guard edge.size == signed.clearance.count, edge.root == signed.clearance.root else {
            throw AuditError(
                .damaged,
                "the decisions in \(path) are not those that its clearance is of; “consent clearance verify” says more")
        }
        return try ClearanceFile(signed: signed, index: index, leaf: leaf, hashes: gathering.path().hashes)
    }
}
