internal import ConsentModel
internal import TransparencyLog

/// What a verification does not show, although a reader could think so.
extension VerificationRun {
    func noteCoverage(_ head: Checkpoint) throws {
        noteIdentity()
        if options.isOpaque {
            note(
                .opaqueEntries, count: position,
                "What the entries say: they were taken as any bytes, so that neither records nor links nor signatures of "
                    + "statements were looked at")
        }
        if level >= .tree { try noteHistory(head) }
        if level >= .signatures { noteStatements() }
        if !options.isOpaque {
            noteRecords(head)
            noteClocks()
        }
        noteOperatorState(head)
        if try hasRecordsAbove(head.size) {
            note(.aboveCheckpoint, "Records above the checkpoint's size, \(head.size), were not verified")
        }
        if tree?.hasGap == true || isStopped {
            note(
                .aboveGap,
                "Entries and their hashes are missing, so that roots and tiles above the gap could not be recomputed"
                    + (isStopped ? "; nothing from record \(position) on was read" : ""))
        }
        unexpected += try reader.list("").filter { !LogPath.topNames.contains($0) }
        if !unexpected.isEmpty {
            let names = unexpected.sorted().prefix(5).joined(separator: ", ")
            note(
                .unexpectedFiles, count: UInt64(unexpected.count),
                "Files that no record and no checkpoint asks for, such as \(names)")
        }
    }

    private func note(_ code: NotCovered.Code, count: UInt64? = nil, _ sentence: String) {
        notCovered.append(NotCovered(code, count: count, sentence))
    }

    /// Whether the log's key came from elsewhere than the log, now or when the notebook was begun.
    var isKeyPinned: Bool { checkpoints.areKeysPinned || options.notebook?.isKeyPinned == true }

    private func noteIdentity() {
        let notebook = options.notebook
        let isIDPinned = options.isOpaque || pins.ledgerID != nil || notebook?.isLedgerIDPinned == true
        let missing = [isKeyPinned ? nil : "the log's key", isIDPinned ? nil : "the ledger-id"].compactMap { $0 }
        guard !missing.isEmpty else { return }
        let verb = missing.count == 1 ? "was" : "were"
        note(
            .identity,
            "Identity: \(missing.joined(separator: " and ")) \(verb) not pinned but taken from the log itself"
                + (notebook == nil ? "" : " when the notebook was begun")
                + ", so that a whole false log would pass as well")
    }

    // MARK: History

    private func noteHistory(_ head: Checkpoint) throws {
        if let notebook = options.notebook, !isNotebookContradicted, notebook.firstSize > 0 {
            seenTrees.append(
                SeenTree(
                    size: notebook.firstSize, earliest: notebook.firstVerifiedAt, time: notebook.firstVerifiedAt,
                    names: [], means: .notebook))
        }
        if !hasOlderCheckpoint, !anchors.contains(where: { $0.keeper != .lastSigned }) {
            note(
                .history,
                "No older checkpoint was kept here, so that the log agrees with itself alone: whoever holds its keys could "
                    + "have written all of it anew")
        }
        if let seen = TimeBounds(seenTrees).firstSeen {
            note(
                .existence,
                "Whether the records existed before \(seen.time): nobody but the ledger is shown to have seen the first "
                    + "\(seen.size) earlier\(seen.size < head.size ? ", nor the others then" : "")")
        } else if head.size > 0 {
            note(
                .existence,
                "Since when the records exist: only the ledger's own clock says so. A checkpoint that lies beside the log "
                    + "shows nothing of it; one that somebody else kept at that time does, such as a witness (--policy) or "
                    + "you (--notebook)")
        }
        if otherKeyCheckpoints > 0 {
            note(
                .otherLogKeys, count: otherKeyCheckpoints,
                "Kept checkpoints that the known log keys did not sign count for nothing here")
        }
        if sizeVerifiedBefore > 0, let notebook = options.notebook {
            note(
                .verifiedBefore, count: sizeVerifiedBefore,
                "Signatures and events of the first \(sizeVerifiedBefore) records were verified on \(notebook.verifiedAt), as "
                    + "the notebook says, and not again: their hashes are the same (--full checks all)")
        }
        noteWitnesses()
        noteStamps(head)
    }

    private func noteStamps(_ head: Checkpoint) {
        let count = UInt64(checkpoints.stamps.values.reduce(0) { $0 + $1.count })
        let unchecked = count - checkedStampCount
        if options.stampRoots == nil, count > 0 {
            note(
                .timeStamps, count: count,
                "\(count == 1 ? "The time stamp" : "The \(count) time stamps") beside the checkpoints: no authority's "
                    + "certificate was given to check by (--roots)")
        } else if unchecked > 0 {
            note(
                .timeStamps, count: unchecked,
                "\(unchecked) of \(count) time stamps: what they are of is no checkpoint that was confirmed")
        }
        if let first = badStamps.first {
            note(
                .timeStamps, count: UInt64(badStamps.count),
                "\(badStamps.count) of \(count) time stamps count for nothing; first \(first.path): \(first.reason)")
        }
    }

