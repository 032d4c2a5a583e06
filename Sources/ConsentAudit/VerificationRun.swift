internal import ConsentModel
internal import ConsentRules
internal import Glibc
internal import LedgerCrypto
internal import TransparencyLog

/// One verification: bundles are read and examined on all cores, taken in the order of the log on one, and their
/// signatures verified on all cores while the next ones are examined.
final class VerificationRun {
    private enum Step: Sendable {
        case bundle(ExaminedBundle)
        case signatures([Finding])
    }

    /// After so many bundles in a row of which nothing is there, nothing more is looked for.
    private static let mostGapBundles = 16
    private static let signaturesInTask = 256
    private static let coreCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private let reader: any LogReader
    private let pins: Pins
    private let level: VerificationLevel
    private let checkpoints: PublishedCheckpoints
    private let source: TileSource
    private let head: Checkpoint?

    private var findings = FindingCollection()
    private var facts = LedgerFacts()
    private var unexpected: [String]
    private var notCovered: [NotCovered] = []

    private var tree: TreeCheck?
    private var chains = ChainCheck()
    private var statements: StatementCheck?
    private var index: IndexCheck?

    /// How many records have been taken, readable or not.
    private var position: UInt64 = 0
    private var gapBundles = 0
    private var isStopped = false
    private var nextKept = 0
    /// The largest size at which a signed checkpoint has the root of the log.
    private var confirmedSize: UInt64 = 0
    private var hasOlderCheckpoint = false
    private var otherKeyCheckpoints: UInt64 = 0

    init(reader: any LogReader, pins: Pins, level: VerificationLevel, index: (any IndexReader)?) throws {
        self.reader = reader
        self.pins = pins
        self.level = level
        var found: [Finding] = []
        checkpoints = try PublishedCheckpoints(reader: reader, pins: pins, findings: &found)
        unexpected = checkpoints.unexpected
        head = checkpoints.head?.checkpoint
        source = TileSource(reader: reader, size: head?.size ?? 0, keptSizes: checkpoints.keptSizes)
        findings.add(found)
        guard let head else { return }
        facts.origin = head.origin
        facts.size = head.size
        facts.root = head.root
        if level >= .tree { tree = TreeCheck(source: source, head: head) }
        if level >= .signatures { statements = StatementCheck(level: level, origin: head.origin, reader: reader) }
        self.index = index.map { IndexCheck($0, logSize: head.size) }
    }

    func verify(progress: (VerificationProgress) -> Void) async throws -> VerificationReport {
        if let head {
            try checkKept(upTo: 0)
            try await stream(progress: progress)
            try checkUpperTiles()
            try await concludeChains()
            try concludeHead(head)
            try await checkLargerKept(than: head.size)
            try concludeStatements(head)
            try concludeEventIDs()
            try concludeIndex()
            try noteCoverage(head)
        }
        return VerificationReport(
            level: level, findings: findings.inOrder, findingCounts: findings.counts,
            soundBelow: head == nil ? 0 : min(findings.soundBelow ?? position, position), notCovered: notCovered,
            facts: facts)
    }

    // MARK: The way through the log

    private func stream(progress: (VerificationProgress) -> Void) async throws {
        let examiner = BundleExaminer(source: source, level: level)
        let batch = UInt64(2 * Self.coreCount)
        var next: UInt64 = 0
        var bundles: [ExaminedBundle] = []
        var jobs: [SignatureJob] = []
        repeat {
            let upcoming = next..<min(next + batch, isStopped ? next : source.bundleCount)
            next = upcoming.upperBound
            var examined: [ExaminedBundle] = []
            let due = jobs
            let current = bundles
            try await withThrowingTaskGroup(of: Step.self) { group in
                for number in upcoming { group.addTask { .bundle(try examiner.examine(number)) } }
                for start in stride(from: 0, to: due.count, by: Self.signaturesInTask) {
                    let part = due[start..<min(start + Self.signaturesInTask, due.count)]
                    group.addTask { .signatures(part.compactMap(\.finding)) }
                }
                jobs = try takeInOrder(current)
                for try await step in group {
                    switch step {
                    case .bundle(let bundle): examined.append(bundle)
                    case .signatures(let found): findings.add(found)
                    }
                }
            }
            if chains.isFull { try await settleChains() }
            bundles = isStopped ? [] : examined.sorted { $0.tile.index < $1.tile.index }
            progress(VerificationProgress(recordCount: position, size: source.size))
        } while !bundles.isEmpty || !jobs.isEmpty || (!isStopped && next < source.bundleCount)
    }

