internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Proof files of all three kinds (SPEC.md, “Proof files”).
extension Vector {
    static let proofVectors: [Vector] = inclusionProofs + consistencyProofs + chainProofs

    private static let missing = Verdict.tree("missing-record")

    // MARK: Inclusion

    private struct InclusionFile {
        var first = "c2sp.org/tlog-proof@v1\n"
        var extra: [UInt8]?
        var index: String
        var hashes: [[UInt8]]
        var checkpoint: String
        /// In place of the pinned key.
        var policy: String?

        init(_ index: Int, of log: LogBuilder = story) {
            extra = log.entries[index]
            self.index = "index \(index)\n"
            hashes = MerkleDefinition.path(index, log.leafHashes[...]).map(\.bytes)
            checkpoint = log.checkpoint(size: Int(log.size))
        }

        var text: String {
            first + (extra.map { "extra \(Base64.encode($0))\n" } ?? "") + index + hashes.lines + "\n" + checkpoint
        }
    }

    private static let inclusionProofs: [Vector] = [
        inclusion("inclusion-of-an-opt-in", "Record 18.", .accept),
        inclusion("inclusion-of-entry-0", "The record that opens the ledger.", .accept) { $0 = InclusionFile(0) },
        inclusion("inclusion-of-the-last", "The newest record.", .accept) { $0 = InclusionFile(21) },
        inclusion("inclusion-in-a-tree-of-one", "A log of one record: no hashes.", .accept, pinned: nil) {
            $0 = InclusionFile(0, of: LogBuilder.ledger(size: 1))
        },
        inclusion("inclusion-cosigned", "A line of a witness that nobody knows follows.", .accept) {
            $0.checkpoint += "\u{2014} witness.example.org AAAAAAAA\n"
        },
        inclusion("inclusion-without-the-record", "The record is not in the file.", .structure("missing-record")) {
            $0.extra = nil
        },
        inclusion("inclusion-of-another-record", "The record is another one of the same index.", .tree("not-in-tree")) {
            var other = LedgerStory()
            other.steps[18] = { $0.optIn(LedgerStory.flo) }
            $0.extra = other.told().entries[18]
        },
        inclusion("inclusion-with-a-flipped-signature", "A bit of the record is another.", .tree("not-in-tree")) {
            $0.extra![$0.extra!.count - 3] ^= 1
        },
        inclusion("inclusion-hash-flipped", "A bit of a hash is another.", .tree("not-in-tree")) {
            $0.hashes[1][0] ^= 1
        },
        inclusion("inclusion-hash-left-out", "The last hash is left out.", .tree("not-in-tree")) {
            $0.hashes.removeLast()
        },
        inclusion("inclusion-hash-added", "A hash more is there.", .tree("not-in-tree")) {
            $0.hashes.append([UInt8](repeating: 7, count: 32))
        },
        inclusion("inclusion-hashes-swapped", "Two hashes have changed places.", .tree("not-in-tree")) {
            $0.hashes.swapAt(0, 1)
        },
        inclusion("inclusion-under-another-checkpoint", "The checkpoint is an older one.", .tree("not-in-tree")) {
            $0 = InclusionFile(10)
            $0.checkpoint = story.checkpoint(size: 12)
        },
        inclusion("inclusion-at-another-index", "The index is the next one's.", .structure("wrong-index")) {
            $0.index = "index 19\n"
        },
        inclusion(
            "inclusion-of-no-record", "The entry is no record, and it is in the tree.", .structure("malformed-record")
        ) {
            let log = LogBuilder()
            log.found()
            log.append(Array("hello".utf8))
            $0 = InclusionFile(6, of: log)
        },
        inclusion("inclusion-not-signed", "Another key of the same name signed.", .tree("checkpoint-not-signed")) {
            $0.checkpoint = resigned($0.checkpoint, by: LedgerStory.stranger)
        },
        inclusion(
            "inclusion-badly-signed", "The signature is of another checkpoint.", .tree("bad-checkpoint-signature")
        ) {
            $0.checkpoint =
                $0.checkpoint.split(separator: "\u{2014}")[0]
                + "\u{2014}" + story.checkpoint(size: 12).split(separator: "\u{2014}")[1]
        },
        inclusion(
            "inclusion-of-another-ledger", "Entry 0 is not the pinned one's.", .signatures("wrong-ledger-id"),
            pinned: [UInt8](repeating: 1, count: 32)
        ) { $0 = InclusionFile(0) },
        inclusion("inclusion-under-a-policy", "A policy names the log's key.", .accept) {
            $0.policy = "log \(LogBuilder.verifierKey(of: LedgerStory.secondLog).text)\nquorum none\n"
        },
        inclusion("inclusion-under-a-policy-without-a-log", "A policy names no log.", .structure("bad-input")) {
            $0.policy = "quorum none\n"
        },
        inclusion("inclusion-of-another-kind", "The first line is another.", .structure("not-a-proof")) {
            $0.first = "c2sp.org/tlog-proof@v2\n"
        },
        inclusion("inclusion-index-with-a-leading-zero", "The index has a leading zero.", .structure("not-a-proof")) {
            $0.index = "index 018\n"
        },
        inclusion("inclusion-without-index", "There is no index.", .structure("not-a-proof")) { $0.index = "" },
        inclusion("inclusion-index-twice", "The index is there twice.", .structure("not-a-proof")) {
            $0.index += $0.index
        },
        inclusion("inclusion-with-a-short-hash", "A hash has 31 bytes.", .structure("not-a-proof")) {
            $0.hashes[0].removeLast()
        },
        inclusion("inclusion-with-an-empty-extra", "The extra line is there, and empty.", .structure("not-a-proof")) {
            $0.extra = []
        },
        inclusion("inclusion-without-checkpoint", "The file ends before the checkpoint.", .structure("not-a-proof")) {
            $0.checkpoint = ""
        },
        inclusion("inclusion-checkpoint-cut", "The file ends within the checkpoint.", .structure("not-a-proof")) {
            $0.checkpoint.removeLast()
        },
        inclusion("inclusion-with-a-bad-checkpoint", "The size has a leading zero.", .structure("not-a-proof")) {
            $0.checkpoint = $0.checkpoint.replacing("\n22\n", with: "\n022\n")
        },
        inclusion(
            "inclusion-with-a-comment", "A line that is nothing precedes the checkpoint.", .structure("not-a-proof")
        ) {
            $0.index += "# a comment\n"
        },
    ]

