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
        /// Those of a part of the signatures that were due, with the part's place among them.
        case signatures(Int, [Finding])
    }

    /// After so many bundles in a row of which nothing is there, nothing more is looked for.
    private static let mostGapBundles = 16
    /// Bundles that are examined together, for each core: so many that waiting for the last of them costs little.
    private static let bundlesPerCore = 8
    /// Signatures that one core verifies at a stretch, about two milliseconds: the others wait no longer for it.
    private static let signaturesInTask = 32
    /// An hour, in milliseconds.
    private static let longGap: UInt64 = 3_600_000
    private static let coreCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    let reader: RegularFiles
    let pins: Pins
    let options: VerificationOptions
    let level: VerificationLevel
    let checkpoints: PublishedCheckpoints
    let source: TileSource
    let head: Checkpoint?
    /// Trees that the log must contain, known from elsewhere than its own files, by ascending size.
    let anchors: [Anchor]

    var findings: FindingCollection
    var facts = LedgerFacts()
    var unexpected: [String]
    var notCovered: [NotCovered] = []
    var contradictions: [CheckpointContradiction] = []
    var cosignatures: [VerifiedSignature] = []
    /// What others than the ledger are shown to have seen of it.
    var seenTrees: [SeenTree] = []
    /// How many time stamps were looked at, and why some count for nothing, by their paths.
    var checkedStampCount: UInt64 = 0
    var badStamps: [(path: String, reason: String)] = []

    var tree: TreeCheck?
    private var chains = ChainCheck()
    var statements: StatementCheck?
    private var index: IndexCheck?

    /// How many records have been taken, readable or not.
    var position: UInt64 = 0
    private var gapBundles = 0
    var isStopped = false
    var unreadableCount: UInt64 = 0
    var nextKept = 0
    var nextAnchor = 0
    /// The largest size at which a signed checkpoint has the root of the log.
    var confirmedSize: UInt64 = 0
    var hasOlderCheckpoint = false
    var otherKeyCheckpoints: UInt64 = 0
    /// The ledger's own log keys that count for the published checkpoint, where it is signed by one of them that the
    /// notebook did not know: the log changed its key.
    var followedKeys: [VerifierKey]?
    /// The records below it were verified before, and are in the tree that was.
    var sizeVerifiedBefore: UInt64 = 0
    /// Whether the published tree does not go on from the notebook's.
    var isNotebookContradicted = false

    init(reader: any LogReader, pins: Pins, options: VerificationOptions, index: (any IndexReader)?) throws {
        let reader = RegularFiles(reader)
        self.reader = reader
        findings = FindingCollection(of: reader)
        self.pins = pins
        self.options = options
        level = options.isOpaque ? min(options.level, .tree) : options.level
        var found: [Finding] = []
        checkpoints = try PublishedCheckpoints(reader: reader, pins: pins, options: options, findings: &found)
        unexpected = checkpoints.unexpected
        head = checkpoints.head?.checkpoint
        source = TileSource(reader: reader, size: head?.size ?? 0, keptSizes: checkpoints.keptSizes)
        anchors = level >= .tree ? Anchor.all(of: options) : []
        findings.add(found)
        guard let head else { return }
        facts.origin = head.origin
        facts.size = head.size
        facts.root = head.root
        if level >= .tree { tree = TreeCheck(source: source, head: head) }
        if level >= .signatures {
            statements = StatementCheck(
                level: level, origin: head.origin, reader: reader)
        }
        self.index = index.map { IndexCheck($0, logSize: head.size) }
    }

    func verify(progress: (VerificationProgress) -> Void) async throws -> VerificationReport {
        if let head {
            try goOnFromNotebook()
            if head.size == 0 { try checkKept(upTo: 0) }
            try await stream(progress: progress)
            try checkUpperTiles()
            try await concludeChains()
            concludeHead(head)
            try await checkLargerKept(than: head.size)
            try concludeStatements(head)
            try concludeEventIDs()
            try concludeIndex()
            try noteCoverage(head)
            try placeFindings()
        }
        findings.addUntoldObstacles()
        return VerificationReport(
            level: level, findings: findings.inOrder, findingCounts: findings.counts,
            soundBelow: head == nil ? 0 : min(findings.soundBelow ?? position, position), notCovered: notCovered,
            facts: facts, checkpoint: checkpoints.head, isOpaque: options.isOpaque,
            trustedKeys: followedKeys ?? checkpoints.trustedKeys, isKeyPinned: isKeyPinned, cosignatures: cosignatures,
            timeBounds: TimeBounds(seenTrees),
            contradictions: contradictions, sizeVerifiedBefore: sizeVerifiedBefore)
    }

    // MARK: The way through the log

    private func stream(progress: (VerificationProgress) -> Void) async throws {
        let examiner = BundleExaminer(source: source, level: level, isOpaque: options.isOpaque)
        let batch = UInt64(Self.bundlesPerCore * Self.coreCount)
        var next: UInt64 = 0
        var bundles: [ExaminedBundle] = []
        var jobs: [SignatureJob] = []
        repeat {
            try Task.checkCancellation()
            let upcoming = next..<min(next + batch, isStopped ? next : source.bundleCount)
            next = upcoming.upperBound
            var examined: [ExaminedBundle] = []
            var bad: [(start: Int, findings: [Finding])] = []
            let due = jobs
            let current = bundles
            try await withThrowingTaskGroup(of: Step.self) { group in
                for number in upcoming { group.addTask { .bundle(try examiner.examine(number)) } }
                for start in stride(from: 0, to: due.count, by: Self.signaturesInTask) {
                    let part = due[start..<min(start + Self.signaturesInTask, due.count)]
                    group.addTask { .signatures(start, part.compactMap { $0.finding }) }
                }
                jobs = try takeInOrder(current)
                for try await step in group {
                    switch step {
                    case .bundle(let bundle): examined.append(bundle)
                    case .signatures(let start, let found): bad.append((start, found))
                    }
                }
            }
            // In the order of the log, so that the first ones are kept, and every run keeps the same.
            for part in bad.sorted(by: { $0.start < $1.start }) { findings.add(part.findings) }
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
            if position == 0, !options.isOpaque { noteLedgerID(leafHash, findings: &found) }
            let isInTree = leafHash != nil && leafHash == bundle.leafHashes?[place]
            if let entry = bundle.entries[place], let leafHash {
                let job = try take(
                    entry, leafHash: leafHash, isInTree: isInTree, file: bundle.path, findings: &found)
                if let job { jobs.append(job) }
                if entry.payload == nil { unreadableCount += 1 }
            } else if !options.isOpaque {
                chains.skip(position)
                unreadableCount += 1
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
            noteGap(until: recordedAt)
            facts.lastRecordedAt = recordedAt
        }
        if facts.firstRecordedAt == nil { facts.firstRecordedAt = recordedAt }
        switch entry.payload {
        case .event(let event):
            facts.eventCounts[event.type, default: 0] += 1
            if let start = event.occurredAt?.start, start > recordedAt {
                facts.occurredLater.add(at: position, by: start.milliseconds - recordedAt.milliseconds)
            }
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
        return try statements?.take(
            entry, at: position, leafHash: leafHash, file: file, wasVerified: isInTree && position < sizeVerifiedBefore,
            findings: &findings)
    }

    /// Notes that nothing was recorded for more than an hour.
    private func noteGap(until recordedAt: Timestamp) {
        guard let last = facts.lastRecordedAt else { return }
        let gap = recordedAt.milliseconds - last.milliseconds
        if gap > Self.longGap { facts.clockGaps.add(at: position, by: gap) }
    }

    private func noteLedgerID(_ leafHash: SHA256Digest?, findings: inout [Finding]) {
        facts.ledgerID = leafHash
        guard level >= .signatures else { return }
        let pinned = pins.ledgerID ?? options.notebook?.ledgerID
        if let id = leafHash ?? pinned { statements?.open(ledgerID: id) }
        if let pinned, let leafHash, pinned != leafHash {
            findings.append(
                Finding(
                    .wrongLedgerID, .signatures, index: 0, expected: pinned.description, found: leafHash.description,
                    "This is another ledger than the one that is pinned or in the notebook, whatever its name and key"))
        }
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
                    .notOpened, .signatures, file: checkpoints.headPath, expected: EventType.ledgerOpened.name,
                    found: "no entry",
                    "A log without entries is not a ledger"))
        }
        if statements.catalog.ledgerID != nil {
            let known = Set(statements.catalog.logKeys.map(\.verifierKey))
            for key in checkpoints.fileKeys where !known.contains(key.text) {
                found.append(
                    Finding(
                        .logKeyNotInForce, .signatures, file: LogPath.keys, expected: "keys that the ledger has or had",
                        found: key.text,
                        "The file names a key that the ledger never had as a log key"))
            }
            facts.isTest = statements.catalog.isTest
        }
        facts.sourceStatementCount = statements.sourceStatementCount
        facts.ledgerHeldStatementCount = statements.ledgerHeldStatementCount
        if level >= .replay { unexpected += try statements.objects.checkUnnamed(findings: &found) }
        findings.add(found)
    }

    /// Adds the file and the entry's place to findings that know their record by its index alone.
    private func placeFindings() throws {
        var last: (number: UInt64, path: String, offsets: [Int])?
        try findings.place { index in
            guard index < source.size else { return nil }
            let number = index >> 8
            if last?.number != number {
                let tile = source.tile(.entries, index: number)
                let content = try source.read(tile)
                let bundle = content.flatMap { try? EntryBundle(parsing: $0.bytes, count: $0.tile.width) }
                last = (number, content?.path ?? tile.path, bundle?.entryOffsets ?? [])
            }
            guard let last else { return nil }
            let place = Int(index & 255)
            return (last.path, place < last.offsets.count ? last.offsets[place] : nil)
        }
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
        let examiner = BundleExaminer(source: source, level: .structure, isOpaque: options.isOpaque)
        for number in 0..<source.bundleCount where number << 8 < position {
            let bundle = try examiner.examine(number)
            for (place, entry) in bundle.entries.enumerated() {
                if let entry { body(bundle.tile.start + UInt64(place), entry) }
            }
        }
    }
}
