import LedgerCrypto
import Testing
import TransparencyLog

/// A cosignature that comes as a line of its own and is attached to the checkpoint it is of.
@Suite struct AttachTests {
    let log = try! Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 1, count: 32)))
    let witness = try! Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 2, count: 32)))
    var key: VerifierKey { try! VerifierKey(name: "w.example", publicKey: witness.publicKey, use: .cosignature) }

    func checkpoint(_ size: UInt64 = 7) throws -> SignedCheckpoint {
        try SignedCheckpoint(
            signing: Checkpoint(origin: "log.example", size: size, root: SHA256Digest(hashing: [])), with: log)
    }

    func line(over checkpoint: SignedCheckpoint, at time: UInt64 = 5) throws -> NoteSignature {
        var cosigned = checkpoint
        try cosigned.cosign(as: key.name, at: time, with: witness)
        return try #require(cosigned.note.signatures.last)
    }

    @Test func attachesOnceAndKeepsTheFirst() throws {
        let checkpoint = try checkpoint()
        let line = try line(over: checkpoint)
        #expect(try NoteSignature(parsing: line.line).line == line.line)
        var attached = checkpoint
        #expect(try attached.attach(line, by: key))
        #expect(try attached.note.verify(with: [key]).map(\.timestamp) == [5])
        let bytes = attached.bytes
        #expect(try !attached.attach(line, by: key))
        #expect(try !attached.attach(self.line(over: checkpoint, at: 9), by: key))
        #expect(attached.bytes == bytes)
        #expect(try SignedCheckpoint(parsing: bytes) == attached)
    }

    @Test func refusesWhatTheKeyDoesNotConfirm() throws {
        let checkpoint = try checkpoint()
        var attached = checkpoint
        let other = try VerifierKey(name: "o.example", publicKey: log.publicKey, use: .cosignature)
        let foreign = try line(over: self.checkpoint(8))
        let own = try #require(checkpoint.note.signatures.first)
        #expect(throws: TransparencyLogError(.badSignature, "")) { try attached.attach(foreign, by: key) }
        #expect(throws: TransparencyLogError(.badSignature, "")) {
            try attached.attach(self.line(over: checkpoint), by: other)
        }
        #expect(throws: TransparencyLogError(.badSignature, "")) { try attached.attach(own, by: key) }
        let logKey = try VerifierKey(name: "log.example", publicKey: log.publicKey, use: .note)
        #expect(throws: TransparencyLogError(.unsupportedKey, "")) { try attached.attach(own, by: logKey) }
        #expect(attached == checkpoint)
    }

    /// A line that does not verify, put there by somebody, gives way to the one that does.
    @Test func replacesABadLine() throws {
        let checkpoint = try checkpoint()
        let bad = try line(over: self.checkpoint(8))
        var poisoned = try SignedCheckpoint(parsing: checkpoint.bytes + bad.line)
        #expect(throws: TransparencyLogError(.badSignature, "")) { try poisoned.note.verify(with: [key]) }
        #expect(try poisoned.attach(line(over: checkpoint), by: key))
        #expect(try poisoned.note.verify(with: [key]).count == 1)
    }

    @Test func whatIsNoLine() throws {
        let line = try line(over: checkpoint()).line
        for position in line.indices {
            #expect(throws: TransparencyLogError(.malformed, ""), "cut at \(position)") {
                try NoteSignature(parsing: Array(line[..<position]))
            }
        }
        let wrong: [[UInt8]] = [[], [10], line + [10], line + line, [32] + line, Array(line.dropLast()) + [32, 10]]
        for bytes in wrong {
            #expect(throws: TransparencyLogError(.malformed, "")) { try NoteSignature(parsing: bytes) }
        }
    }
}
