import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct TransparencyProofTests {
    private let malformed = TransparencyLogError(.malformed, "")
    private let tree = NaiveTree(size: 20)
    private let policy: WitnessPolicy

    init() throws {
        policy = try WitnessPolicy(
            parsing: Array(
                """
                log \(TestKeys.verifier().text)
                witness w \(TestKeys.witnessVerifier(0).text)
                quorum w

                """.utf8))
    }

    private func proof(_ index: Int, size: Int = 20, extra: [UInt8] = []) throws -> TransparencyProof {
        let checkpoint = try Checkpoint(origin: TestKeys.origin, size: UInt64(size), root: tree.root(size: size))
        var signed = try SignedCheckpoint(signing: checkpoint, with: TestKeys.log)
        try signed.cosign(as: TestKeys.witnessName(0), at: 1_700_000_000, with: TestKeys.witnesses[0])
        return try TransparencyProof(
            extra: extra, index: UInt64(index), hashes: tree.path(index, 0..<size), checkpoint: signed)
    }

    @Test func everyEntryOfEverySizeTo20() throws {
        for size in 1...20 {
            for index in 0..<size {
                let proof = try proof(
                    index, size: size, extra: index % 2 == 0 ? [] : [UInt8](repeating: 7, count: index))
                let parsed = try TransparencyProof(parsing: proof.bytes)
                #expect(parsed == proof)
                #expect(try parsed.verify(leafHash: tree.leafHashes[index], under: policy).count == 2)
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try parsed.verify(leafHash: tree.leafHashes[(index + 1) % 20], under: policy)
                }
            }
        }
    }

    @Test func layout() throws {
        let proof = try proof(0, size: 2, extra: Array("context".utf8))
        let text = String(decoding: proof.bytes, as: UTF8.self)
        #expect(
            text == """
                c2sp.org/tlog-proof@v1
                extra Y29udGV4dA==
                index 0
                \(Base64.encode(tree.leafHashes[1].bytes))

                \(String(decoding: proof.checkpoint.bytes, as: UTF8.self))
                """)
    }

    @Test func whoVouches() throws {
        let proof = try proof(3)
        let leafHash = tree.leafHashes[3]
        let other = WitnessPolicy(logs: [try TestKeys.verifier(TestKeys.origin, TestKeys.secondLog)])
        #expect(throws: TransparencyLogError(.notSigned, "")) { try proof.verify(leafHash: leafHash, under: other) }
        let unwitnessed = try TransparencyProof(
            index: 3, hashes: proof.hashes,
            checkpoint: SignedCheckpoint(signing: proof.checkpoint.checkpoint, with: TestKeys.log))
        #expect(throws: TransparencyLogError(.quorumNotReached, "")) {
            try unwitnessed.verify(leafHash: leafHash, under: policy)
        }
        #expect(throws: TransparencyLogError(.outOfRange, "")) {
            try TransparencyProof(index: 20, hashes: proof.hashes, checkpoint: proof.checkpoint)
                .verify(leafHash: leafHash, under: policy)
        }
    }

    /// Whatever bit changes, the file does not parse or does not verify; the extra data alone is nobody's statement.
    @Test func everyBitCounts() throws {
        let bytes = try proof(5).bytes
        for bit in 0..<bytes.count * 8 {
            #expect(throws: TransparencyLogError.self, "bit \(bit)") {
                try TransparencyProof(parsing: bytes.flipping(bit)).verify(leafHash: tree.leafHashes[5], under: policy)
            }
        }
    }

    @Test func everyLineMutated() throws {
        let text = String(decoding: try proof(5, extra: [1, 2, 3]).bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        func expectRefused(_ lines: [String], _ place: Int) {
            let text = lines.map { $0 + "\n" }.joined()
            #expect(throws: TransparencyLogError.self, "line \(place): \(text)") {
                try TransparencyProof(parsing: Array(text.utf8)).verify(leafHash: tree.leafHashes[5], under: policy)
            }
        }
        for place in lines.indices {
            // Without its extra data a proof is as good.
            if place != 1 {
                var changed = lines
                changed.remove(at: place)
                expectRefused(changed, place)
            }
            for change in ["", lines[place] + "x", lines[place] + " ", " " + lines[place]] where change != lines[place]
            {
                var changed = lines
                changed[place] = change
                expectRefused(changed, place)
            }
            var changed = lines
            changed.insert(lines[place], at: place)
            expectRefused(changed, place)
        }
    }

    @Test func wrongHeads() throws {
        let checkpoint = String(decoding: try proof(5).checkpoint.bytes, as: UTF8.self)
        let hash = Base64.encode(SHA256Digest.zero.bytes)
        let first = "c2sp.org/tlog-proof@v1\n"
        for head in [
            "", "\n", first, "\(first)\n", "index 5\n\n", "c2sp.org/tlog-proof@v2\nindex 5\n\n", "\(first)index\n\n",
            "\(first)index \n\n", "\(first)index 05\n\n", "\(first)index +5\n\n", "\(first)index -1\n\n",
            "\(first)index 18446744073709551616\n\n", "\(first)Index 5\n\n", "\(first)index 5\nextra AQID\n\n",
            "\(first)extra \nindex 5\n\n", "\(first)extra\nindex 5\n\n", "\(first)extra AQI\nindex 5\n\n",
            "\(first)extra AQID\nextra AQID\nindex 5\n\n", "\(first)index 5\nindex 5\n\n", "\(first)index 5\nAQID\n\n",
            "\(first)index 5\n\(hash.dropLast())\n\n", "\(first)index 5\r\n\n", "\(first)index 5\n\n\n",
            "\(first)index 5\n",
        ] {
            #expect(throws: malformed, "\(head)") { try TransparencyProof(parsing: Array((head + checkpoint).utf8)) }
        }
        _ = try TransparencyProof(parsing: Array("\(first)index 5\n\(hash)\n\n\(checkpoint)".utf8))
    }

    @Test func limits() throws {
        let tooLarge = TransparencyLogError(.tooLarge, "")
        let checkpoint = try proof(5).checkpoint
        let path = Array(repeating: SHA256Digest.zero, count: 64)
        #expect(throws: tooLarge) { try TransparencyProof(index: 5, hashes: path, checkpoint: checkpoint) }
        let longest = try TransparencyProof(index: 5, hashes: Array(path.dropLast()), checkpoint: checkpoint)
        let text = String(decoding: longest.bytes, as: UTF8.self)
        let longer = text.replacing("index 5\n", with: "index 5\n\(Base64.encode(SHA256Digest.zero.bytes))\n")
        #expect(throws: tooLarge) { try TransparencyProof(parsing: Array(longer.utf8)) }
        #expect(throws: tooLarge) {
            try TransparencyProof(
                extra: [UInt8](repeating: 0, count: 2 << 20), index: 5, hashes: [], checkpoint: checkpoint)
        }
        #expect(throws: tooLarge) { try TransparencyProof(parsing: [UInt8](repeating: 0, count: 2 << 20 + 1)) }
    }
}