    private func noteWitnesses() {
        let unknown = (checkpoints.head?.note.signatures ?? []).filter { !checkpoints.isKnown($0) }
        let others =
            switch unknown.count {
            case 0: ""
            case 1: "the checkpoint has one signature line by a key that was not given"
            default: "the checkpoint has \(unknown.count) signature lines by keys that were not given"
            }
        guard let policy = options.policy, !policy.witnesses.isEmpty else {
            note(
                .witnesses, count: UInt64(unknown.count),
                "No witness's signature was checked, since no policy that names one was given (--policy)"
                    + (others.isEmpty ? "" : "; \(others)"))
            return
        }
        if policy.isQuorum([]) {
            note(
                .witnesses, count: UInt64(unknown.count),
                "The policy asks for no cosignature, so that there may be none; \(cosignatures.count) of its "
                    + "\(policy.witnesses.count) witnesses cosigned")
        } else if !unknown.isEmpty {
            note(.witnesses, count: UInt64(unknown.count), "Signatures by others: \(others)")
        }
    }

    // MARK: Records

    private func noteStatements() {
        let held = facts.ledgerHeldStatementCount
        if held > 0 {
            let percent = 100 * Double(held) / Double(facts.sourceStatementCount)
            let rounded = Double(Int(percent * 10)) / 10
            note(
                .ledgerHeldKeys, count: held,
                "\(held) of \(facts.sourceStatementCount) statements of sources (\(rounded) %) were signed with keys that the "
                    + "ledger itself held: its operator could have made them")
        }
        let unknown = facts.unknownEventCounts.values.reduce(0, +)
        if unknown > 0 {
            let types = facts.unknownEventCounts.keys.sorted().map(String.init).joined(separator: ", ")
            note(
                .unknownEvents, count: unknown,
                "Events of the types \(types), which this software does not know: who signed them was verified, and not what "
                    + "they mean")
        }
        if let seals = facts.eventCounts[.headsSealed], seals > 0 {
            note(
                .sealedHeads, count: seals,
                "The roots in heads-sealed events were not compared with the contacts' chains")
        }
    }

    private func noteRecords(_ head: Checkpoint) {
        if unreadableCount > 0 {
            note(
                .unreadableRecords, count: unreadableCount,
                unreadableCount == head.size
                    ? "No entry is a record of this format: this is no consent ledger, or all of it is damaged; to check "
                        + "the tree of somebody else's log, add --opaque"
                    : "Entries that could not be read: links to them were not judged, and if one of them authorised or "
                        + "defined something, what rests on it is told as wrong above it")
        }
        if facts.clockGaps.count > 0 {
            let longest = facts.clockGaps.longest / 3_600_000
            note(
                .clockGaps, count: facts.clockGaps.count,
                "Times are the ledger's own: more than an hour lies between two records "
                    + "\(Self.times(facts.clockGaps.count)), first before record \(facts.clockGaps.firstIndex ?? 0), at most "
                    + "\(longest) h; nothing happened then, or its clock jumped")
        }
        if facts.occurredLater.count > 0 {
            note(
                .occurredLater, count: facts.occurredLater.count,
                "Events that say they occurred after they were recorded: \(facts.occurredLater.count), first record "
                    + "\(facts.occurredLater.firstIndex ?? 0), at most by \(facts.occurredLater.longest) ms; a clock was wrong"
            )
        }
    }

    private func noteClocks() {
        let late = facts.recordedAfterSeen
        guard late.count > 0 else { return }
        note(
            .recordedAfterSeen, count: late.count,
            "Checkpoints that were seen before the ledger says that their last record was recorded: \(late.count), first that "
                + "of record \(late.firstIndex ?? 0), at most by \(late.longest) ms; a clock was wrong")
    }

    private static func times(_ count: UInt64) -> String { count == 1 ? "once" : "\(count) times" }

    private func noteOperatorState(_ head: Checkpoint) {
        guard let state = options.operatorState else { return }
        if let problem = state.journalProblem {
            note(.journalTail, "The journal, which may hold records that no checkpoint covers: \(problem)")
        } else if let acknowledged = state.acknowledgedSize {
            let count = acknowledged > head.size ? acknowledged - head.size : 0
            facts.journalTailCount = count
            guard count > 0 else { return }
            guard state.heldSize.map({ $0 <= head.size }) ?? true else {
                return note(
                    .journalTail, count: count,
                    "\(count) acknowledged \(count == 1 ? "record waits" : "records wait") for a quorum of witnesses to "
                        + "cosign a checkpoint, which is published then: consent checkpoint witness")
            }
            note(
                .journalTail, count: count,
                "\(count) acknowledged \(count == 1 ? "record waits" : "records wait") in the journal for a checkpoint: "
                    + "nothing but the operator's own keys vouches for \(count == 1 ? "it" : "them") yet")
        }
    }

    /// Whether the log goes on where the checkpoint ends.
    private func hasRecordsAbove(_ size: UInt64) throws -> Bool {
        if checkpoints.keptSizes.contains(where: { $0 > size }) { return true }
        let full = Tile(.entries, index: size >> 8)
        // What lies there is not part of the log, and need be no file.
        let above = RegularFiles(reader.reader)
        for name in try above.list(full.path + ".p") {
            if let width = Int(name), width > Int(size & 255) { return true }
        }
        return try above.read(full.path) != nil || above.obstacle(to: full.path) != nil
    }
}