    private func takeInOrder(_ bundles: [ExaminedBundle]) throws -> [SignatureJob] {
        var jobs: [SignatureJob] = []
        for bundle in bundles where !isStopped { jobs += try take(bundle) }
        return jobs
    }

    private func take(_ bundle: ExaminedBundle) throws -> [SignatureJob] {
        findings.add(bundle.findings)
        unexpected += bundle.unexpected
        gapBundles = bundle.isGap ? gapBundles + 1 : 0
        guard gapBundles < Self.mostGapBundles else {
            isStopped = true
            return []
        }
        var found: [Finding] = []
        let hashes = try tree?.settle(bundle, findings: &found) ?? bundle.leafHashes ?? bundle.storedHashes
        var jobs: [SignatureJob] = []
        for place in 0..<bundle.tile.width {
            let leafHash = hashes?[place]
            tree?.append(leafHash)
            if position == 0 { noteLedgerID(leafHash, findings: &found) }
            let isInTree = leafHash != nil && leafHash == bundle.leafHashes?[place]
            if let entry = bundle.entries[place], let leafHash {
                let job = try take(
                    entry, leafHash: leafHash, isInTree: isInTree, file: bundle.path, findings: &found)
                if let job { jobs.append(job) }
            } else {
                chains.skip(position)
            }
            position += 1
            try checkKept(upTo: position)
        }
        if position & 0xffff == 0 { try tree?.compareFullTiles(findings: &found, unexpected: &unexpected) }
        findings.add(found)
        return jobs
    }

    private func take(
        _ entry: ExaminedEntry, leafHash: SHA256Digest, isInTree: Bool, file: String, findings: inout [Finding]
    ) throws -> SignatureJob? {
        let recordedAt = entry.record.recordedAt
        if let last = facts.lastRecordedAt, recordedAt < last {
            findings.append(
                Finding(
                    .timeGoesBack, .structure, file: file, index: position, offset: entry.offset,
                    expected: "\(last) or later", found: "\(recordedAt)",
                    "Record \(position) says that it was recorded before the one that precedes it"))
        } else {
            facts.lastRecordedAt = recordedAt
        }
        if facts.firstRecordedAt == nil { facts.firstRecordedAt = recordedAt }
        switch entry.payload {
        case .event(let event): facts.eventCounts[event.type, default: 0] += 1
        case .unknown(let type, _, _): facts.unknownEventCounts[type, default: 0] += 1
        case nil: break
        }
        if level >= .tree {
            if isInTree {
                chains.take(entry.record.links, at: position, leafHash: leafHash, findings: &findings)
            } else {
                chains.skip(position)
            }
        }
        index?.take(entry, at: position)
        return try statements?.take(entry, at: position, leafHash: leafHash, file: file, findings: &findings)
    }

    private func noteLedgerID(_ leafHash: SHA256Digest?, findings: inout [Finding]) {
        facts.ledgerID = leafHash
        guard level >= .signatures else { return }
        if let id = leafHash ?? pins.ledgerID { statements?.open(ledgerID: id) }
        if let pinned = pins.ledgerID, let leafHash, pinned != leafHash {
            findings.append(
                Finding(
                    .wrongLedgerID, .signatures, index: 0, expected: pinned.description, found: leafHash.description,
                    "This is another ledger than the pinned one, whatever its name and key"))
        }
    }

    // MARK: Checkpoints

    /// Checks the kept checkpoints of at most `size`, which is what the tree has now.
    private func checkKept(upTo size: UInt64) throws {
        while nextKept < checkpoints.keptSizes.count, checkpoints.keptSizes[nextKept] <= size {
            let kept = checkpoints.keptSizes[nextKept]
            nextKept += 1
            var found: [Finding] = []
            if let signed = try checkpoints.kept(size: kept, findings: &found), let tree {
                let path = LogPath.keptCheckpoint(size: kept)
                let isSigned = checkSignature(of: signed, path: path, isHead: false, findings: &found)
                if !tree.hasGap, tree.root != signed.checkpoint.root {
                    found.append(
                        Finding(
                            .inconsistentCheckpoint, .tree, file: path, expected: signed.checkpoint.root.description,
                            found: tree.root.description, soundBelow: confirmedSize,
                            "The log had other records below \(kept) when this checkpoint was signed: its history was "
                                + "rewritten, or the checkpoint is of another log"))
                } else if isSigned, !tree.hasGap {
                    confirm(kept)
                }
            }
            findings.add(found)
        }
    }

