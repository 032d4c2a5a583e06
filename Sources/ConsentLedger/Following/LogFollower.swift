internal import ConsentModel
public import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// Mirrors somebody else's log into a directory: `log/` there is a log that anybody can verify, prove from and serve.
///
/// Nothing is kept before it is verified: a checkpoint by the keys that are trusted, its tree by a consistency proof from
/// everything that was seen before, every entry by the tree's tiles. The checkpoint goes in last, first among the kept ones
/// and then as the published one, so that the mirror holds whenever it is stopped; between these two it says `rolled-back` to
/// who verifies it, and the next follower, without asking the log, goes on from there. What was kept beyond its checkpoint is
/// not fetched again.
public final class LogFollower {
    /// What one look at the log found.
    public enum Outcome: Sendable {
        /// The mirror has the checkpoint that the log shows; it had `from` records before.
        case mirrored(SignedCheckpoint, from: UInt64)
        /// The log contradicts what it showed before. The mirror has nothing of that.
        case contradicted(LogContradiction)
    }

    private let storage: any LedgerStorage
    private let remote: any RemoteLog
    private let policy: WitnessPolicy
    private let ledgerID: SHA256Digest?
    private let lock: any StorageLock

    /// How many bundles are asked for at once, and how many bytes they may have together.
    private static let mostBundles: UInt64 = 32
    private static let mostBytesAtOnce = 64 << 20
    /// The largest bundle: 256 entries, each with two bytes of length.
    private static let mostBundleBytes = Tile.fullWidth * (EntryBundle.maximumEntryByteCount + 2)
    private static let mostObjectBytes = 16 << 20
    private static let mostKeyBytes = 1 << 20

    /// Follows `remote` into the directory, made if it is missing (not its parents). The logs of `policy` are trusted, of
    /// which one names the log, and its quorum must have cosigned every checkpoint. With `ledgerID`, record 0 must be that of
    /// this ledger. Throws `badInput` if the policy names no log, `ledgerExists` for the directory of a ledger, and `locked`
    /// while another program follows.
    public convenience init(
        _ remote: any RemoteLog, into directory: String, trusting policy: WitnessPolicy, ledgerID: SHA256Digest? = nil
    ) throws {
        try self.init(
            remote, into: DirectoryStorage(root: directory, creating: true), trusting: policy, ledgerID: ledgerID)
    }

    init(
        _ remote: any RemoteLog, into storage: any LedgerStorage, trusting policy: WitnessPolicy,
        ledgerID: SHA256Digest? = nil
    ) throws {
        guard !policy.logs.isEmpty else {
            throw LedgerError(
                .badInput, "no key of the log is named, and what beside the log says its key proves nothing")
        }
        guard try storage.list("private").isEmpty, try storage.size(of: "checkpoint") == nil else {
            throw LedgerError(
                .ledgerExists, "there is a ledger or a copy of a log in the directory; name another one for the mirror")
        }
        self.remote = remote
        self.storage = storage
        self.policy = policy
        self.ledgerID = ledgerID
        lock = try storage.lock(MirrorPaths.lock)
        try finish()
    }

    /// Publishes what was mirrored to its last file when a crash came.
    private func finish() throws {
        guard let target = try storage.read(MirrorPaths.target).map({ try SignedCheckpoint(parsing: $0) }),
            let kept = try storage.read(LedgerPaths.checkpoint(size: target.checkpoint.size)),
            try SignedCheckpoint(parsing: kept).checkpoint == target.checkpoint
        else { return }
        let mirrored = try LogFiles(storage: storage).publishedCheckpoint()?.checkpoint.size ?? 0
        if target.checkpoint.size > mirrored { try storage.replace(LedgerPaths.checkpoint, with: kept) }
        try storage.remove(MirrorPaths.target)
    }

    /// Looks at the log once, and mirrors what is new. Throws `notServed` for a file that the log needs and does not serve,
    /// `servedWrong` for one that is not what its checkpoint says, `damaged` for a mirror that was changed, as
    /// `SignedCheckpoint.verify` does, and what the remote log throws: then the mirror is as it was.
    public func follow() throws -> Outcome {
        let files = LogFiles(storage: storage)
        let mirrored = try files.publishedCheckpoint()
        let target = try storage.read(MirrorPaths.target).map { try SignedCheckpoint(parsing: $0) }
        let shown = try shownCheckpoint()
        let tree = try RemoteTree(remote, of: shown.checkpoint)
        for seen in [mirrored, target].compactMap({ $0 }) {
            if let reason = try contradiction(of: seen, shown, tree) {
                return .contradicted(try LogContradiction(seen, shown, reason, keptIn: storage))
            }
        }
        let size = shown.checkpoint.size
        let mirroredSize = mirrored?.checkpoint.size ?? 0
        if let mirrored, mirrored.checkpoint == shown.checkpoint {
            try checkLedgerID(files, shown)
        } else {
            try checkLedgerID(tree)
            // From here on, what is kept is of this tree: whatever the log shows next has to agree with it.
            try storage.replace(MirrorPaths.target, with: shown.bytes)
            try mirrorEntries(from: mirrored, to: shown, tree, files)
            try mirrorKeys(of: shown)
        }
        let gathering = KeptCheckpointGathering(storage: storage, remote: remote, policy: policy, head: shown)
        try gathering.keep(shown)
        // What it had, and lacks now, stays.
        if mirrored?.checkpoint != shown.checkpoint || mirrored.map(shown.hasAllLines) == true && mirrored != shown {
            try storage.replace(LedgerPaths.checkpoint, with: shown.bytes)
        }
        try storage.remove(MirrorPaths.target)
        if let other = try gathering.gather() {
            let reason =
                "the log signed another tree of \(other.checkpoint.size) records than the one that it now begins with"
            return .contradicted(try LogContradiction(other, shown, reason, keptIn: storage))
        }
        return .mirrored(shown, from: min(mirroredSize, size))
    }

