import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Synchronization
import Testing
import TransparencyLog

/// Reading a log as its checkpoint has it: nothing is given that the tiles do not lead from to the root.
@Suite struct PublishedLogTests {
    /// Counts how often each file is read.
    final class CountingLog: LogReader {
        let log: MemoryLog
        let counts = Mutex<[String: Int]>([:])

        init(_ log: MemoryLog) { self.log = log }

        func read(_ path: String) throws -> [UInt8]? {
            counts.withLock { $0[path, default: 0] += 1 }
            return try log.read(path)
        }

        func list(_ directory: String) throws -> [String] { try log.list(directory) }
    }

    @Test(arguments: [1, 2, 6, 255, 256, 257, 700]) func givesEveryEntry(_ size: Int) throws {
        let builder = LogBuilder.ledger(size: size)
        let log = try PublishedLog(reader: builder.log)
        #expect(log.size == UInt64(size))
        var seen: [[UInt8]] = []
        try log.forEachEntry(in: 0..<log.size) { index, entry in
            #expect(index == UInt64(seen.count))
            seen.append(entry)
        }
        #expect(seen == builder.entries)
        for index in stride(from: 0, to: log.size, by: 37) {
            #expect(try log.entry(at: index) == builder.entries[Int(index)])
            #expect(try log.record(at: index).index == index)
        }
        var part: [UInt64] = []
        try log.forEachEntry(in: log.size / 3..<log.size / 2) { index, _ in part.append(index) }
        #expect(part == Array(log.size / 3..<log.size / 2))
    }

    @Test func readsEveryBundleOnce() throws {
        let reader = CountingLog(LogBuilder.ledger(size: 700).log)
        let log = try PublishedLog(reader: reader)
        try log.forEachEntry(in: 0..<700) { _, _ in }
        let bundles = reader.counts.withLock { $0.filter { $0.key.hasPrefix("tile/entries") } }
        #expect(bundles == ["tile/entries/000": 1, "tile/entries/001": 1, "tile/entries/002.p/188": 1])
    }

    /// The file of an entry changed: neither it nor its neighbours in the bundle are given, all others are.
    @Test func givesNothingThatIsNotInTheTree() throws {
        let builder = LogBuilder.ledger(size: 700)
        for (path, wrong) in [("tile/entries/001", 256..<512), ("tile/entries/002.p/188", 512..<700)] {
            var damaged = builder.log
            let count = damaged.files[path]!.count
            damaged.files[path]![count / 2] ^= 1
            let log = try PublishedLog(reader: damaged)
            for index in [0, 255, 256, 511, 512, 699] as [UInt64] {
                if wrong.contains(Int(index)) {
                    #expect(throws: AuditError(.damaged, "")) { try log.entry(at: index) }
                } else {
                    #expect(try log.entry(at: index) == builder.entries[Int(index)])
                }
            }
            var last: UInt64?
            #expect(throws: AuditError(.damaged, "")) { try log.forEachEntry(in: 0..<700) { index, _ in last = index } }
            #expect(last == UInt64(wrong.lowerBound) - 1)
        }
        for path in ["tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"] {
            var damaged = builder.log
            damaged.files[path]![33] ^= 1
            let log = try PublishedLog(reader: damaged)
            #expect(throws: AuditError(.damaged, "")) { try log.inclusionProof(index: 300, size: 650) }
            damaged.files[path] = nil
            #expect(throws: AuditError(.missingFile, "")) {
                try PublishedLog(reader: damaged).inclusionProof(index: 300, size: 650)
            }
        }
    }

    @Test func refusesWhatIsBeyondItsCheckpoint() throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        #expect(throws: AuditError(.outOfRange, "")) { try log.entry(at: 100) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.forEachEntry(in: 99..<101) { _, _ in } }
        #expect(throws: AuditError(.outOfRange, "")) { try log.inclusionProof(index: 5, size: 101) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.inclusionProof(index: 50, size: 50) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.consistencyProof(from: 0, to: 5) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.consistencyProof(from: 6, to: 5) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.keptCheckpoint(size: 101) }
        #expect(throws: AuditError(.outOfRange, "")) { try log.chain(.ledger, through: 100) }
        #expect(throws: AuditError(.missingFile, "")) { try PublishedLog(reader: MemoryLog()) }
        #expect(throws: AuditError(.damaged, "")) {
            try PublishedLog(reader: MemoryLog(files: ["checkpoint": Array("hello\n".utf8)]))
        }
    }

    @Test func keptCheckpoints() throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        #expect(try log.keptSizes() == Array(1...100))
        #expect(try log.keptCheckpoint(size: 40).checkpoint.size == 40)
        #expect(try log.namedKeys() == [ProofWorld.verifierKey])
        // One of a history that was written anew, one under another size, and none.
        let other = LogBuilder()
        other.open(environment: "production")
        while other.size < 40 { other.register("b\(other.size)") }
        other.publish()
        var files = ProofWorld.grown
        files.files[CheckpointTests.kept(40)] = other.log.files["checkpoint"]
        files.files[CheckpointTests.kept(41)] = files.files[CheckpointTests.kept(42)]
        files.files[CheckpointTests.kept(43)] = nil
        let damaged = try PublishedLog(reader: files)
        #expect(throws: AuditError(.damaged, "")) { try damaged.keptCheckpoint(size: 40) }
        #expect(throws: AuditError(.damaged, "")) { try damaged.keptCheckpoint(size: 41) }
        let refusal = #expect(throws: AuditError(.outOfRange, "")) { try damaged.keptCheckpoint(size: 43) }
        #expect(refusal?.description.contains("the nearest: 42 and 44") == true)
    }

    @Test func walksChains() throws {
        let builder = LogBuilder.ledger(size: 600)
        let log = try PublishedLog(reader: builder.log)
        let chains = [Chain.ledger, .business("acme"), .business("zoo"), .contact(LogBuilder.contact(3))]
        for size in [600, 512, 300, 10] as [UInt64] {
            let last = try log.lastIndices(of: Set(chains), below: size)
            for chain in chains {
                let expected = try ProofWorld.indexes(of: [chain], in: builder).filter { $0 < size }
                #expect(last[chain] == expected.last)
                guard let end = last[chain] else { continue }
                #expect(try log.chain(chain, through: end).map(\.index) == expected)
                #expect(try log.chain(chain, from: 100, through: end).map(\.index) == expected.filter { $0 >= 100 })
            }
        }
        #expect(try log.lastIndices(of: [.business("nobody")], below: 600).isEmpty)
        #expect(throws: AuditError(.damaged, "")) { try log.chain(.business("zoo"), through: 0) }
    }
}
