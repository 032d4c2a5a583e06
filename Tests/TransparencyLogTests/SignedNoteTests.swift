import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct SignedNoteTests {
    private let malformed = TransparencyLogError(.malformed, "")
    private let badSignature = TransparencyLogError(.badSignature, "")
    private let notSigned = TransparencyLogError(.notSigned, "")

    /// The example of C2SP signed-note.
    private static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    private static let example = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """

    private func note(_ text: String) throws -> SignedNote { try SignedNote(parsing: Array(text.utf8)) }

    @Test func exampleOfTheSpecification() throws {
        let key = try VerifierKey(Self.exampleKey)
        #expect(key.name == "example.com/foo")
        #expect(key.keyID == 0x530d_903a)
        #expect(key.use == .note)
        #expect(key.text == Self.exampleKey)
        let note = try note(Self.example)
        #expect(note.text == Array("This is an example message.\n".utf8))
        #expect(note.bytes == Array(Self.example.utf8))
        #expect(try note.verify(with: [key]).map(\.key) == [key])
        #expect(try note.verify(with: [key]).first?.timestamp == nil)
    }

    /// Whatever bit of the note changes, it does not parse or does not verify.
    @Test func everyBitCounts() throws {
        let key = try VerifierKey(Self.exampleKey)
        let bytes = Array(Self.example.utf8)
        for bit in 0..<bytes.count * 8 {
            #expect(throws: TransparencyLogError.self) {
                try SignedNote(parsing: bytes.flipping(bit)).verify(with: [key])
            }
        }
    }

    @Test func signsAndVerifies() throws {
        let text = Array("several\n\nlines, “ünïcode” and an empty one\n\n\n".utf8)
        var note = try SignedNote(signing: text, as: "example.com/a", with: TestKeys.log)
        try note.sign(as: "example.com/b", with: TestKeys.secondLog)
        let parsed = try SignedNote(parsing: note.bytes)
        #expect(parsed == note)
        #expect(parsed.text == text)
        let first = try TestKeys.verifier("example.com/a", TestKeys.log)
        let second = try TestKeys.verifier("example.com/b", TestKeys.secondLog)
        #expect(try parsed.verify(with: [second, first]).map(\.key) == [first, second])
        #expect(try parsed.verify(with: [second]).map(\.key) == [second])
        #expect(TestKeys.log.publicKey.isValidSignature(parsed.signatures[0].signature, for: text))
    }

    @Test func signingAgainReplaces() throws {
        var note = try SignedNote(signing: Array("a\n".utf8), as: "example.com/a", with: TestKeys.log)
        let once = note
        try note.sign(as: "example.com/a", with: TestKeys.log)
        #expect(note == once)
    }

    @Test func whatASignerGivesIsChecked() throws {
        let signature = TestKeys.secondLog.signature(for: Array("a\n".utf8))
        for wrong in [signature, [], [UInt8](repeating: 0, count: 64)] {
            let signer = FalseSigner(publicKey: TestKeys.log.publicKey, signature: wrong)
            #expect(throws: badSignature) { try SignedNote(signing: Array("a\n".utf8), as: "a", with: signer) }
        }
    }

    @Test(arguments: ["", "a", "a\nb", "a\r\n", "a\tb\n", "\u{0}\n", "\u{1b}[2J\n"])
    func textsThatAreNone(_ text: String) {
        #expect(throws: malformed) { try SignedNote(signing: Array(text.utf8), as: "a", with: TestKeys.log) }
    }

    @Test(arguments: [
        "", " ", "a b", "a+b", "a\u{a0}b", "a\u{2003}b", "a\u{3000}", "a\u{85}b", "a\nb", "a\tb", "a+\u{301}b",
        String(repeating: "a", count: 1025),
    ])
    func namesThatAreNone(_ name: String) {
        #expect(throws: malformed) { try SignedNote(signing: Array("a\n".utf8), as: name, with: TestKeys.log) }
        #expect(throws: malformed) { try TestKeys.verifier(name) }
    }

    @Test func unknownLinesArePassedOver() throws {
        let signed = try SignedNote(signing: Array("a\n".utf8), as: "example.com/a", with: TestKeys.log)
        let text = String(decoding: signed.bytes, as: UTF8.self)
        let key = try TestKeys.verifier("example.com/a")
        let sameID = Hexadecimal.decode(key.text.split(separator: "+")[1])!
        let others = [
            "— other.example AAAAAAA=\n",
            "— example.com/a \(Base64.encode([1, 2, 3, 4] + [UInt8](repeating: 0, count: 64)))\n",
            "— other.example \(Base64.encode(sameID + [UInt8](repeating: 0, count: 64)))\n",
            "— post.quantum \(Base64.encode([UInt8](repeating: 6, count: 2432)))\n",
        ]
        for other in others {
            for line in [other, other + other] {
                let note = try note(text + line)
                #expect(note.bytes == Array((text + line).utf8))
                #expect(try note.verify(with: [key]).map(\.key) == [key])
            }
        }
        #expect(throws: notSigned) { try note(text).verify(with: []) }
        #expect(throws: notSigned) { try note(text).verify(with: [TestKeys.verifier("example.com/b")]) }
        #expect(throws: notSigned) { try note("a\n\n" + others.joined()).verify(with: [key]) }
    }

    @Test func knownLinesMustVerify() throws {
        let key = try TestKeys.verifier("example.com/a")
        let other = try TestKeys.verifier("example.com/b", TestKeys.secondLog)
        var signed = try SignedNote(signing: Array("a\n".utf8), as: "example.com/a", with: TestKeys.log)
        try signed.sign(as: "example.com/b", with: TestKeys.secondLog)
        let lines = String(decoding: signed.bytes, as: UTF8.self)
        let id = Hexadecimal.decode(key.text.split(separator: "+")[1])!
        // Twice, even if both are good.
        let repeated = lines + lines.split(separator: "\n").filter { $0.contains("example.com/a") }.joined() + "\n"
        #expect(throws: badSignature) { try note(repeated).verify(with: [key, other]) }
        #expect(try note(repeated).verify(with: [other]).map(\.key) == [other])
        // One good, one bad.
        let good = lines.split(separator: "\n").last!
        for count in [1, 63, 64, 65] {
            let bad = "a\n\n\(good)\n— example.com/a \(Base64.encode(id + [UInt8](repeating: 1, count: count)))\n"
            #expect(throws: badSignature) { try note(bad).verify(with: [key, other]) }
            #expect(try note(bad).verify(with: [other]).map(\.key) == [other])
        }
    }

    /// The same key given twice is one key.
    @Test func repeatedKeys() throws {
        let key = try TestKeys.verifier()
        let note = try SignedNote(signing: Array("a\n".utf8), as: TestKeys.origin, with: TestKeys.log)
        #expect(try note.verify(with: [key, key]).map(\.key) == [key])
    }

    /// A name spelled in another Unicode form is another name.
    @Test func namesAreComparedAsBytes() throws {
        let composed = try TestKeys.verifier("caf\u{e9}.example")
        let decomposed = try TestKeys.verifier("cafe\u{301}.example")
        #expect(composed != decomposed)
        let note = try SignedNote(signing: Array("a\n".utf8), as: composed.name, with: TestKeys.log)
        #expect(throws: notSigned) { try note.verify(with: [decomposed]) }
        let renamed = String(decoding: note.bytes, as: UTF8.self).unicodeScalars
            .map { $0 == "\u{e9}" ? "e\u{301}" : String($0) }.joined()
        #expect(throws: notSigned) { try self.note(renamed).verify(with: [composed]) }
    }

    @Test(arguments: [
        "", "\n", "\n\n", "a", "a\n", "a\n\n", "a\n\n\n", "— a AAAAAAA=\n", "\n— a AAAAAAA=\n", "a\n— a AAAAAAA=\n",
        "a\n\n— a AAAAAAA=", "a\n\n— a AAAAAAA=\n\n", "a\n\n- a AAAAAAA=\n", "a\n\n—a AAAAAAA=\n",
        "a\n\n—  a AAAAAAA=\n",
        "a\n\n— a  AAAAAAA=\n", "a\n\n— a AAAAAAA= \n", "a\n\n— AAAAAAA=\n", "a\n\n— a\n", "a\n\n— a \n",
        "a\n\n— a+b AAAAAAA=\n", "a\n\n— a\u{a0}b AAAAAAA=\n", "a\n\n— a AAAAAAA\n", "a\n\n— a AAAAAAB=\n",
        "a\n\n— a AAAAAA==\n", "a\n\n— a AAAA-AA=\n", "a\n\nb\n— a AAAAAAA=\n", "a\n\n— a AAAAAAA=\nb\n",
        "a\r\n\r\n— a AAAAAAA=\r\n", "a\tb\n\n— a AAAAAAA=\n", "a\u{0}\n\n— a AAAAAAA=\n",
        "\u{feff}a\n\n\u{feff}— a AAAAAAA=\n",
    ])
    func wrongNotes(_ text: String) { #expect(throws: malformed) { try note(text) } }

    @Test func wrongBytes() {
        #expect(throws: malformed) { try SignedNote(parsing: [0xff, 0x0a, 0x0a] + Array("— a AAAAAAA=\n".utf8)) }
        #expect(throws: malformed) {
            try SignedNote(parsing: Array("a\n\n— a".utf8) + [0xc0] + Array(" AAAAAAA=\n".utf8))
        }
    }

    @Test func limits() throws {
        let line = "— a AAAAAAA=\n"
        #expect(try note("a\n\n" + String(repeating: line, count: 100)).signatures.count == 100)
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try note("a\n\n" + String(repeating: line, count: 101)) }
        var full = try note("a\n\n" + String(repeating: line, count: 100))
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try full.sign(as: "b", with: TestKeys.log) }
        #expect(full.signatures.count == 100)
        let ending = "\n\n" + line
        let largest = String(repeating: "a", count: 1 << 20 - ending.utf8.count) + ending
        #expect(try note(largest).bytes.count == 1 << 20)
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try note("a" + largest) }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try SignedNote(
                signing: [UInt8](repeating: 0x61, count: 1 << 20) + [0x0a], as: "a", with: TestKeys.log)
        }
    }
}

@Suite struct VerifierKeyTests {
    private let malformed = TransparencyLogError(.malformed, "")

    /// The base64 part may hold pluses: only the first two separate.
    @Test(arguments: 0..<200) func roundTrip(_ seed: Int) throws {
        for use in [VerifierKey.Use.note, .cosignature] {
            let key = try TestKeys.verifier("example.com/log", TestKeys.key("key \(seed)"), use)
            #expect(try VerifierKey(key.text) == key)
            #expect(try VerifierKey(key.text).use == use)
        }
    }

    @Test func usesHaveDifferentIDs() throws {
        let note = try TestKeys.verifier("a", TestKeys.log, .note)
        let cosignature = try TestKeys.verifier("a", TestKeys.log, .cosignature)
        #expect(note.keyID != cosignature.keyID)
        #expect(note != cosignature)
        let hash = SHA256Digest(hashing: Array("a\n".utf8) + [0x04] + TestKeys.log.publicKey.bytes)
        let material = Base64.encode([0x04] + TestKeys.log.publicKey.bytes)
        #expect(cosignature.text == "a+\(hash.description.prefix(8))+\(material)")
    }

    @Test func everyCharacterCounts() throws {
        let text = try TestKeys.verifier().text
        for (place, byte) in text.utf8.enumerated() {
            var changed = Array(text.utf8)
            changed[place] = byte == UInt8(ascii: "Z") ? UInt8(ascii: "Y") : UInt8(ascii: "Z")
            #expect(throws: TransparencyLogError.self) { try VerifierKey(String(decoding: changed, as: UTF8.self)) }
        }
    }

    @Test func wrongTexts() throws {
        let text = try TestKeys.verifier("example.com/a").text
        let parts = text.split(separator: "+", maxSplits: 2).map(String.init)
        let (name, id, key) = (parts[0], parts[1], parts[2])
        for wrong in [
            "", "+", "++", "+++", name, "\(name)+\(id)", "\(name)+\(id)+", "+\(id)+\(key)", "\(name)++\(key)",
            "\(name)+\(id.dropLast())+\(key)", "\(name)+0\(id)+\(key)", "\(name)+\(id)+\(key)=",
            "\(name)+\(id)+\(key)+",
            " \(text)", "\(text) ", "\(text)\n", "\(name)b+\(id)+\(key)", "\(name)+00000000+\(key)",
            "\(name)+\(id)+\(Base64.encode([1]))",
            "\(name)+\(id)+\(Base64.encode([1] + [UInt8](repeating: 1, count: 33)))",
        ] {
            #expect(throws: malformed, "\(wrong)") { try VerifierKey(wrong) }
        }
        if id.contains(where: \.isLetter) {
            #expect(throws: malformed) { try VerifierKey("\(name)+\(id.uppercased())+\(key)") }
        }
        for type in [0, 2, 3, 5, 6, 0xff] as [UInt8] {
            #expect(throws: TransparencyLogError(.unsupportedKey, "")) {
                try VerifierKey("\(name)+\(id)+\(Base64.encode([type] + TestKeys.log.publicKey.bytes))")
            }
        }
    }
}
