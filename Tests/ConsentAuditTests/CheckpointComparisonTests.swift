import ConsentAudit
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Two checkpoints against the log as it is now.
@Suite struct CheckpointComparisonTests {
    private static func compare(
        _ first: CheckpointComparison.Reference, _ second: CheckpointComparison.Reference, in log: MemoryLog,
        pins: Pins = Pins()
    ) throws -> CheckpointComparison {
        let published = try PublishedLog(reader: log)
        return try CheckpointComparison(
            first, second, in: published, reader: log, trust: CheckpointTrust(of: published, pins: pins))
    }

    private static func checkpoint(_ size: Int, of builder: LogBuilder) throws -> SignedCheckpoint {
        try SignedCheckpoint(parsing: #require(builder.log.files[CheckpointTests.kept(size)]))
    }

    @Test func everyPairOfAnHonestLogIsConsistent() throws {
        let builder = LogBuilder.ledger(size: 60, kept: Array(1..<60))
        // A ledger is founded in its first six records.
        let sizes = [1] + Array(6...60)
        for old in sizes {
            for new in sizes where new >= old {
                let comparison = try Self.compare(
                    .size(UInt64(old)), .given(Self.checkpoint(new, of: builder)), in: builder.log, pins: builder.pins)
                #expect(comparison.contradictions.isEmpty && comparison.isOldSigned && comparison.isNewSigned)
                #expect(
                    comparison.oldSize == UInt64(old) && comparison.old != nil
                        && comparison.new.checkpoint.size == UInt64(new))
            }
        }
    }

    /// Every log begins with no records, whether or not it kept a checkpoint of none.
    @Test func beginsWithNothing() throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10])
        for new in [10, 40] {
            let comparison = try Self.compare(.size(0), .size(UInt64(new)), in: builder.log, pins: builder.pins)
            #expect(comparison.old == nil && comparison.oldSize == 0)
            #expect(comparison.contradictions.isEmpty && comparison.isOldSigned && comparison.isNewSigned)
        }
        var log = builder.log
        let empty = try Checkpoint(origin: builder.origin, size: 0, root: MerkleHash.empty)
        log.files[CheckpointTests.kept(0)] = try SignedCheckpoint(signing: empty, with: builder.logKey.key).bytes
        #expect(try Self.compare(.size(0), .size(40), in: log).old?.checkpoint == empty)
        #expect(throws: AuditError(.outOfRange, "")) { try Self.compare(.size(10), .size(0), in: builder.log) }
    }

    /// The same records but one: what was signed before it agrees, what was signed after it does not.
    @Test func aRewrittenHistoryContradicts() throws {
        let honest = LogBuilder.ledger(size: 40, kept: [10, 30])
        let rewritten = LogBuilder()
        rewritten.found()
        while rewritten.size < 40 {
            if rewritten.size == 20 { rewritten.now += 1 }
            if rewritten.size == 10 { rewritten.publish() }
            rewritten.appendOrdinary()
        }
        rewritten.publish()
        let (ten, thirty) = (try Self.checkpoint(10, of: honest), try Self.checkpoint(30, of: honest))
        let comparison = try Self.compare(.given(ten), .given(thirty), in: rewritten.log, pins: honest.pins)
        #expect(comparison.contradictions.count == 1)
        #expect(comparison.contradictions.first?.contains("below 30") == true)
        let early = try Self.compare(.given(ten), .size(40), in: rewritten.log, pins: honest.pins)
        #expect(early.contradictions.isEmpty)
    }

    @Test func aRolledBackLogContradicts() throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let forty = try Self.checkpoint(40, of: builder)
        var log = builder.log
        log.files["checkpoint"] = log.files[CheckpointTests.kept(30)]
        let comparison = try Self.compare(.size(30), .given(forty), in: log)
        #expect(comparison.contradictions.first?.contains("withheld") == true)
    }

    @Test func wrongInputIsRefused() throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10, 30])
        let other = LogBuilder(origin: "other.example.com/log")
        other.open()
        other.publish()
        let foreign = try Self.checkpoint(1, of: other)
        let cases: [(CheckpointComparison.Reference, CheckpointComparison.Reference, AuditError.Code)] = [
            (.size(30), .size(10), .outOfRange), (.size(11), .size(30), .outOfRange),
            (.size(10), .size(41), .outOfRange),
            (.given(foreign), .size(30), .foreignCheckpoint),
        ]
        for (first, second, code) in cases {
            #expect(throws: AuditError(code, "")) { try Self.compare(first, second, in: builder.log) }
        }
        let error = #expect(throws: AuditError.self) { try Self.compare(.size(11), .size(30), in: builder.log) }
        #expect(error?.description.contains("10 and 30") == true)
    }

    @Test func damageIsNamed() throws {
        let builder = LogBuilder.ledger(size: 300, kept: [100])
        var tiles = builder.log
        tiles.files["tile/0/000"]![5] ^= 1
        #expect(throws: AuditError(.damaged, "")) { try Self.compare(.size(100), .size(300), in: tiles) }
        var kept = builder.log
        kept.files[CheckpointTests.kept(100)] = builder.log.files[CheckpointTests.kept(300)]
        #expect(throws: AuditError(.damaged, "")) { try Self.compare(.size(100), .size(300), in: kept) }
        var keys = builder.log
        keys.files["log.vkey"] = [0xff, 0x0a]
        #expect(throws: AuditError(.damaged, "")) { try Self.compare(.size(100), .size(300), in: keys) }
        keys.files["log.vkey"] = nil
        #expect(throws: AuditError(.missingFile, "")) { try Self.compare(.size(100), .size(300), in: keys) }
        #expect(try Self.compare(.size(100), .size(300), in: keys, pins: builder.pins).contradictions.isEmpty)
    }

    @Test func thePublishedCheckpointMustBeSigned() throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10])
        let stranger = try VerifierKey(name: builder.origin, publicKey: Party("stranger").key.publicKey, use: .note)
        #expect(throws: TransparencyLogError(.notSigned, "")) {
            try Self.compare(.size(10), .size(40), in: builder.log, pins: Pins(verifierKey: stranger))
        }
        var broken = builder.log
        // The last character of the signature but the padding and the newline.
        broken.files["checkpoint"]![broken.files["checkpoint"]!.count - 10] ^= 1
        #expect(throws: TransparencyLogError.self) { try Self.compare(.size(10), .size(40), in: broken) }
        // A kept one that another key signed is compared all the same, and said to be so.
        let kept = try Self.checkpoint(10, of: builder).checkpoint
        let other = try SignedCheckpoint(signing: kept, with: Party("stranger").key)
        let comparison = try Self.compare(.given(other), .size(40), in: builder.log)
        #expect(comparison.contradictions.isEmpty && !comparison.isOldSigned && comparison.isNewSigned)
    }
}
