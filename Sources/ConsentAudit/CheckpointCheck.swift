internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Checkpoints: the published one, those that the log kept, and those that others kept.
extension VerificationRun {
    /// What the signatures of a checkpoint come to.
    private struct Judgement {
        /// Whether keys that are trusted and, where the records are known, in force at its size signed.
        let isSigned: Bool
        let cosigned: [VerifiedSignature]
    }

    /// How many contradictions are kept as evidence.
    private static let mostContradictions = 16

    // MARK: The notebook

    /// Proves from the tiles that the published tree goes on from the notebook's. Only then what it covers need not be
    /// checked again.
    func goOnFromNotebook() throws {
        guard let notebook = options.notebook, let head, level >= .tree else { return }
        let earlier = notebook.checkpoint.checkpoint
        guard earlier.size > 0, earlier.size <= head.size else { return }
        let source = source
        let reader = try TileHashReader(size: head.size, root: head.root) { tile in
            guard let content = try source.read(tile) else {
                throw TransparencyLogError(.doesNotVerify, "\(tile.path) is not there")
            }
            return Array(content.bytes.prefix(tile.width * SHA256Digest.byteCount))
        }
        // Tiles that lead nowhere are named when they are compared; everything is checked again then.
        guard let proof = try? ConsistencyProof.prove(oldSize: earlier.size, newSize: head.size, reader: reader) else {
            return
        }
        do { try proof.verify(oldRoot: earlier.root, newRoot: head.root) } catch {
            let anchor = Anchor(notebook.checkpoint, keeper: .notebook)
            findings.add(
                Finding(
                    .inconsistentCheckpoint, .tree, file: checkpoints.headPath, expected: earlier.root.description,
                    found: "\(error)", soundBelow: 0,
                    "The published checkpoint does not go on from \(anchor.title): the log's history was rewritten"))
            noteContradiction(of: anchor, isSigned: true)
            isNotebookContradicted = true
            return
        }
        guard !options.repeatsAll, notebook.level >= level, notebook.isOpaque == options.isOpaque,
            notebook.origin.utf8.elementsEqual(head.origin.utf8)
        else { return }
        sizeVerifiedBefore = earlier.size
    }

    // MARK: Below the published size

    /// The root at `size`, which is what the tree has now, or 0: checkpoints of no records are checked when entry 0, which
    /// says who signs them, has been taken.
    private func root(at size: UInt64) -> SHA256Digest? {
        guard let tree else { return nil }
        return size == 0 ? MerkleHash.empty : tree.root
    }

    /// Checks the checkpoints of at most `size`, which is what the tree has now.
    func checkKept(upTo size: UInt64) throws {
        while nextAnchor < anchors.count, anchors[nextAnchor].size <= size {
            compare(anchors[nextAnchor])
            nextAnchor += 1
        }
        while nextKept < checkpoints.keptSizes.count, checkpoints.keptSizes[nextKept] <= size {
            let kept = checkpoints.keptSizes[nextKept]
            nextKept += 1
            var found: [Finding] = []
            if let signed = try checkpoints.kept(size: kept, findings: &found), let tree, let root = root(at: kept) {
                let path = LogPath.keptCheckpoint(size: kept)
                let judgement = judge(signed, path: path, isHead: false, findings: &found)
                if !tree.hasGap, root != signed.checkpoint.root {
                    found.append(
                        Finding(
                            .inconsistentCheckpoint, .tree, file: path, expected: signed.checkpoint.root.description,
                            found: root.description, soundBelow: confirmedSize,
                            "The log had other records below \(kept) when this checkpoint was signed: its history was "
                                + "rewritten, or the checkpoint is of another log"))
                    if judgement.isSigned { noteContradiction(of: signed, keptBy: .log(file: path)) }
                } else if judgement.isSigned, !tree.hasGap {
                    confirm(kept, cosigned: judgement.cosigned)
                    checkStamps(of: signed)
                }
            }
            findings.add(found)
        }
    }