    /// Gives the directory back.
    public func close() { lock.release() }

    // MARK: What the log shows

    private func shownCheckpoint() throws -> SignedCheckpoint {
        guard let bytes = try remote.file("checkpoint", most: SignedNote.maximumByteCount) else {
            throw LedgerError(
                .notServed, "there is no checkpoint at this URL; name the one below which the log's files are")
        }
        let shown = try SignedCheckpoint(parsing: bytes)
        _ = try shown.verify(under: policy)
        return shown
    }

    /// Why what the log shows cannot have grown from `seen`; `nil` if it has.
    private func contradiction(of seen: SignedCheckpoint, _ shown: SignedCheckpoint, _ tree: RemoteTree) throws
        -> String?
    {
        let (earlier, now) = (seen.checkpoint, shown.checkpoint)
        guard earlier.origin.utf8.elementsEqual(now.origin.utf8) else {
            throw LedgerError(
                .badInput,
                "the directory has a mirror of the log “\(earlier.origin)”, and this is “\(now.origin)”; name another directory"
            )
        }
        guard now.size >= earlier.size else {
            return "the log went back: it showed \(earlier.size) records, and now shows \(now.size)"
        }
        guard earlier.size > 0 else { return nil }
        if now.size == earlier.size {
            return now.root == earlier.root ? nil : "the log signed two trees of \(now.size) records"
        }
        // The tiles lead to the root that was signed, or this throws: what is wrong after that is the log's doing.
        let proof = try tree.confirmed {
            try ConsistencyProof.prove(oldSize: earlier.size, newSize: now.size, reader: $0)
        }
        do { try proof.verify(oldRoot: earlier.root, newRoot: now.root) } catch {
            return "the log's first \(earlier.size) records are not those that it showed before: \(error)"
        }
        return nil
    }

    private func checkLedgerID(_ tree: RemoteTree) throws {
        guard let ledgerID, tree.size > 0 else { return }
        let found = try tree.confirmed { try $0.hashes(at: [TreeCoordinate(level: 0, index: 0)])[0] }
        guard found == ledgerID else { throw Self.otherLedger(found, ledgerID) }
    }

    private func checkLedgerID(_ files: LogFiles, _ shown: SignedCheckpoint) throws {
        guard let ledgerID, shown.checkpoint.size > 0 else { return }
        let found = try files.edge(at: 1, under: shown.checkpoint).root
        guard found == ledgerID else { throw Self.otherLedger(found, ledgerID) }
    }

    private static func otherLedger(_ found: SHA256Digest, _ due: SHA256Digest) -> LedgerError {
        LedgerError(.servedWrong, "this is the log of the ledger \(found), and \(due) is pinned")
    }

    // MARK: Entries

    /// Keeps the entries and tiles of the tree of `shown` that the mirror has not, and the objects that its records name.
    private func mirrorEntries(
        from mirrored: SignedCheckpoint?, to shown: SignedCheckpoint, _ tree: RemoteTree, _ files: LogFiles
    ) throws {
        var builder = try files.builder(from: mirrored)
        let first = builder.size
        let width = UInt64(Tile.fullWidth)
        let size = shown.checkpoint.size
        var objects = NamedObjects()
        var number = first / width
        while number * width < size {
            // Below one tile of the level above, which is then fetched once.
            let end = min(number + Self.mostBundles, (number / width + 1) * width, (size + width - 1) / width)
            let bundles = try bundles(number..<end, tree)
            var written: [(path: StoragePath, bytes: [UInt8])] = []
            for (number, bundle) in zip(number..<end, bundles) {
                let leaves = bundle.leafHashes
                for position in 0..<bundle.count where number * width + UInt64(position) >= builder.size {
                    builder.append(leaves[position])
                    objects.take(bundle[position])
                }
                let tile = Tile(.entries, index: number, width: bundle.count)
                written.append((try LedgerPaths.tile(tile), bundle.bytes))
            }
            for tile in builder.takeFullTiles() { written.append((try LedgerPaths.tile(tile.tile), tile.bytes)) }
            try storage.create(written)
            number = end
        }
        guard builder.root == shown.checkpoint.root else {
            throw LedgerError(
                .damaged, "what was mirrored does not lead to the root that was signed; begin a new mirror")
        }
        try storage.create(try builder.takeTiles().map { (try LedgerPaths.tile($0.tile), $0.bytes) })
        try mirror(objects)
    }