    private static func inclusion(
        _ name: String, _ comment: String, _ verdict: Verdict, pinned: [UInt8]? = story.ledgerID,
        _ change: (inout InclusionFile) -> Void = { _ in }
    ) -> Vector {
        var file = InclusionFile(18)
        change(&file)
        let plain = proof(name, comment, verdict, file.text, pinned: pinned)
        guard let policy = file.policy else { return plain }
        var inputs = plain.inputs
        inputs["vkey"] = nil
        inputs["policy"] = .text(policy)
        return Vector(.proof, name, comment, verdict, inputs)
    }

    // MARK: Consistency

    private struct ConsistencyFile {
        var first = "consent-ledger/consistency-proof/v1\n"
        var hashes: [[UInt8]]
        var older: String
        var newer: String

        init(_ old: Int, _ new: Int) {
            hashes = MerkleDefinition.proof(old, story.leafHashes[..<new]).map(\.bytes)
            older = story.checkpoint(size: old)
            newer = story.checkpoint(size: new)
        }

        var text: String { first + hashes.lines + "\n" + older + "\n" + newer }
    }

    private static let consistencyProofs: [Vector] = [
        consistency("consistency", "From twelve records to twenty-two.", .accept),
        consistency("consistency-of-equal-sizes", "The same tree twice: no hashes.", .accept) {
            $0 = ConsistencyFile(22, 22)
        },
        consistency("consistency-from-the-empty-tree", "From no records: no hashes.", .accept) {
            $0.hashes = []
            $0.older = story.checkpoint(size: 0)
        },
        consistency(
            "consistency-from-an-empty-tree-with-another-root", "The smaller checkpoint, of size 0, has another root.",
            .structure("not-a-proof")
        ) {
            $0.hashes = []
            let text = "\(LogBuilder.origin)\n0\n\(Base64.encode(SHA256Digest(hashing: [1]).bytes))\n"
            let note = try! SignedNote(
                signing: Array(text.utf8), as: LogBuilder.origin, with: LedgerStory.secondLog.key)
            $0.older = String(decoding: note.bytes, as: UTF8.self)
        },
        consistency("consistency-hash-flipped", "A bit of a hash is another.", .tree("inconsistent-checkpoint")) {
            $0.hashes[0][5] ^= 1
        },
        consistency("consistency-hash-left-out", "The last hash is left out.", .tree("inconsistent-checkpoint")) {
            $0.hashes.removeLast()
        },
        consistency("consistency-hash-added", "A hash more is there.", .tree("inconsistent-checkpoint")) {
            $0.hashes.append([UInt8](repeating: 7, count: 32))
        },
        consistency("consistency-without-hashes", "There are no hashes.", .tree("inconsistent-checkpoint")) {
            $0.hashes = []
        },
        consistency(
            "consistency-of-equal-sizes-with-a-hash", "A hash that is not needed.", .tree("inconsistent-checkpoint")
        ) {
            $0 = ConsistencyFile(22, 22)
            $0.hashes = [[UInt8](repeating: 7, count: 32)]
        },
        consistency(
            "consistency-from-the-empty-tree-with-a-hash", "A hash that is not needed.",
            .tree("inconsistent-checkpoint")
        ) {
            $0.older = story.checkpoint(size: 0)
            $0.hashes = [[UInt8](repeating: 7, count: 32)]
        },
        consistency(
            "consistency-with-a-forked-tree", "The smaller tree had another record.", .tree("inconsistent-checkpoint")
        ) {
            $0.older = signed(size: 12, root: SHA256Digest(hashing: [1]))
        },
        consistency("consistency-of-equal-sizes-forked", "Two roots of one size.", .tree("inconsistent-checkpoint")) {
            $0 = ConsistencyFile(22, 22)
            $0.older = signed(size: 22, root: SHA256Digest(hashing: [1]))
        },
        consistency("consistency-backwards", "The larger tree comes first.", .tree("inconsistent-checkpoint")) {
            swap(&$0.older, &$0.newer)
        },
        consistency(
            "consistency-smaller-not-signed", "A key that is not given signed the smaller tree.",
            .tree("checkpoint-not-signed")
        ) { $0.older = resigned($0.older, by: LedgerStory.stranger) },
        consistency(
            "consistency-larger-not-signed", "A key that is not given signed the larger tree.",
            .tree("checkpoint-not-signed")
        ) { $0.newer = resigned($0.newer, by: LedgerStory.stranger) },
        consistency("consistency-of-one-checkpoint", "The larger tree is not there.", .structure("not-a-proof")) {
            $0.newer = ""
        },
        consistency("consistency-of-three-checkpoints", "There is a third checkpoint.", .structure("not-a-proof")) {
            $0.newer += "\n" + $0.newer
        },
        consistency("consistency-of-another-version", "The first line says version 2.", .structure("not-a-proof")) {
            $0.first = "consent-ledger/consistency-proof/v2\n"
        },
        consistency("consistency-with-a-short-hash", "A hash has 31 bytes.", .structure("not-a-proof")) {
            $0.hashes[0].removeLast()
        },
        consistency("consistency-without-last-newline", "The last line does not end.", .structure("not-a-proof")) {
            $0.newer.removeLast()
        },
    ]

