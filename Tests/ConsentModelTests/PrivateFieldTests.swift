import ConsentModel
import LedgerCrypto
import Testing

/// Commitments to what the log does not hold, and the proof that a source holds its key.
@Suite struct PrivateFieldTests {
    private static let ledgerID = [UInt8](0..<32)
    private static let event = EventID([UInt8](1...16))!

    /// The digests were computed by a program of a few lines that shares nothing with this library.
    @Test func commitmentsAreThoseThatTheSpecificationGives() throws {
        let golden: [(name: String, value: [UInt8], salt: UInt8, commitment: String)] = [
            (
                "contact", Array("+34600111222".utf8), 7,
                "3a152717d006f6d724a6497ba2aa13638a2c4a42fca034e8df4f89bd13914fa6"
            ),
            ("note", Array("\u{f1}".utf8), 8, "749dbf68227d25acf96f4408e9001ec9f5b7759cead780748b671849aaabe0a1"),
            ("empty", [], 9, "c2130e1a60b97007585827a656fda9e84a7d33ab4668431be230d137e19b1010"),
        ]
        var commitments: [SHA256Digest] = []
        for (name, value, salt, expected) in golden {
            let field = try PrivateField(name: name, value: value, salt: [UInt8](repeating: salt, count: 32))
            let commitment = field.commitment(ledgerID: Self.ledgerID, event: Self.event)
            #expect(commitment.description == expected, "\(name)")
            commitments.append(commitment)
        }
        let digest = "b419c1a259577109602f4da25a4da0fd313d14ff6b2b4a7bb720e8e4dd81fba9"
        #expect(PrivateField.commitmentDigest(commitments).description == digest)
        #expect(PrivateField.commitmentDigest(commitments.reversed()).description == digest)
        #expect(
            PrivateField.commitmentDigest([]).description
                == "99411874e36016427aa56ef88a4d983394393f122aea84add4c1122083fa0eeb")
    }

    @Test func aCommitmentDependsOnEveryOneOfItsInputs() throws {
        let salt = [UInt8](repeating: 7, count: 32)
        func commitment(
            name: String = "note", value: [UInt8] = [1, 2], salt: [UInt8] = salt, ledgerID: [UInt8] = Self.ledgerID,
            event: EventID = Self.event
        ) throws -> SHA256Digest {
            try PrivateField(name: name, value: value, salt: salt).commitment(ledgerID: ledgerID, event: event)
        }
        var all = [try commitment()]
        for position in 0..<32 {
            var changed = salt
            changed[position] ^= 1
            all.append(try commitment(salt: changed))
            changed = Self.ledgerID
            changed[position] ^= 1
            all.append(try commitment(ledgerID: changed))
        }
        for position in 0..<16 {
            var changed = Self.event.bytes
            changed[position] ^= 1
            all.append(try commitment(event: EventID(changed)!))
        }
        for name in ["note2", "not", "n", "ote"] { all.append(try commitment(name: name)) }
        for value: [UInt8] in [[], [1], [1, 3], [1, 2, 0], [2, 1]] { all.append(try commitment(value: value)) }
        all.append(try commitment(name: "note1", value: [2]))
        #expect(Set(all).count == all.count)
    }

    @Test func theDigestDependsOnEveryCommitmentAndOnNothingElse() {
        let commitments = (UInt8(0)..<6).map { SHA256Digest(hashing: [$0]) }
        var seen: Set<SHA256Digest> = []
        for subset in 0..<64 {
            let chosen = commitments.indices.filter { subset >> $0 & 1 == 1 }.map { commitments[$0] }
            seen.insert(PrivateField.commitmentDigest(chosen))
            var random = SeededGenerator(seed: UInt64(subset))
            #expect(
                PrivateField.commitmentDigest(chosen.shuffled(using: &random)) == PrivateField.commitmentDigest(chosen))
        }
        #expect(seen.count == 64)
    }

    @Test func aPrivateFieldIsBounded() throws {
        let salt = [UInt8](repeating: 7, count: 32)
        let most = [UInt8](repeating: 1, count: PrivateField.mostValueBytes)
        #expect(try PrivateField(name: "note", value: most, salt: salt).value == most)
        #expect(throws: ModelError(.tooLarge, "")) {
            _ = try PrivateField(name: "note", value: most + [1], salt: salt)
        }
        for name in ["", "Note", "a b", String(repeating: "a", count: 65)] {
            #expect(throws: ModelError(.badValue, ""), "\(name)") {
                _ = try PrivateField(name: name, value: [], salt: salt)
            }
        }
        for count in [0, 31, 33] {
            #expect(throws: ModelError(.badValue, "")) {
                _ = try PrivateField(name: "note", value: [], salt: [UInt8](repeating: 7, count: count))
            }
        }
    }

    @Test func theMessageThatProvesPossessionIsTheArrayThatTheSpecificationSays() {
        let message = PossessionProof.message(
            origin: TestLedger.origin, ledgerID: Self.ledgerID, source: "web", publicKey: [UInt8](0..<32))
        let item = CBORItem.array([
            .text("consent-ledger/source-possession/v1"), .text(TestLedger.origin), .bytes(Self.ledgerID), .text("web"),
            .bytes([UInt8](0..<32)),
        ])
        #expect(message == item.encoded)
    }
}
