internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Mirrors the checkpoints that a log kept and their time stamps, as far as it lists them: what is served at `checkpoints/`
/// is any text with their names in it, such as the list that a web server makes of a directory.
struct KeptCheckpointGathering {
    let storage: any LedgerStorage
    let remote: any RemoteLog
    let policy: WitnessPolicy
    /// The checkpoint that is being mirrored, all of whose tiles are here.
    let head: SignedCheckpoint

    private static let mostListBytes = 16 << 20
    /// How many are taken at a time, the newest first.
    private static let mostTaken = 4096
    private static let mostAtOnce = 16
    private static let sizeDigitCount = 20

    /// Takes those that are not here. What does not verify is passed over: nobody needs it. Returns a checkpoint that the log's
    /// key signed and whose tree the log does not have, if there is one.
    func gather() throws -> SignedCheckpoint? {
        let list: [UInt8]?
        do { list = try remote.fetch(["checkpoints/"], most: Self.mostListBytes)[0] } catch RemoteLogError.tooLong {
            return nil
        }
        guard let list else { return nil }
        let names = Self.names(in: list)
        let kept = Set(try storage.list(LedgerPaths.keptCheckpoints))
        let sizes = names.checkpoints.filter { $0.size <= head.checkpoint.size && !kept.contains($0.name) }
            .sorted { $0.size > $1.size }.prefix(Self.mostTaken)
        for (size, bytes) in try fetched(Array(sizes), \.name, most: SignedNote.maximumByteCount) {
            guard let signed = try? SignedCheckpoint(parsing: bytes), signed.checkpoint.size == size.size,
                signed.checkpoint.origin == head.checkpoint.origin, (try? signed.signatures(by: policy)) != nil
            else { continue }
            guard try root(at: signed.checkpoint.size) == signed.checkpoint.root else { return signed }
            try keep(signed)
        }
        let stamps = names.stamps.filter { $0.size <= head.checkpoint.size && !kept.contains($0.name) }
            .sorted { $0.size > $1.size }.prefix(Self.mostTaken)
        for (stamp, bytes) in try fetched(Array(stamps), \.name, most: TimeStampResponse.maximumByteCount) {
            let path = try LedgerPaths.stamp(ofCheckpoint: stamp.size, digest: stamp.digest)
            guard SHA256Digest(hashing: bytes) == stamp.digest, let response = try? TimeStampResponse(parsing: bytes),
                let signed = try storage.read(LedgerPaths.checkpoint(size: stamp.size)),
                let stamped = try SignedCheckpoint(parsing: signed).stampedBytes,
                response.digest == SHA256Digest(hashing: stamped)
            else { continue }
            try storage.create([(path, bytes)])
        }
        return nil
    }

    /// Keeps a checkpoint of the log with the partial tiles that a reader of it needs, or the lines that it has come by.
    func keep(_ signed: SignedCheckpoint) throws {
        let path = try LedgerPaths.checkpoint(size: signed.checkpoint.size)
        if let bytes = try storage.read(path) {
            let earlier = try SignedCheckpoint(parsing: bytes)
            guard earlier != signed, signed.hasAllLines(of: earlier) else { return }
            return try storage.replace(path, with: signed.bytes)
        }
        try keepPartials(of: signed.checkpoint.size)
        try storage.create([(path, signed.bytes)])
    }

    private func root(at size: UInt64) throws -> SHA256Digest {
        size == 0
            ? MerkleHash.empty : try LogFiles(storage: storage).edge(at: size, under: head.checkpoint).root
    }

    /// C2SP tlog-tiles: the partial tiles of a checkpoint are served until the full ones are there.
    private func keepPartials(of size: UInt64) throws {
        for row in [Tile.Row.entries] + (0..<8).map(Tile.Row.hashes) {
            guard let tile = Tile.lastPartial(of: row, inTreeOf: size),
                let now = Tile.lastPartial(of: row, inTreeOf: head.checkpoint.size), now.index == tile.index,
                now.width > tile.width, let bytes = try storage.read(LedgerPaths.tile(now))
            else { continue }
            let count =
                row == .entries
                ? try EntryBundle(parsing: bytes, count: now.width).ranges[tile.width - 1].upperBound
                : tile.width * SHA256Digest.byteCount
            try storage.create([(LedgerPaths.tile(tile), Array(bytes[..<count]))])
        }
    }

    private func fetched<Name>(
        _ names: [Name], _ name: (Name) -> String, most: Int
    ) throws -> [(Name, [UInt8])] {
        var all: [(Name, [UInt8])] = []
        for start in stride(from: 0, to: names.count, by: Self.mostAtOnce) {
            let batch = names[start..<min(start + Self.mostAtOnce, names.count)]
            let files: [[UInt8]?]
            do {
                files = try remote.fetch(batch.map { "checkpoints/\(name($0))" }, most: most)
            } catch RemoteLogError.tooLong {
                continue
            }
            all += zip(batch, files).compactMap { name, bytes in bytes.map { (name, $0) } }
        }
        return all
    }

    /// The names of checkpoints and of stamps in a list, each once.
    private static func names(
        in list: [UInt8]
    ) -> (checkpoints: [(name: String, size: UInt64)], stamps: [(name: String, size: UInt64, digest: SHA256Digest)]) {
        var words: Set<String> = []
        // Whatever stands between names has none of the bytes that they have.
        for word in list.split(whereSeparator: { !isNameByte($0) }) where word.count <= 96 {
            words.insert(String(decoding: word, as: UTF8.self))
        }
        var checkpoints: [(name: String, size: UInt64)] = []
        var stamps: [(name: String, size: UInt64, digest: SHA256Digest)] = []
        for word in words {
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            guard parts[0].utf8.count == sizeDigitCount, let size = UInt64(parts[0]), size <= TreeSize.maximum else {
                continue
            }
            if parts.count == 1 {
                checkpoints.append((word, size))
            } else if parts.count == 3, parts[2] == "tsr",
                let digest = Hexadecimal.decode(parts[1]).flatMap({ SHA256Digest($0) }),
                digest.description == parts[1]
            {
                stamps.append((word, size, digest))
            }
        }
        return (checkpoints, stamps)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."): true
        default: false
        }
    }
}

extension SignedCheckpoint {
    /// Whether it has every signature line that `other` has.
    func hasAllLines(of other: SignedCheckpoint) -> Bool {
        let own = Set(note.signatures.map(\.line))
        return other.note.signatures.allSatisfy { own.contains($0.line) }
    }
}

extension Tile {
    /// The tile of a row that is not full in a tree of `size` leaves; `nil` if there is none.
    fileprivate static func lastPartial(of row: Row, inTreeOf size: UInt64) -> Tile? {
        let shift: UInt64 = if case .hashes(let level) = row { UInt64(8 * level) } else { 0 }
        let length = size >> shift
        let width = Int(length % UInt64(fullWidth))
        return width == 0 ? nil : Tile(row, index: length / UInt64(fullWidth), width: width)
    }
}