    private static func consistency(
        _ name: String, _ comment: String, _ verdict: Verdict, _ change: (inout ConsistencyFile) -> Void = { _ in }
    ) -> Vector {
        var file = ConsistencyFile(12, 22)
        change(&file)
        return proof(name, comment, verdict, file.text, pinned: nil)
    }

    // MARK: Chains

    private struct ChainFile {
        var first = "consent-ledger/chain-proof/v1\n"
        var chain: String
        var since = "since 0\n"
        var checkpoint: String
        var records: [(index: String, entry: [UInt8], hashes: [[UInt8]])]

        /// All records of the ledger's chain, and of `chain` from `first` on.
        init(_ chain: Chain, from first: UInt64 = 0, of log: LogBuilder = story) {
            switch chain {
            case .business(let id): self.chain = "chain business \(id)\n"
            default: self.chain = "chain contact \(Hexadecimal.encode(chain.identity))\n"
            }
            since = "since \(first)\n"
            checkpoint = log.checkpoint(size: Int(log.size))
            records = []
            for (index, entry) in log.entries.enumerated() {
                let chains = try! Record(decoding: entry[...]).links.map(\.chain)
                guard chains.contains(.ledger) || (chains.contains(chain) && index >= first) else { continue }
                add(index, of: log)
            }
        }

