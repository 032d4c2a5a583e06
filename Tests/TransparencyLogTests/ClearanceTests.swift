import LedgerCrypto
import Testing
import TransparencyLog

/// The signed part of clearances, their files and their trees.
@Suite struct ClearanceTests {
    private static let digests = (0..<4).map { SHA256Digest(hashing: [UInt8($0)]) }

    private static func clearance(
        origin: String = TestKeys.origin, count: UInt64 = 1, root: SHA256Digest = digests[1], logSize: UInt64 = 5,
        decidedAt: UInt64 = 1_700_000_000_000, notAfter: UInt64 = 1_700_000_900_000
    ) throws -> Clearance {
        try Clearance(
            origin: origin, ledgerID: digests[0], count: count, root: root, logSize: logSize, logRoot: digests[2],
            decidedAt: decidedAt, notAfter: notAfter, inputs: digests[3])
    }

    @Test func theTextIsTenLinesAndReadAsItWasWritten() throws {
        let clearance = try Self.clearance()
        let text = String(decoding: clearance.text, as: UTF8.self)
        #expect(
            text == """
                consent-ledger/clearance/v1
                origin example.com/ledger
                ledger-id \(Self.digests[0])
                count 1
                root \(Self.digests[1])
                log-size 5
                log-root \(Self.digests[2])
                decided-at 1700000000000
                not-after 1700000900000
                inputs \(Self.digests[3])

                """)
        #expect(try Clearance(parsing: clearance.text) == clearance)
    }

    /// Nothing that is signed as one can be taken for the other, whatever the origin.
    @Test func noTextIsAClearanceAndACheckpoint() throws {
        #expect(throws: TransparencyLogError(.malformed, "")) {
            try Checkpoint(parsing: Self.clearance().text)
        }
        for origin in [TestKeys.origin, Clearance.firstLine, "origin example.com/ledger"] {
            let checkpoint = try Checkpoint(
                origin: origin, size: 5, root: Self.digests[2],
                extensionLines: ["origin \(origin)", "count 1"])
            #expect(throws: TransparencyLogError(.malformed, "")) { try Clearance(parsing: checkpoint.text) }
        }
        for origin in [Clearance.firstLine, "consent-ledger/", "consent-ledger/clearance/v2"] {
            #expect(throws: TransparencyLogError(.malformed, "")) { try Self.clearance(origin: origin) }
        }
        #expect(throws: Never.self) { try Self.clearance(origin: "consent-ledger.local/acme") }
    }

    @Test func itsBoundsHold() throws {
        let day = Clearance.longestValidity
        #expect(throws: Never.self) { try Self.clearance(decidedAt: 7, notAfter: 7) }
        #expect(throws: Never.self) { try Self.clearance(decidedAt: 7, notAfter: 7 + day) }
        for (decided, last) in [(7, 6), (7, 8 + day), (253_402_300_799_999, 253_402_300_800_000)] as [(UInt64, UInt64)]
        {
            #expect(throws: TransparencyLogError(.malformed, "")) {
                try Self.clearance(decidedAt: decided, notAfter: last)
            }
        }
        #expect(throws: TransparencyLogError(.malformed, "")) { try Self.clearance(count: 0) }
        #expect(throws: TransparencyLogError(.malformed, "")) { try Self.clearance(logSize: 0) }
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try Self.clearance(count: 1 << 63) }
    }

    /// The key's name must be the origin, and lines of strangers count for nothing.
    @Test func onlyTheLogsOwnKeyCounts() throws {
        let signed = try SignedClearance(signing: Self.clearance(), with: TestKeys.log)
        let key = try TestKeys.verifier()
        #expect(throws: Never.self) { try signed.verify(with: [key]) }
        for other in [
            try TestKeys.verifier(TestKeys.origin, TestKeys.secondLog),
            try TestKeys.verifier("example.com/other"), try TestKeys.witnessVerifier(0),
        ] {
            #expect(throws: TransparencyLogError(.notSigned, "")) { try signed.verify(with: [other]) }
        }
        let foreign = try SignedNote(
            signing: Self.clearance(origin: "example.com/other").text, as: TestKeys.origin, with: TestKeys.log)
        #expect(throws: TransparencyLogError(.notSigned, "")) {
            try SignedClearance(parsing: foreign.bytes).verify(with: [key])
        }
    }

    /// Every bit of a file changed: it is no file, or its path or signature fails.
    @Test func everyBitOfAFileCounts() throws {
        let tree = NaiveTree(size: 5)
        let signed = try SignedClearance(
            signing: Self.clearance(count: 5, root: tree.root(size: 5)), with: TestKeys.log)
        let file = try ClearanceFile(
            signed: signed, index: 2, leaf: Array("entry 2".utf8), hashes: tree.path(2, 0..<5))
        let key = try TestKeys.verifier()
        #expect(try ClearanceFile(parsing: file.bytes) == file)
        #expect(throws: Never.self) { try file.verifyPath() }
        for bit in 0..<file.bytes.count * 8 {
            let changed = file.bytes.flipping(bit)
            guard let read = try? ClearanceFile(parsing: changed) else { continue }
            #expect(throws: TransparencyLogError.self, "bit \(bit)") {
                try read.signed.verify(with: [key])
                try read.verifyPath()
            }
        }
        // Cut off after a hash it is still a file, with a path that leads nowhere.
        for count in 0..<file.bytes.count {
            guard let read = try? ClearanceFile(parsing: Array(file.bytes.prefix(count))) else { continue }
            #expect(throws: TransparencyLogError(.doesNotVerify, "")) { try read.verifyPath() }
        }
    }

    /// All small trees: the paths that are gathered as leaves come are those of RFC 6962.
    @Test func pathsAreGatheredInOnePass() throws {
        for size in 1...33 {
            let naive = NaiveTree(size: size)
            let leaves = naive.leafHashes
            for index in 0..<size {
                var gathering = try AuditPathGathering(index: UInt64(index), size: UInt64(size))
                var tree = ClearanceTree()
                for leaf in leaves { tree.append(leaf, question: .zero) { gathering.take($0, $1) } }
                let path = try gathering.path()
                #expect(path.hashes == naive.path(index, 0..<size), "\(index) of \(size)")
                #expect(throws: Never.self) { try path.verify(leafHash: leaves[index], root: tree.root) }
            }
            #expect(throws: TransparencyLogError(.outOfRange, "")) {
                try AuditPathGathering(index: UInt64(size), size: UInt64(size))
            }
        }
        let short = try AuditPathGathering(index: 0, size: 2)
        #expect(throws: TransparencyLogError(.outOfRange, "")) { try short.path() }
    }

    @Test func inputsAreOverAllQuestionsInOrder() {
        var tree = ClearanceTree()
        #expect(tree.inputs == SHA256Digest(hashing: []))
        for digest in Self.digests { tree.append(.zero, question: digest) }
        #expect(tree.inputs == SHA256Digest(hashing: Self.digests.flatMap(\.bytes)))
        #expect(tree.count == 4)
    }

    /// Whatever the pieces, the same leaves come out.
    @Test func leavesComeInPiecesOfAnySize() throws {
        let leaves: [[UInt8]] = [[1], [UInt8](repeating: 2, count: 300), [3, 3], [UInt8](repeating: 4, count: 65_535)]
        let bytes = try leaves.flatMap { try LeafStream.framed($0) }
        for size in [1, 2, 3, 7, 301, 70_000] {
            var stream = LeafStream()
            var read: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                stream.take(rest.prefix(size))
                rest = rest.dropFirst(size)
                while let leaf = try stream.next() { read.append(leaf) }
            }
            try stream.end()
            #expect(read == leaves)
            #expect(stream.count == 4)
        }
        for cut in [1, 2, bytes.count - 1] {
            var stream = LeafStream()
            stream.take(bytes.prefix(cut))
            while try stream.next() != nil {}
            #expect(throws: TransparencyLogError(.malformed, "")) { try stream.end() }
        }
        var stream = LeafStream()
        stream.take([0, 0])
        #expect(throws: TransparencyLogError(.malformed, "")) { try stream.next() }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try LeafStream.framed([UInt8](repeating: 0, count: 65_536))
        }
        #expect(throws: TransparencyLogError(.malformed, "")) { try LeafStream.framed([]) }
    }
}
