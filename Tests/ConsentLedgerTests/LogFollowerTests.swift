import ConsentAudit
import ConsentModel
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Mirroring a log: what is kept was verified, at every moment, whatever the log serves.
@Suite struct LogFollowerTests {
    /// A ledger's log as it is served, with lies.
    final class ServedLog: RemoteLog {
        /// By path below the log.
        var files: [String: [UInt8]]
        /// What was asked for.
        private(set) var asked: [String] = []

        init(_ files: [String: [UInt8]]) { self.files = files }

        func fetch(_ paths: [String], most: Int) throws -> [[UInt8]?] {
            asked += paths
            let found = paths.map { files[$0] }
            guard found.reduce(0, { $0 + ($1?.count ?? 0) }) <= most else { throw RemoteLogError.tooLong }
            return found
        }
    }

    /// A log of a ledger as it was at each of its checkpoints.
    struct Growth {
        /// The files at each moment, by the size of the published checkpoint.
        var moments: [(size: UInt64, files: [String: [UInt8]])] = []
        let key: VerifierKey
        let ledgerID: SHA256Digest

        /// A ledger of 8 records which grows by so many at a time, of which the first is another one where it `differs`.
        init(_ label: String, by steps: [Int], differs: Bool = false) throws {
            let (world, writer) = try LedgerWorld.make(label: label)
            try writer.publish()
            key = try VerifierKey(
                String(decoding: try #require(try world.storage.read("log/log.vkey")).dropLast(), as: UTF8.self))
            ledgerID = try #require(SHA256Digest(writer.identity.ledgerID))
            var number = 0
            try note(world)
            for (place, step) in steps.enumerated() {
                try writer.appendAll(
                    (number..<number + step).map {
                        world.optIn(LedgerWorld.phone($0), business: differs && $0 == 0 ? "beta" : "acme")
                    })
                number += step
                if place == 1 {
                    try writer.append(LedgerWorld.noticeDraft("acme", name: "later", text: Array("Otras ofertas".utf8)))
                }
                try writer.publish()
                try note(world)
            }
            try writer.close()
        }

        private mutating func note(_ world: LedgerWorld) throws {
            var files: [String: [UInt8]] = [:]
            for (path, bytes) in try world.storage.files(under: "log") {
                files[String("\(path)".dropFirst("log/".count))] = bytes
            }
            // What a web server makes of a directory.
            let names = files.keys.filter { $0.hasPrefix("checkpoints/") }.map { $0.dropFirst("checkpoints/".count) }
            files["checkpoints/"] = Array(
                ("<ul>" + names.map { "<li><a href=\"\($0)\">\($0)</a></li>" }.joined() + "</ul>").utf8)
            let size = try SignedCheckpoint(parsing: try #require(files["checkpoint"])).checkpoint.size
            moments.append((size, files))
        }

        func follower(_ log: ServedLog, _ storage: any LedgerStorage) throws -> LogFollower {
            try LogFollower(log, into: storage, trusting: WitnessPolicy(logs: [key]), ledgerID: ledgerID)
        }

        /// Follows once; the records that are new.
        @discardableResult
        func follow(_ files: [String: [UInt8]], _ storage: any LedgerStorage) throws -> UInt64 {
            let follower = try follower(ServedLog(files), storage)
            defer { follower.close() }
            guard case .mirrored(let checkpoint, let from) = try follower.follow() else {
                throw LedgerError(.damaged, "the log was found to contradict itself")
            }
            return checkpoint.checkpoint.size - from
        }

        /// Everything that a verifier can check of a mirror.
        func verify(_ storage: any LedgerStorage, _ about: String = "") async throws {
            let report = try await Verifier(
                reader: StoredLog(storage: storage), pins: Pins(verifierKey: key, ledgerID: ledgerID)
            ).verify()
            #expect(report.holds, "\(about): \(report.findings)")
        }
    }

    private static func size(_ storage: any LedgerStorage) throws -> UInt64? {
        try storage.read(LedgerPaths.checkpoint).map { try SignedCheckpoint(parsing: $0).checkpoint.size }
    }

    /// From every earlier mirror, the empty one included, to every later log: 8, 9, 20, and over full tiles.
    @Test func followsFromEverySizeToEveryOther() async throws {
        let growth = try Growth("follow", by: [1, 10, 230, 6, 1, 300])
        for from in -1..<growth.moments.count {
            for to in max(from, 0)..<growth.moments.count {
                let storage = MemoryStorage()
                if from >= 0 { try growth.follow(growth.moments[from].files, storage) }
                let (size, files) = growth.moments[to]
                let added = try growth.follow(files, storage)
                #expect(added == size - (from < 0 ? 0 : growth.moments[from].size))
                try await growth.verify(storage, "\(from) to \(to)")
                #expect(try Self.size(storage) == size)
                // It is the log, file by file, but for partial tiles that nobody needs any more and the list.
                for (path, bytes) in files where path != "checkpoints/" {
                    let mirrored = try storage.read(StoragePath("log/\(path)"))
                    #expect(mirrored == bytes || mirrored == nil && path.contains(".p/"), "\(path)")
                }
                #expect(try storage.read(MirrorPaths.target) == nil)
                // Again: nothing is new, and next to nothing is asked for.
                let log = ServedLog(files)
                let follower = try growth.follower(log, storage)
                guard case .mirrored(_, size) = try follower.follow() else {
                    Issue.record("it is another one")
                    return
                }
                #expect(log.asked == ["checkpoint", "checkpoints/"])
            }
        }
    }

    /// A log that lists nothing, has no log.vkey, and is followed as it grows.
    @Test func whatIsOursAloneNeedNotBeServed() async throws {
        let growth = try Growth("bare", by: [250, 3, 40])
        let storage = MemoryStorage()
        for (size, served) in growth.moments {
            let files = served.filter { !$0.key.hasPrefix("checkpoints/") && $0.key != "log.vkey" }
            try growth.follow(files, storage)
            try await growth.verify(storage, "\(size)")
        }
        let kept = try storage.list(LedgerPaths.keptCheckpoints).compactMap { UInt64($0) }
        #expect(kept == growth.moments.map(\.size))
    }

    /// Every file of the log changed in one byte, cut off, longer, empty and missing: the mirror either stays as it was or is
    /// right; and what was kept of the bad log does not stand in the way of the good one.
    @Test func nothingWrongIsKept() async throws {
        let growth = try Growth("lies", by: [250, 30])
        let (earlier, now) = (growth.moments[1].files, growth.moments[2].files)
        var outcomes: [String: Int] = [:]
        for path in now.keys.sorted() {
            let bytes = try #require(now[path])
            var changed: [[UInt8]?] = [nil, [], Array(bytes.dropLast()), bytes + [bytes.last ?? 0]]
            for position in Set([0, bytes.count / 2, bytes.count - 1]) {
                var one = bytes
                one[position] ^= 1
                changed.append(one)
            }
            for (number, content) in changed.enumerated() {
                let mirror = MemoryStorage()
                if number % 2 == 0 { try growth.follow(earlier, mirror) }
                var files = now
                files[path] = content
                let before = try Self.size(mirror)
                do {
                    try growth.follow(files, mirror)
                    outcomes["kept", default: 0] += 1
                    #expect(try Self.size(mirror) == growth.moments[2].size, "\(path) \(number)")
                } catch {
                    outcomes["refused", default: 0] += 1
                    #expect(try Self.size(mirror) == before, "\(path) \(number)")
                }
                if try Self.size(mirror) != nil { try await growth.verify(mirror, "\(path) \(number)") }
                try growth.follow(now, mirror)
                try await growth.verify(mirror, "\(path) \(number), mended")
            }
        }
        #expect(try #require(outcomes["kept"]) > 20 && #require(outcomes["refused"]) > 20, "\(outcomes)")
    }

    /// One of the storage's operations goes wrong while the mirror grows; what is left verifies, and the next run goes on.
    @Test func everyFaultIsMended() async throws {
        let growth = try Growth("faults", by: [250, 30])
        let memory = MemoryStorage()
        try growth.follow(growth.moments[1].files, memory)
        let counting = memory.restarted()
        try growth.follow(growth.moments[2].files, counting)
        // Killed between two writes, it needs nobody: but for the last two, it holds as it is.
        var unfinished = 0
        for number in 1...counting.operationCount {
            let broken = memory.restarted { $0.number == number ? .crashes(persisting: .everything) : nil }
            _ = try? growth.follow(growth.moments[2].files, broken)
            let reader = StoredLog(storage: broken.restarted())
            let report = try await Verifier(reader: reader, pins: Pins(verifierKey: growth.key)).verify()
            if !report.holds {
                unfinished += 1
                #expect(report.findings.map(\.code) == [.rolledBack])
            }
        }
        #expect(unfinished <= 3)
        let extents: [StorageFault.Extent] = [.nothing, .everything, .unflushed]
        for number in 1...counting.operationCount {
            for fault in extents.map(StorageFault.crashes) + extents.map(StorageFault.fails) {
                let broken = memory.restarted { $0.number == number ? fault : nil }
                _ = try? growth.follow(growth.moments[2].files, broken)
                let after = broken.restarted()
                // Without anything of the log's: it is away.
                let follower = try growth.follower(ServedLog([:]), after)
                #expect(throws: LedgerError(.notServed, "")) { try follower.follow() }
                follower.close()
                try await growth.verify(after, "\(fault) in \(number)")
                try growth.follow(growth.moments[2].files, after)
                try await growth.verify(after, "\(fault) in \(number), mended")
                #expect(try Self.size(after) == growth.moments[2].size)
            }
        }
    }

    /// What was fetched before a stop is not fetched again.
    @Test func goesOnWhereItWasStopped() async throws {
        let growth = try Growth("resumed", by: [9000])
        let files = growth.moments[1].files
        let storage = MemoryStorage()
        // The server goes away after the first 32 bundles.
        let half = ServedLog(files.filter { !$0.key.hasPrefix("tile/entries/033") })
        let follower = try growth.follower(half, storage)
        #expect(throws: LedgerError(.notServed, "")) { try follower.follow() }
        #expect(try Self.size(storage) == nil)
        follower.close()
        let whole = ServedLog(files)
        let again = try growth.follower(whole, storage)
        guard case .mirrored = try again.follow() else {
            Issue.record("it is another log")
            return
        }
        let bundles = whole.asked.filter { $0.hasPrefix("tile/entries/") }
        #expect(bundles.count == 4, "\(bundles)")
        try await growth.verify(storage)
    }

    // MARK: Contradictions

    private func contradiction(
        _ growth: Growth, _ files: [String: [UInt8]], _ storage: any LedgerStorage
    ) throws -> LogContradiction {
        let before = try storage.read(LedgerPaths.checkpoint)
        let follower = try growth.follower(ServedLog(files), storage)
        defer { follower.close() }
        guard case .contradicted(let found) = try follower.follow() else {
            throw LedgerError(.badInput, "the log was followed")
        }
        #expect(try storage.read(StoragePath("\(found.folder)/earlier")) == found.earlier.bytes)
        #expect(try storage.read(StoragePath("\(found.folder)/now")) == found.now.bytes)
        #expect(try storage.read(LedgerPaths.checkpoint) == before)
        return found
    }

    @Test func aLogThatGoesBackIsNamed() async throws {
        let growth = try Growth("back", by: [5, 300])
        let storage = MemoryStorage()
        try growth.follow(growth.moments[2].files, storage)
        for older in growth.moments[..<2] {
            let found = try contradiction(growth, older.files, storage)
            #expect(found.reason.hasPrefix("the log went back: it showed \(growth.moments[2].size) records"))
            #expect(found.earlier.checkpoint.size == growth.moments[2].size && found.now.checkpoint.size == older.size)
        }
        try await growth.verify(storage)
    }

    /// Another history by the same key: as large, larger; seen whole, or only begun.
    @Test func aSplitViewIsNamed() async throws {
        let growth = try Growth("split", by: [20, 30])
        // The same keys, other records from the first on.
        let twin = try Growth("split", by: [21, 30], differs: true)
        let longer = try Growth("split", by: [19, 40], differs: true)
        #expect(growth.key == twin.key && growth.ledgerID == twin.ledgerID && growth.key == longer.key)
        let storage = MemoryStorage()
        try growth.follow(growth.moments[1].files, storage)
        let found = try contradiction(growth, longer.moments[2].files, storage)
        #expect(found.reason.contains("are not those that it showed before"), "\(found.reason)")
        try growth.follow(growth.moments[2].files, storage)
        try await growth.verify(storage)
        #expect(try contradiction(growth, twin.moments[2].files, storage).reason.contains("not those"))

        // A mirror that was stopped while it grew remembers to what it was growing.
        let begun = MemoryStorage()
        try growth.follow(growth.moments[0].files, begun)
        var cut = growth.moments[2].files
        for path in cut.keys where path.hasPrefix("tile/entries") { cut[path] = nil }
        #expect(throws: LedgerError(.notServed, "")) { try growth.follow(cut, begun) }
        #expect(try contradiction(growth, twin.moments[2].files, begun).reason.contains("not those"))
        #expect(try contradiction(growth, growth.moments[1].files, begun).reason.contains("went back"))
        try growth.follow(growth.moments[2].files, begun)
        try await growth.verify(begun)
    }

    /// As many records, others: both are signed.
    @Test func twoTreesOfOneSizeAreNamed() throws {
        let growth = try Growth("twice", by: [20])
        let storage = MemoryStorage()
        try growth.follow(growth.moments[1].files, storage)
        let signer = try #require(try Self.logKey("twice"))
        let tree = growth.moments[1].size
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: growth.key.name, size: tree, root: SHA256Digest(hashing: [1])), with: signer)
        var files = growth.moments[1].files
        files["checkpoint"] = other.bytes
        #expect(try contradiction(growth, files, storage).reason == "the log signed two trees of \(tree) records")
        // One among those that it kept, beside a published one that is right.
        var kept = growth.moments[1].files
        kept["checkpoints/00000000000000000012"] =
            try SignedCheckpoint(
                signing: Checkpoint(origin: growth.key.name, size: 12, root: SHA256Digest(hashing: [1])), with: signer
            ).bytes
        kept["checkpoints/"]? += Array(" 00000000000000000012 ".utf8)
        #expect(try contradiction(growth, kept, storage).reason.contains("signed another tree of 12 records"))
        // By a key that is nobody's, it is passed over.
        kept["checkpoints/00000000000000000012"] =
            try SignedCheckpoint(
                signing: Checkpoint(origin: growth.key.name, size: 12, root: SHA256Digest(hashing: [1])),
                with: Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 3, count: 32)))
            ).bytes
        #expect(try growth.follow(kept, storage) == 0)
    }

    /// The log key of a ledger that `LedgerWorld` made under a label.
    private static func logKey(_ label: String) throws -> Ed25519PrivateKey? {
        let (world, writer) = try LedgerWorld.make(label: label)
        try writer.close()
        let bytes = try #require(try world.storage.read("private/keys/log.key"))
        return try SecretKeyFile(parsing: bytes).map { try Ed25519PrivateKey(seed: $0.secret) }
    }

    // MARK: Whom it trusts

    @Test func onlyThePinnedLogIsFollowed() throws {
        let growth = try Growth("pinned", by: [3])
        let other = try Growth("other", by: [3])
        let storage = MemoryStorage()
        #expect(throws: LedgerError(.badInput, "")) {
            try LogFollower(ServedLog([:]), into: storage, trusting: WitnessPolicy(logs: []))
        }
        #expect(throws: TransparencyLogError(.notSigned, "")) { try growth.follow(other.moments[1].files, storage) }
        let wrongID = try LogFollower(
            ServedLog(growth.moments[1].files), into: storage, trusting: WitnessPolicy(logs: [growth.key]),
            ledgerID: other.ledgerID)
        #expect(throws: LedgerError(.servedWrong, "")) { try wrongID.follow() }
        #expect(throws: StorageError(.locked, "")) { try growth.follow(growth.moments[1].files, storage) }
        wrongID.close()
        #expect(try storage.files(under: "log").isEmpty)
        try growth.follow(growth.moments[1].files, storage)
        // The mirror that is there is of another log, and whose pin is wrong now is told so.
        #expect(throws: LedgerError(.badInput, "")) { try other.follow(other.moments[1].files, storage) }
        let repinned = try LogFollower(
            ServedLog(growth.moments[1].files), into: storage, trusting: WitnessPolicy(logs: [growth.key]),
            ledgerID: other.ledgerID)
        #expect(throws: LedgerError(.servedWrong, "")) { try repinned.follow() }
        repinned.close()
        // A ledger is no place for a mirror.
        let (world, writer) = try LedgerWorld.make(label: "own")
        try writer.close()
        #expect(throws: LedgerError(.ledgerExists, "")) { try growth.follow(growth.moments[1].files, world.storage) }
    }

    /// Cosignatures that come later are taken; those that are here do not go.
    @Test func cosignaturesAreGathered() async throws {
        let growth = try Growth("cosigned", by: [3])
        let storage = MemoryStorage()
        let files = growth.moments[1].files
        try growth.follow(files, storage)
        var cosigned = try SignedCheckpoint(parsing: try #require(files["checkpoint"]))
        try cosigned.cosign(as: "w.example", at: 5, with: LedgerAttachTests.witness)
        var later = files
        later["checkpoint"] = cosigned.bytes
        let policy = try WitnessPolicy(
            parsing: Array("log \(growth.key.text)\nwitness w \(LedgerAttachTests.key.text)\nquorum w\n".utf8))
        let strict = try LogFollower(ServedLog(files), into: storage, trusting: policy)
        #expect(throws: TransparencyLogError(.quorumNotReached, "")) { try strict.follow() }
        strict.close()
        try growth.follow(later, storage)
        #expect(try storage.read(LedgerPaths.checkpoint) == cosigned.bytes)
        #expect(try storage.read(LedgerPaths.checkpoint(size: cosigned.checkpoint.size)) == cosigned.bytes)
        try growth.follow(files, storage)
        #expect(try storage.read(LedgerPaths.checkpoint) == cosigned.bytes)
        try await growth.verify(storage)
    }
}
