internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What the second level finds: leaf hashes, tiles, roots, checkpoints, links.
extension BrokenLedger {
    private static let bundle = "tile/entries/000.p/22"
    private static let tile = "tile/0/000.p/22"

    static let brokenTree: [BrokenLedger] = bytes + history + links + longLedgers

    /// Bytes changed by who holds the disk and no key.
    private static let bytes: [BrokenLedger] = [
        tampered(
            "flipped-byte-in-record", "A bit of a signature in the entries is another.",
            .tree("altered-record", at: 18)
        ) { log in
            let entries = try! EntryBundle(parsing: log.files[bundle]!, count: 22)
            log.files[bundle]![entries.ranges[18].upperBound - 7] ^= 4
        },
        tampered(
            "flipped-byte-in-last-record", "A bit of the newest record is another.", .tree("altered-record", at: 21)
        ) { $0.files[bundle]![$0.files[bundle]!.count - 1] ^= 1 },
        tampered("flipped-byte-in-tile", "A bit of a leaf hash is another.", .tree("altered-tile", at: 9)) {
            $0.files[tile]![9 * 32 + 3] ^= 0x80
        },
        tampered("swapped-hashes", "Two leaf hashes have changed places.", .tree("altered-tile", at: 4)) { log in
            let hashes = log.files[tile]!
            log.files[tile]!.replaceSubrange(4 * 32..<6 * 32, with: hashes[5 * 32..<6 * 32] + hashes[4 * 32..<5 * 32])
        },
        tampered(
            "stale-partial-bundle", "The bundle that an older checkpoint needs has a record that is another now.",
            .tree("stale-partial")
        ) { log in
            let entries = try! EntryBundle(parsing: log.files["tile/entries/000.p/12"]!, count: 12)
            log.files["tile/entries/000.p/12"]![entries.ranges[10].upperBound - 7] ^= 4
        },
        tampered(
            "stale-partial-tile", "The tile that an older checkpoint needs has a hash that is another now.",
            .tree("stale-partial")
        ) { $0.files["tile/0/000.p/12"]![10 * 32] ^= 1 },
        tampered(
            "stale-partial-tile-nobody-asks-for",
            "A partial tile that no kept checkpoint needs has a hash that is another now.", .tree("stale-partial")
        ) { log in
            log.files["tile/0/000.p/9"] = Array(log.files[tile]![..<(9 * 32)])
            log.files["tile/0/000.p/9"]![8 * 32] ^= 1
        },
        tampered(
            "stale-partial-bundle-nobody-asks-for",
            "A partial bundle that no kept checkpoint needs has a record that is another now.", .tree("stale-partial")
        ) { log in
            let entries = try! EntryBundle(parsing: log.files[bundle]!, count: 22)
            log.files["tile/entries/000.p/9"] = Array(entries.bytes[..<entries.ranges[8].upperBound])
            log.files["tile/entries/000.p/9"]![entries.ranges[8].upperBound - 7] ^= 4
        },
        tampered(
            "partial-tile-of-another-width", "A partial tile holds fewer hashes than its name says.",
            .tree("stale-partial")
        ) { log in log.files["tile/0/000.p/9"] = Array(log.files[tile]![..<(8 * 32)]) },
        tampered(
            "partial-bundle-of-another-width", "A partial bundle holds more entries than its name says.",
            .tree("stale-partial")
        ) { $0.files["tile/entries/000.p/9"] = $0.files["tile/entries/000.p/12"] },
        another(
            "stale-tile", "The tile is that of the log before one of its records was replaced.",
            .tree("altered-tile", at: 18), keeping: { $0 == tile }),
        another(
            "link-right-in-chain-wrong-in-tree",
            "A record is another, and the links after it fit: they fit the chain, and not the tree.",
            .tree("altered-record", at: 18), keeping: { $0 != bundle }),
    ]

