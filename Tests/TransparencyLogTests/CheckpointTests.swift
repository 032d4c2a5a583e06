import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct CheckpointTests {
    private let malformed = TransparencyLogError(.malformed, "")
    private static let root = SHA256Digest(hashing: [1])
    private static let lines = ["example.com/ledger", "42", Base64.encode(root.bytes)]

    private func parse(_ text: String) throws -> Checkpoint { try Checkpoint(parsing: Array(text.utf8)) }

    /// The example of C2SP tlog-checkpoint, and the empty tree.
    @Test func examples() throws {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let checkpoint = try parse(text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.description == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
        #expect(checkpoint.text == Array(text.utf8))
        #expect(
            try Checkpoint(origin: "a", size: 0, root: MerkleHash.empty).text
                == Array("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".utf8))
    }

    @Test(arguments: [[], ["one"], ["one", "two — three", " "]]) func roundTrip(_ extensionLines: [String]) throws {
        for (origin, size) in [("a", 1), ("Prüfung + Leerzeichen", 2), ("a/b", TreeSize.maximum)] {
            let checkpoint = try Checkpoint(
                origin: origin, size: size, root: Self.root, extensionLines: extensionLines)
            let parsed = try Checkpoint(parsing: checkpoint.text)
            #expect(parsed == checkpoint)
            #expect(parsed.origin == origin && parsed.size == size && parsed.root == Self.root)
            #expect(parsed.extensionLines == extensionLines)
        }
    }

    /// Each line in turn is emptied, dropped, repeated, and given what it must not have.
    @Test func everyLineMutated() throws {
        func expectRefused(_ lines: [String], _ code: TransparencyLogError.Code = .malformed) {
            let text = lines.map { $0 + "\n" }.joined()
            #expect(throws: TransparencyLogError(code, ""), "\(text)") { try parse(text) }
        }
        _ = try parse(Self.lines.map { $0 + "\n" }.joined())
        for place in 0..<3 {
            var changed = Self.lines
            changed[place] = ""
            expectRefused(changed)
            changed = Self.lines
            changed.remove(at: place)
            expectRefused(changed)
            for prefix in ["\u{1}", "\t", "\r"] {
                changed = Self.lines
                changed[place] = prefix + Self.lines[place]
                expectRefused(changed)
                changed[place] = Self.lines[place] + prefix
                expectRefused(changed)
            }
        }
        for size in [
            "042", "00", "+42", "-42", " 42", "42 ", "4 2", "0x2a", "4.2", "42e0", "４２", "18446744073709551616",
            "99999999999999999999999", "a",
        ] {
            expectRefused([Self.lines[0], size, Self.lines[2]])
        }
        for size in ["9223372036854775808", "18446744073709551615"] {
            expectRefused([Self.lines[0], size, Self.lines[2]], .tooLarge)
        }
        let root = Self.lines[2]
        for wrong in [
            String(root.dropLast()), root + "=", root + " ", " " + root, String(root.dropFirst()),
            Base64.encode(Self.root.bytes.dropLast()), Base64.encode(Self.root.bytes + [0]),
            root.replacing("=", with: ""), Self.root.description,
        ] {
            expectRefused([Self.lines[0], Self.lines[1], wrong])
        }
        expectRefused(Self.lines + [""])
        expectRefused(Self.lines + ["", "extension"])
        expectRefused(Self.lines + ["extension", ""])
        expectRefused([Self.lines[0], "0", Self.lines[2]])
        #expect(throws: malformed) { try parse(Self.lines.joined(separator: "\n")) }
        #expect(throws: malformed) { try parse("") }
        #expect(throws: malformed) {
            try Checkpoint(parsing: Array("a".utf8) + [0xff, 0x0a] + Array("1\n\(root)\n".utf8))
        }
    }

    @Test func whatIsNotStated() {
        for origin in ["", "a\nb", "a\n", "a\u{0}", String(repeating: "a", count: 1025)] {
            #expect(throws: malformed) { try Checkpoint(origin: origin, size: 1, root: Self.root) }
        }
        for line in ["", "a\nb", "\r"] {
            #expect(throws: malformed) {
                try Checkpoint(origin: "a", size: 1, root: Self.root, extensionLines: ["good", line])
            }
        }
        #expect(throws: malformed) { try Checkpoint(origin: "a", size: 0, root: Self.root) }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try Checkpoint(origin: "a", size: .max, root: Self.root)
        }
    }

    @Test func originsAreComparedAsBytes() throws {
        #expect(
            try Checkpoint(origin: "caf\u{e9}", size: 1, root: Self.root)
                != Checkpoint(origin: "cafe\u{301}", size: 1, root: Self.root))
    }
}

