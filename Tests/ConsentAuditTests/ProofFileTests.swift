import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Inclusion and consistency as files: those of an honest log hold, at every size, and whatever is changed is refused.
@Suite struct ProofFileTests {
    /// Every record at every size up to 100, in ten parts that run beside each other.
    @Test(arguments: 0..<10) func everyInclusionHolds(_ part: Int) throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        for size in UInt64(part * 10 + 1)...UInt64(part * 10 + 10) {
            let checkpoint = try log.keptCheckpoint(size: size)
            for index in 0..<size {
                let proof = ProofFile.inclusion(try log.proveInclusion(of: index, at: checkpoint))
                let read = try ProofFile(parsing: proof.bytes)
                #expect(read == proof)
                let report = ProofWorld.report(read)
                #expect(report.holds && report.records.map(\.record.index) == [index], "\(index) of \(size)")
                #expect(report.signatures.map(\.key) == [ProofWorld.verifierKey])
            }
        }
    }

    @Test(arguments: 0..<10) func everyConsistencyHolds(_ part: Int) throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        let checkpoints = try ProofWorld.checkpoints()
        for size in part * 10 + 1...part * 10 + 10 {
            for oldSize in 1...size {
                let proof = ProofFile.consistency(
                    try log.proveConsistency(from: checkpoints[oldSize - 1], to: checkpoints[size - 1]))
                let read = try ProofFile(parsing: proof.bytes)
                #expect(read == proof)
                #expect(ProofWorld.report(read).holds, "\(oldSize) to \(size)")
            }
        }
    }

    static func inclusion(_ index: UInt64 = 41, at size: UInt64 = 77) throws -> TransparencyProof {
        let log = try PublishedLog(reader: ProofWorld.grown)
        return try log.proveInclusion(of: index, at: log.keptCheckpoint(size: size))
    }

    static func consistency(_ old: UInt64 = 41, _ new: UInt64 = 77) throws -> SignedConsistencyProof {
        let log = try PublishedLog(reader: ProofWorld.grown)
        return try log.proveConsistency(from: log.keptCheckpoint(size: old), to: log.keptCheckpoint(size: new))
    }

    /// The smallest chain of a contact: three records of governance, two of the contact's.
    static func chain() throws -> ChainProof {
        let builder = LogBuilder()
        builder.open()
        builder.register("acme")
        builder.authorize(LogBuilder.web)
        for _ in 0..<2 {
            builder.append(builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(3)])
        }
        builder.publish()
        return try ProofWorld.show([0, 1, 2, 3, 4], of: builder, as: .contact(LogBuilder.contact(3)))
    }

    static func files() throws -> [ProofFile] {
        [.inclusion(try inclusion()), .consistency(try consistency()), .chain(try chain())]
    }

    /// Each byte of each kind of file changed in one bit, dropped, and doubled; each file cut off anywhere.
    @Test(arguments: 0..<3) func everyChangeIsRefused(_ kind: Int) throws {
        let bytes = try Self.files()[kind].bytes
        #expect(!ProofWorld.isRefused(bytes))
        var taken: [String] = []
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 1 << UInt8(position % 8)
            if !ProofWorld.isRefused(changed) { taken.append("flipped at \(position)") }
            changed = bytes
            changed.remove(at: position)
            if !ProofWorld.isRefused(changed) { taken.append("dropped at \(position)") }
            // The second of two newlines, doubled, is an empty line more.
            changed = bytes
            changed.insert(bytes[position], at: position)
            if !ProofWorld.isRefused(changed) { taken.append("doubled at \(position)") }
            if !ProofWorld.isRefused(Array(bytes[..<position])) { taken.append("cut at \(position)") }
        }
        // A chain without its last record is one that was shown earlier: nothing says that none came after.
        let text = String(decoding: bytes, as: UTF8.self)
        let last = text.firstRange(of: "record 4 ").map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
        #expect(taken == [last].compactMap { $0 }.map { "cut at \($0)" })
        #expect(ProofWorld.isRefused(bytes + [UInt8(ascii: "\n")]))
        #expect(ProofWorld.isRefused(bytes + bytes))
    }

    /// Each line left out, doubled, and exchanged with the next one.
    @Test(arguments: 0..<3) func everyMovedLineIsRefused(_ kind: Int) throws {
        let bytes = try Self.files()[kind].bytes
        let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func file(_ lines: [ArraySlice<UInt8>]) -> [UInt8] { lines.flatMap { Array($0) + [UInt8(ascii: "\n")] } }
        #expect(file(lines) == bytes)
        for position in lines.indices {
            var changed = lines
            changed.remove(at: position)
            #expect(ProofWorld.isRefused(file(changed)), "line \(position) left out")
            changed = lines
            changed.insert(lines[position], at: position)
            #expect(ProofWorld.isRefused(file(changed)), "line \(position) doubled")
            changed = lines
            changed.swapAt(position, (position + 1) % lines.count)
            if changed != lines { #expect(ProofWorld.isRefused(file(changed)), "line \(position) moved") }
        }
    }

    /// C2SP signed-note: lines of keys that nobody gave are passed over, a known key's bad line is fatal.
    @Test(arguments: 0..<3) func onlyLinesOfUnknownKeysMayChange(_ kind: Int) throws {
        let party = Party("witness")
        let key = try VerifierKey(name: "witness.example", publicKey: party.key.publicKey, use: .cosignature)
        func cosigned(_ checkpoint: SignedCheckpoint) throws -> SignedCheckpoint {
            var cosigned = checkpoint
            try cosigned.cosign(as: key.name, at: 1_700_000_100, with: party.key)
            return cosigned
        }
        let (inclusion, consistency, chain) = (try Self.inclusion(), try Self.consistency(), try Self.chain())
        let proof: ProofFile = [
            .inclusion(
                try TransparencyProof(
                    extra: inclusion.extra, index: inclusion.index, hashes: inclusion.hashes,
                    checkpoint: cosigned(inclusion.checkpoint))),
            .consistency(
                try SignedConsistencyProof(
                    hashes: consistency.hashes, older: cosigned(consistency.older), newer: cosigned(consistency.newer))),
            .chain(
                try ChainProof(
                    of: chain.chain, from: 0, checkpoint: cosigned(chain.checkpoint), entries: chain.entries)),
        ][kind]
        let text = String(decoding: proof.bytes, as: UTF8.self)
        let witnessed = try WitnessPolicy(
            parsing: Array("log \(ProofWorld.verifierKey.text)\nwitness w \(key.text)\nquorum w\n".utf8))
        let report = ProofWorld.report(proof, policy: witnessed)
        #expect(report.holds)
        #expect(report.oldestCosignature == 1_700_000_100)
        #expect(!report.notCovered.contains { $0.code.name == "existence" })
        #expect(ProofWorld.report(proof).notCovered.contains { $0.code.name == "existence" })
        // The same, each of the witness's lines changed in its signature.
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("— witness.example ") })
        let bad = line.dropLast(8) + (line.hasSuffix("AAAAAAA=") ? "BBBBBBB=" : "AAAAAAA=")
        let changed = Array(text.replacing(line, with: bad).utf8)
        #expect(changed != proof.bytes)
        #expect(!ProofWorld.isRefused(changed))
        #expect(
            ProofWorld.codes(try ProofFile(parsing: changed), policy: witnessed).contains("bad-checkpoint-signature"))
        // A witness that did not cosign.
        let absent = try VerifierKey(name: "other.example", publicKey: Party("o").key.publicKey, use: .cosignature)
        let strict = try WitnessPolicy(
            parsing: Array("log \(ProofWorld.verifierKey.text)\nwitness w \(absent.text)\nquorum w\n".utf8))
        #expect(ProofWorld.codes(proof, policy: strict) == ["quorum-not-reached"])
    }

    @Test func inclusionThatDoesNotHold() throws {
        let proof = try Self.inclusion()
        func codes(
            _ extra: [UInt8]? = nil, index: UInt64? = nil, hashes: [SHA256Digest]? = nil,
            checkpoint: SignedCheckpoint? = nil
        ) throws -> [String] {
            ProofWorld.codes(
                .inclusion(
                    try TransparencyProof(
                        extra: extra ?? proof.extra, index: index ?? proof.index, hashes: hashes ?? proof.hashes,
                        checkpoint: checkpoint ?? proof.checkpoint)))
        }
        #expect(try codes() == [])
        #expect(try codes([]) == ["missing-record"])
        #expect(try codes(Self.inclusion(42).extra) == ["not-in-tree", "wrong-index"])
        #expect(try codes([1, 2, 3]) == ["not-in-tree", "malformed-record"])
        #expect(try codes(index: 42) == ["not-in-tree", "wrong-index"])
        #expect(try codes(index: 77) == ["not-in-tree", "wrong-index"])
        #expect(try codes(hashes: proof.hashes.dropLast()) == ["not-in-tree"])
        #expect(try codes(hashes: proof.hashes + [SHA256Digest(hashing: [])]) == ["not-in-tree"])
        #expect(try codes(checkpoint: Self.inclusion(41, at: 78).checkpoint) == ["not-in-tree"])
        let unknown = WitnessPolicy(logs: [LogBuilder(logKey: Party("other log")).verifierKey])
        #expect(ProofWorld.codes(.inclusion(proof), policy: unknown) == ["checkpoint-not-signed"])
        // Entry 0 is the ledger-id, whatever kind of proof holds it.
        let first = try Self.inclusion(0)
        #expect(ProofWorld.codes(.inclusion(first), ledgerID: MerkleHash.leaf(first.extra)) == [])
        #expect(ProofWorld.codes(.inclusion(first), ledgerID: MerkleHash.leaf([])) == ["wrong-ledger-id"])
        #expect(
            ProofWorld.report(.inclusion(proof), ledgerID: MerkleHash.leaf([])).notCovered.contains {
                $0.code == .identity
            })
    }

    @Test func consistencyThatDoesNotHold() throws {
        let proof = try Self.consistency()
        func codes(
            _ hashes: [SHA256Digest]? = nil, older: SignedCheckpoint? = nil, newer: SignedCheckpoint? = nil
        ) throws -> [String] {
            ProofWorld.codes(
                .consistency(
                    try SignedConsistencyProof(
                        hashes: hashes ?? proof.hashes, older: older ?? proof.older, newer: newer ?? proof.newer)))
        }
        #expect(try codes() == [])
        #expect(try codes(Array(proof.hashes.dropLast())) == ["inconsistent-checkpoint"])
        #expect(try codes(proof.hashes.reversed()) == ["inconsistent-checkpoint"])
        #expect(try codes(older: proof.newer, newer: proof.older) == ["inconsistent-checkpoint"])
        #expect(try codes([], older: proof.newer) == [])
        #expect(try codes(older: proof.newer) == ["inconsistent-checkpoint"])
        // Signed by the log's own key: another tree, and another origin.
        let key = Party("log").key
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: 41, root: SHA256Digest(hashing: [])), with: key)
        #expect(try codes(older: other) == ["inconsistent-checkpoint"])
        #expect(try codes([], older: other, newer: other) == [])
        let foreign = try SignedCheckpoint(
            signing: Checkpoint(origin: "other.example", size: 41, root: proof.older.checkpoint.root), with: key)
        #expect(try codes(older: foreign) == ["checkpoint-not-signed", "inconsistent-checkpoint"])
        // From nothing, everything grows, and there is nothing to prove it by.
        let empty = try SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: 0, root: MerkleHash.empty), with: key)
        #expect(try codes([], older: empty) == [])
        #expect(try codes(older: empty) == ["inconsistent-checkpoint"])
        #expect(try codes([], older: empty, newer: empty) == [])
    }

    /// What has no form of a proof is told from what does not hold.
    @Test func whatIsNoProof() throws {
        let hash = SHA256Digest(hashing: [])
        let texts = [
            "", "\n", "hello\n", "c2sp.org/tlog-proof@v2\n", TransparencyProof.firstLine,
            SignedConsistencyProof.firstLine + "\n\n", ChainProof.firstLine + "\n",
            ChainProof.firstLine + "\nchain business acme\nsince 0\n\n",
        ]
        for text in texts {
            #expect(throws: AuditError(.notAProof, ""), "\(text)") { try ProofFile(parsing: Array(text.utf8)) }
        }
        for file in try Self.files() {
            #expect(throws: AuditError(.notAProof, "")) { try ProofFile(parsing: [0xef, 0xbb, 0xbf] + file.bytes) }
            let windows = String(decoding: file.bytes, as: UTF8.self).replacing("\n", with: "\r\n")
            #expect(throws: AuditError(.notAProof, "")) { try ProofFile(parsing: Array(windows.utf8)) }
        }
        let proof = try Self.inclusion()
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try TransparencyProof(
                extra: proof.extra, index: 1, hashes: Array(repeating: hash, count: 64), checkpoint: proof.checkpoint)
        }
        // 2 MiB exactly is taken, a byte more is not.
        let rest = try TransparencyProof(extra: [1, 2, 3], index: 1, hashes: [], checkpoint: proof.checkpoint).bytes
            .count
        let fitting = (2 << 20 - rest) / 4 * 3
        _ = try TransparencyProof(
            extra: Array(repeating: 0, count: fitting), index: 1, hashes: [], checkpoint: proof.checkpoint)
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try TransparencyProof(
                extra: Array(repeating: 0, count: fitting + 9), index: 1, hashes: [], checkpoint: proof.checkpoint)
        }
        let consistency = try Self.consistency()
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try SignedConsistencyProof(
                hashes: Array(repeating: hash, count: 128), older: consistency.older, newer: consistency.newer)
        }
        #expect(
            ProofWorld.codes(
                .consistency(
                    try SignedConsistencyProof(
                        hashes: Array(repeating: hash, count: 127), older: consistency.older, newer: consistency.newer))
            )
                == ["inconsistent-checkpoint"])
        for line in [TransparencyProof.firstLine, SignedConsistencyProof.firstLine] {
            let long = Array((line + "\n").utf8) + Array(repeating: UInt8(ascii: "A"), count: 2 << 20)
            #expect(throws: AuditError(.tooLarge, "")) { try ProofFile(parsing: long) }
        }
    }

    /// An entry that is longer than any record is in a file of the right form, and does not hold.
    @Test func anEntryThatIsTooLongIsNoRecord() throws {
        let entry = [UInt8](repeating: 0, count: 65_536)
        let checkpoint = try SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: 1, root: MerkleHash.leaf(entry)),
            with: Party("log").key)
        let proof = try TransparencyProof(extra: entry, index: 0, hashes: [], checkpoint: checkpoint)
        #expect(ProofWorld.codes(try ProofFile(parsing: proof.bytes)) == ["malformed-record"])
        let chain = try ChainProof(
            of: .business("acme"), from: 0, checkpoint: checkpoint,
            entries: [ChainProof.Entry(index: 0, bytes: entry, hashes: [])])
        #expect(ProofWorld.codes(try ProofFile(parsing: chain.bytes)).first == "malformed-record")
    }

    /// What is asked for at a checkpoint is told by that checkpoint's size, not by the published one's.
    @Test func namesTheSizeThatItIsProvenAt() throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        let error = #expect(throws: AuditError(.outOfRange, "")) {
            try log.proveInclusion(of: 77, at: log.keptCheckpoint(size: 77))
        }
        #expect(error?.description == "the checkpoint of size 77 covers no record 77")
    }
}
