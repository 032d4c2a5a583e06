internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint attach`: keeps a witness's cosignature with the checkpoint it is of.
struct CheckpointAttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach a witness's cosignature to the checkpoint that it is of.",
        discussion: """
            COSIGNATURE is a file with the line that the witness gave, or with the checkpoint that it cosigned; - is standard \
            input. Only a line that verifies under a witness's key that you name is taken: one that does not would make \
            everybody who knows that witness refuse the checkpoint. What is attached stays.

            EXAMPLE
              consent checkpoint attach cosignature.txt --witness "$WITNESS_VKEY"
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Argument(help: ArgumentHelp("The cosignature.", valueName: "file"), completion: .file())
    var cosignature: String

    @Option(help: ArgumentHelp("The witness's key, as a C2SP vkey of type 4. Can be repeated.", valueName: "vkey"))
    var witness: [String]

    @Option(help: ArgumentHelp("The size of the checkpoint; else the newest that the line is of.", valueName: "size"))
    var checkpoint: UInt64?

    /// One line, or a whole note with a line of each witness.
    private static let mostBytes = SignedNote.maximumByteCount

    func run() throws {
        let keys = try witness.map { text in
            let key: VerifierKey
            do { key = try VerifierKey(text) } catch { throw CommandError(.badInput, "--witness: \(error)") }
            guard key.use == .cosignature else {
                throw CommandError(.badInput, "--witness is the key of a log, of type 1; a witness's is of type 4")
            }
            return key
        }
        let (lines, size) = try lines()
        let pairs = lines.compactMap { line in keys.first { $0.isNamed(by: line) }.map { (line, $0) } }
        guard !pairs.isEmpty else {
            throw CommandError(
                .badInput,
                "\(cosignature) has no line of \(keys.map(\.name).joined(separator: ", ")); name its witness's key")
        }
        let attached = try writing.write(ledger) { writer in
            try pairs.map { line, key in (key, try writer.attach(line, by: key, size: checkpoint ?? size)) }
        }
        guard !ledger.json else {
            let objects = attached.map { key, result in
                result.checkpoint.json([("witness", .string(key.text)), ("added", .bool(result.isNew))])
            }
            return print(JSON.array(objects).text)
        }
        for (key, result) in attached {
            let size = result.checkpoint.checkpoint.size
            let name = Terminal.plain(key.name)
            print(
                result.isNew
                    ? "Attached the cosignature of \(name) to the checkpoint of size \(size)."
                    : "The checkpoint of size \(size) has a cosignature of \(name) already; it stays as it is.")
        }
    }

    /// The signature lines, and the size of the checkpoint that they are of, if the file says it.
    private func lines() throws -> (lines: [NoteSignature], size: UInt64?) {
        let input = try InputFile(cosignature)
        var bytes: [UInt8] = []
        while let piece = try input.next() {
            bytes += piece
            guard bytes.count <= Self.mostBytes else {
                throw CommandError(
                    .badInput, "\(cosignature) has more than \(Self.mostBytes) bytes, which no cosignature has")
            }
        }
        if let signed = try? SignedCheckpoint(parsing: bytes) {
            return (signed.note.signatures, signed.checkpoint.size)
        }
        do { return ([try NoteSignature(parsing: bytes)], nil) } catch {
            throw CommandError(.badInput, "\(cosignature) is neither a cosignature nor a cosigned checkpoint: \(error)")
        }
    }
}
