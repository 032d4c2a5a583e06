import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// A chain proof shows all of a chain, and whose keys count; whoever leaves something out or puts something in is found.
@Suite struct ChainProofTests {
    static let ana = Chain.contact(LogBuilder.contact(1))
    static let acme = Chain.business("acme")

    /// A ledger with three records of Ana, two of Ben, one of another business and a revoked source: 13 records.
    static func ledger(lie: (LogBuilder) -> Void = { _ in }) -> LogBuilder {
        let builder = LogBuilder()
        builder.found()
        let (ana, ben) = (LogBuilder.contact(1), LogBuilder.contact(2))
        builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(builder.grant(LogBuilder.hosted), by: LogBuilder.hosted, business: "acme", contacts: [ben])
        builder.append(builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(
            builder.grant(withNotice: false), by: LogBuilder.web, business: "zoo", contacts: [LogBuilder.contact(9)])
        builder.append(
            builder.event(.contactLinked, [:], source: LogBuilder.web), by: LogBuilder.web, business: "acme",
            contacts: [ana, ben])
        lie(builder)
        builder.revoke(LogBuilder.web)
        // A stop is taken from a source that was revoked.
        builder.append(builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.publish()
        return builder
    }

    static func codes(
        _ indexes: [UInt64], _ builder: LogBuilder, as chain: Chain = ana, from first: UInt64 = 0,
        ledgerID: SHA256Digest? = nil
    ) throws -> [String] {
        ProofWorld.codes(
            .chain(try ProofWorld.show(indexes, of: builder, as: chain, from: first)), ledgerID: ledgerID)
    }

    // MARK: What holds

    /// The chains of every business and some contacts, at every size from 6 on, in ten parts.
    @Test(arguments: 0..<10) func everyChainHolds(_ part: Int) throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        for size in stride(from: UInt64(part + 1), through: 100, by: 10) {
            let checkpoint = try log.keptCheckpoint(size: size)
            let contacts = [3, 22, 1006].map { Chain.contact(LogBuilder.contact($0)) }
            for chain in [Self.acme, .business("zoo")] + contacts {
                guard let last = try log.lastIndices(of: [chain], below: size)[chain] else {
                    #expect(throws: AuditError(.noSuchChain, "")) {
                        try ChainProof(proving: chain, in: log, at: checkpoint)
                    }
                    continue
                }
                let proof = ProofFile.chain(try ChainProof(proving: chain, in: log, at: checkpoint))
                let read = try ProofFile(parsing: proof.bytes)
                #expect(read == proof)
                let report = ProofWorld.report(read, ledgerID: MerkleHash.leaf(try log.entry(at: 0)))
                #expect(report.holds, "\(chain) at \(size): \(report.findings.map(\.sentence))")
                let expected = try log.chain(chain, through: last).map(\.index)
                #expect(
                    report.records.filter { $0.record.links.contains { $0.chain == chain } }.map(\.record.index)
                        == expected)
            }
        }
    }

    @Test func businessFromAnIndexOn() throws {
        let log = try PublishedLog(reader: ProofWorld.grown)
        for first in [1, 2, 5, 6, 50, 98] as [UInt64] {
            let proof = try ChainProof(proving: Self.acme, from: first, in: log, at: log.checkpoint)
            let report = ProofWorld.report(.chain(try ChainProof(parsing: proof.bytes)))
            #expect(report.holds, "from \(first): \(report.findings.map(\.sentence))")
            #expect(report.notCovered.contains { $0.code == .earlierRecords })
            #expect(proof.entries.allSatisfy { $0.index < 6 || $0.index >= first })
        }
        let end = try #require(try log.lastIndices(of: [Self.acme], below: 100)[Self.acme])
        #expect(throws: AuditError(.noSuchChain, "")) {
            try ChainProof(proving: Self.acme, from: end + 1, in: log, at: log.checkpoint)
        }
        #expect(throws: AuditError(.notAProof, "")) { try ChainProof(proving: .ledger, in: log, at: log.checkpoint) }
    }

    @Test func saysWhatItDoesNotShow() throws {
        let builder = Self.ledger()
        let shown = try ProofWorld.indexes(of: [.ledger, Self.ana], in: builder)
        #expect(shown == [0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12])
        let report = ProofWorld.report(.chain(try ProofWorld.show(shown, of: builder, as: Self.ana)))
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.ledgerID == builder.leafHashes[0] && report.isTest == true)
        #expect(report.sourceStatementCount == 4 && report.ledgerHeldStatementCount == 0)
        #expect(
            Set(report.notCovered.map(\.code)) == [
                .laterRecords, .otherHandles, .unrecordedActs, .identity, NotCovered.Code(name: "existence"),
            ])
        // Without its last records in either chain it still holds: that is what later-records says.
        #expect(try Self.codes(shown.dropLast(1), builder) == [])
        #expect(try Self.codes([0, 1, 2, 3, 4, 5, 6, 8], builder) == [])
        let ben = Chain.contact(LogBuilder.contact(2))
        let held = ProofWorld.report(
            .chain(try ProofWorld.show([0, 1, 2, 3, 4, 5, 7, 10, 11], of: builder, as: ben)))
        #expect(held.holds && held.ledgerHeldStatementCount == 1)
        #expect(held.notCovered.first { $0.code == .ledgerHeldKeys }?.count == 1)
    }

    @Test func unknownEventsAreShownAndNotCovered() throws {
        let builder = Self.ledger { builder in
            var encoder = CBOREncoder()
            encoder.map(count: 3)
            encoder.unsigned(1)
            encoder.unsigned(99)
            encoder.unsigned(2)
            encoder.byteString([UInt8](repeating: 5, count: 16))
            encoder.unsigned(3)
            encoder.text("web")
            builder.append(
                builder.grant(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)],
                lie: LogBuilder.Lie(payload: encoder.bytes))
        }
        let shown = try ProofWorld.indexes(of: [.ledger, Self.ana], in: builder)
        let report = ProofWorld.report(.chain(try ProofWorld.show(shown, of: builder, as: Self.ana)))
        #expect(report.holds && report.unknownEventCount == 1)
        #expect(report.notCovered.contains { $0.code == .unknownEvents })
    }

    // MARK: What whoever makes the file can do

    @Test func recordsLeftOut() throws {
        let builder = Self.ledger()
        let shown = try ProofWorld.indexes(of: [.ledger, Self.ana], in: builder)
        #expect(try Self.codes([0, 1, 2, 3, 4, 5, 8, 10, 11, 12], builder) == ["missing-record"])
        #expect(try Self.codes(shown.filter { $0 != 8 }, builder) == ["missing-record"])
        #expect(try Self.codes(shown.filter { $0 != 10 }, builder) == ["missing-record"])
        // Governance: the first record, one that authorises the source, one between, all of it.
        #expect(try Self.codes(shown.filter { $0 != 0 }, builder).contains("missing-record"))
        #expect(
            try Self.codes(shown.filter { $0 != 3 }, builder)
                == ["missing-record", "unknown-source", "unknown-source", "unknown-source", "unknown-source"])
        #expect(try Self.codes(shown.filter { $0 != 2 }, builder) == ["missing-record"])
        #expect(try Self.codes([6, 8, 10, 12], builder).contains("not-opened"))
        // The revocation in the middle of the ledger's chain.
        let longer = Self.ledger { builder in
            builder.revoke(LogBuilder.web)
            builder.authorize(Party("third"))
        }
        let all = try ProofWorld.indexes(of: [.ledger, Self.ana], in: longer)
        #expect(try Self.codes(all, longer) == [])
        #expect(try Self.codes(all.filter { $0 != 11 }, longer) == ["missing-record"])
        // Nothing of the chain that is named.
        #expect(try Self.codes([0, 1, 2, 3, 4, 5, 11], builder) == ["missing-record"])
    }

    @Test func recordsOfOtherChainsPutIn() throws {
        let builder = Self.ledger()
        let shown = try ProofWorld.indexes(of: [.ledger, Self.ana], in: builder)
        #expect(try Self.codes((shown + [7]).sorted(), builder) == ["stray-record"])
        #expect(try Self.codes((shown + [9]).sorted(), builder) == ["stray-record"])
        let business = try ProofWorld.indexes(of: [.ledger, Self.acme], in: builder)
        #expect(try Self.codes(business, builder, as: Self.acme) == [])
        #expect(try Self.codes((business + [9]).sorted(), builder, as: Self.acme) == ["stray-record"])
        // Of the named chain, but before the index from which on it is shown.
        #expect(try Self.codes(business, builder, as: Self.acme, from: 7) == ["stray-record"])
        // From an index on, of which the first records are left out.
        #expect(
            try Self.codes([0, 1, 2, 3, 4, 5, 8, 10, 11, 12], builder, as: Self.acme, from: 7) == ["missing-record"])
        // A chain of one handle shown as another's.
        #expect(
            try Self.codes(shown, builder, as: .contact(LogBuilder.contact(2))).contains("stray-record"))
    }

    @Test func otherCheckpointsAndLogs() throws {
        let builder = Self.ledger()
        let shown = try ProofWorld.indexes(of: [.ledger, Self.ana], in: builder)
        let proof = try ProofWorld.show(shown, of: builder, as: Self.ana)
        let smaller = try SignedCheckpoint(
            signing: Checkpoint(origin: builder.origin, size: 12, root: proof.checkpoint.checkpoint.root),
            with: builder.logKey.key)
        let moved = try ChainProof(of: Self.ana, from: 0, checkpoint: smaller, entries: proof.entries)
        #expect(Set(ProofWorld.codes(.chain(moved))) == ["not-in-tree"])
        // The whole file from another ledger of the same origin and key.
        let other = LogBuilder()
        other.open(environment: "production")
        other.register("acme")
        other.authorize(LogBuilder.web)
        other.append(
            other.grant(withNotice: false), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)])
        other.publish()
        #expect(try Self.codes([0, 1, 2, 3], other) == [])
        #expect(try Self.codes([0, 1, 2, 3], other, ledgerID: builder.leafHashes[0]) == ["wrong-ledger-id"])
        #expect(try Self.codes(shown, builder, ledgerID: builder.leafHashes[0]) == [])
        // Signed by another log's key.
        let unknown = WitnessPolicy(logs: [LogBuilder(logKey: Party("other log")).verifierKey])
        #expect(ProofWorld.codes(.chain(proof), policy: unknown) == ["checkpoint-not-signed"])
        // The records of one log under the checkpoint of the other.
        let mixed = try ChainProof(
            of: Self.ana, from: 0, checkpoint: ProofWorld.show([0, 1, 2, 3], of: other, as: Self.ana).checkpoint,
            entries: Array(proof.entries.prefix(3)))
        #expect(Set(ProofWorld.codes(.chain(mixed))) == ["not-in-tree", "missing-record"])
        // An entry that is none, and one that says another index, under right paths.
        let junk = LogBuilder()
        junk.open()
        junk.append([1, 2, 3])
        junk.append(
            junk.event(.businessRegistered, [.name: .text("acme")]), by: junk.admin, business: "acme",
            lie: .init(index: 7))
        junk.publish()
        let log = try PublishedLog(reader: junk.log)
        let entries = try (0..<3).map { index in
            ChainProof.Entry(
                index: index, bytes: junk.entries[Int(index)],
                hashes: try log.inclusionProof(index: index, size: 3).hashes)
        }
        let broken = try ChainProof(of: Self.acme, from: 0, checkpoint: log.checkpoint, entries: entries)
        #expect(ProofWorld.codes(.chain(broken)) == ["malformed-record", "wrong-index", "missing-record"])
    }

    // MARK: What whoever writes the log can do

    /// A ledger whose writer lied about one record of Ana, and a proof of all that it has of her.
    static func codesOfLie(_ lie: @escaping (LogBuilder) -> Void) throws -> [String] {
        let builder = ledger(lie: lie)
        return try codes(ProofWorld.indexes(of: [.ledger, ana], in: builder), builder)
    }

    private static func changing(
        _ chain: Chain, _ change: @escaping (ChainLink) -> ChainLink
    ) -> LogBuilder.Lie {
        LogBuilder.Lie(links: { links in links.map { $0.chain == chain ? change($0) : $0 } })
    }

    private static func appendLie(_ builder: LogBuilder, _ lie: LogBuilder.Lie) {
        builder.append(
            builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)], lie: lie)
    }

    @Test func linksThatLie() throws {
        #expect(
            try Self.codesOfLie { builder in
                let hash = builder.leafHashes[8]
                Self.appendLie(
                    builder,
                    Self.changing(Self.ana) {
                        ChainLink(chain: $0.chain, sequence: $0.sequence, previousIndex: 8, previousLeafHash: hash)
                    })
            } == ["forked-chain"])
        #expect(
            try Self.codesOfLie { builder in
                Self.appendLie(
                    builder,
                    Self.changing(Self.ana) {
                        ChainLink(
                            chain: $0.chain, sequence: $0.sequence + 1, previousIndex: $0.previousIndex,
                            previousLeafHash: $0.previousLeafHash)
                    })
            } == ["wrong-sequence"])
        #expect(
            try Self.codesOfLie { builder in
                Self.appendLie(
                    builder,
                    Self.changing(Self.ana) {
                        ChainLink(
                            chain: $0.chain, sequence: $0.sequence, previousIndex: $0.previousIndex,
                            previousLeafHash: SHA256Digest(hashing: []))
                    })
            } == ["broken-link"])
        #expect(
            try Self.codesOfLie { builder in
                Self.appendLie(builder, Self.changing(Self.ana) { ChainLink(beginning: $0.chain) })
            } == ["chain-begun-again"])
        // A record of which no other knows: a fork that ends at once.
        #expect(
            try Self.codesOfLie { builder in
                var lie = LogBuilder.Lie()
                lie.movesHeads = false
                Self.appendLie(builder, lie)
            } == ["forked-chain"])
        // The ledger's own chain.
        #expect(
            try Self.codesOfLie { builder in
                builder.append(
                    builder.event(.sourceRevoked, [.authorizedSource: .text("hosted")]), by: builder.admin,
                    lie: LogBuilder.Lie(links: { _ in [ChainLink(beginning: .ledger)] }))
            } == ["chain-begun-again"])
    }

    @Test func statementsThatDoNotCount() throws {
        let ana = LogBuilder.contact(1)
        func codes(_ lie: @escaping (LogBuilder) -> Void) throws -> [String] { try Self.codesOfLie(lie) }
        // Not by the source that it names, and stated of another contact, in another ledger.
        #expect(try codes { Self.appendLie($0, LogBuilder.Lie(signer: LogBuilder.hosted)) } == ["unknown-key"])
        #expect(
            try codes { builder in
                Self.appendLie(
                    builder,
                    LogBuilder.Lie(context: { context in
                        StatementContext(
                            origin: context.origin, ledgerID: context.ledgerID, business: context.business,
                            handles: [LogBuilder.contact(2)])
                    }))
            } == ["bad-signature"])
        #expect(
            try codes { builder in
                Self.appendLie(
                    builder,
                    LogBuilder.Lie(context: { context in
                        StatementContext(
                            origin: context.origin, ledgerID: [UInt8](repeating: 1, count: 32),
                            business: context.business, handles: context.handles)
                    }))
            } == ["bad-signature"])
        // A grant from a source that was revoked, or is not there, or may not speak for the business.
        #expect(
            try codes { builder in
                builder.revoke(LogBuilder.web)
                builder.append(builder.grant(), by: LogBuilder.web, business: "acme", contacts: [ana])
            } == ["not-authorized"])
        #expect(
            try codes { builder in
                let stranger = Party("stranger")
                builder.append(builder.grant(stranger), by: stranger, business: "acme", contacts: [ana])
            } == ["unknown-source"])
        #expect(
            try codes { builder in
                let zoo = Party("zoo-keeper")
                builder.authorize(zoo, businesses: ["zoo"])
                builder.append(builder.grant(zoo), by: zoo, business: "acme", contacts: [ana])
            } == ["not-authorized"])
        // Stated a second time.
        #expect(
            try codes { builder in
                let event = builder.optOut()
                for _ in 0..<2 { builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ana]) }
            } == ["repeated-event"])
        // Governance that no admin signed, and that of a key which was never added.
        #expect(
            try codes { builder in
                builder.append(
                    builder.event(.sourceRevoked, [.authorizedSource: .text("hosted")]), by: Party("stranger"))
            } == ["unknown-key"])
        // An opt-out that is in no business's chain.
        #expect(
            try codes { builder in
                Self.appendLie(
                    builder, LogBuilder.Lie(links: { links in links.filter { $0.chain != Self.acme } }))
            } == ["wrong-links"])
        // An event, and a statement, that is none.
        #expect(try codes { Self.appendLie($0, LogBuilder.Lie(payload: [0xa0])) } == ["malformed-event"])
        #expect(
            try codes { Self.appendLie($0, LogBuilder.Lie(statement: { $0.dropLast() })) } == ["malformed-statement"])
        // A change of contact from one that is neither of its two.
        #expect(
            try codes { builder in
                builder.append(
                    builder.event(
                        .contactChanged, [.fromHandle: .bytes(LogBuilder.contact(5).bytes)], source: LogBuilder.web),
                    by: LogBuilder.web, business: "acme", contacts: [ana, LogBuilder.contact(2)])
            } == ["misplaced"])
    }

    @Test func entryZeroThatOpensNothing() throws {
        let builder = LogBuilder()
        builder.register("acme")
        builder.publish()
        #expect(try Self.codes([0], builder, as: Self.acme) == ["not-opened", "unknown-key"])
    }

    // MARK: The form

    @Test func whatIsNoChainProof() throws {
        let proof = try ProofWorld.show([0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12], of: Self.ledger(), as: Self.ana)
        let text = String(decoding: proof.bytes, as: UTF8.self)
        func refuses(_ old: String, _ new: String) {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != text)
            #expect(throws: AuditError(.notAProof, ""), "\(new)") { try ProofFile(parsing: Array(changed.utf8)) }
        }
        let handle = "\(LogBuilder.contact(1))"
        refuses("chain contact ", "chain ledger ")
        refuses("chain contact ", "chain person ")
        refuses("chain contact ", "chain  contact ")
        refuses(handle, handle.uppercased())
        refuses(handle, String(handle.dropLast()))
        refuses("chain contact \(handle)", "chain business Acme")
        refuses("since 0", "since 00")
        refuses("since 0", "since -0")
        refuses("since 0", "since 1")
        refuses("since 0", "since 18446744073709551616")
        refuses("record 1 ", "record 01 ")
        refuses("record 1 ", "record +1 ")
        refuses("record 1 ", "record 2 ")
        refuses("record 1 ", "record 13 ")
        refuses("record 1 ", "record ")
        refuses("record 1 ", "entry 1 ")
        refuses("record 1 ", "\nrecord 1 ")
        refuses("record 1 ", "record 1  ")
        refuses("\nrecord 0 ", "record 0 ")
        #expect(throws: AuditError(.notAProof, "")) {
            try ChainProof(of: Self.ana, from: 0, checkpoint: proof.checkpoint, entries: [])
        }
        #expect(throws: AuditError(.notAProof, "")) {
            try ChainProof(of: Self.ana, from: 0, checkpoint: proof.checkpoint, entries: proof.entries.reversed())
        }
        #expect(throws: AuditError(.notAProof, "")) {
            try ChainProof(of: .ledger, from: 0, checkpoint: proof.checkpoint, entries: proof.entries)
        }
    }
}