    /// The bundles of those numbers, all below one tile of level 1, each as the tree has it: those that are here already and
    /// the others from the log.
    private func bundles(_ numbers: Range<UInt64>, _ tree: RemoteTree) throws -> [EntryBundle] {
        let roots = try tree.bundleRoots(numbers)
        var bundles = try numbers.map { number in
            let tile = tree.bundle(number)
            // Whether it is the right one is what its root says, whoever wrote it.
            let bytes = try storage.read(LedgerPaths.tile(tile))
            return bytes.flatMap { try? RemoteTree.bundle($0, tile, root: roots[Int(number - numbers.lowerBound)]) }
        }
        let missing = bundles.indices.filter { bundles[$0] == nil }
        let tiles = missing.map { tree.bundle(numbers.lowerBound + UInt64($0)) }
        for (place, (tile, bytes)) in zip(missing, zip(tiles, try fetch(tiles))) {
            bundles[place] = try RemoteTree.bundle(bytes, tile, root: roots[place])
        }
        return bundles.compactMap { $0 }
    }

    /// The bytes of those bundles, or of the full ones in their place.
    private func fetch(_ tiles: [Tile]) throws -> [[UInt8]] {
        guard !tiles.isEmpty else { return [] }
        let served: [[UInt8]?]
        do {
            served = try remote.fetch(tiles.map(\.path), most: Self.mostBytesAtOnce)
        } catch RemoteLogError.tooLong {
            // One at a time, each has its own bound.
            served = try tiles.map { try remote.file($0.path, most: Self.mostBundleBytes) }
        }
        return try zip(tiles, served).map { tile, bytes in
            if let bytes { return bytes }
            // A partial one may go once the full one is there.
            guard tile.isPartial, let full = try remote.file(tile.full.path, most: Self.mostBundleBytes) else {
                throw LedgerError(.notServed, "the log does not serve \(tile.path), which its checkpoint needs")
            }
            return full
        }
    }

    private func mirror(_ objects: NamedObjects) throws {
        for digest in objects.digests {
            let path = try LedgerPaths.object(digest)
            if let bytes = try storage.read(path), SHA256Digest(hashing: bytes) == digest { continue }
            guard let bytes = try remote.file("object/\(digest)", most: Self.mostObjectBytes) else {
                throw LedgerError(.notServed, "the log does not serve object/\(digest), which a record names")
            }
            guard SHA256Digest(hashing: bytes) == digest else {
                throw LedgerError(.servedWrong, "object/\(digest) of the log has another SHA-256 than its name says")
            }
            try storage.create([(path, bytes)])
        }
    }

    /// What the log says of its own keys, which nobody need believe; `nil` for more than anybody reads.
    private func servedKeys() throws -> [UInt8]? {
        do { return try remote.fetch(["log.vkey"], most: Self.mostKeyBytes)[0] } catch RemoteLogError.tooLong {
            return nil
        }
    }

    /// Keeps `log.vkey` as the log serves it, if that names a key that is trusted; else those keys.
    private func mirrorKeys(of shown: SignedCheckpoint) throws {
        let trusted = policy.logs.filter { $0.canSign(shown.checkpoint) }
        var bytes = trusted.flatMap { Array($0.text.utf8) + [UInt8(ascii: "\n")] }
        if let served = try servedKeys() {
            let lines = served.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let keys = lines.dropLast().map { line in
                String(validating: line, as: UTF8.self).flatMap { try? VerifierKey($0) }
            }
            let isWhole = lines.last?.isEmpty == true && keys.count <= SignedNote.maximumSignatureCount
            let named = Set(keys.compactMap { $0 })
            if isWhole, named.count == keys.count, named.isSuperset(of: trusted),
                named.allSatisfy({ $0.use == .note && $0.canSign(shown.checkpoint) })
            {
                bytes = served
            }
        }
        if try storage.read(LedgerPaths.verifierKey) != bytes {
            try storage.replace(LedgerPaths.verifierKey, with: bytes)
        }
    }
}

/// The objects that records name by hash: notice texts and rule packs.
private struct NamedObjects {
    /// In the order of the records.
    private(set) var digests: [SHA256Digest] = []
    private var known: Set<SHA256Digest> = []

    /// Takes what an entry names; one that is no record, of a log that is no ledger, names nothing.
    mutating func take(_ entry: ArraySlice<UInt8>) {
        guard let event = (try? JournalRecord(record: entry))?.event else { return }
        let field: EventField
        switch event.type {
        case .noticePublished, .noticeReconstructed: field = .textDigest
        case .rulepackAdopted: field = .packDigest
        default: return
        }
        guard let digest = event.bytes(field).flatMap({ SHA256Digest($0) }), known.insert(digest).inserted else {
            return
        }
        digests.append(digest)
    }
}
