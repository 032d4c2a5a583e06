import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// A witness cosigns what has only grown since it last did, remembers it, and shows what does not.
@Suite struct WitnessTests {
    static let party = Party("witness")
    static let key = try! VerifierKey(name: "auditor.example/w", publicKey: party.key.publicKey, use: .cosignature)
    static let logKey = ProofWorld.verifierKey

    static func witness(_ state: WitnessState = WitnessState(witness: key)) throws -> Witness {
        try Witness(signer: party.key, state: state)
    }

    /// The grown log as it was at `size`.
    static func grown(_ size: Int) throws -> PublishedLog {
        var log = ProofWorld.grown
        log.files["checkpoint"] = log.files[CheckpointTests.kept(size)]
        return try PublishedLog(reader: log)
    }

    static func cosigned(_ outcome: Witness.Outcome) throws -> (SignedCheckpoint, NoteSignature) {
        guard case .cosigned(let checkpoint, let line) = outcome else {
            throw AuditError(.damaged, "refused: \(outcome)")
        }
        return (checkpoint, line)
    }

    static func refused(_ outcome: Witness.Outcome) -> (earlier: SignedCheckpoint, now: SignedCheckpoint)? {
        guard case .refused(let earlier, let now, let reason) = outcome, !reason.isEmpty else { return nil }
        return (earlier, now)
    }

    /// Up all sizes in steps of their own, the state written and read between them.
    @Test func cosignsWhatGrows() throws {
        var state = WitnessState(witness: Self.key)
        var time: UInt64 = 1_700_000_000
        let policy = try WitnessPolicy(
            parsing: Array("log \(Self.logKey.text)\nwitness w \(Self.key.text)\nquorum w\n".utf8))
        for size in [1, 2, 3, 3, 7, 8, 50, 64, 65, 99, 100] {
            var witness = try Self.witness(state)
            let log = try Self.grown(size)
            let outcome = try witness.cosign(log, logKey: size == 1 ? Self.logKey : nil, isFirst: size == 1, at: time)
            let (checkpoint, line) = try Self.cosigned(outcome)
            #expect(checkpoint.checkpoint == log.checkpoint.checkpoint)
            #expect(try checkpoint.verify(under: policy).compactMap(\.timestamp) == [time])
            // The line alone, attached to what the log published, says the same.
            var attached = log.checkpoint
            #expect(try attached.attach(NoteSignature(parsing: line.line), by: Self.key))
            #expect(attached == checkpoint)
            state = try WitnessState(parsing: witness.state.bytes)
            #expect(state.bytes == witness.state.bytes)
            #expect(state.log(of: LogBuilder.origin)?.checkpoint == checkpoint)
            time += 60
        }
    }

    @Test func refusesWhatContradicts() throws {
        var witness = try Self.witness()
        _ = try witness.cosign(Self.grown(60), logKey: Self.logKey, isFirst: true, at: 1)
        let before = witness.state.bytes
        // It went back.
        let back = try #require(Self.refused(try witness.cosign(Self.grown(59), at: 2)))
        #expect(back.earlier.checkpoint.size == 60 && back.now.checkpoint.size == 59)
        // Another tree of the same size, and a longer log that does not begin with the first.
        for size in [60, 80] {
            let other = LogBuilder()
            other.found()
            other.now += 5
            while other.size < size { other.appendOrdinary() }
            other.publish()
            let fork = try #require(Self.refused(try witness.cosign(PublishedLog(reader: other.log), at: 3)))
            #expect(fork.earlier.checkpoint.size == 60 && fork.now.checkpoint.size == UInt64(size))
            #expect(try fork.now.note.verify(with: [Self.logKey]).count == 1)
        }
        #expect(witness.state.bytes == before)
        // After all that, the true log is still cosigned.
        _ = try Self.cosigned(try witness.cosign(Self.grown(61), at: 4))
    }

