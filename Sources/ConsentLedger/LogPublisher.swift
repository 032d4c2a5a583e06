internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Moves records from the journal into the log: bundles and tiles, then `last-signed`, then the checkpoint, each durable
/// before the next is begun (DESIGN §6). Where a quorum of witnesses is asked for, the checkpoint waits for it beside the log.
struct LogPublisher {
    private let log: LogFiles
    private let held: HeldCheckpoints
    private var quorumPolicy: WitnessPolicy?
    private let origin: String
    private let signer: any Signer
    /// The tree over the published records and those that wait.
    private var builder: TileBuilder
    /// The bundle on the right edge, as it was published last.
    private var edge: EntryBundle
    private var waiting: [[UInt8]] = []
    /// The newest checkpoint, published or not.
    private(set) var checkpoint: SignedCheckpoint?
    /// The one that everybody sees.
    private(set) var published: SignedCheckpoint?

    /// The size of the newest checkpoint: that of the log for the ledger itself.
    var publishedSize: UInt64 { checkpoint?.checkpoint.size ?? 0 }

    /// The size with what waits.
    var size: UInt64 { builder.size }

    /// The published size, without the bundle that is not full.
    var sizeInFullBundles: UInt64 { publishedSize - publishedSize % UInt64(Tile.fullWidth) }

    /// Goes on from the newest checkpoint, which must be signed by `signer`'s key; throws `damaged` otherwise.
    init(_ storage: any LedgerStorage, origin: String, signer: any Signer) throws {
        log = LogFiles(storage: storage)
        self.origin = origin
        self.signer = signer
        held = HeldCheckpoints(storage)
        quorumPolicy = try held.policy()
        published = try log.publishedCheckpoint()
        checkpoint = try log.checkpoint()
        builder = try log.builder(from: checkpoint)
        edge = EntryBundle()
        guard let checkpoint else { return }
        let key = try VerifierKey(name: origin, publicKey: signer.publicKey, use: .note)
        for signed in [checkpoint, published].compactMap({ $0 }) {
            guard signed.checkpoint.origin == origin, try !signed.note.verify(with: [key]).isEmpty else {
                throw LedgerError(
                    .damaged,
                    "log/checkpoint is not signed by this ledger's log key; run consent verify, and restore it")
            }
        }
        if let published = published?.checkpoint, published.size < checkpoint.checkpoint.size {
            guard try log.edge(at: published.size, under: checkpoint.checkpoint).root == published.root else {
                throw SignedHead.contradicted(size: checkpoint.checkpoint.size)
            }
        }
        if checkpoint.checkpoint.size % UInt64(Tile.fullWidth) > 0 {
            edge = try log.bundle(holding: checkpoint.checkpoint.size - 1, size: checkpoint.checkpoint.size)
            if edge.count == Tile.fullWidth { edge = try Self.prefix(of: edge, size: checkpoint.checkpoint.size) }
            // The next bundle begins with these entries: what was changed here would be written there again.
            var leaves = RightEdge()
            for position in 0..<edge.count { leaves.append(MerkleHash.leaf(Array(edge[position]))) }
            guard builder.edge.nodes.suffix(leaves.nodes.count).elementsEqual(leaves.nodes) else {
                throw LedgerError(
                    .damaged,
                    "the last entry bundle does not lead to the checkpoint; run consent verify, and restore it")
            }
        }
    }

    /// Adds the next record.
    mutating func append(_ bytes: [UInt8], leafHash: SHA256Digest) {
        builder.append(leafHash)
        waiting.append(bytes)
    }

    /// Adds the records that the journal has and the log has not, which must lead to what was signed last; throws
    /// `damaged` if they, or the log, contradict it.
    mutating func append(unpublished records: ArraySlice<JournalRecord>) throws {
        let signed = try SignedHead(in: log.storage)
        if let signed, signed.size <= size, let checkpoint = checkpoint?.checkpoint {
            try confirm(log.edge(at: signed.size, under: checkpoint).root, signed)
        }
        for record in records {
            append(record.bytes, leafHash: record.leafHash)
            if let signed, size == signed.size { try confirm(builder.root, signed) }
        }
        if let signed, signed.size > size {
            throw LedgerError(
                .damaged,
                "a checkpoint of size \(signed.size) was signed, and only \(size) records are left; "
                    + "restore the journal or the log")
        }
    }

    private func confirm(_ root: SHA256Digest, _ signed: SignedHead) throws {
        guard root == signed.root else { throw SignedHead.contradicted(size: signed.size) }
    }