    private func confirm(_ size: UInt64) {
        confirmedSize = size
        facts.keptCheckpointCount += 1
        facts.oldestKeptCheckpoint = facts.oldestKeptCheckpoint ?? size
        hasOlderCheckpoint = hasOlderCheckpoint || (size > 0 && size < source.size)
    }

    /// Whether the keys that are trusted and, where the records are known, those in force at its size signed.
    private func checkSignature(
        of signed: SignedCheckpoint, path: String, isHead: Bool, findings: inout [Finding]
    ) -> Bool {
        let size = signed.checkpoint.size
        let soundBelow = isHead ? confirmedSize : nil
        let trusted = checkpoints.trustedKeys
        let inForce = statements.flatMap { $0.catalog.ledgerID == nil ? nil : $0.logKeys(forCheckpointOf: size) }
        let signers: [VerifierKey]
        switch PublishedCheckpoints.verdict(of: signed, by: trusted + (inForce ?? [])) {
        case .signed(let keys): signers = keys
        case .bad(let reason):
            findings.append(Self.badSignature(size: size, path: path, reason: reason, soundBelow: soundBelow))
            return false
        }
        let isTrusted = signers.contains { trusted.contains($0) }
        if !isTrusted, isHead || (statements == nil && pins.verifierKey == nil) {
            findings.append(
                Finding(
                    .checkpointNotSigned, .tree, file: path, expected: trusted.map(\.text).joined(separator: ", "),
                    soundBelow: soundBelow,
                    pins.verifierKey == nil
                        ? "No key in \(LogPath.keys) signed the checkpoint of size \(size)"
                        : "The pinned key did not sign the checkpoint of size \(size): it is not shown to be this log's"
                ))
            return false
        }
        guard let inForce else {
            if !isTrusted { otherKeyCheckpoints += 1 }
            return isTrusted
        }
        if signers.contains(where: { inForce.contains($0) }) { return true }
        findings.append(
            Finding(
                .logKeyNotInForce, .signatures, file: path, soundBelow: soundBelow,
                "None of the ledger's own log keys that count at size \(size) signed this checkpoint"))
        return false
    }

    private static func badSignature(size: UInt64, path: String, reason: String, soundBelow: UInt64?) -> Finding {
        Finding(
            .badCheckpointSignature, .tree, file: path, soundBelow: soundBelow,
            "The checkpoint of size \(size) was changed after it was signed, or never signed: \(reason)")
    }

    private func concludeHead(_ head: Checkpoint) throws {
        guard let tree, let signed = checkpoints.head else { return }
        var found: [Finding] = []
        if !isStopped, !tree.hasGap, tree.root != head.root {
            found.append(
                Finding(
                    .wrongRoot, .tree, file: checkpoints.headPath, expected: head.root.description,
                    found: tree.root.description, soundBelow: confirmedSize,
                    "The entries do not lead to the checkpoint's root: records were changed, dropped or added after it "
                        + "was signed, or it is of another log"))
        }
        _ = checkSignature(of: signed, path: checkpoints.headPath, isHead: true, findings: &found)
        findings.add(found)
    }

    /// A log never goes back behind what it once signed.
    private func checkLargerKept(than size: UInt64) async throws {
        var signedSize: UInt64?
        for kept in checkpoints.keptSizes where kept > size {
            var found: [Finding] = []
            if let signed = try checkpoints.kept(size: kept, findings: &found), level >= .tree {
                let keys = checkpoints.trustedKeys + (statements?.logKeys(forCheckpointOf: size) ?? [])
                switch PublishedCheckpoints.verdict(of: signed, by: keys) {
                case .signed(by: []): otherKeyCheckpoints += 1
                case .signed: signedSize = kept
                case .bad(let reason):
                    found.append(
                        Self.badSignature(
                            size: kept, path: LogPath.keptCheckpoint(size: kept), reason: reason, soundBelow: nil))
                }
            }
            findings.add(found)
        }
        guard let signedSize, try await !checkpoints.publishedReaches(signedSize, waits: findings.counts.isEmpty) else {
            return
        }
        findings.add(
            Finding(
                .rolledBack, .tree, file: checkpoints.headPath, expected: "size \(signedSize) or more",
                found: "size \(size)",
                "The log once signed a checkpoint of size \(signedSize), and publishes an older one: the newest records "
                    + "are withheld or lost"))
    }

    // MARK: What is left at the end