    @Test func asksForBeginningsToBeSaid() throws {
        var witness = try Self.witness()
        #expect(throws: AuditError(.unknownLog, "")) { try witness.cosign(Self.grown(5), at: 1) }
        #expect(throws: AuditError(.unknownLog, "")) { try witness.cosign(Self.grown(5), logKey: Self.logKey, at: 1) }
        #expect(throws: AuditError(.unknownLog, "")) { try witness.cosign(Self.grown(5), isFirst: true, at: 1) }
        #expect(witness.state.logs.isEmpty)
        _ = try witness.cosign(Self.grown(5), logKey: Self.logKey, isFirst: true, at: 1)
        #expect(throws: AuditError(.unknownLog, "")) {
            try witness.cosign(Self.grown(6), logKey: Self.logKey, isFirst: true, at: 1)
        }
    }

    /// What the log's key did not sign is not cosigned, and not remembered.
    @Test func asksForTheLogsSignature() throws {
        var witness = try Self.witness()
        let other = LogBuilder(logKey: Party("other log")).verifierKey
        #expect(throws: TransparencyLogError(.notSigned, "")) {
            try witness.cosign(Self.grown(5), logKey: other, isFirst: true, at: 1)
        }
        var log = ProofWorld.grown
        let text = String(decoding: log.files["checkpoint"]!, as: UTF8.self)
        log.files["checkpoint"] = Array(text.replacing("\n100\n", with: "\n101\n").utf8)
        let changed = try PublishedLog(reader: log)
        #expect(throws: TransparencyLogError(.badSignature, "")) {
            try witness.cosign(changed, logKey: Self.logKey, isFirst: true, at: 1)
        }
        #expect(witness.state.logs.isEmpty)
        // A log whose tiles are damaged cannot show that it has grown; it is not evidence of anything either.
        _ = try witness.cosign(Self.grown(5), logKey: Self.logKey, isFirst: true, at: 1)
        var damaged = ProofWorld.grown
        damaged.files["tile/0/000.p/100"]![0] ^= 1
        let broken = try PublishedLog(reader: damaged)
        #expect(throws: AuditError(.damaged, "")) { try witness.cosign(broken, at: 2) }
        #expect(witness.state.log(of: LogBuilder.origin)?.checkpoint.checkpoint.size == 5)
    }

    /// A log that replaced its key: the witness says what to do, and goes on with the new key when it is named.
    @Test func goesOnWithANewKeyThatIsNamed() throws {
        let builder = LogBuilder.ledger(size: 20)
        var witness = try Self.witness()
        _ = try witness.cosign(PublishedLog(reader: builder.log), logKey: builder.verifierKey, isFirst: true, at: 1)
        builder.logKey = LedgerStory.secondLog
        builder.appendOrdinary()
        builder.publish()
        let log = try PublishedLog(reader: builder.log)
        let error = #expect(throws: TransparencyLogError(.notSigned, "")) { try witness.cosign(log, at: 2) }
        #expect(error?.description.contains("--vkey") == true)
        _ = try Self.cosigned(try witness.cosign(log, logKey: builder.verifierKey, at: 3))
        #expect(try WitnessState(parsing: witness.state.bytes).log(of: builder.origin)?.key == builder.verifierKey)
        builder.appendOrdinary()
        builder.publish()
        _ = try Self.cosigned(try witness.cosign(PublishedLog(reader: builder.log), at: 4))
    }

    @Test func remembersSeveralLogs() throws {
        var witness = try Self.witness()
        for origin in ["zeta.example", "alpha.example", "midway.example"] {
            let builder = LogBuilder(origin: origin)
            builder.open()
            builder.publish()
            _ = try witness.cosign(
                PublishedLog(reader: builder.log), logKey: builder.verifierKey, isFirst: true, at: 1)
        }
        let read = try WitnessState(parsing: witness.state.bytes)
        #expect(read.logs.map(\.key.name) == ["alpha.example", "midway.example", "zeta.example"])
        #expect(throws: AuditError(.malformedState, "")) { try Witness(signer: Party("other").key, state: read) }
    }

    @Test func whatIsNoState() throws {
        var witness = try Self.witness()
        _ = try witness.cosign(Self.grown(5), logKey: Self.logKey, isFirst: true, at: 1)
        let bytes = witness.state.bytes
        let empty = WitnessState(witness: Self.key).bytes
        #expect(try WitnessState(parsing: empty).logs.isEmpty)
        for count in bytes.indices where count != empty.count {
            #expect(throws: AuditError(.malformedState, ""), "\(count)") {
                try WitnessState(parsing: Array(bytes[..<count]))
            }
        }
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 1 << UInt8(position % 8)
            #expect(throws: AuditError(.malformedState, ""), "\(position)") { try WitnessState(parsing: changed) }
        }
        for wrong in [bytes + [10], bytes + bytes, [0xff] + bytes, Array("hello\n".utf8)] {
            #expect(throws: AuditError(.malformedState, "")) { try WitnessState(parsing: wrong) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        // The same log twice; a witness with a log's key, and a log with a witness's.
        let log = text.dropFirst(empty.count)
        let swapped = text.replacing(Self.logKey.text, with: Self.key.text)
        for wrong in [text + log, text.replacing(Self.key.text, with: Self.logKey.text), swapped] {
            #expect(throws: AuditError(.malformedState, "")) { try WitnessState(parsing: Array(wrong.utf8)) }
        }
    }
}
