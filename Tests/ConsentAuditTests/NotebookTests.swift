import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// An auditor who comes back: what was verified is not verified again, and every lie told since is found all the same.
@Suite struct NotebookTests {
    typealias Lie = LogBuilder.Lie

    static let time = Timestamp(milliseconds: 1_800_000_000_000)!

    static func report(
        _ log: MemoryLog, _ pins: Pins, _ notebook: Notebook?, _ level: VerificationLevel = .replay, full: Bool = false
    ) async throws -> VerificationReport {
        try await Verifier(reader: log, pins: pins).verify(
            VerificationOptions(level: level, notebook: notebook, repeatsAll: full))
    }

    static func notebook(
        _ builder: LogBuilder, _ level: VerificationLevel = .replay, following earlier: Notebook? = nil
    ) async throws -> Notebook {
        let report = try await report(builder.log, builder.pins, earlier, level)
        return try #require(Notebook(after: report, pins: builder.pins, following: earlier, at: time))
    }

    // MARK: The file

    @Test func isReadAsItIsWritten() async throws {
        let builder = LogBuilder.ledger(size: 40)
        let first = try await Self.notebook(builder)
        let text = first.text
        #expect(
            text
                == """
                consent-notebook/v1
                origin \(LogBuilder.origin)
                ledger-id \(SHA256Digest(builder.ledgerID)!)
                vkey \(builder.verifierKey.text)
                pinned vkey, ledger-id
                level replay
                entries records
                first-size 40
                first-verified-at 2027-01-15T08:00:00Z
                verified-at 2027-01-15T08:00:00Z

                \(String(decoding: builder.log.files["checkpoint"]!, as: UTF8.self))
                """)
        #expect(try Notebook(parsing: Array(text.utf8)) == first)
        let unpinned = try #require(
            Notebook(
                after: try await Self.report(builder.log, Pins(), nil), pins: Pins(), following: nil, at: Self.time))
        #expect(unpinned.text.contains("\npinned nothing\n"))
        #expect(try Notebook(parsing: Array(unpinned.text.utf8)) == unpinned)
    }

    /// Every cut, and every byte changed that is not in a signature or a digest, is refused.
    @Test func refusesWhatIsNoNotebook() async throws {
        let bytes = Array(try await Self.notebook(LogBuilder.ledger(size: 40)).text.utf8)
        for end in 0..<bytes.count {
            #expect(throws: AuditError(.malformedNotebook, ""), "cut at \(end)") {
                try Notebook(parsing: Array(bytes[..<end]))
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let junk = [
            "", "\n\n", "hello", text + "\n", text.replacing("notebook/v1", with: "notebook/v2"),
            text.replacing("level replay", with: "level structure"), text.replacing("level replay", with: "level deep"),
            text.replacing("pinned vkey, ledger-id", with: "pinned all"),
            text.replacing("first-size 40", with: "first-size x"),
            text.replacing("first-size 40", with: "first-size 040"),
            text.replacing("08:00:00Z", with: "09:00:00+01:00"),
            text.replacing("entries records", with: "entries some"), text.replacing("\nvkey ", with: "\nvkey x"),
            text.replacing("ledger-id ", with: "ledger-id 00"), text.replacing("origin log", with: "origin lag"),
            text.replacing("\n\n", with: "\nmore\n\n"), text + String(repeating: "x", count: 3 << 20),
            String(decoding: [0xff, 0xfe, 0x0a, 0x0a], as: UTF8.self),
        ]
        for junk in junk {
            #expect(throws: AuditError(.malformedNotebook, ""), "\(junk.prefix(300))") {
                try Notebook(parsing: Array(junk.utf8))
            }
        }
    }

    @Test func isNotWrittenForWhatDoesNotHold() async throws {
        let builder = LogBuilder.ledger(size: 40)
        let noted = try await Self.notebook(builder)
        var log = builder.log
        log.files["log.vkey"] = nil
        let damaged = try await Self.report(log, builder.pins, noted)
        #expect(Notebook(after: damaged, pins: builder.pins, following: noted, at: Self.time) == nil)
        let structure = try await Self.report(builder.log, builder.pins, nil, .structure)
        #expect(Notebook(after: structure, pins: builder.pins, following: nil, at: Self.time) == nil)
        let shallower = try await Self.report(builder.log, builder.pins, noted, .tree)
        #expect(shallower.holds)
        #expect(Notebook(after: shallower, pins: builder.pins, following: noted, at: Self.time) == nil)
    }

    // MARK: Going on

    @Test(arguments: [1, 6, 40, 255, 256, 257, 300]) func goesOn(size: Int) async throws {
        let builder = LogBuilder.ledger(size: size)
        var noted = try await Self.notebook(builder)
        let first = noted.firstSize
        if size >= 6 {
            for growth in [0, 1, 3, 300] {
                for _ in 0..<growth { builder.appendOrdinary() }
                builder.publish()
                let report = try await Self.report(builder.log, Pins(), noted)
                #expect(report.holds, "\(report.findings.map(\.sentence))")
                #expect(report.sizeVerifiedBefore == noted.checkpoint.checkpoint.size)
                #expect(!report.notCovered.contains { $0.code == .identity || $0.code == .history })
                #expect(report.notCovered.first { $0.code == .verifiedBefore }?.count == report.sizeVerifiedBefore)
                let all = try await Self.report(builder.log, Pins(), noted, full: true)
                #expect(all.holds && all.sizeVerifiedBefore == 0)
                #expect(all.facts.eventCounts == report.facts.eventCounts)
                #expect(all.facts.sourceStatementCount == report.facts.sourceStatementCount)
                #expect(all.facts.ledgerHeldStatementCount == report.facts.ledgerHeldStatementCount)
                noted = try #require(Notebook(after: report, pins: Pins(), following: noted, at: Self.time))
                #expect(noted.checkpoint.checkpoint.size == builder.size)
            }
        }
        #expect(noted.firstSize == first)
        #expect(noted.isKeyPinned && noted.isLedgerIDPinned)
    }

    /// What was taken from the log itself at first is not a pin the second time.
    @Test func whatIsNotPinnedStaysSo() async throws {
        let builder = LogBuilder.ledger(size: 40)
        var noted: Notebook?
        for _ in 0..<3 {
            let report = try await Self.report(builder.log, Pins(), noted)
            #expect(report.notCovered.contains { $0.code == .identity })
            let next = try #require(Notebook(after: report, pins: Pins(), following: noted, at: Self.time))
            #expect(!next.isKeyPinned && !next.isLedgerIDPinned)
            noted = next
        }
        let report = try await Self.report(builder.log, builder.pins, noted)
        #expect(!report.notCovered.contains { $0.code == .identity })
        let pinned = try #require(Notebook(after: report, pins: builder.pins, following: noted, at: Self.time))
        #expect(pinned.isKeyPinned && pinned.isLedgerIDPinned)
    }

    /// A deeper level than the notebook's begins again; a shallower one goes on.
    @Test func levelsOfANotebook() async throws {
        let builder = LogBuilder.ledger(size: 300)
        let tree = try await Self.notebook(builder, .tree)
        #expect(try await Self.report(builder.log, builder.pins, tree, .replay).sizeVerifiedBefore == 0)
        let replay = try await Self.notebook(builder, .replay)
        #expect(try await Self.report(builder.log, builder.pins, replay, .signatures).sizeVerifiedBefore == 300)
        let deeper = try await Self.notebook(builder, .replay, following: tree)
        #expect(deeper.level == .replay)
    }

    // MARK: Lies

    /// Rolled back, forked at the same size, rewritten below: both checkpoints are given.
    @Test func contradictionsAreShown() async throws {
        let honest = LogBuilder.ledger(size: 300, kept: [100])
        let noted = try await Self.notebook(honest)
        var rolledBack = honest.log
        rolledBack.files["checkpoint"] = rolledBack.files[CheckpointTests.kept(100)]
        rolledBack.files[CheckpointTests.kept(300)] = nil
        let first = try await Self.report(rolledBack, honest.pins, noted)
        #expect(first.findings.map(\.code) == [.rolledBack])
        for size in [300, 290, 400] {
            let other = LogBuilder()
            other.found()
            while other.size < size {
                if other.size == 50 { other.now += 1 }
                other.appendOrdinary()
            }
            other.publish()
            let report = try await Self.report(other.log, honest.pins, noted)
            #expect(report.findings.map(\.code) == [size < 300 ? .rolledBack : .inconsistentCheckpoint])
            #expect(report.contradictions.map(\.earlier) == [noted.checkpoint])
            #expect(report.contradictions.map(\.keeper) == [.notebook])
            #expect(report.contradictions.first?.published.bytes == other.log.files["checkpoint"])
            #expect(report.sizeVerifiedBefore == 0)
            #expect(size < 300 || report.soundBelow == 0)
            #expect(Notebook(after: report, pins: honest.pins, following: noted, at: Self.time) == nil)
        }
    }

    @Test func notebookOfAnotherLog() async throws {
        let builder = LogBuilder.ledger(size: 40)
        let other = LogBuilder(origin: "log.example.org/other")
        other.open()
        other.publish()
        let noted = try await Self.notebook(other)
        await #expect(throws: AuditError(.otherNotebook, "")) {
            try await Self.report(builder.log, builder.pins, noted)
        }
        let report = try await Self.report(builder.log, Pins(), noted)
        #expect(report.findings.contains { $0.code == .wrongOrigin })
        #expect(report.findings.contains { $0.code == .wrongLedgerID })
        #expect(!report.holds)
        // The same origin and keys, another ledger.
        let twin = LogBuilder()
        twin.append([1])
        twin.publish()
        let ofTwin = try await Verifier(reader: twin.log).verify(VerificationOptions(isOpaque: true))
        let opaque = try #require(Notebook(after: ofTwin, pins: Pins(), following: nil, at: Self.time))
        let second = try await Self.report(builder.log, Pins(), opaque)
        #expect(second.findings.map(\.code) == [.inconsistentCheckpoint])
    }

    /// A notebook with another root than the log ever had, or whose checkpoint nobody signed.
    @Test func forgedNotebook() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let noted = try await Self.notebook(builder)
        let forged = try SignedCheckpoint(
            signing: Checkpoint(origin: builder.origin, size: 30, root: SHA256Digest(hashing: [1])),
            with: builder.logKey.key)
        let text = noted.text.components(separatedByEmptyLine: forged)
        let report = try await Self.report(builder.log, builder.pins, Notebook(parsing: text))
        #expect(report.findings.map(\.code) == [.inconsistentCheckpoint])
        #expect(report.contradictions.count == 1)
    }

    /// Every lie about records above the notebook: found with it as without it.
    @Test func everyLieSinceIsFound() async throws {
        let ana = LogBuilder.contact(1)
        let web = LogBuilder.web
        typealias Act = (LogBuilder) -> Void
        func add(_ lie: Lie = Lie(), by source: Party = web, contacts: [ContactHandle] = [ana]) -> Act {
            { $0.append($0.grant(source), by: source, business: "acme", contacts: contacts, lie: lie) }
        }
        func link(_ change: @escaping (ChainLink, LogBuilder) -> ChainLink, at place: Int) -> Act {
            { builder in
                builder.append(
                    builder.optOut(), by: web, business: "acme", contacts: [ana],
                    lie: Lie(links: { links in
                        var links = links
                        links[place] = change(links[place], builder)
                        return links
                    }))
            }
        }
        var acts: [(String, Act)] = [
            ("contact begins again", link({ link, _ in ChainLink(beginning: link.chain) }, at: 1)),
            ("business begins again", link({ link, _ in ChainLink(beginning: link.chain) }, at: 0)),
            ("resigned", add(Lie(signer: LogBuilder.hosted))), ("unauthorised", add(by: Party("stranger"))),
            ("wrong links", add(contacts: [ana, LogBuilder.contact(2)])),
            ("no record", { $0.append([1, 2, 3]) }),
            (
                "back in time",
                {
                    $0.now -= 900_000_000
                    add()($0)
                }
            ),
            ("wrong index", add(Lie(index: 100_000))), ("no event", add(Lie(payload: [0xa0]))),
            ("key authorised twice", { $0.authorize(web) }), ("opened twice", { $0.open() }),
            ("missing object", { $0.publishNotice([1, 2, 3], adds: false) }),
            (
                "event repeated",
                { builder in
                    let record = try! Record(decoding: builder.entries[6][...])
                    let old = try! Statement(decoding: record.statement[...])
                    builder.append(
                        builder.grant(), by: web, business: record.business, contacts: record.handles,
                        lie: Lie(payload: old.payload))
                }
            ),
            (
                "other contact",
                add(
                    Lie(context: {
                        StatementContext(
                            origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business,
                            handles: [LogBuilder.contact(9)])
                    }))
            ),
        ]
        for place in 0..<2 {
            acts.append(
                (
                    "other hash \(place)",
                    link(
                        { link, _ in
                            ChainLink(
                                chain: link.chain, sequence: link.sequence, previousIndex: link.previousIndex,
                                previousLeafHash: SHA256Digest(hashing: [1]))
                        }, at: place)
                ))
            acts.append(
                (
                    "hole \(place)",
                    link(
                        { link, _ in
                            ChainLink(
                                chain: link.chain, sequence: link.sequence + 1, previousIndex: link.previousIndex,
                                previousLeafHash: link.previousLeafHash)
                        }, at: place)
                ))
            // To an earlier record of the chain than the last, below the notebook.
            acts.append(
                (
                    "fork \(place)",
                    link(
                        { link, builder in
                            let record = try! Record(decoding: builder.entries[Int(link.previousIndex)][...])
                            return record.links.first { $0.chain == link.chain }!
                        }, at: place)
                ))
            acts.append(
                (
                    "other chain \(place)",
                    link(
                        { link, builder in
                            ChainLink(
                                chain: link.chain, sequence: link.sequence, previousIndex: 2,
                                previousLeafHash: builder.leafHashes[2])
                        }, at: place)
                ))
        }
        for (size, extra) in [(300, 0), (300, 5), (512, 0)] {
            for (name, act) in acts {
                let builder = LogBuilder.ledger(size: size)
                let noted = try await Self.notebook(builder)
                for _ in 0..<extra { builder.appendOrdinary() }
                act(builder)
                builder.appendOrdinary()
                builder.publish()
                let since = try await Self.report(builder.log, builder.pins, noted)
                let all = try await Self.report(builder.log, builder.pins, noted, full: true)
                #expect(since.sizeVerifiedBefore == UInt64(size), "\(name)")
                #expect(!all.holds, "\(name) \(size)+\(extra)")
                #expect(since.findings == all.findings, "\(name) \(size)+\(extra)")
                #expect(since.soundBelow == all.soundBelow, "\(name) \(size)+\(extra)")
            }
        }
    }

    // MARK: Another log key

    /// A log that changes its key as it should: the ledger says so, signed by its admin.
    private static func rotated(saying: Bool = true) async throws -> (Notebook, LogBuilder) {
        let builder = LogBuilder.ledger(size: 20)
        let noted = try #require(
            Notebook(after: try await report(builder.log, Pins(), nil), pins: Pins(), following: nil, at: time))
        let old = builder.verifierKey.text
        let new = LogBuilder.verifierKey(of: LedgerStory.secondLog).text
        if saying {
            builder.append(builder.event(.logKeyAdded, [.logKey: .text(new)]), by: builder.admin)
            builder.append(builder.event(.logKeyRetired, [.logKey: .text(old)]), by: builder.admin)
        } else {
            builder.appendOrdinary()
        }
        builder.logKey = LedgerStory.secondLog
        builder.publish()
        return (noted, builder)
    }

    /// Who began without a pin goes on with the key that the ledger itself names, and knows it from then on.
    @Test func followsTheLedgersOwnKeys() async throws {
        let (noted, builder) = try await Self.rotated()
        for level in [VerificationLevel.signatures, .replay] {
            let report = try await Self.report(builder.log, Pins(), noted, level)
            #expect(report.holds, "\(report.findings.map(\.sentence))")
            #expect(report.trustedKeys == [builder.verifierKey])
            #expect(!report.isKeyPinned)
        }
        let report = try await Self.report(builder.log, Pins(), noted)
        let next = try #require(Notebook(after: report, pins: Pins(), following: noted, at: Self.time))
        #expect(next.verifierKeys == [builder.verifierKey])
        builder.appendOrdinary()
        builder.publish()
        #expect(try await Self.report(builder.log, Pins(), next, .tree).holds)
        // The key that it had is not good for anything new.
        builder.logKey = Party("log")
        builder.appendOrdinary()
        builder.publish()
        let back = try await Self.report(builder.log, Pins(), next)
        #expect(back.findings.map(\.code).contains(.checkpointNotSigned))
    }

    /// Where the records are not looked at, and where the auditor pins a key, the key is not followed, and what to do is
    /// said.
    @Test func saysWhatToPin() async throws {
        let (noted, builder) = try await Self.rotated()
        let tree = try await Self.report(builder.log, Pins(), noted, .tree)
        #expect(tree.findings.map(\.code) == [.checkpointNotSigned])
        #expect(tree.findings.first?.sentence.contains("level signatures") == true)
        let pinned = Pins(verifierKey: noted.verifierKeys[0])
        let report = try await Self.report(builder.log, pinned, noted)
        #expect(report.findings.map(\.code) == [.checkpointNotSigned])
        #expect(report.findings.first?.sentence.contains("pin the new one") == true)
        #expect(try await Self.report(builder.log, Pins(verifierKey: builder.verifierKey), noted).holds)
    }

    /// A new key of which the ledger says nothing is no key of it, whatever `log.vkey` names.
    @Test func aKeyThatTheLedgerDoesNotNameIsNotFollowed() async throws {
        let (noted, builder) = try await Self.rotated(saying: false)
        let report = try await Self.report(builder.log, Pins(), noted)
        #expect(report.findings.map(\.code).contains(.checkpointNotSigned))
        #expect(Notebook(after: report, pins: Pins(), following: noted, at: Self.time) == nil)
    }

    /// Another ledger's records say nothing of this one's keys.
    @Test func anotherLedgersKeysAreNotFollowed() async throws {
        let (noted, _) = try await Self.rotated()
        let other = LogBuilder(logKey: LedgerStory.secondLog)
        other.now += 1
        other.found()
        while other.size < 30 { other.appendOrdinary() }
        other.publish()
        let report = try await Self.report(other.log, Pins(), noted)
        #expect(Set(report.findings.map(\.code)).isSuperset(of: [.checkpointNotSigned, .wrongLedgerID]))
    }

    /// Files changed on disk: what is new, or what leads to it, is found with the notebook as without it; the old records
    /// too, since their hashes are compared.
    @Test func everyChangedFileIsFound() async throws {
        let builder = LogBuilder.ledger(size: 200, kept: [100])
        let noted = try await Self.notebook(builder)
        for _ in 0..<70 { builder.appendOrdinary() }
        builder.publish()
        for path in builder.log.files.keys.sorted() {
            let count = builder.log.files[path]!.count
            for place in stride(from: 0, to: count, by: max(1, count / 4)) {
                var log = builder.log
                log.files[path]![place] ^= 1 << UInt8(place % 8)
                let since = try await Self.report(log, builder.pins, noted)
                let all = try await Self.report(log, builder.pins, noted, full: true)
                #expect(!since.holds, "\(path) at \(place)")
                #expect(since.findings == all.findings, "\(path) at \(place)")
            }
        }
    }
}

extension String {
    /// The notebook with another checkpoint.
    fileprivate func components(separatedByEmptyLine checkpoint: SignedCheckpoint) -> [UInt8] {
        let head = self[..<self.firstRange(of: "\n\n")!.upperBound]
        return Array(head.utf8) + checkpoint.bytes
    }
}