        mutating func add(_ index: Int, of log: LogBuilder = story) {
            let path = MerkleDefinition.path(index, log.leafHashes[...]).map(\.bytes)
            let place = records.firstIndex { Int($0.index)! > index } ?? records.count
            records.insert(("\(index)", log.entries[index], path), at: place)
        }

        mutating func remove(_ index: Int) { records.removeAll { $0.index == "\(index)" } }

        func position(_ index: Int) -> Int { records.firstIndex { $0.index == "\(index)" }! }

        var text: String {
            first + chain + since + "\n" + checkpoint + "\n"
                + records.map { "record \($0.index) \(Base64.encode($0.entry))\n" + $0.hashes.lines }.joined()
        }
    }

    private static let ana = Chain.contact(LedgerStory.ana)
    private static let flo = Chain.contact(LedgerStory.flo)

    private static let chainProofs: [Vector] = [
        chain("chain-of-a-contact", "Ana's two records, and the ledger's chain.", .accept),
        chain("chain-of-a-contact-with-an-opt-out", "Dan's yes and his no.", .accept) {
            $0 = ChainFile(.contact(LedgerStory.dan))
        },
        chain("chain-of-a-business", "All of a business's records.", .accept) { $0 = ChainFile(.business("acme")) },
        chain("chain-of-a-business-since", "A business's records from 14 on.", .accept) {
            $0 = ChainFile(.business("acme"), from: 14)
        },
        chain("chain-of-a-business-since-between", "From an index on that is another business's.", .accept) {
            $0 = ChainFile(.business("acme"), from: 12)
        },
        chain(
            "chain-without-the-newest", "Ana's newest record is left out; no chain can show that nothing follows.",
            .accept
        ) { $0.remove(13) },
        chain("chain-without-the-newest-governance", "The newest record of the ledger's chain is left out.", .accept) {
            $0.remove(20)
        },
        chain("chain-without-the-first", "Ana's first record is left out.", missing) { $0.remove(10) },
        chain("chain-without-a-record-between", "A record of the business is left out.", missing) {
            $0 = ChainFile(.business("acme"))
            $0.remove(14)
        },
        chain("chain-without-the-revocation", "A revocation is left out of the ledger's chain.", missing) {
            $0.remove(15)
        },
        chain("chain-without-entry-0", "The record that opens the ledger is left out.", missing) { $0.remove(0) },
        chain("chain-without-the-chain", "Only the ledger's chain is there.", missing) {
            $0.remove(10)
            $0.remove(13)
        },
        chain("chain-since-without-its-first", "The first record from 14 on is left out.", missing) {
            $0 = ChainFile(.business("acme"), from: 14)
            $0.remove(14)
        },
        chain("chain-with-a-stray-record", "A record of another person is there.", .tree("stray-record")) {
            $0.add(19)
        },
        chain(
            "chain-with-a-record-before-since", "A record of the business is there from before.", .tree("stray-record")
        ) {
            $0 = ChainFile(.business("acme"), from: 14)
            $0.add(11)
        },
        chain("chain-record-flipped", "A bit of a record is another.", .tree("not-in-tree")) {
            let place = $0.position(10)
            $0.records[place].entry[$0.records[place].entry.count - 3] ^= 1
        },
        chain("chain-hash-flipped", "A bit of a path is another.", .tree("not-in-tree")) {
            $0.records[$0.position(10)].hashes[0][0] ^= 1
        },
        chain("chain-hash-left-out", "A path is a hash short.", .tree("not-in-tree")) {
            $0.records[$0.position(10)].hashes.removeLast()
        },
        chain("chain-under-another-checkpoint", "The checkpoint is signed, and of another tree.", .tree("not-in-tree"))
        {
            $0.checkpoint = signed(size: 22, root: SHA256Digest(hashing: [1]))
        },
        chain("chain-not-signed", "A key that is not given signed the checkpoint.", .tree("checkpoint-not-signed")) {
            $0.checkpoint = resigned($0.checkpoint, by: LedgerStory.stranger)
        },
        chain(
            "chain-of-another-ledger", "Entry 0 is not the pinned one's.", .signatures("wrong-ledger-id"),
            pinned: [UInt8](repeating: 1, count: 32)),
        chain(
            "chain-opened-for-another-origin", "Entry 0 names another origin than the checkpoint's, and gives no keys.",
            .signatures("unknown-key"), pinned: foreign.ledgerID
        ) { $0 = ChainFile(ana, of: foreign) },
        chain(
            "chain-by-a-revoked-source", "The person's yes was stated after its source was revoked.",
            .signatures("not-authorized")
        ) {
            $0 = told(flo) { $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LogBuilder.hosted) }, at: 18) }
        },
        chain("chain-by-an-unknown-source", "Nobody authorised the source.", .signatures("unknown-source")) {
            $0 = told(flo) { $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LedgerStory.stranger) }, at: 18) }
        },
        chain("chain-by-another-key", "The statement is signed by another source's key.", .signatures("unknown-key")) {
            $0 = told(flo) {
                $0.steps.insert({ $0.optIn(LedgerStory.flo, lie: .init(signer: LogBuilder.hosted)) }, at: 18)
            }
        },
        chain(
            "chain-moved-to-another-contact", "The statement was made about somebody else.",
            .signatures("bad-signature")
        ) {
            $0 = told(flo) {
                $0.steps.insert(
                    {
                        $0.optIn(
                            LedgerStory.flo,
                            lie: .init(context: {
                                StatementContext(
                                    origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business,
                                    handles: [LedgerStory.eva])
                            }))
                    }, at: 18)
            }
        },
        chain(
            "chain-with-a-repeated-event", "The same yes is stated twice.",
            .reject(layer: "replay", code: "repeated-event")
        ) {
            $0 = told(flo) {
                $0.steps.insert(
                    { log in
                        let grant = log.grant()
                        for _ in 0..<2 {
                            log.append(grant, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo])
                        }
                    }, at: 18)
            }
        },
        chain("chain-with-wrong-links", "A yes is about two persons.", .reject(layer: "replay", code: "wrong-links")) {
            $0 = told(flo) {
                $0.steps.insert(
                    { log in
                        log.append(
                            log.grant(), by: LogBuilder.web, business: "acme",
                            contacts: [LedgerStory.flo, LedgerStory.eva])
                    }, at: 18)
            }
        },
        chain("chain-records-out-of-order", "Two records have changed places.", .structure("not-a-proof")) {
            $0.records.swapAt(3, 4)
        },
        chain("chain-record-twice", "A record is there twice.", .structure("not-a-proof")) {
            $0.records.insert($0.records[3], at: 3)
        },
        chain("chain-without-records", "There are no records.", .structure("not-a-proof")) { $0.records = [] },
        chain("chain-of-the-ledger", "The ledger's chain is named.", .structure("not-a-proof")) {
            $0.chain = "chain ledger\n"
        },
        chain("chain-with-a-handle-in-capitals", "The handle is in capitals.", .structure("not-a-proof")) {
            $0.chain = "chain contact \(Hexadecimal.encode(LedgerStory.ana.bytes).uppercased())\n"
        },
        chain("chain-of-a-contact-since", "A contact's chain is shown from 10 on.", .structure("not-a-proof")) {
            $0.since = "since 10\n"
        },
        chain("chain-without-since", "There is no line `since`.", .structure("not-a-proof")) { $0.since = "" },
        chain("chain-index-with-a-leading-zero", "A record's index has a leading zero.", .structure("not-a-proof")) {
            $0.records[1].index = "01"
        },
        chain("chain-without-last-newline", "The last line does not end.", .structure("not-a-proof"), cut: 1),
    ]

    /// The contact's chain in another story, under the same keys.
    /// The story under an entry 0 that names another origin.
    private static var foreign: LogBuilder {
        var story = LedgerStory()
        story.steps[0] = { $0.open(for: "other.example.com/consent") }
        return story.told()
    }

    private static func told(_ chain: Chain, _ change: (inout LedgerStory) -> Void) -> ChainFile {
        var story = LedgerStory()
        change(&story)
        return ChainFile(chain, of: story.told())
    }

    private static func chain(
        _ name: String, _ comment: String, _ verdict: Verdict, pinned: [UInt8] = story.ledgerID, cut: Int = 0,
        _ change: (inout ChainFile) -> Void = { _ in }
    ) -> Vector {
        var file = ChainFile(ana)
        change(&file)
        return proof(name, comment, verdict, String(file.text.dropLast(cut)), pinned: pinned)
    }

    // MARK: Parts

    private static func proof(
        _ name: String, _ comment: String, _ verdict: Verdict, _ text: String, pinned: [UInt8]?
    ) -> Vector {
        var inputs: [String: Value] = [
            "proof": .text(text), "vkey": .text(LogBuilder.verifierKey(of: LedgerStory.secondLog).text),
        ]
        if let pinned { inputs["ledger-id-hex"] = .hex(pinned) }
        return Vector(.proof, name, comment, verdict, inputs)
    }

    /// The checkpoint's text as another key signs it.
    private static func resigned(
        _ checkpoint: String, by party: Party = LedgerStory.secondLog, as name: String = LogBuilder.origin
    ) -> String {
        let text = try! SignedNote(parsing: Array(checkpoint.utf8)).text
        return String(decoding: try! SignedNote(signing: text, as: name, with: party.key).bytes, as: UTF8.self)
    }

    private static func signed(size: UInt64, root: SHA256Digest) -> String {
        let signed = try! SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: size, root: root), with: LedgerStory.secondLog.key)
        return String(decoding: signed.bytes, as: UTF8.self)
    }
}

extension LogBuilder {
    /// The checkpoint of the first `size` entries, signed by the log's second key.
    fileprivate func checkpoint(size: Int) -> String {
        let checkpoint = try! Checkpoint(
            origin: origin, size: UInt64(size), root: MerkleDefinition.root(leafHashes[..<size]))
        let signed = try! SignedCheckpoint(signing: checkpoint, with: LedgerStory.secondLog.key)
        return String(decoding: signed.bytes, as: UTF8.self)
    }
}

extension [[UInt8]] {
    /// Each in base64, on a line of its own.
    fileprivate var lines: String { map { Base64.encode($0) + "\n" }.joined() }
}
