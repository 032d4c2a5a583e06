internal import LedgerCrypto
internal import TransparencyLog

/// The checkpoints that a log has published, and the keys that they are judged by.
struct PublishedCheckpoints {
    /// What the signatures of a checkpoint say.
    enum Verdict {
        /// These of the log's known keys signed, maybe none, and these witnesses cosigned.
        case signed(by: [VerifierKey], cosigned: [VerifiedSignature])
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
    /// The keys that the checkpoints are judged by: pinned, of the notebook, of the policy, or those in `log.vkey`.
    private(set) var trustedKeys: [VerifierKey] = []
    /// Whether `trustedKeys` were given, and not taken from the log.
    private(set) var areKeysGiven = false
    /// Whether they were given as pins, and not in the notebook alone.
    private(set) var areKeysPinned = false
    /// The policy's witnesses.
    private let witnessKeys: [VerifierKey]
    /// The time stamps beside them, by the size of the checkpoint that they are of.
    private(set) var stamps: [UInt64: [KeptStamp]] = [:]
    /// Files among the kept checkpoints that are neither.
    private(set) var unexpected: [String] = []

    init(reader: any LogReader, pins: Pins, options: VerificationOptions, findings: inout [Finding]) throws {
        self.reader = reader
        witnessKeys = options.policy?.witnesses.map(\.key) ?? []
        // A checkpoint is kept before it is published, so what is listed first is not ahead of what is read then.
        for name in try reader.list(LogPath.keptCheckpoints) {
            if let size = LogPath.keptSize(name: name) {
                keptSizes.append(size)
            } else if let stamp = KeptStamp(name: name) {
                stamps[stamp.size, default: []].append(stamp)
            } else {
                unexpected.append("\(LogPath.keptCheckpoints)/\(name)")
            }
        }
        keptSizes.sort()
        let pinned = pins.verifierKey.map { [$0] } ?? options.policy?.logs ?? []
        let given = pinned.isEmpty ? options.notebook?.verifierKeys ?? [] : pinned
        areKeysGiven = !given.isEmpty
        areKeysPinned = !pinned.isEmpty
        try readKeys(isNeeded: !(options.isOpaque && areKeysGiven), &findings)
        trustedKeys = areKeysGiven ? given : fileKeys
        head = try parse(LogPath.checkpoint, findings: &findings)
        var ignored: [Finding] = []
        for size in keptSizes.suffix(Self.mostTried).reversed() where head == nil {
            headPath = LogPath.keptCheckpoint(size: size)
            head = try parse(headPath, findings: &ignored)
        }
        if let head, let origin = pins.origin ?? options.notebook?.origin,
            !head.checkpoint.origin.utf8.elementsEqual(origin.utf8)
        {
            findings.append(
                Finding(
                    .wrongOrigin, .structure, file: headPath, expected: origin, found: head.checkpoint.origin,
                    soundBelow: 0,
                    "This is the log “\(head.checkpoint.origin.prefix(200))”, not the one that is pinned or in the notebook"
                ))
        }
        try noteKeptHead(&findings)
    }

    private mutating func readKeys(isNeeded: Bool, _ findings: inout [Finding]) throws {
        guard let bytes = try reader.read(LogPath.keys) else {
            guard isNeeded else { return }
            findings.append(
                Finding(
                    .missingFile, .structure, file: LogPath.keys, expected: "a vkey of type 1 a line", found: "no file",
                    "The log does not say which key is its own"))
            return
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isTerminated = lines.popLast()?.isEmpty == true
        var problem: (line: ArraySlice<UInt8>, reason: String)?
        for line in lines.prefix(SignedNote.maximumSignatureCount) {
            let text = String(validating: line, as: UTF8.self)
            if let key = text.flatMap({ try? VerifierKey($0) }), key.use == .note, !fileKeys.contains(key) {
                fileKeys.append(key)
            } else {
                problem =
                    problem ?? (line, "a line that is not: “\(String(decoding: line.prefix(120), as: UTF8.self))”")
            }
        }
        if lines.count > SignedNote.maximumSignatureCount { problem = problem ?? (lines[0], "\(lines.count) lines") }
        if !isTerminated || lines.isEmpty {
            problem = problem ?? (bytes[bytes.endIndex...], "a last line without its end")
        }
        guard let problem, isNeeded else { return }
        findings.append(
            Finding(
                .malformedKeys, .structure, file: LogPath.keys, offset: problem.line.startIndex,
                expected: "a vkey of type 1 a line, each once", found: problem.reason,
                "The file that says which keys are the log's is damaged"))
    }

    /// The published checkpoint is kept too, unless nothing is.
    private mutating func noteKeptHead(_ findings: inout [Finding]) throws {
        guard let size = head?.checkpoint.size, !keptSizes.isEmpty, !keptSizes.contains(size) else { return }
        let path = LogPath.keptCheckpoint(size: size)
        if try reader.read(path) == nil {
            findings.append(
                Finding(
                    .missingFile, .structure, file: path, expected: "the published checkpoint", found: "no file",
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
                Finding(
                    .missingFile, .structure, file: path, expected: "a signed checkpoint", found: "no file",
                    "Without its checkpoint a log says nothing of its size"))
            return nil
        }
        do { return try SignedCheckpoint(parsing: bytes) } catch {
            findings.append(
                Finding(
                    .malformedCheckpoint, .structure, file: path, expected: "a signed note with a checkpoint",
                    found: "\(bytes.count) bytes that are none", "\(error); restore it from a copy"))
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

    /// Which of `keys` and of the policy's witnesses signed.
    func verdict(of signed: SignedCheckpoint, by keys: [VerifierKey]) -> Verdict {
        do {
            let signatures = try signed.verify(with: keys + witnessKeys)
            return .signed(
                by: signatures.map(\.key).filter { $0.use == .note },
                cosigned: signatures.filter { witnessKeys.contains($0.key) })
        } catch {
            return error.code == .notSigned ? .signed(by: [], cosigned: []) : .bad(error.description)
        }
    }

    /// Whether the line, of a checkpoint of this log, is of a key that they are judged by, or of one of the policy's
    /// witnesses.
    func isKnown(_ line: NoteSignature) -> Bool {
        (trustedKeys + witnessKeys).contains { key in
            key.isNamed(by: line) && head.map { key.canSign($0.checkpoint) } ?? true
        }
    }

    /// Whether the published checkpoint, read again, has reached `size`, signed by one of `keys`: the log is being
    /// written. With `waits`, the writer gets some time for it, since it keeps a checkpoint before it publishes it.
    func publishedReaches(_ size: UInt64, signedBy keys: [VerifierKey], waits: Bool) async throws -> Bool {
        for attempt in 0..<(waits ? Self.mostRereads : 1) {
            if attempt > 0 { try await Task.sleep(for: Self.rereadInterval) }
            var unused: [Finding] = []
            guard let now = try parse(LogPath.checkpoint, findings: &unused), now.checkpoint.size >= size,
                let origin = head?.checkpoint.origin, now.checkpoint.origin.utf8.elementsEqual(origin.utf8),
                case .signed(let signers, _) = verdict(of: now, by: keys), !signers.isEmpty
            else { continue }
            return true
        }
        return false
    }
}