    private func compare(_ anchor: Anchor) {
        guard let tree, !tree.hasGap, let root = root(at: anchor.size),
            anchor.keeper != .notebook || !isNotebookContradicted
        else { return }
        var found: [Finding] = []
        let isSigned = judge(anchor, findings: &found)
        if root != anchor.root {
            // What the notebook covers was not checked again, and now it is not what was checked.
            let isBefore = anchor.keeper == .notebook && sizeVerifiedBefore > 0
            found.append(
                Finding(
                    .inconsistentCheckpoint, .tree, file: checkpoints.headPath, expected: anchor.root.description,
                    found: root.description, soundBelow: isBefore ? 0 : confirmedSize,
                    "The log has other records below \(anchor.size) than \(anchor.title) says: its history was rewritten"
                ))
            noteContradiction(of: anchor, isSigned: isSigned)
        } else if isSigned, anchor.keeper != .lastSigned {
            confirmedSize = max(confirmedSize, anchor.size)
        }
        findings.add(found)
    }

    /// Whether the checkpoint that says an anchor is one of this log's.
    private func judge(_ anchor: Anchor, findings: inout [Finding]) -> Bool {
        guard let signed = anchor.checkpoint, let origin = head?.origin else { return true }
        guard signed.checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
            if anchor.keeper == .auditor {
                findings.append(
                    Finding(
                        .wrongOrigin, .structure, file: checkpoints.headPath, expected: signed.checkpoint.origin,
                        found: origin, "This log is not the one that \(anchor.title) is of"))
            }
            return false
        }
        let inForce = logKeysInForce(forCheckpointOf: anchor.size) ?? []
        switch checkpoints.verdict(of: signed, by: checkpoints.trustedKeys + inForce) {
        case .signed(let keys, _):
            // The notebook's was verified when it was written down; the log may have changed its keys since.
            guard keys.isEmpty, anchor.keeper == .auditor else { return true }
            otherKeyCheckpoints += 1
            return false
        case .bad(let reason):
            findings.append(
                Finding(
                    .badCheckpointSignature, .tree, file: checkpoints.headPath,
                    expected: "a checkpoint as the log's key signed it", found: reason, spoilsLog: false,
                    "\(anchor.title.capitalizedFirst) was changed after it was signed, or never signed: \(reason)"))
            return false
        }
    }

    private func confirm(_ size: UInt64, cosigned: [VerifiedSignature]) {
        confirmedSize = max(confirmedSize, size)
        facts.keptCheckpointCount += 1
        facts.oldestKeptCheckpoint = facts.oldestKeptCheckpoint ?? size
        hasOlderCheckpoint = hasOlderCheckpoint || (size > 0 && size < source.size)
        noteSeen(size, cosigned)
    }

    /// Notes that a quorum of witnesses has seen a tree of this log.
    private func noteSeen(_ size: UInt64, _ cosigned: [VerifiedSignature]) {
        guard size > 0, let policy = options.policy, isQuorum(cosigned, policy),
            let tree = SeenTree(size: size, cosigned: cosigned)
        else { return }
        note(seen: tree)
    }

    /// Notes a tree that was seen, and whether its last record, which was just taken, says that it came later.
    private func note(seen tree: SeenTree) {
        seenTrees.append(tree)
        guard let last = facts.lastRecordedAt, tree.size > 0, tree.isEarlier(than: last) else { return }
        facts.recordedAfterSeen.add(at: tree.size - 1, by: last.milliseconds - tree.time.milliseconds)
    }

    /// Looks at the time stamps of a checkpoint that is the log's. One that does not verify counts for nothing, and is no
    /// damage: anybody may bring one.
    private func checkStamps(of checkpoint: SignedCheckpoint) {
        guard let roots = options.stampRoots else { return }
        for stamp in KeptStamp.inOrder(checkpoints.stamps[checkpoint.checkpoint.size] ?? []) {
            checkedStampCount += 1
            do {
                // What stands in the place of a stamp need be no file.
                let response = try stamp.response(in: reader.reader)
                note(seen: try SeenTree(of: checkpoint, stampedBy: response, roots: roots))
            } catch {
                badStamps.append((stamp.path, "\(error)"))
            }
        }
    }

    private func isQuorum(_ cosigned: [VerifiedSignature], _ policy: WitnessPolicy) -> Bool {
        policy.isQuorum(
            Set(policy.witnesses.filter { witness in cosigned.contains { $0.key == witness.key } }.map(\.name)))
    }

    // MARK: Signatures

    /// The log's keys that count for a checkpoint of `size`; `nil` where the records are not known.
    private func logKeysInForce(forCheckpointOf size: UInt64) -> [VerifierKey]? {
        statements.flatMap { $0.catalog.ledgerID == nil ? nil : $0.logKeys(forCheckpointOf: size) }
    }

    /// The keys that are known to sign what is published now.
    private var publishedKeys: [VerifierKey] {
        checkpoints.trustedKeys + (statements?.logKeys(forCheckpointOf: source.size) ?? [])
    }

    private func judge(
        _ signed: SignedCheckpoint, path: String, isHead: Bool, findings: inout [Finding]
    ) -> Judgement {
        let size = signed.checkpoint.size
        let soundBelow = isHead ? confirmedSize : nil
        let trusted = checkpoints.trustedKeys
        let inForce = logKeysInForce(forCheckpointOf: size)
        let signers: [VerifierKey]
        let cosigned: [VerifiedSignature]
        switch checkpoints.verdict(of: signed, by: trusted + (inForce ?? [])) {
        case .signed(let keys, let witnesses): (signers, cosigned) = (keys, witnesses)
        case .bad(let reason):
            findings.append(Self.badSignature(size: size, path: path, reason: reason, soundBelow: soundBelow))
            return Judgement(isSigned: false, cosigned: [])
        }
        let isTrusted = signers.contains { trusted.contains($0) }
        // The ledger that the notebook is of says itself which key came after the one that it signed with then.
        let isFollowed =
            isHead && !isTrusted && isNotebookFollowed && signers.contains { inForce?.contains($0) == true }
        if isFollowed { followedKeys = inForce }
        if !isTrusted, !isFollowed, isHead || (statements == nil && !checkpoints.areKeysGiven) {
            findings.append(
                Finding(
                    .checkpointNotSigned, .tree, file: path,
                    expected: "a signature by \(trusted.map(\.text).joined(separator: " or "))",
                    found: Self.names(of: signed), soundBelow: soundBelow, notSigned(size)))
            return Judgement(isSigned: false, cosigned: cosigned)
        }
        guard let inForce else {
            if !isTrusted { otherKeyCheckpoints += 1 }
            return Judgement(isSigned: isTrusted, cosigned: cosigned)
        }
        if signers.contains(where: { inForce.contains($0) }) { return Judgement(isSigned: true, cosigned: cosigned) }
        findings.append(
            Finding(
                .logKeyNotInForce, .signatures, file: path,
                expected: "a signature by \(inForce.map(\.text).joined(separator: " or "))",
                found: Self.names(of: signed), soundBelow: soundBelow,
                "None of the ledger's own log keys that count at size \(size) signed this checkpoint"))
        return Judgement(isSigned: false, cosigned: cosigned)
    }

    /// Whether the log's keys come from the notebook alone, and the log is that ledger as far as its tree can show it.
    private var isNotebookFollowed: Bool {
        guard let notebook = options.notebook, !checkpoints.areKeysPinned, !isNotebookContradicted else { return false }
        return notebook.ledgerID != nil && notebook.ledgerID == facts.ledgerID
    }

    private func notSigned(_ size: UInt64) -> String {
        guard checkpoints.areKeysGiven else { return "No key in \(LogPath.keys) signed the checkpoint of size \(size)" }
        let advice =
            if checkpoints.areKeysPinned {
                "if the operator replaced the log's key, pin the new one (--vkey), which you get as you got this one"
            } else if level < .signatures, !options.isOpaque {
                "if the log's key was replaced, the level signatures follows what the ledger says of it; or pin the new one "
                    + "(--vkey)"
            } else {
                "if the log's key was replaced, pin the new one (--vkey), which you get from someone you trust"
            }
        return
            "No key that is pinned, or in notebook or policy, signed the checkpoint of size \(size): it is not shown to "
            + "be this log's; \(advice)"
    }

    private static func badSignature(size: UInt64, path: String, reason: String, soundBelow: UInt64?) -> Finding {
        Finding(
            .badCheckpointSignature, .tree, file: path,
            expected: "signature lines of known keys that verify, each once",
            found: reason, soundBelow: soundBelow,
            "The checkpoint of size \(size) was changed after it was signed, or never signed: \(reason)")
    }

    /// Who signed, as the signature lines say.
    private static func names(of signed: SignedCheckpoint) -> String {
        "signature lines of "
            + signed.note.signatures.prefix(8).map { "“\($0.name.prefix(80))”" }.joined(separator: ", ")
    }

    // MARK: The published size, and above

    func concludeHead(_ head: Checkpoint) {
        guard let tree, let signed = checkpoints.head else { return }
        var found: [Finding] = []
        if !isStopped, !tree.hasGap, tree.root != head.root {
            found.append(
                Finding(
                    .wrongRoot, .tree, file: checkpoints.headPath, expected: head.root.description,
                    found: tree.root.description, soundBelow: confirmedSize,
                    "The entries do not lead to the checkpoint's root: records were changed, dropped or added after it "
                        + "was signed, or it is of another log"))
        }
        let judgement = judge(signed, path: checkpoints.headPath, isHead: true, findings: &found)
        cosignatures = judgement.cosigned
        if judgement.isSigned, tree.root == head.root, !tree.hasGap { noteSeen(head.size, judgement.cosigned) }
        if let policy = options.policy, !isQuorum(judgement.cosigned, policy) {
            let names = judgement.cosigned.map { "“\($0.key.name)”" }.joined(separator: ", ")
            found.append(
                Finding(
                    .quorumNotReached, .tree, file: checkpoints.headPath,
                    expected: "cosignatures that reach the policy's quorum, of \(policy.witnesses.count) witnesses",
                    found: names.isEmpty ? "no cosignature by any of them" : "cosignatures by \(names)",
                    spoilsLog: false,
                    "Too few of the policy's witnesses cosigned the checkpoint of size \(head.size): others may be shown "
                        + "another history"))
        }
        findings.add(found)
    }

    /// A log never goes back behind what it once signed.
    func checkLargerKept(than size: UInt64) async throws {
        var ahead: SignedCheckpoint?
        for kept in checkpoints.keptSizes where kept > size {
            var found: [Finding] = []
            let path = LogPath.keptCheckpoint(size: kept)
            if let signed = try checkpoints.kept(size: kept, findings: &found), level >= .tree {
                switch checkpoints.verdict(of: signed, by: publishedKeys) {
                case .signed(by: [], _): otherKeyCheckpoints += 1
                case .signed: ahead = signed
                case .bad(let reason):
                    found.append(Self.badSignature(size: kept, path: path, reason: reason, soundBelow: nil))
                }
            }
            findings.add(found)
        }
        if let ahead {
            try await checkReached(
                ahead.checkpoint.size, "The log once signed a checkpoint of size \(ahead.checkpoint.size)"
            ) {
                noteContradiction(
                    of: ahead, keptBy: .log(file: LogPath.keptCheckpoint(size: ahead.checkpoint.size)))
            }
        }
        for anchor in anchors where anchor.size > size {
            var found: [Finding] = []
            let isSigned = judge(anchor, findings: &found)
            findings.add(found)
            guard isSigned else { continue }
            let advice =
                anchor.keeper == .lastSigned
                ? " (After a crash, any command that writes to the ledger publishes it: do that, and verify again.)"
                : ""
            try await checkReached(anchor.size, "There is \(anchor.title)", advice) {
                noteContradiction(of: anchor, isSigned: isSigned)
            }
        }
    }

    /// Adds a finding, and calls `isBehind`, if the published checkpoint does not get to `size`.
    private func checkReached(
        _ size: UInt64, _ known: String, _ advice: String = "", isBehind: () -> Void
    ) async throws {
        guard try await !checkpoints.publishedReaches(size, signedBy: publishedKeys, waits: findings.counts.isEmpty)
        else { return }
        findings.add(
            Finding(
                .rolledBack, .tree, file: checkpoints.headPath, expected: "size \(size) or more",
                found: "size \(source.size)",
                "\(known), and the log publishes an older one: the newest records are withheld or lost\(advice)"))
        isBehind()
    }

    private func noteContradiction(of anchor: Anchor, isSigned: Bool) {
        guard let checkpoint = anchor.checkpoint, isSigned else { return }
        noteContradiction(of: checkpoint, keptBy: anchor.keeper == .notebook ? .notebook : .auditor)
    }

    private func noteContradiction(of earlier: SignedCheckpoint, keptBy keeper: CheckpointContradiction.Keeper) {
        guard let published = checkpoints.head, contradictions.count < Self.mostContradictions else { return }
        contradictions.append(CheckpointContradiction(earlier: earlier, keeper: keeper, published: published))
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