    /// Whole other histories, under the log's own key; only what was kept gives them away.
    private static let history: [BrokenLedger] = [
        tampered("rolled-back-checkpoint", "The published checkpoint is an older one.", .tree("rolled-back")) {
            $0.files["checkpoint"] = $0.files[kept + "12"]
        },
        tampered(
            "forked-checkpoint", "The published checkpoint has another root than the tree, signed by the log.",
            .tree("wrong-root")
        ) { $0.files["checkpoint"] = checkpoint(size: 22, root: .zero) },
        tampered(
            "forked-kept-checkpoint", "A kept checkpoint has another root than the tree had, signed by the log.",
            .tree("inconsistent-checkpoint")
        ) { $0.files[kept + "12"] = checkpoint(size: 12, root: SHA256Digest(hashing: [1])) },
        tampered(
            "forked-checkpoint-by-the-retired-key",
            "A kept checkpoint of the key that the log had then has another root than the tree had.",
            .tree("inconsistent-checkpoint")
        ) {
            $0.files[kept + "06"] = checkpoint(size: 6, root: SHA256Digest(hashing: [1]), by: Party("log"))
        },
        rewritten(
            "rewritten-history",
            "An opt-in below a kept checkpoint is another person's, and everything above it was made again.",
            .tree("inconsistent-checkpoint")
        ) { $0.steps[11] = { $0.optIn(LedgerStory.flo, by: LogBuilder.hosted) } },
        rewritten(
            "dropped-record-all-recomputed",
            "A record below a kept checkpoint is left out; indexes, links, signatures and tree above it are made again.",
            .tree("inconsistent-checkpoint")
        ) {
            $0.steps.remove(at: 10)
            // The kept checkpoint is still that of twelve records.
            $0.publications = [6]
        },
        tampered(
            "checkpoint-by-another-key", "A key of the same name, which the auditor does not know, signed.",
            .tree("checkpoint-not-signed")
        ) { log in
            for path in ["checkpoint", kept + "22"] {
                log.files[path] = resigned(log.files[path]!, by: LedgerStory.stranger)
            }
        },
        tampered(
            "checkpoint-by-the-retired-key", "The log's retired key signed, and not the one that is pinned.",
            .tree("checkpoint-not-signed")
        ) { log in
            for path in ["checkpoint", kept + "22"] { log.files[path] = resigned(log.files[path]!, by: Party("log")) }
        },
        tampered(
            "checkpoint-with-a-bad-signature", "The signature line has the pinned key's name and verifies nothing.",
            .tree("bad-checkpoint-signature")
        ) { log in
            let line = log.files[kept + "12"]!.suffix(from: log.files[kept + "12"]!.lastIndex(of: 0xe2)!)
            for path in ["checkpoint", kept + "22"] {
                log.files[path] = try! SignedNote(parsing: log.files[path]!).text + [0x0a] + line
            }
        },
        tampered(
            "checkpoint-signed-twice", "The pinned key's signature line is there twice.",
            .tree("bad-checkpoint-signature")
        ) { log in
            let line = log.files["checkpoint"]!.suffix(from: log.files["checkpoint"]!.lastIndex(of: 0xe2)!)
            for path in ["checkpoint", kept + "22"] { log.files[path]! += line }
        },
        tampered(
            "kept-checkpoint-with-a-bad-signature", "A kept checkpoint's signature by the pinned key does not verify.",
            .tree("bad-checkpoint-signature")
        ) { log in
            let line = log.files["checkpoint"]!.suffix(from: log.files["checkpoint"]!.lastIndex(of: 0xe2)!)
            log.files[kept + "12"] = try! SignedNote(parsing: log.files[kept + "12"]!).text + [0x0a] + line
        },
    ]