@Suite struct SignedCheckpointTests {
    private let badSignature = TransparencyLogError(.badSignature, "")
    private let notSigned = TransparencyLogError(.notSigned, "")
    private let tree = NaiveTree(size: 10)

    private func checkpoint(_ origin: String = TestKeys.origin, extensionLines: [String] = []) throws -> Checkpoint {
        try Checkpoint(origin: origin, size: 10, root: tree.root(size: 10), extensionLines: extensionLines)
    }

    private func policy(_ lines: String...) throws -> WitnessPolicy {
        var text = "log \(try TestKeys.verifier().text)\n"
        for place in 0..<3 { text += "witness w\(place + 1) \(try TestKeys.witnessVerifier(place).text)\n" }
        return try WitnessPolicy(parsing: Array((text + lines.map { $0 + "\n" }.joined()).utf8))
    }

    @Test func signedByTheLog() throws {
        let signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
        let parsed = try SignedCheckpoint(parsing: signed.bytes)
        #expect(parsed == signed)
        #expect(parsed.checkpoint == (try checkpoint()))
        let policy = WitnessPolicy(logs: [try TestKeys.verifier()])
        #expect(try parsed.verify(under: policy).map(\.key) == [TestKeys.verifier()])
        #expect(throws: notSigned) { try parsed.verify(under: WitnessPolicy(logs: [])) }
        #expect(throws: notSigned) {
            try parsed.verify(under: WitnessPolicy(logs: [TestKeys.verifier(TestKeys.origin, TestKeys.secondLog)]))
        }
    }

    /// A rotation: either key alone is enough for who trusts it.
    @Test func signedByTwoLogKeys() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
        try signed.sign(with: TestKeys.secondLog)
        let first = try TestKeys.verifier()
        let second = try TestKeys.verifier(TestKeys.origin, TestKeys.secondLog)
        #expect(try signed.verify(under: WitnessPolicy(logs: [first])).map(\.key) == [first])
        #expect(try signed.verify(under: WitnessPolicy(logs: [second])).map(\.key) == [second])
        #expect(try signed.verify(under: WitnessPolicy(logs: [second, first])).map(\.key) == [first, second])
    }

    /// A trusted log that signs a checkpoint of another origin makes it no checkpoint of either.
    @Test func signedByAnotherLog() throws {
        let note = try SignedNote(
            signing: checkpoint("example.com/other").text, as: TestKeys.origin, with: TestKeys.log)
        let signed = try SignedCheckpoint(parsing: note.bytes)
        #expect(throws: notSigned) { try signed.verify(under: WitnessPolicy(logs: [TestKeys.verifier()])) }
        let both = WitnessPolicy(logs: [
            try TestKeys.verifier(), try TestKeys.verifier("example.com/other", TestKeys.secondLog),
        ])
        #expect(throws: notSigned) { try signed.verify(under: both) }
    }

    @Test func textsThatAreNoCheckpoint() throws {
        let note = try SignedNote(signing: Array("hello\n".utf8), as: TestKeys.origin, with: TestKeys.log)
        #expect(throws: TransparencyLogError(.malformed, "")) { try SignedCheckpoint(parsing: note.bytes) }
        #expect(throws: TransparencyLogError(.malformed, "")) {
            try SignedCheckpoint(signing: checkpoint("an origin with spaces"), with: TestKeys.log)
        }
    }

    /// Each line of a published checkpoint dropped, repeated or swapped with the next.
    @Test func everyLineMutated() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(extensionLines: ["extension"]), with: TestKeys.log)
        try signed.cosign(as: TestKeys.witnessName(0), at: 1_700_000_000, with: TestKeys.witnesses[0])
        let policy = try policy("quorum w1")
        #expect(try signed.verify(under: policy).count == 2)
        let lines = String(decoding: signed.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .dropLast().map(String.init)
        func expectRefused(_ lines: [String]) {
            let text = lines.map { $0 + "\n" }.joined()
            #expect(throws: TransparencyLogError.self, "\(text)") {
                try SignedCheckpoint(parsing: Array(text.utf8)).verify(under: policy)
            }
        }
        for place in lines.indices {
            var changed = lines
            changed.remove(at: place)
            expectRefused(changed)
            changed = lines
            changed.insert(lines[place], at: place)
            expectRefused(changed)
            changed = lines
            changed[place] += "x"
            expectRefused(changed)
            // The order of the two signatures is free.
            if place + 1 < lines.count, place + 2 != lines.count {
                changed = lines
                changed.swapAt(place, place + 1)
                expectRefused(changed)
            }
        }
    }

    @Test(arguments: [0, 1, 1_679_315_147, UInt64(Int64.max)]) func cosignature(_ timestamp: UInt64) throws {
        let checkpoint = try checkpoint(extensionLines: ["extension"])
        var signed = try SignedCheckpoint(signing: checkpoint, with: TestKeys.log)
        try signed.cosign(as: TestKeys.witnessName(0), at: timestamp, with: TestKeys.witnesses[0])
        let parsed = try SignedCheckpoint(parsing: signed.bytes)
        let verified = try parsed.verify(under: policy("quorum w1"))
        #expect(verified.map(\.timestamp) == [nil, timestamp])

        // The bytes, put together by hand.
        let line = try #require(parsed.note.signatures.last)
        #expect(line.name == "witness1.example")
        let key = TestKeys.witnesses[0].publicKey
        let id = SHA256Digest(hashing: Array("witness1.example\n".utf8) + [0x04] + key.bytes).bytes[..<4]
        #expect(line.keyID == id.reduce(0) { $0 << 8 | UInt32($1) })
        #expect(line.signature.count == 72)
        #expect(line.signature[..<8].reduce(0) { $0 << 8 | UInt64($1) } == timestamp)
        let message = Array("cosignature/v1\ntime \(timestamp)\n".utf8) + checkpoint.text
        #expect(key.isValidSignature(line.signature[8...], for: message))
    }

    @Test func cosigningAgainReplaces() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
        try signed.cosign(as: TestKeys.witnessName(0), at: 1, with: TestKeys.witnesses[0])
        try signed.cosign(as: TestKeys.witnessName(0), at: 2, with: TestKeys.witnesses[0])
        #expect(try signed.verify(under: policy("quorum w1")).map(\.timestamp) == [nil, 2])
    }

    @Test func wrongCosignatures() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
        #expect(throws: TransparencyLogError(.outOfRange, "")) {
            try signed.cosign(as: "w", at: 1 << 63, with: TestKeys.witnesses[0])
        }
        let falseSigner = FalseSigner(
            publicKey: TestKeys.witnesses[0].publicKey,
            signature: TestKeys.witnesses[0].signature(for: try checkpoint().text))
        #expect(throws: badSignature) { try signed.cosign(as: "w", at: 1, with: falseSigner) }

        // Every bit of the line's payload after the key ID counts, the time's too.
        try signed.cosign(as: TestKeys.witnessName(0), at: 1_700_000_000, with: TestKeys.witnesses[0])
        let policy = try policy("quorum none")
        let lines = String(decoding: signed.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let payload = try #require(Base64.decode(lines[5].split(separator: " ")[2]))
        for bit in 4 * 8..<payload.count * 8 {
            var changed = lines.map(String.init)
            changed[5] = "— \(TestKeys.witnessName(0)) \(Base64.encode(payload.flipping(bit)))"
            let parsed = try SignedCheckpoint(parsing: Array(changed.joined(separator: "\n").utf8))
            #expect(throws: badSignature) { try parsed.verify(under: policy) }
        }
    }

    /// A time of 2^63 is over the specification's bound, well signed or not.
    @Test func timesBeyondTheBound() throws {
        let signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
        let key = try TestKeys.witnessVerifier(0)
        for (timestamp, isRefused) in [((1 << 63) - 1, false), (1 << 63, true), (.max, true)] as [(UInt64, Bool)] {
            let message = Array("cosignature/v1\ntime \(timestamp)\n".utf8) + signed.note.text
            let payload =
                (withUnsafeBytes(of: key.keyID.bigEndian) { Array($0) })
                + (withUnsafeBytes(of: timestamp.bigEndian) { Array($0) })
                + TestKeys.witnesses[0].signature(for: message)
            let line = "— \(key.name) \(Base64.encode(payload))\n"
            let parsed = try SignedCheckpoint(parsing: signed.bytes + Array(line.utf8))
            if isRefused {
                #expect(throws: badSignature) { try parsed.verify(under: policy("quorum w1")) }
            } else {
                #expect(try parsed.verify(under: policy("quorum w1")).map(\.timestamp) == [nil, timestamp])
            }
        }
    }

    /// Over every set of cosigning witnesses: the quorum decides.
    @Test func quorums() throws {
        let policies = try [
            (policy("quorum none"), { (_: Set<Int>) in true }),
            (policy("quorum w2"), { $0.contains(1) }),
            (policy("group all3 all w1 w2 w3", "quorum all3"), { $0.count == 3 }),
            (policy("group two 2 w1 w2 w3", "quorum two"), { $0.count >= 2 }),
            (
                policy("group pair any w1 w2", "group both all pair w3", "quorum both"),
                { !$0.isDisjoint(with: [0, 1]) && $0.contains(2) }
            ),
        ]
        for subset in 0..<8 {
            let cosigning = Set((0..<3).filter { subset >> $0 & 1 == 1 })
            var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.log)
            for place in cosigning {
                try signed.cosign(as: TestKeys.witnessName(place), at: 5, with: TestKeys.witnesses[place])
            }
            for (place, (policy, isReached)) in policies.enumerated() {
                if isReached(cosigning) {
                    #expect(try signed.verify(under: policy).count == 1 + cosigning.count, "policy \(place)")
                } else {
                    #expect(throws: TransparencyLogError(.quorumNotReached, ""), "policy \(place)") {
                        try signed.verify(under: policy)
                    }
                }
            }
        }
    }

    /// Witnesses without the log's signature are worth nothing, and a witness is no log.
    @Test func witnessesDoNotReplaceTheLog() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.secondLog)
        try signed.cosign(as: TestKeys.witnessName(0), at: 5, with: TestKeys.witnesses[0])
        #expect(throws: notSigned) { try signed.verify(under: policy("quorum w1")) }
        try signed.cosign(as: TestKeys.origin, at: 5, with: TestKeys.log)
        #expect(throws: notSigned) { try signed.verify(under: policy("quorum w1")) }
    }

    @Test func pinnedLogs() throws {
        var signed = try SignedCheckpoint(signing: checkpoint(), with: TestKeys.secondLog)
        try signed.cosign(as: TestKeys.witnessName(0), at: 5, with: TestKeys.witnesses[0])
        let pinned = try TestKeys.verifier(TestKeys.origin, TestKeys.secondLog)
        #expect(try signed.verify(under: policy("quorum w1").trusting(logs: [pinned])).count == 2)
        #expect(throws: TransparencyLogError(.quorumNotReached, "")) {
            try signed.verify(under: policy("quorum w2").trusting(logs: [pinned]))
        }
    }
}
