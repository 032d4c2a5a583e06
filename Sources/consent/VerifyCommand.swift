public import ArgumentParser
public import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Glibc
internal import LedgerCrypto
internal import TransparencyLog

/// `consent verify`: checks a log from its files alone.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the whole log: its files, its tree, its signatures, and every event in its place.",
        discussion: """
            PATH is a ledger or a bare copy of its log directory; without it, the ledger of --ledger. Nothing private is \
            needed, but for --index. What you pin, you got from someone you trust: a key beside the log proves nothing.

            The levels, each with all before it: structure (files, framing, encodings), tree (hashes, links, checkpoints), \
            signatures (every statement, by a source authorised at its place), replay (every event valid in its place).

            EXAMPLE
              consent verify
              consent verify /media/usb/log --vkey "$VKEY" --ledger-id "$LEDGER_ID" --checkpoint kept.checkpoint
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(
        help: ArgumentHelp("How deep: structure, tree, signatures or replay.", valueName: "level"),
        completion: .list(VerificationLevel.allCases.map(\.description)))
    var level: VerificationLevel = .replay

    @Flag(help: "Also compare the index with a fresh replay.")
    var index = false

    @Option(help: ArgumentHelp("The log's key that you pin, as a C2SP vkey.", valueName: "vkey"))
    var vkey: String?

    @Option(help: ArgumentHelp("The ledger-id that you pin, 64 hexadecimal digits.", valueName: "hex"))
    var ledgerID: String?

    @Option(
        help: ArgumentHelp("A checkpoint that you kept: the log must contain it. Can be repeated.", valueName: "file"),
        completion: .file())
    var checkpoint: [String] = []

    private static let mostCheckpointBytes = 1 << 20

    func validate() throws {
        if index, path != nil { throw ValidationError("--index is of a ledger: name it with --ledger, not as a path") }
    }

    func run() async throws {
        let directory = path ?? ledger.directory
        let log = access(directory + "/checkpoint", F_OK) == 0 ? directory : directory + "/log"
        guard access(log + "/checkpoint", F_OK) == 0 || access(log, F_OK) == 0 else {
            throw CommandError(.cannotBeRead, "there is no log at \(directory); name a ledger or a copy of its log")
        }
        let reader = KeptCheckpoints(
            checkpoint: try checkpoint.map { file in
                let bytes = try FileInput.bytes(of: file, most: Self.mostCheckpointBytes)
                do { return (bytes, try SignedCheckpoint(parsing: bytes).checkpoint.size) } catch {
                    throw CommandError(
                        .badInput, "\(file) is not a checkpoint (\(error)); give one as it was published")
                }
            }, over: try DirectoryLogReader(root: log))
        let verifier = Verifier(reader: reader, pins: try pins())
        let bar = ProgressBar(unit: "records")
        let report: VerificationReport
        if index {
            // Publishing first, so that what the index has and the checkpoint does not is not compared.
            let opened = try Ledger(ledger.location())
            report = try await verifier.verify(level: level, index: StoredIndex(opened)) {
                bar.update($0.recordCount, of: $0.size)
            }
        } else {
            report = try await verifier.verify(level: level) { bar.update($0.recordCount, of: $0.size) }
        }
        bar.end()
        let text = VerificationText(report, comparedIndex: index)
        print(ledger.json ? text.json.text : text.sentences)
        if !report.holds { throw ExitStatus.doesNotVerify }
    }

    private func pins() throws -> Pins {
        var digest: SHA256Digest?
        if let ledgerID {
            guard let bytes = Hexadecimal.decode(ledgerID), let value = SHA256Digest(bytes) else {
                throw CommandError(.badInput, "--ledger-id is not 64 hexadecimal digits")
            }
            digest = value
        }
        do {
            return Pins(verifierKey: try vkey.map { try VerifierKey($0) }, ledgerID: digest)
        } catch let error as TransparencyLogError {
            throw CommandError(.badInput, "--vkey: \(error)")
        }
    }
}

extension VerificationLevel: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }

    public static var allValueStrings: [String] { allCases.map(\.description) }
}

/// A log with the checkpoints that an auditor kept laid over its own.
private struct KeptCheckpoints: LogReader {
    private let kept: [String: [UInt8]]
    private let log: DirectoryLogReader
    private static let folder = "checkpoints"

    init(checkpoint: [(bytes: [UInt8], size: UInt64)], over log: DirectoryLogReader) {
        self.log = log
        kept = Dictionary(
            checkpoint.map { bytes, size in
                let digits = String(size)
                return (String(repeating: "0", count: 20 - digits.utf8.count) + digits, bytes)
            }, uniquingKeysWith: { $1 })
    }

    func read(_ path: String) throws -> [UInt8]? {
        if path.hasPrefix(Self.folder + "/"), let bytes = kept[String(path.dropFirst(Self.folder.count + 1))] {
            return bytes
        }
        return try log.read(path)
    }

    func list(_ directory: String) throws -> [String] {
        let names = try log.list(directory)
        return directory == Self.folder ? Array(Set(names).union(kept.keys)) : names
    }
}

/// The ledger's index, as a verification reads it.
private struct StoredIndex: IndexReader {
    let ledgerID: [UInt8]
    let size: UInt64
    private let ledger: Ledger

    init(_ ledger: Ledger) throws {
        self.ledger = ledger
        ledgerID = ledger.identity.ledgerID
        size = try ledger.read { try $0.indexedSize() }
    }

    func forEachEntry(_ body: (ContactHandle, ContactTimeline.Entry) throws -> Void) throws {
        try ledger.read { snapshot in
            try snapshot.forEachIndexedTimeline { timeline in
                for entry in timeline.entries { try body(timeline.handle, entry) }
            }
        }
    }
}