    /// Compares, or without a tree only looks for, the tiles above level 0.
    private func checkUpperTiles() throws {
        guard !isStopped else { return }
        var found: [Finding] = []
        if tree != nil {
            try tree?.compareLastTiles(findings: &found, unexpected: &unexpected)
        } else {
            for level in 1...7 {
                for tile in Tile.inRow(.hashes(level: level), from: 0, to: source.size) {
                    _ = try source.readHashes(tile, findings: &found)
                    try source.checkPartials(
                        beside: tile, compares: false, findings: &found, unexpected: &unexpected
                    ) { _ in nil }
                }
            }
        }
        findings.add(found)
    }

    private func concludeChains() async throws {
        guard level >= .tree else { return }
        try await settleChains()
        let repeated = chains.takeRepeatedBeginnings()
        guard !repeated.isEmpty else { return }
        var beginnings: [ContactHandle: UInt64] = [:]
        try walk { index, entry in
            for link in entry.record.links where link.sequence == 0 {
                guard case .contact(let handle) = link.chain, repeated.contains(handle.high) else { continue }
                if let earlier = beginnings[handle] {
                    findings.add(ChainCheck.begunAgain(handle, at: index, earlier: earlier))
                } else {
                    beginnings[handle] = index
                }
            }
        }
    }

    /// Compares the links that wait with the records that they name, a bundle at a time, on all cores.
    private func settleChains() async throws {
        let obligations = chains.takeObligations()
        guard !obligations.isEmpty else { return }
        let source = source
        var start = 0
        var found: [Finding] = []
        while start < obligations.count {
            // As many bundles at a time as there are cores, so that memory stays bounded.
            var parts: [ArraySlice<ChainCheck.Obligation>] = []
            while start < obligations.count, parts.count < Self.coreCount {
                let number = obligations[start].previousIndex >> 8
                let end = obligations[start...].firstIndex { $0.previousIndex >> 8 != number } ?? obligations.count
                parts.append(obligations[start..<end])
                start = end
            }
            var settled = Array(repeating: [ChainCheck.Settlement](), count: parts.count)
            try await withThrowingTaskGroup(of: (Int, [ChainCheck.Settlement]).self) { group in
                for (place, part) in parts.enumerated() {
                    group.addTask { (place, try Self.settle(part, source: source)) }
                }
                for try await (place, settlements) in group { settled[place] = settlements }
            }
            for (part, settlements) in zip(parts, settled) {
                chains.conclude(part, settlements, findings: &found)
            }
        }
        findings.add(found)
    }

    private static func settle(
        _ obligations: ArraySlice<ChainCheck.Obligation>, source: TileSource
    ) throws -> [ChainCheck.Settlement] {
        guard let number = obligations.first.map({ $0.previousIndex >> 8 }) else { return [] }
        guard let content = try source.read(source.tile(.entries, index: number)),
            let bundle = try? EntryBundle(parsing: content.bytes, count: content.tile.width)
        else { return obligations.map { _ in .unreadable } }
        return ChainCheck.settle(obligations, in: bundle, start: content.tile.start)
    }

    private func concludeStatements(_ head: Checkpoint) throws {
        guard let statements else { return }
        var found: [Finding] = []
        if head.size == 0 {
            found.append(
                Finding(
                    .notOpened, .signatures, expected: EventType.ledgerOpened.name, found: "no entry",
                    "A log without entries is not a ledger"))
        }
        if statements.catalog.ledgerID != nil {
            let known = Set(statements.catalog.logKeys.map(\.verifierKey))
            for key in checkpoints.fileKeys where !known.contains(key.text) {
                found.append(
                    Finding(
                        .logKeyNotInForce, .signatures, file: LogPath.keys, found: key.text,
                        "The file names a key that the ledger never had as a log key"))
            }
            facts.isTest = statements.catalog.isTest
        }
        facts.sourceStatementCount = statements.sourceStatementCount
        facts.ledgerHeldStatementCount = statements.ledgerHeldStatementCount
        if level >= .replay { unexpected += try statements.objects.checkUnnamed(findings: &found) }
        findings.add(found)
    }

    private func concludeEventIDs() throws {
        guard var repeated = statements?.takeRepeatedEventIDs(), !repeated.isEmpty else { return }
        try walk { index, entry in
            if let payload = entry.payload { repeated.claim(payload.id, at: index) }
        }
        repeated.closeClaims()
        try walk { index, entry in
            if let payload = entry.payload { repeated.settle(payload.id, at: index) }
        }
        findings.add(repeated.findings)
    }

    private func concludeIndex() throws {
        guard let index else { return }
        var found: [Finding] = []
        let note = try index.conclude(
            ledgerID: facts.ledgerID, logSize: source.size, findings: &found, walk: walk)
        if let note { notCovered.append(note) }
        findings.add(found)
    }

