internal import LedgerCrypto
internal import TransparencyLog

/// The checkpoints that a log has published, and the keys that they are judged by.
struct PublishedCheckpoints {
    /// What the signatures of a checkpoint say.
    enum Verdict {
        /// These of the known keys signed, maybe none.
        case signed(by: [VerifierKey])
        /// A known key's line does not verify; why.
        case bad(String)
    }

    /// How many kept checkpoints are tried in place of an unreadable published one.
    private static let mostTried = 16
    /// How often, and how long apart, the published checkpoint is read again where a kept one is ahead of it.
    private static let mostRereads = 4
    private static let rereadInterval = Duration.milliseconds(100)

    private let reader: any LogReader
    /// The sizes of the kept checkpoints, ascending.
    private(set) var keptSizes: [UInt64] = []
    /// The published checkpoint or, if that cannot be read, the largest kept one that can.
    private(set) var head: SignedCheckpoint?
    /// Where `head` was read from.
    private(set) var headPath = LogPath.checkpoint
    /// The keys in `log.vkey`.
    private(set) var fileKeys: [VerifierKey] = []
    /// The pinned key, or those in `log.vkey`.
    private(set) var trustedKeys: [VerifierKey] = []
    /// Files among the kept checkpoints that are none.
    private(set) var unexpected: [String] = []

    init(reader: any LogReader, pins: Pins, findings: inout [Finding]) throws {
        self.reader = reader
        // A checkpoint is kept before it is published, so what is listed first is not ahead of what is read then.
        for name in try reader.list(LogPath.keptCheckpoints) {
            if let size = LogPath.keptSize(name: name) {
                keptSizes.append(size)
            } else {
                unexpected.append("\(LogPath.keptCheckpoints)/\(name)")
            }
        }
        keptSizes.sort()
        try readKeys(&findings)
        trustedKeys = pins.verifierKey.map { [$0] } ?? fileKeys
        head = try parse(LogPath.checkpoint, findings: &findings)
        var ignored: [Finding] = []
        for size in keptSizes.suffix(Self.mostTried).reversed() where head == nil {
            headPath = LogPath.keptCheckpoint(size: size)
            head = try parse(headPath, findings: &ignored)
        }
        if let head, let origin = pins.origin, !head.checkpoint.origin.utf8.elementsEqual(origin.utf8) {
            findings.append(
                Finding(
                    .wrongOrigin, .structure, file: headPath, expected: origin, found: head.checkpoint.origin,
                    soundBelow: 0, "This is the log “\(head.checkpoint.origin)”, not the pinned one"))
        }
        try noteKeptHead(&findings)
    }

    private mutating func readKeys(_ findings: inout [Finding]) throws {
        guard let bytes = try reader.read(LogPath.keys) else {
            findings.append(
                Finding(.missingFile, .structure, file: LogPath.keys, "The log does not say which key is its own"))
            return
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isTerminated = lines.popLast()?.isEmpty == true
        fileKeys = lines.prefix(SignedNote.maximumSignatureCount).compactMap { line in
            String(validating: line, as: UTF8.self).flatMap { try? VerifierKey($0) }
        }
        guard isTerminated, !fileKeys.isEmpty, Set(fileKeys).count == lines.count,
            fileKeys.allSatisfy({ $0.use == .note })
        else {
            findings.append(
                Finding(
                    .malformedKeys, .structure, file: LogPath.keys, expected: "a vkey of type 1 a line, each once",
                    "The file that says which keys are the log's is damaged"))
            return
        }
    }

    /// The published checkpoint is kept too, unless nothing is.
    private mutating func noteKeptHead(_ findings: inout [Finding]) throws {
        guard let size = head?.checkpoint.size, !keptSizes.isEmpty, !keptSizes.contains(size) else { return }
        let path = LogPath.keptCheckpoint(size: size)
        if try reader.read(path) == nil {
            findings.append(
                Finding(
                    .missingFile, .structure, file: path,
                    "The published checkpoint was not kept with the others, or the kept one was removed"))
        } else {
            keptSizes.append(size)
            keptSizes.sort()
        }
    }

    /// Reads the checkpoint at `path`.
    func parse(_ path: String, findings: inout [Finding]) throws -> SignedCheckpoint? {
        guard let bytes = try reader.read(path) else {
            findings.append(
                Finding(.missingFile, .structure, file: path, "Without its checkpoint a log says nothing of its size"))
            return nil
        }
        do { return try SignedCheckpoint(parsing: bytes) } catch {
            findings.append(Finding(.malformedCheckpoint, .structure, file: path, "\(error)"))
            return nil
        }
    }

    /// Reads the kept checkpoint of `size`; what it says fits its name and the published one's origin.
    func kept(size: UInt64, findings: inout [Finding]) throws -> SignedCheckpoint? {
        let path = LogPath.keptCheckpoint(size: size)
        guard let signed = try parse(path, findings: &findings) else { return nil }
        guard signed.checkpoint.size == size else {
            findings.append(
                Finding(
                    .malformedCheckpoint, .structure, file: path, expected: "size \(size)",
                    found: "size \(signed.checkpoint.size)", "A kept checkpoint is named for another size than its own")
            )
            return nil
        }
        if let origin = head?.checkpoint.origin, !signed.checkpoint.origin.utf8.elementsEqual(origin.utf8) {
            findings.append(
                Finding(
                    .wrongOrigin, .structure, file: path, expected: origin, found: signed.checkpoint.origin,
                    "A checkpoint of another log was kept here"))
        }
        return signed
    }

    /// Which of `keys` signed; a log signs with keys that are named by its origin.
    static func verdict(of signed: SignedCheckpoint, by keys: [VerifierKey]) -> Verdict {
        let origin = signed.checkpoint.origin
        do {
            let signatures = try signed.note.verify(with: keys)
            return .signed(by: signatures.map(\.key).filter { $0.name.utf8.elementsEqual(origin.utf8) })
        } catch {
            return error.code == .notSigned ? .signed(by: []) : .bad(error.description)
        }
    }

    /// Whether the published checkpoint, read again, has reached `size`: the log is being written. With `waits`, the
    /// writer gets some time for it, since it keeps a checkpoint before it publishes it.
    func publishedReaches(_ size: UInt64, waits: Bool) async throws -> Bool {
        for attempt in 0..<(waits ? Self.mostRereads : 1) {
            if attempt > 0 { try await Task.sleep(for: Self.rereadInterval) }
            var unused: [Finding] = []
            if let now = try parse(LogPath.checkpoint, findings: &unused), now.checkpoint.size >= size { return true }
        }
        return false
    }
}