    /// Publishes what waits, or holds it until a quorum is reached. Returns the newest checkpoint, the one there was if
    /// nothing waits.
    mutating func publish() throws -> SignedCheckpoint {
        if waiting.isEmpty, let checkpoint {
            try publishHeld()
            return self.checkpoint ?? checkpoint
        }
        let (objects, fullBundles) = try takeObjects()
        try log.storage.create(objects)
        let root = builder.root
        try log.storage.replace(LedgerPaths.lastSigned, with: SignedHead(size: size, root: root).bytes)
        let signed = try SignedCheckpoint(signing: Checkpoint(origin: origin, size: size, root: root), with: signer)
        if isPublishable(signed) {
            try log.storage.create([(LedgerPaths.checkpoint(size: size), signed.bytes)])
            try log.storage.replace(LedgerPaths.checkpoint, with: signed.bytes)
            published = signed
            try held.removeThrough(size)
        } else {
            try held.hold(signed)
        }
        checkpoint = signed
        for number in fullBundles { try removePartials(of: number) }
        return signed
    }

    /// Whether nothing has to be waited for, or has come.
    private func isPublishable(_ signed: SignedCheckpoint) -> Bool {
        guard let quorumPolicy else { return true }
        let signatures = (try? signed.verify(with: quorumPolicy.witnesses.map(\.key))) ?? []
        return quorumPolicy.isQuorum(
            Set(quorumPolicy.witnesses.filter { witness in signatures.contains { $0.key == witness.key } }.map(\.name)))
    }

    /// Publishes those that wait and need not any more: kept first, as always.
    private mutating func publishHeld() throws {
        for (_, waiting) in try held.all() {
            guard waiting.checkpoint.size > (published?.checkpoint.size ?? 0), isPublishable(waiting) else { continue }
            // What is there is this one, of an attempt that a crash cut short: nothing else was published at its size.
            try log.storage.replace(LedgerPaths.checkpoint(size: waiting.checkpoint.size), with: waiting.bytes)
            try log.storage.replace(LedgerPaths.checkpoint, with: waiting.bytes)
            published = waiting
            if checkpoint?.checkpoint == waiting.checkpoint { checkpoint = waiting }
        }
        try held.removeThrough(published?.checkpoint.size ?? 0)
    }

    /// Makes a policy the one whose quorum is waited for, or none.
    mutating func setQuorumPolicy(_ bytes: [UInt8]?) throws {
        try held.setPolicy(bytes)
        quorumPolicy = try held.policy()
        try publishHeld()
    }

    /// The newest checkpoint, which waits on where it waits, whatever is signed after it.
    mutating func offer() throws -> SignedCheckpoint {
        let newest = try publish()
        let isWaiting = newest.checkpoint.size > (published?.checkpoint.size ?? 0)
        guard isWaiting, try held.offered()?.checkpoint != newest.checkpoint else { return newest }
        try held.offer(newest)
        return newest
    }

    /// Attaches a cosignature to the checkpoint that it is of: one that waits for a quorum, which may be reached so, else a
    /// kept one, then to the published one if that is the same.
    mutating func attach(
        _ line: NoteSignature, by key: VerifierKey, size: UInt64?
    ) throws -> (checkpoint: SignedCheckpoint, isNew: Bool) {
        var attached: (checkpoint: SignedCheckpoint, isNew: Bool)?
        // The same one may wait in both places.
        for (path, var waiting) in try held.all() where size.map({ $0 == waiting.checkpoint.size }) ?? true {
            let isNew: Bool
            do { isNew = try waiting.attach(line, by: key) } catch {
                guard error.code == .badSignature else { throw error }
                continue
            }
            try log.storage.replace(path, with: waiting.bytes)
            if checkpoint?.checkpoint == waiting.checkpoint { checkpoint = waiting }
            attached = (waiting, attached?.isNew == true || isNew)
        }
        if let attached {
            try publishHeld()
            return attached
        }
        for size in try size.map({ [$0] }) ?? log.keptSizes().reversed() where size <= publishedSize {
            let path = try LedgerPaths.checkpoint(size: size)
            guard let bytes = try log.storage.read(path) else { continue }
            var kept = try SignedCheckpoint(parsing: bytes)
            let isNew: Bool
            do { isNew = try kept.attach(line, by: key) } catch {
                guard error.code == .badSignature else { throw error }
                continue
            }
            // Kept first: what the published one has, the kept one of its size has too. Written even where the line is
            // there already: what an earlier attempt wrote may not have become durable.
            try log.storage.replace(path, with: kept.bytes)
            if published?.checkpoint == kept.checkpoint {
                try log.storage.replace(LedgerPaths.checkpoint, with: kept.bytes)
                published = kept
            }
            if checkpoint?.checkpoint == kept.checkpoint { checkpoint = kept }
            return (kept, isNew)
        }
        throw TransparencyLogError(
            .badSignature,
            "the line is not a cosignature by “\(key.name)” of \(size.map { "the checkpoint of size \($0)" } ?? "any checkpoint of this log")"
        )
    }

