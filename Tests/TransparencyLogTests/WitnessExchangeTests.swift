import LedgerCrypto
import Testing
import TransparencyLog

/// What is sent to a witness, and what is made of its answers (C2SP tlog-witness).
@Suite struct WitnessExchangeTests {
    private static let now: UInt64 = 1_800_000_000
    private let key = try! TestKeys.witnessVerifier(0)

    private func checkpoint(_ tree: NaiveTree) throws -> SignedCheckpoint {
        let size = tree.leafHashes.count
        return try SignedCheckpoint(
            signing: Checkpoint(origin: TestKeys.origin, size: UInt64(size), root: tree.root(size: size)),
            with: TestKeys.log)
    }

    private func line(
        over checkpoint: SignedCheckpoint, at time: UInt64 = now, as witness: Int = 0
    ) throws -> [UInt8] {
        var cosigned = checkpoint
        try cosigned.cosign(as: TestKeys.witnessName(witness), at: time, with: TestKeys.witnesses[witness])
        return try #require(cosigned.note.signatures.last).line
    }

    /// The example of the specification, byte by byte.
    @Test func theRequestIsThatOfTheSpecification() throws {
        let hashes = [
            "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
            "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=", "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
        ]
        let note = """
            example.com/behind-the-sofa
            20852163
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

            — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
            — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=

            """
        let exchange = try WitnessExchange(
            SignedCheckpoint(parsing: Array(note.utf8)), witness: key, knownSize: 20_852_014)
        let proof = ConsistencyProof(
            oldSize: 20_852_014, newSize: 20_852_163,
            hashes: try hashes.map { hash in try #require(Base64.decode(hash).flatMap { SHA256Digest($0) }) })
        let request = try exchange.request(proof: proof)
        let due = "old 20852014\n" + hashes.map { $0 + "\n" }.joined() + "\n" + note
        #expect(String(decoding: request, as: UTF8.self) == due)
    }

    /// Every pair of sizes: of the checkpoint only the log's own line is sent, and the proof is one.
    @Test func everyPairOfSizes() throws {
        for size in 0...9 {
            let tree = NaiveTree(size: size)
            let own = try checkpoint(tree)
            var signed = own
            try signed.cosign(as: TestKeys.witnessName(1), at: 7, with: TestKeys.witnesses[1])
            for old in 0...size {
                let exchange = try WitnessExchange(signed, witness: key, knownSize: UInt64(old))
                let proof = ConsistencyProof(
                    oldSize: UInt64(old), newSize: UInt64(size), hashes: old == 0 ? [] : tree.proof(old, size))
                let request = try exchange.request(proof: old == 0 ? nil : proof)
                let lines = ["old \(old)"] + (old == 0 ? [] : tree.proof(old, size)).map { Base64.encode($0.bytes) }
                #expect(
                    request == Array((lines.joined(separator: "\n") + "\n\n").utf8) + own.bytes, "\(old) to \(size)")
                // Of other sizes, or where none is due, or none where one is.
                let others = [
                    old == 0 ? proof : nil,
                    ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(size + 1), hashes: []),
                    ConsistencyProof(oldSize: UInt64(old + 1), newSize: UInt64(size), hashes: []),
                ]
                for (number, other) in others.enumerated() where !(number == 0 && old == 0) {
                    #expect(throws: TransparencyLogError(.outOfRange, "")) { try exchange.request(proof: other) }
                }
            }
            #expect(throws: TransparencyLogError(.outOfRange, "")) {
                try WitnessExchange(signed, witness: key, knownSize: UInt64(size + 1))
            }
        }
        let signed = try checkpoint(NaiveTree(size: 3))
        #expect(throws: TransparencyLogError(.unsupportedKey, "")) {
            try WitnessExchange(signed, witness: TestKeys.verifier())
        }
        let long = ConsistencyProof(
            oldSize: 1, newSize: 3, hashes: Array(repeating: MerkleHash.empty, count: 64))
        let exchange = try WitnessExchange(signed, witness: key, knownSize: 1)
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try exchange.request(proof: long) }
    }

    private func take(
        _ status: Int, _ body: [UInt8], type: String? = nil, from known: UInt64 = 2
    ) throws -> (line: NoteSignature?, exchange: WitnessExchange) {
        var exchange = try WitnessExchange(checkpoint(NaiveTree(size: 5)), witness: key, knownSize: known)
        let answer = WitnessAnswer(status: status, contentType: type, body: body)
        return (try exchange.take(answer, at: Self.now), exchange)
    }

    @Test func takesTheLineThatVerifies() throws {
        let signed = try checkpoint(NaiveTree(size: 5))
        let own = try line(over: signed)
        let other = try line(over: signed, as: 1)
        for body in [own, own + other, other + own, other + own + other] {
            #expect(try take(200, body).line?.line == own)
        }
        for time in [Self.now - 3599, Self.now + 3599] {
            let timed = try line(over: signed, at: time)
            #expect(try take(200, timed).line?.line == timed)
        }
        for time in [Self.now - 3600, Self.now + 3600, 0, 1, UInt64(Int64.max)] {
            let timed = try line(over: signed, at: time)
            #expect(throws: TransparencyLogError(.implausibleTime, "")) { try take(200, timed) }
        }
    }

    @Test func takesNothingElse() throws {
        let signed = try checkpoint(NaiveTree(size: 5))
        let own = try line(over: signed)
        let other = try line(over: signed, as: 1)
        let foreign = try line(over: checkpoint(NaiveTree(size: 4)))
        for body in [foreign, own + own, own + foreign, foreign + own] {
            #expect(throws: TransparencyLogError(.badSignature, "")) { try take(200, body) }
        }
        #expect(throws: TransparencyLogError(.notSigned, "")) { try take(200, other) }
        // Every byte changed, and every beginning.
        for position in own.indices {
            var changed = own
            changed[position] ^= 1
            #expect(throws: TransparencyLogError.self, "\(position)") { try take(200, changed) }
            #expect(throws: TransparencyLogError(.malformed, ""), "\(position)") {
                try take(200, Array(own[..<position]))
            }
        }
        let newline = UInt8(ascii: "\n")
        for body in [
            [], [newline], own + [newline], [newline] + own, own.dropLast() + [newline, newline], own + [1, newline],
        ] {
            #expect(throws: TransparencyLogError(.malformed, "")) { try take(200, body) }
        }
        // A whole note is not what is answered: its text could be another.
        #expect(throws: TransparencyLogError(.malformed, "")) { try take(200, signed.bytes + own) }
        let most = WitnessExchange.maximumAnswerByteCount
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try take(200, [UInt8](repeating: 0, count: most + 1)) }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try take(200, Array(repeating: other, count: 101).flatMap { $0 } + own)
        }
    }

    @Test func goesOnFromAnotherSizeOnce() throws {
        let type = "text/x.tlog.size"
        for (size, spelling) in [(0, type), (1, "text/x.tlog.size; charset=utf-8"), (5, "Text/X.Tlog.Size")] {
            var (line, exchange) = try take(409, Array("\(size)\n".utf8), type: spelling)
            #expect(line == nil && exchange.oldSize == UInt64(size))
            for next in [size, (size + 1) % 6, 6] {
                var repeated = exchange
                let code: TransparencyLogError.Code =
                    next == size ? .malformed : next > 5 ? .witnessAhead : .witnessRefused
                #expect(throws: TransparencyLogError(code, ""), "\(size), then \(next)") {
                    try repeated.take(
                        WitnessAnswer(status: 409, contentType: type, body: Array("\(next)\n".utf8)), at: Self.now)
                }
            }
            let own = try self.line(over: checkpoint(NaiveTree(size: 5)))
            #expect(
                try exchange.take(WitnessAnswer(status: 200, contentType: nil, body: own), at: Self.now)?.line == own)
        }
        for ahead in ["6", "7", "9223372036854775807"] {
            #expect(throws: TransparencyLogError(.witnessAhead, "")) {
                try take(409, Array("\(ahead)\n".utf8), type: type)
            }
        }
        for body in [
            "", "\n", "2", "2\n", "+1\n", "01\n", " 1\n", "1\n\n", "1\r\n", "1 \n", "9223372036854775808\n", "x\n",
        ] {
            #expect(throws: TransparencyLogError(.malformed, ""), "\(body)") {
                try take(409, Array(body.utf8), type: type)
            }
        }
        for other in [nil, "", "text/plain", "text/x.tlog.sizes", "x"] as [String?] {
            #expect(throws: TransparencyLogError(.witnessRefused, "")) { try take(409, Array("1\n".utf8), type: other) }
        }
    }

    @Test func everyOtherStatusRefuses() throws {
        let own = try line(over: checkpoint(NaiveTree(size: 5)))
        for status in 0...999 where status != 200 && status != 409 {
            let code: TransparencyLogError.Code = status == 422 ? .witnessContradicts : .witnessRefused
            #expect(throws: TransparencyLogError(code, ""), "\(status)") { try take(status, own) }
        }
    }
}