    /// Goes over the readable records once more, for what only some logs need.
    private func walk(_ body: (UInt64, ExaminedEntry) -> Void) throws {
        let examiner = BundleExaminer(source: source, level: .structure)
        for number in 0..<source.bundleCount where number << 8 < position {
            let bundle = try examiner.examine(number)
            for (place, entry) in bundle.entries.enumerated() {
                if let entry { body(bundle.tile.start + UInt64(place), entry) }
            }
        }
    }

    // MARK: What is not covered

    private func noteCoverage(_ head: Checkpoint) throws {
        if pins.verifierKey == nil || pins.ledgerID == nil {
            let missing = [
                pins.verifierKey == nil ? "the log's key" : nil, pins.ledgerID == nil ? "the ledger-id" : nil,
            ].compactMap { $0 }
            notCovered.append(
                NotCovered(
                    .identity,
                    "Identity: \(missing.joined(separator: " and ")) \(missing.count == 1 ? "was" : "were") not pinned but "
                        + "taken from the log itself, so that a whole false log would pass as well"))
        }
        if level >= .tree { try noteHistory(head) }
        if level >= .signatures { noteStatements() }
        if try hasRecordsAbove(head.size) {
            notCovered.append(
                NotCovered(.aboveCheckpoint, "Records above the checkpoint's size, \(head.size), were not verified"))
        }
        if tree?.hasGap == true || isStopped {
            notCovered.append(
                NotCovered(
                    .aboveGap,
                    "Entries and their hashes are missing, so that roots and tiles above the gap could not be recomputed"
                        + (isStopped ? "; nothing from record \(position) on was read" : "")))
        }
        unexpected += try reader.list("").filter { !LogPath.topNames.contains($0) }
        if !unexpected.isEmpty {
            let names = unexpected.sorted().prefix(5).joined(separator: ", ")
            notCovered.append(
                NotCovered(
                    .unexpectedFiles, count: UInt64(unexpected.count),
                    "Files that no record and no checkpoint asks for, such as \(names)"))
        }
    }

    private func noteHistory(_ head: Checkpoint) throws {
        if !hasOlderCheckpoint {
            notCovered.append(
                NotCovered(
                    .history,
                    "No older checkpoint was kept here, so that the log agrees with itself alone: whoever holds its keys "
                        + "could have written all of it anew"))
        }
        if otherKeyCheckpoints > 0 {
            notCovered.append(
                NotCovered(
                    .otherLogKeys, count: otherKeyCheckpoints,
                    "Kept checkpoints that the known log keys did not sign count for nothing here"))
        }
        let lines = (checkpoints.head?.note.signatures ?? []).filter { line in
            !checkpoints.trustedKeys.contains { $0.keyID == line.keyID && $0.name.utf8.elementsEqual(line.name.utf8) }
        }
        let others =
            switch lines.count {
            case 0: ""
            case 1: "; the checkpoint has one signature line by a key that was not given"
            default: "; the checkpoint has \(lines.count) signature lines by keys that were not given"
            }
        notCovered.append(
            NotCovered(.witnesses, count: UInt64(lines.count), "No witness's signature was checked\(others)"))
    }

    private func noteStatements() {
        let held = facts.ledgerHeldStatementCount
        if held > 0 {
            let percent = 100 * Double(held) / Double(facts.sourceStatementCount)
            let rounded = Double(Int(percent * 10)) / 10
            notCovered.append(
                NotCovered(
                    .ledgerHeldKeys, count: held,
                    "\(held) of \(facts.sourceStatementCount) statements of sources (\(rounded) %) were signed with keys "
                        + "that the ledger itself held: its operator could have made them"))
        }
        let unknown = facts.unknownEventCounts.values.reduce(0, +)
        if unknown > 0 {
            let types = facts.unknownEventCounts.keys.sorted().map(String.init).joined(separator: ", ")
            notCovered.append(
                NotCovered(
                    .unknownEvents, count: unknown,
                    "Events of the types \(types), which this software does not know: who signed them was verified, and "
                        + "not what they mean"))
        }
    }

    /// Whether the log goes on where the checkpoint ends.
    private func hasRecordsAbove(_ size: UInt64) throws -> Bool {
        let full = Tile(.entries, index: size >> 8)
        for name in try reader.list(full.path + ".p") {
            if let width = Int(name), width > Int(size & 255) { return true }
        }
        if try reader.read(full.path) != nil { return true }
        return checkpoints.keptSizes.contains { $0 > size }
    }
}