    /// Links that lie; the tree over them is right, and signed.
    private static let links: [BrokenLedger] = [
        contactLink("link-with-another-hash", "A contact's link has another leaf hash.", "broken-link") { link, _ in
            ChainLink(
                chain: link.chain, sequence: link.sequence, previousIndex: link.previousIndex,
                previousLeafHash: SHA256Digest(hashing: [1]))
        },
        told(
            "link-right-in-tree-wrong-in-chain",
            "A record is another in the tree, and the links after it still name it as it was.",
            .tree("broken-link", at: 19)
        ) {
            $0.copy { entries in
                // When it was recorded is nothing that the source signed.
                entries[18] = CBORParts.replacing(RecordPart.recordedAt, of: entries[18]) {
                    $0.dropLast() + [$0.last! + 1]
                }
            }
        },
        contactLink("forked-contact-chain", "Two records of a contact name the same one before.", "forked-chain") {
            link, log in
            ChainLink(chain: link.chain, sequence: 1, previousIndex: 10, previousLeafHash: log.leafHashes[10])
        },
        contactLink("link-that-skips-a-record", "A contact's link names the last record but one.", "wrong-sequence") {
            link, log in
            ChainLink(chain: link.chain, sequence: 2, previousIndex: 10, previousLeafHash: log.leafHashes[10])
        },
        contactLink(
            "link-with-a-sequence-too-many", "A contact's link counts a record that is not there.", "wrong-sequence"
        ) { link, _ in
            ChainLink(
                chain: link.chain, sequence: link.sequence + 1, previousIndex: link.previousIndex,
                previousLeafHash: link.previousLeafHash)
        },
        contactLink(
            "link-with-a-sequence-too-few", "A contact's link hides one record of its chain.", "wrong-sequence"
        ) { link, _ in
            ChainLink(
                chain: link.chain, sequence: link.sequence - 1, previousIndex: link.previousIndex,
                previousLeafHash: link.previousLeafHash)
        },
        contactLink(
            "spliced-contact-chain", "A contact's link names a record of another contact.", "link-to-other-chain"
        ) { link, log in
            ChainLink(chain: link.chain, sequence: 2, previousIndex: 16, previousLeafHash: log.leafHashes[16])
        },
        contactLink(
            "contact-chain-begun-again", "A contact with a history begins anew, without it.", "chain-begun-again"
        ) { link, _ in ChainLink(beginning: link.chain) },
        told(
            "spliced-chain-of-another-business",
            "A contact's chain goes on, at one business, from a record at another one.",
            .tree("link-to-other-chain", at: 18)
        ) {
            $0.steps.insert(
                { log in
                    log.optIn(
                        LedgerStory.flo,
                        lie: .init(links: { links in
                            links.dropLast() + [
                                ChainLink(
                                    chain: .contact(LedgerStory.flo), sequence: 1, previousIndex: 12,
                                    previousLeafHash: log.leafHashes[12])
                            ]
                        }))
                }, at: 18)
        },
        businessLink("forked-business-chain", "Two records of a business name the same one before.", "forked-chain") {
            link, log in
            ChainLink(
                chain: link.chain, sequence: link.sequence - 1, previousIndex: 14, previousLeafHash: log.leafHashes[14])
        },
        businessLink("business-chain-begun-again", "A business's chain begins anew.", "chain-begun-again") {
            link, _ in ChainLink(beginning: link.chain)
        },
        businessLink("business-link-with-another-hash", "A business's link has another leaf hash.", "broken-link") {
            link, _ in
            ChainLink(
                chain: link.chain, sequence: link.sequence, previousIndex: link.previousIndex, previousLeafHash: .zero)
        },
        told(
            "ledger-chain-begun-again", "The ledger's own chain begins anew, without the revocations before.",
            .tree("chain-begun-again", at: 20)
        ) {
            $0.steps[20] = { log in
                log.govern(
                    .categoryDefined,
                    [.category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent")],
                    lie: .init(links: { [ChainLink(beginning: .ledger)] + $0.dropFirst() }))
            }
        },
    ]

    /// More than one tile, so that there are tiles of tiles.
    private static let longLedgers: [BrokenLedger] = [
        long("flipped-byte-in-upper-tile", "A bit of a hash of hashes is another.", .tree("altered-tile", at: 0)) {
            $0.files["tile/1/000.p/1"]![7] ^= 1
        },
        long(
            "short-partial-tile-beside-a-full-one",
            "The partial tile of a kept checkpoint is cut, and the full one, which could stand for it, is there.",
            .tree("stale-partial")
        ) { log in
            let root = MerkleDefinition.root(LogBuilder.ledger(size: 258).leafHashes[..<100])
            log.files["checkpoints/00000000000000000100"] = checkpoint(size: 100, root: root, by: Party("log"))
            log.files["tile/0/000.p/100"] = Array(log.files["tile/0/000"]![..<(99 * 32)])
        },
        long(
            "stale-upper-tile", "The tile of tiles is that of another log of the same size.",
            .tree("altered-tile", at: 0)
        ) { log in
            let other = LogBuilder()
            other.found()
            other.now += 1
            while other.size < 258 { other.appendOrdinary() }
            other.publish()
            log.files["tile/1/000.p/1"] = other.log.files["tile/1/000.p/1"]
        },
    ]

    // MARK: Ways to lie

    /// A third record of Ana after record 13, with its link to her chain changed.
    private static func contactLink(
        _ name: String, _ about: String, _ code: String, _ change: @escaping (ChainLink, LogBuilder) -> ChainLink
    ) -> BrokenLedger {
        told(name, about, .tree(code, at: 18)) {
            $0.steps.insert(
                { log in
                    log.optOut(
                        of: LedgerStory.ana, lie: .init(links: { $0.dropLast() + [change($0.last!, log)] }))
                }, at: 18)
        }
    }

    /// Record 18 with its link to the business's chain changed.
    private static func businessLink(
        _ name: String, _ about: String, _ code: String, _ change: @escaping (ChainLink, LogBuilder) -> ChainLink
    ) -> BrokenLedger {
        told(name, about, .tree(code, at: 18)) {
            $0.steps[18] = { log in
                log.optIn(LedgerStory.dan, lie: .init(links: { [change($0[0], log)] + $0.dropFirst() }))
            }
        }
    }

    /// The story told with a change, beside the checkpoint of twelve records that the honest story kept.
    private static func rewritten(
        _ name: String, _ about: String, _ expectation: Expectation, _ change: (inout LedgerStory) -> Void
    ) -> BrokenLedger {
        let honest = LedgerStory().told()
        var story = LedgerStory()
        change(&story)
        let teller = story.told()
        var log = teller.log
        log.files[kept + "12"] = honest.log.files[kept + "12"]
        // Partial files of twelve that fit the new history, so that the checkpoint alone speaks.
        var bundle = EntryBundle()
        for entry in teller.entries[..<12] { try! bundle.append(entry) }
        log.files["tile/entries/000.p/12"] = bundle.bytes
        log.files["tile/0/000.p/12"] = teller.leafHashes[..<12].flatMap(\.bytes)
        return BrokenLedger(name: name, about: about, expectation: expectation, pins: honest.pins, log: log)
    }

    /// The story in which record 18 is another person's, with those files of the honest one that `keeping` names.
    private static func another(
        _ name: String, _ about: String, _ expectation: Expectation, keeping: (String) -> Bool
    ) -> BrokenLedger {
        let honest = LedgerStory().told()
        var story = LedgerStory()
        story.steps[18] = { $0.optIn(LedgerStory.flo) }
        var log = story.told().log
        for (path, bytes) in honest.log.files where keeping(path) { log.files[path] = bytes }
        return BrokenLedger(name: name, about: about, expectation: expectation, pins: honest.pins, log: log)
    }

    private static func long(
        _ name: String, _ about: String, _ expectation: Expectation, _ change: (inout MemoryLog) -> Void
    ) -> BrokenLedger {
        let builder = LogBuilder.ledger(size: 258)
        var log = builder.log
        change(&log)
        return BrokenLedger(name: name, about: about, expectation: expectation, pins: builder.pins, log: log)
    }

    private static func checkpoint(
        size: UInt64, root: SHA256Digest, by party: Party = LedgerStory.secondLog
    ) -> [UInt8] {
        try! SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: size, root: root), with: party.key
        ).bytes
    }

    private static func resigned(_ checkpoint: [UInt8], by party: Party) -> [UInt8] {
        try! SignedCheckpoint(signing: SignedCheckpoint(parsing: checkpoint).checkpoint, with: party.key).bytes
    }
}