    /// The checkpoint of `size` as it is kept, of those that were published.
    func keptCheckpoint(size: UInt64) throws -> SignedCheckpoint {
        guard size <= publishedSize, let bytes = try log.storage.read(LedgerPaths.checkpoint(size: size)) else {
            let sizes = try log.keptSizes()
            let near = [sizes.last { $0 < size }, sizes.first { $0 > size }].compactMap { $0.map(String.init) }
            throw LedgerError(
                .badInput,
                "no checkpoint of size \(size) was kept"
                    + (near.isEmpty ? "" : "; the nearest: \(near.joined(separator: " and "))"))
        }
        return try SignedCheckpoint(parsing: bytes)
    }

    /// The kept checkpoint whose stamped bytes have that digest, the newest first; `nil` if there is none.
    func keptCheckpoint(stampedAs digest: SHA256Digest) throws -> SignedCheckpoint? {
        for size in try log.keptSizes().reversed() where size <= publishedSize {
            let kept = try keptCheckpoint(size: size)
            if let bytes = kept.stampedBytes, SHA256Digest(hashing: bytes) == digest { return kept }
        }
        return nil
    }

    /// Keeps a time stamp beside the kept checkpoint of `size`. Returns whether it was not there.
    func keep(_ stamp: TimeStampResponse, ofCheckpoint size: UInt64) throws -> Bool {
        let path = try LedgerPaths.stamp(ofCheckpoint: size, digest: SHA256Digest(hashing: stamp.bytes))
        let isNew = try log.storage.size(of: path) == nil
        try log.storage.create([(path, stamp.bytes)])
        return isNew
    }

    /// The files to write, bundles before tiles, and the numbers of the bundles that became full.
    private mutating func takeObjects() throws -> (objects: [(path: StoragePath, bytes: [UInt8])], full: [UInt64]) {
        var objects: [(path: StoragePath, bytes: [UInt8])] = []
        var full: [UInt64] = []
        var number = (size - UInt64(waiting.count)) / UInt64(Tile.fullWidth)
        for bytes in waiting {
            try edge.append(bytes)
            if edge.count == Tile.fullWidth {
                objects.append((try LedgerPaths.tile(Tile(.entries, index: number)), edge.bytes))
                full.append(number)
                number += 1
                edge = EntryBundle()
            }
        }
        if edge.count > 0 {
            objects.append((try LedgerPaths.tile(Tile(.entries, index: number, width: edge.count)), edge.bytes))
        }
        waiting = []
        for tile in builder.takeTiles() { objects.append((try LedgerPaths.tile(tile.tile), tile.bytes)) }
        return (objects, full)
    }

    /// C2SP tlog-tiles: partial tiles may be deleted once the full one is there. `number` is that of a full bundle.
    private func removePartials(of number: UInt64) throws {
        try removePartials(.entries, number)
        var (level, index) = (0, number)
        try removePartials(.hashes(level: level), index)
        // The last tile below a tile above makes that one full.
        while index % UInt64(Tile.fullWidth) == UInt64(Tile.fullWidth) - 1 {
            level += 1
            index /= UInt64(Tile.fullWidth)
            try removePartials(.hashes(level: level), index)
        }
    }

    private func removePartials(_ row: Tile.Row, _ index: UInt64) throws {
        let folder = try StoragePath("log/" + Tile(row, index: index).path + ".p")
        for name in try log.storage.list(folder) { try log.storage.remove(folder.appending(name)) }
    }

    /// The first entries of a full bundle, as many as a log of `size` has of it.
    private static func prefix(of bundle: EntryBundle, size: UInt64) throws -> EntryBundle {
        var prefix = EntryBundle()
        for position in 0..<Int(size % UInt64(Tile.fullWidth)) { try prefix.append(Array(bundle[position])) }
        return prefix
    }
}
